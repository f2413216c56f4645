"""How far the tempo that is heard from a host's clock is from the host's own."""

from random import Random

from bridge.bench.figures import percentiles
from bridge.bench.host import Unevenness
from bridge.clock import PER_QUARTER, MidiClock
from bridge.transport import Transport
from generators.music.time import Seconds

TEMPI = (60.0, 90.0, 120.0, 160.0, 200.0)
SETTLED = 4  # beats after which the tempo is held against the host's
BEATS = 80  # at each tempo
STEPS = ((120.0, 140.0), (140.0, 120.0), (90.0, 110.0))
OFTEN = 8  # times that each step is heard


def tempo_error(uneven: Unevenness) -> dict[str, float]:
    """Return percentiles of the error in BPM at steady tempi, with so uneven a clock."""
    errors = list[float]()
    for seed, tempo in enumerate(TEMPI):
        heard = _Listener(uneven, seed)
        heard.play(tempo, SETTLED)
        errors += [abs(believed - tempo) for believed in heard.play(tempo, BEATS)]
    return percentiles(errors, ("p50", "p99"))


def step_error(uneven: Unevenness) -> dict[str, float]:
    """Return percentiles of the error in BPM one beat after the tempo went by 20 BPM."""
    errors = list[float]()
    for seed in range(OFTEN):
        for before, after in STEPS:
            heard = _Listener(uneven, seed)
            heard.play(before, 2 * SETTLED)
            errors.append(abs(heard.play(after, 1)[-1] - after))
    return percentiles(errors, ("p50", "p99"))


class _Listener:
    """A MIDI clock that is heard unevenly."""

    def __init__(self, uneven: Unevenness, seed: int) -> None:
        self._uneven, self._rng = uneven, Random(seed)
        self._clock, self._transport = MidiClock(), Transport(tempo=TEMPI[0])
        self._at = 1.0
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
