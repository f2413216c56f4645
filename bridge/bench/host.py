"""A host in virtual time: its clock comes late and uneven, and it seeks, loops and stops.

What it sends is what real hosts send: clock at the edges of audio blocks or with jitter, song
position and continue for a jump, start at the beginning. Where it truly is stays known here, so
that what Antiphon plays can be held against it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bridge.clock import PER_QUARTER
from generators.music.time import QUARTER, Ticks

RATE = 48_000
BEATS = 4  # to the bar
BAR = Ticks(BEATS * QUARTER)
SLOW, FAST = 60.0, 190.0
AHEAD = 0.05  # seconds that an answer may be early and is still held against the new part
Send = Callable[[float, bytes], None]
"""Takes the moment at which a message arrives, and the message."""


@dataclass(frozen=True, slots=True)
class Unevenness:
    """How late each clock comes: at random up to `jitter` seconds, or at the edge of a block.

    With `normal`, they come early and late by a normal distribution of this standard deviation.
    """

    jitter: float = 0.0
    block: int = 0
    normal: bool = False

    def late(self, at: float, rng: Random) -> float:
        """Return the moment at which what was meant for a moment arrives."""
        if self.block:
            edge = self.block / RATE
            return -(-at // edge) * edge
        if self.normal:
            return at + rng.gauss(0, self.jitter)
        return at + rng.uniform(0, self.jitter)

    @property
    def most(self) -> float:
        """The most that a clock comes late, in seconds."""
        return self.block / RATE if self.block else self.jitter

    def __str__(self) -> str:
        """Return it as it is called in a table."""
        if self.block:
            return f"{self.block} frames"
        return f"{self.jitter * 1000:g} ms{' normal' if self.normal else ''}"


@dataclass(frozen=True, slots=True)
class Beat:
    """A beat that the host plays: its tick, its true moment, and how long it lasts."""

    tick: Ticks
    at: float
    seconds: float
    visit: int


@dataclass(frozen=True, slots=True)
class Habits:
    """How often the host takes another tempo at a beat, and does something else at a bar line."""

    tempo: float = 1 / 48
    loop: float = 1 / 24
    seek: float = 1 / 40
    stop: float = 1 / 80


class Host:
    """Plays a song beat by beat, each planned a beat ahead; `visit` counts its jumps."""

    def __init__(
        self, uneven: Unevenness, rng: Random, send: Send, habits: Habits | None = None
    ) -> None:
        self._uneven, self._rng, self._send = uneven, rng, send
        self._habits = habits or Habits()
        self._tempo = 120.0
        self._recent: deque[Beat] = deque(maxlen=64)
        self._arrived = 0.0
        self.began = 0.0
        """When the part begins, or will, that it plays after its last jump."""
        self.visit = 0
        self.next = Beat(Ticks(0), 1.0, 0.5, 0)
        self.stopped: list[float] = []
        """When it stopped, for who looks whether it is silent then."""
        self._say(1.0, b"\xfa")

    def step(self) -> Beat:
        """Play the next beat: send its clocks, and decide what comes after it."""
        beat = Beat(self.next.tick, self.next.at, 60 / self._tempo, self.visit)
        self._recent.append(beat)
        step = beat.seconds / PER_QUARTER
        for nth in range(PER_QUARTER):
            self._say(self._uneven.late(beat.at + nth * step, self._rng), b"\xf8")
        after = beat.at + beat.seconds
        self.next = Beat(Ticks(beat.tick + QUARTER), after, beat.seconds, self.visit)
        if self._rng.random() < self._habits.tempo:
            self._tempo = self._rng.uniform(SLOW, FAST)
        if self.next.tick % BAR == 0:
            self._at_bar_line(after)
        return beat

    def when(self, tick: int, near: float) -> float | None:
        """Return the true moment of a tick; None where the host has jumped away from it.

        What leaves at a moment `near` and is for a place that the host plays only after its next
        jump was meant for the place where it stopped.
        """
        for beat in reversed(self._recent):
            if beat.visit == self.visit and 0 <= tick - beat.tick < QUARTER:
                true = beat.at + beat.seconds * (tick - beat.tick) / QUARTER
                return true if near > self.began - self._uneven.most - AHEAD else None
        return None

    def _say(self, at: float, message: bytes) -> None:
        """Send in order, whatever the unevenness."""
        self._arrived = max(self._arrived, at) + 1e-6
        self._send(self._arrived, message)

    def _at_bar_line(self, at: float) -> None:
        dice, habits = self._rng.random(), self._habits
        beat = self.next.tick // QUARTER
        if dice < habits.loop:
            self._jump(max(0, beat - BEATS * self._rng.choice((2, 4, 8))), at, pause=0.0)
        elif (dice := dice - habits.loop) < habits.seek:
            self._jump(self._rng.randrange(200 * BEATS), at, pause=0.0)
        elif dice - habits.seek < habits.stop:
            self._jump(beat, at, pause=self._rng.uniform(0.3, 4.0))

    def _jump(self, beat: int, at: float, pause: float) -> None:
        """Go to a beat and go on there: at once, or after a pause."""
        self.visit += 1
        if pause or self._rng.random() < 0.5:  # some hosts loop without a stop
            self.stopped.append(at)
            self._say(at, b"\xfc")
        again = self.began = at + pause
        if beat == 0:
            self._say(again, b"\xfa")
        else:
            self._say(again, bytes((0xF2, 4 * beat & 127, 4 * beat >> 7)))
            self._say(again, b"\xfb")
        self.next = Beat(Ticks(beat * QUARTER), again, 60 / self._tempo, self.visit)
