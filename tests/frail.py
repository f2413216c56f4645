"""What fails: a way out whose server dies, a generator that breaks; and a synth that tells."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Literal

from bridge.errors import PortTrouble
from bridge.line import Line
from bridge.wire import Ends, Figures, PortReport, Voice, is_off, is_on, voice_of
from generators.music.notes import Note
from generators.music.time import QUARTER, Seconds, Ticks
from generators.prompt import Generator, Item, Prompt

Mood = Literal["well", "raises", "breaks off", "never", "overlaps", "gives way"]


class Synth:
    """Sounds what reaches it: a key that is down twice needs one end, as with most synths."""

    def __init__(self) -> None:
        self.sounding: set[Voice] = set()

    def hear(self, message: bytes) -> None:
        """Begin or end a note."""
        if is_on(message):
            self.sounding.add(voice_of(message))
        elif is_off(message):
            self.sounding.discard(voice_of(message))


class FrailWire:
    """A way out to a synth; what waits or has just left when it dies never arrives."""

    name = "frail"
    lead = Seconds(0.01)
    reaches = True
    troubles = ()

    def __init__(self, ends: Ends, synth: Synth) -> None:
        self.alive = True
        self._ends = ends
        self._synth = synth
        self._waiting: list[tuple[Seconds, bytes]] = []

    def send(self, message: bytes, at: Seconds) -> None:
        """Keep it until its moment."""
        self._waiting.append((at, message))

    def pass_time(self, now: Seconds) -> None:
        """Let leave what is due; a dead server swallows it, and nobody knows yet."""
        due = [message for at, message in self._waiting if at <= now or not self.alive]
        self._waiting = [(at, m) for at, m in self._waiting if at > now and self.alive]
        for message in due:
            self._ends.left(message, now)
            if self.alive:
                self._synth.hear(message)

    def tend(self) -> None:
        """Nothing is connected by hand here."""

    def unsent(self) -> tuple[bytes, ...]:
        """Return, once, what never left."""
        left, self._waiting = self._waiting, []
        return tuple(message for _, message in left)

    def figures(self) -> Figures:
        """Nobody asks."""
        return Figures()

    def reports(self) -> tuple[PortReport, ...]:
        """Nobody asks."""
        return ()

    def close(self) -> None:
        """It is closed."""


class FrailPort:
    """A line whose server may die and come back, with a synth at its end."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.synth = Synth()
        self.there = True
        self._wire: FrailWire | None = None
        self._line = Line("frail", self._opened, Ends(_unheard, _untold, lambda: None), now)
        self._line.look()

    def _opened(self, ends: Ends) -> FrailWire:
        if not self.there:
            raise PortTrouble("no server runs", "start one")
        self._wire = FrailWire(ends, self.synth)
        return self._wire

    def send(self, message: bytes, at: Seconds) -> None:
        """Send by the line, whether or not its wire still lives."""
        self._line.send(message, at)

    def pass_time(self, now: Seconds) -> None:
        """Let leave what is due."""
        if self._wire is not None:
            self._wire.pass_time(now)

    def die(self) -> None:
        """Let the server die; the line learns of it at its next look."""
        self.there = False
        if self._wire is not None:
            self._wire.alive = False

    def look(self) -> None:
        """Let the line see what came and went."""
        self._line.look()

    def come_back(self) -> None:
        """Let the server run again, and the line find it."""
        self.look()
        self.there = True
        self.look()


def _unheard(message: bytes, at: Seconds, port: str) -> None:
    """Nothing comes in by this way."""


def _untold(message: bytes, at: Seconds) -> None:
    """Nobody asks what left."""


class Moody:
    """A generator that fails when it is told to, and else asks another."""

    name = "moody"

    def __init__(self, other: Generator) -> None:
        self.mood: Mood = "well"
        self.failed: Counter[Mood] = Counter()
        self._other = other

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        """Give what the mood allows."""
        if self.mood == "raises":
            self.failed[self.mood] += 1
            raise RuntimeError("a generator of somebody else")
        if self.mood == "overlaps":
            yield from _overlapping(prompt.length)
            return
        for nth, item in enumerate(self._other(prompt)):
            if self.mood == "breaks off" and nth == 2:
                self.failed[self.mood] += 1
                raise RuntimeError("in the middle")
            yield item


def _overlapping(length: Ticks) -> Iterator[Note]:
    """Give one pitch again and again, each longer than the time to the next, and twice at once."""
    for onset in range(0, length, QUARTER // 2):
        yield Note(Ticks(onset), 60, QUARTER, 80)
        yield Note(Ticks(onset), 60, Ticks(QUARTER // 4), 70)
