"""Where JACK's cycles and seconds on the monotonic clock meet.

JACK counts microseconds on a clock of its own (on Linux it is the raw one, which network time
does not slew: a quarter of a second apart after 24 minutes on one machine), so the distance to
the monotonic clock is measured again in every cycle.
"""

import ctypes
from time import get_clock_info, monotonic
from typing import Protocol

MICRO = 1e-6
TIGHT = 50e-6  # seconds: a measure that took longer was interrupted, and is not believed


class Cycle(Protocol):
    """Says when the cycle that is being processed began; for the process callback only."""

    def begin(self, frames: int) -> tuple[float, float]:
        """Return the moment of the cycle's first frame, and how long the cycle lasts."""


class ExactCycle:
    """Cycles by the server's own filtered clock (`jack_get_cycle_times`)."""

    def __init__(self, library: str, client: int) -> None:
        """Find the functions in a library that is loaded already.

        Raises:
            OSError: the library cannot be had by this name.
            AttributeError: it is too old for them.

        """
        # PyDLL keeps the interpreter's lock, which is right for functions that take no time:
        # giving it up in the process thread would invite any busy thread in between.
        loaded = ctypes.PyDLL(library)
        self._times = loaded.jack_get_cycle_times
        self._times.argtypes = [ctypes.c_void_p] * 5
        self._clock = loaded.jack_get_time
        self._clock.argtypes = []
        self._clock.restype = ctypes.c_uint64
        self._client = ctypes.c_void_p(client)
        self._frame = ctypes.c_uint32()
        self._now, self._next = ctypes.c_uint64(), ctypes.c_uint64()
        self._period = ctypes.c_float()
        cells = (self._frame, self._now, self._next, self._period)
        self._cells = [ctypes.c_void_p(ctypes.addressof(cell)) for cell in cells]
        self._coarse = get_clock_info("monotonic").resolution > 1e-3
        self._offset = self._first_offset()

    def begin(self, frames: int) -> tuple[float, float]:
        """Return the moment of the cycle's first frame, and how long the cycle lasts."""
        if not self._coarse:
            self._measure()
        self._times(self._client, *self._cells)
        start, end = self._now.value * MICRO, self._next.value * MICRO
        return start + self._offset, max(end - start, MICRO)

    def _measure(self) -> None:
        before = monotonic()
        middle = self._clock() * MICRO
        after = monotonic()
        if after - before < TIGHT:
            self._offset = (before + after) / 2 - middle

    def _first_offset(self) -> float:
        """Measure at a tick of the monotonic clock: on some systems it ticks every 16 ms."""
        before = monotonic()
        while (after := monotonic()) == before:
            pass
        return after - float(self._clock()) * MICRO


class CountedCycle:
    """Cycles by counting frames from an anchor, for libraries without cycle times."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._start: float | None = None

    def begin(self, frames: int) -> tuple[float, float]:
        """Return the moment of the cycle's first frame, and how long the cycle lasts.

        The callback is never early, so each cycle may pull the count forward at once and back
        only slowly; a gap of two cycles starts it anew.
        """
        now, span = monotonic(), frames / self._rate
        expected = now if self._start is None else self._start + span
        behind = now - expected
        if behind < 0 or behind > 2 * span:
            expected = now
        else:
            expected += behind * 0.001
        self._start = expected
        return expected, span
