"""Calls for a session in virtual time: what a player plays, and what is asked after each note."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

from bridge.config import Settings
from bridge.events import Ask, Heard, Planned, Told
from bridge.protocol import Message, understood
from bridge.session import Session
from bridge.transport import Transport
from generators.music.notes import Phrase
from generators.music.time import QUARTER, Meter, Seconds, Ticks
from generators.prompt import Controls, Prompt, Suggestion, gather
from generators.rules import Rules

BARS = 4  # of a call, and of its answer
TEMPO = 120.0


def phrases(count: int, bars: int = BARS) -> Iterator[Phrase]:
    """Give melodies that were made by rule, each by a seed of its own."""
    for seed in range(count):
        empty = Phrase.of((), meter=Meter(4, 4))
        wish = Controls(low=57, high=81)
        prompt = Prompt(empty, Ticks(0), Ticks(bars * 4 * QUARTER), seed=seed, controls=wish)
        yield Phrase.of(gather(Rules(), prompt).notes, meter=Meter(4, 4))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked after a note of a call, how many notes come yet, and when it was played."""

    ask: Ask
    left: int
    played: float


class Conversation:
    """A session whose time is moved by hand: calls of four bars, each answered on its bar."""

    def __init__(self) -> None:
        self.session = Session(Settings(tempo=TEMPO, call=str(BARS)))
        self._bar = 0
        self.session.take(Told(understood("/antiphon/transport/play", ()), Seconds(0.0)))

    @property
    def transport(self) -> Transport:
        """Where the song is."""
        return self.session.transport

    def call(self, phrase: Phrase) -> Iterator[Question]:
        """Play a call; give what is asked after each of its notes, as soon as it is."""
        start = self._bar * 4 * QUARTER
        for nth, note in enumerate(phrase.notes):
            down = self.transport.when(start + note.onset) + 0.002
            played = monotonic()
            if (ask := self._heard(bytes((0x90, note.pitch, 80)), down)) is not None:
                yield Question(ask, len(phrase.notes) - 1 - nth, played)
            up = self.transport.when(start + note.end) - 0.02
            self._heard(bytes((0x80, note.pitch, 0)), max(up, down + 0.001))

    def _heard(self, message: bytes, at: float) -> Ask | None:
        actions = self.session.take(Heard(message, Seconds(at)))
        return next((a for a in actions if isinstance(a, Ask)), None)

    def planned(self, ask: Ask, suggestion: Suggestion | None) -> None:
        """Take an answer."""
        at = self.transport.when(self.due) - 1.0
        self.session.take(Planned(ask.id, suggestion, Seconds(at)))

    @property
    def due(self) -> Ticks:
        """The bar line on which the answer begins."""
        return Ticks((self._bar + BARS) * 4 * QUARTER)

    def over(self) -> None:
        """Go on after the answer, with the next call."""
        self._bar += 2 * BARS
        at = self.transport.when(self._bar * 4 * QUARTER) - 0.5
        self.session.take(Told(Message("/antiphon/pedal", (0,)), Seconds(at)))
