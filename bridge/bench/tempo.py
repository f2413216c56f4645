"""How far the tempo that is heard from a host's clock is from the host's own."""

from random import Random

from bridge.bench.figures import percentiles
from bridge.bench.host import Unevenness
from bridge.clock import PER_QUARTER, MidiClock
from bridge.transport import Transport
from generators.music.time import Seconds

TEMPO = 120.0
SETTLED = 4  # beats after which the tempo is held against the host's
BEATS = 400
STEP = 20.0


def tempo_error(jitter: float, block: int | None, seed: int = 1) -> dict[str, float]:
    """Return percentiles of the error in BPM at a steady tempo, with so uneven a clock."""
    heard = _Listener(Unevenness(jitter, block or 0), seed)
    heard.play(TEMPO, SETTLED)
    errors = [abs(tempo - TEMPO) for tempo in heard.play(TEMPO, BEATS)]
    return percentiles(errors, ("p50", "p99"))


def step_error(seed: int) -> float:
    """Return the error in BPM one beat after the tempo has risen by 20 BPM, at 1 ms of jitter."""
    heard = _Listener(Unevenness(0.001), seed)
    heard.play(TEMPO, 2 * SETTLED)
    return abs(heard.play(TEMPO + STEP, 1)[-1] - (TEMPO + STEP))


class _Listener:
    """A MIDI clock that is heard unevenly."""

    def __init__(self, uneven: Unevenness, seed: int) -> None:
        self._uneven, self._rng = uneven, Random(seed)
        self._clock, self._transport = MidiClock(), Transport(tempo=TEMPO)
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
