"""How far the tempo that is heard from a host's clock is from the host's own.

No estimate can be better than the clocks allow. With jitter of a standard deviation s, one beat
after a step there are 23 clocks on the new line, and who knew the old line and the clock of the
step could tell the new tempo T to 0.4 T^2 s / sqrt(4324) BPM (Cramer and Rao): at 3 ms and 140 BPM
that is 0.36, and 0.92 in 99 of 100 cases, at 160 BPM 1.2. Who has to find the clock of the step as
well has twice that error. At the edges of audio blocks there are tempi at which clock and block
go side by side for more than a beat; until one falls behind, nothing tells them apart.
"""

from math import sqrt
from random import Random

from bridge.bench.figures import percentiles
from bridge.bench.host import Unevenness
from bridge.clock import PER_QUARTER, MidiClock
from bridge.transport import Transport
from generators.music.time import Seconds

TEMPI = (60.0, 83.7, 97.0, 120.0, 140.0, 174.3, 200.0, 240.0)
SETTLED = 8  # beats after which the tempo is held against the host's
BEATS = 40
STEP = 20.0
STEPS = ((80.0, STEP), (100.0, -STEP), (120.0, STEP), (140.0, -STEP), (160.0, STEP), (180.0, -STEP))
"""Tempi, and by how much they change."""
NAMES = ("p50", "p99")


def tempo_error(uneven: Unevenness, seed: int = 1) -> dict[str, float]:
    """Return percentiles of the error in BPM at steady tempi, with so uneven a clock."""
    errors = []
    for tempo in TEMPI:
        heard = Listener(uneven, seed)
        heard.play(tempo, SETTLED)
        errors += [abs(believed - tempo) for believed in heard.play(tempo, BEATS)]
    return percentiles(errors, NAMES)


def step_error(uneven: Unevenness, times: int = 8) -> dict[str, float]:
    """Return percentiles of the error in BPM one beat after the tempo has changed by 20 BPM."""
    errors = [
        after_step(uneven, tempo, tempo + by, seed) for tempo, by in STEPS for seed in range(times)
    ]
    return percentiles(errors, NAMES)


def after_step(uneven: Unevenness, tempo: float, new: float, seed: int) -> float:
    """Return the error in BPM one beat after a step from one tempo to another."""
    heard = Listener(uneven, seed)
    heard.play(tempo, SETTLED)
    return abs(heard.play(new, 1)[-1] - new)


def bound(tempo: float, jitter: float) -> float:
    """Return the least standard deviation in BPM of a tempo one beat after a step to it.

    For jitter of a normal distribution with this standard deviation in seconds, where the tempo
    before and the clock of the step are known.
    """
    squares = sum(n * n for n in range(PER_QUARTER))
    return tempo * tempo * PER_QUARTER / 60 * jitter / sqrt(squares)


class Listener:
    """A MIDI clock that is heard unevenly."""

    def __init__(self, uneven: Unevenness, seed: int) -> None:
        self._uneven, self._rng = uneven, Random(seed)
        self._clock, self._transport = MidiClock(), Transport()
        self._at = 1.0 + self._rng.random()
        self._clock.feed(b"\xfa", Seconds(self._at), self._transport)

    def play(self, tempo: float, beats: int) -> list[float]:
        """Hear so many beats; return the tempo that was believed after each clock."""
        believed = []
        for _ in range(beats * PER_QUARTER):
            at = Seconds(self._uneven.late(self._at, self._rng))
            changed = self._clock.feed(b"\xf8", at, self._transport)
            self._transport = changed or self._transport
            believed.append(self._transport.tempo)
            self._at += 60 / tempo / PER_QUARTER
        return believed
