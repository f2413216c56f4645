"""A player in virtual time: fingers that are not exact, by MIDI and by an OSC line that loses."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bridge.bench.host import BAR, Beat
from bridge.events import Event, Heard, Told
from bridge.protocol import understood
from generators.music.time import Seconds

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)
FINGERS = 0.012  # seconds: how exact fingers are
CALL = 2  # bars of a call, and of its answer


@dataclass(frozen=True, slots=True)
class Line:
    """A way for OSC that loses, doubles and delays; shares of messages, and seconds."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    by: float = 0.08

    def arrivals(self, at: float, rng: Random) -> list[float]:
        """Return when a message arrives: never, once, or twice, perhaps after later ones."""
        if rng.random() < self.lost:
            return []
        first = at + (rng.uniform(0, self.by) if rng.random() < self.late else 0.0005)
        return [first] * (2 if rng.random() < self.doubled else 1)


SOUND = Line()
BROKEN = Line(lost=0.1, doubled=0.1, late=0.2)


class Player:
    """Plays with the host: a call and a rest in turn where it is answered, else all the time."""

    def __init__(self, give: Callable[[float, Event], None], line: Line, rng: Random) -> None:
        self._give, self._line, self._rng = give, line, rng
        self.resting = True
        """Whether calls are followed by a rest as long."""
        self._first = 0
        self._visit = -1

    def step(self, beat: Beat) -> None:
        """Play one beat."""
        bar = beat.tick // BAR
        if beat.visit != self._visit:
            self._visit, self._first = beat.visit, -(-beat.tick // BAR)
        if self.resting and (bar - self._first) // CALL % 2:
            return
        for nth in range(self._rng.choice((1, 1, 1, 2))):
            at = beat.at + nth * beat.seconds / 2 + abs(self._rng.gauss(0, FINGERS))
            pitch = self._rng.choice(SCALE)
            length = beat.seconds * self._rng.uniform(0.3, 0.45)
            if self._rng.random() < 0.5:
                self._midi(at, pitch, length)
            else:
                self._osc(at, "/antiphon/note", pitch, 80)
                self._osc(at + length, "/antiphon/note", pitch, 0)

    def wish(self, at: float, path: str, *args: str | float) -> None:
        """Wish for something by a line that loses nothing."""
        self._give(at, Told(understood(path, args), Seconds(at)))

    def _midi(self, at: float, pitch: int, length: float) -> None:
        self._give(at, Heard(bytes((0x90, pitch, 80)), Seconds(at)))
        self._give(at + length, Heard(bytes((0x80, pitch, 0)), Seconds(at + length)))

    def _osc(self, at: float, path: str, *args: str | float) -> None:
        for arrives in self._line.arrivals(at, self._rng):
            self._give(arrives, Told(understood(path, args), Seconds(arrives)))
