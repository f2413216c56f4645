"""A recorded session, played again in virtual time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from bridge.config import Settings
from bridge.events import Action, Ask, Planned
from bridge.record import Left, Taken
from bridge.recorded import read
from bridge.schedule import Schedule
from bridge.session import Session
from generators.choose import Chooser
from generators.music.time import Seconds
from generators.prompt import Generator, Prompt, Suggestion


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay gave, beside what had left live."""

    messages: tuple[Left, ...]
    recorded: tuple[Left, ...]
    answers: int = 0
    differing: tuple[int, ...] = ()
    """The questions that a generator answers otherwise than it did live, or that came only live."""

    @property
    def same(self) -> bool:
        """Whether every byte, in its order and at its tick, is the same."""
        return self.messages == self.recorded

    @property
    def digest(self) -> str:
        """A checksum of what left."""
        return sha256(b"".join(left.message for left in self.messages)).hexdigest()


@dataclass(slots=True)
class Clock:
    """A clock that stands where it is put."""

    moment: Seconds = field(default=Seconds(0.0))

    def __call__(self) -> Seconds:
        """Return where it stands."""
        return self.moment


def replay(
    settings: Settings, entries: Sequence[Taken | Left], generator: Generator | None = None
) -> Replayed:
    """Drive a session by a log; a generator, if given, is asked again and compared."""
    clock = Clock()
    out: list[Left] = []
    session = Session(settings)
    schedule = Schedule(lambda message, _, tick: out.append(Left(tick, message)), clock)
    prompts: dict[int, Prompt] = {}
    planned: list[Planned] = []
    for taken in (entry for entry in entries if isinstance(entry, Taken)):
        while schedule.sent < taken.sent and schedule.send_next():
            pass
        clock.moment = taken.event.at
        actions = session.take(taken.event)
        prompts |= _asked(actions)
        if isinstance(taken.event, Planned):
            planned.append(taken.event)
        schedule.apply(actions)
    recorded = tuple(entry for entry in entries if isinstance(entry, Left))
    while schedule.sent < len(recorded) and schedule.send_next():
        pass
    return Replayed(
        tuple(out), recorded, len(planned), tuple(_differing(prompts, planned, generator))
    )


def replay_file(path: Path, generator: Generator | None = None) -> Replayed:
    """Replay a log from a file.

    Raises:
        BadSong: it is no log of Antiphon's, or is damaged.

    """
    settings, entries = read(path)
    return replay(settings, entries, generator)


def _asked(actions: Iterable[Action]) -> dict[int, Prompt]:
    return {action.id: action.prompt for action in actions if isinstance(action, Ask)}


def _differing(
    prompts: dict[int, Prompt], planned: list[Planned], generator: Generator | None
) -> list[int]:
    if generator is None:
        return []
    choose = Chooser(generator)
    whole = [(p.id, p.suggestion) for p in planned if p.suggestion and p.suggestion.known is None]
    return [
        number
        for number, made in whole
        if number not in prompts or _music(choose(prompts[number])) != _music(made)
    ]


def _music(suggestion: Suggestion) -> tuple[object, ...]:
    return suggestion.notes, suggestion.chords
