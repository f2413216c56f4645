"""Where JACK's cycles and seconds on the monotonic clock meet.

Two clocks say when a cycle began. JACK's own (`jack_get_cycle_times`) is filtered: exact to a part
of a frame while nothing disturbs the server, and wrong by 20 to 100 ms for seconds after a stall
(measured with the dummy driver on a busy machine). Counting frames from when we are called is
right within the time that waking up takes. So the first is believed as long as the second agrees.
"""

import ctypes
from collections import deque
from time import get_clock_info, monotonic
from typing import Protocol

MICRO = 1e-6
TIGHT = 50e-6  # seconds: a measure that took longer was interrupted, and is not believed
AGREED = 1e-3  # seconds that the two clocks may be apart
REACH = 0.1  # seconds: the earliest call in this time, and of eight, was in time
CYCLES = 8
WRAP = 2**32  # JACK counts frames in 32 bits: a day and an hour at 48 kHz


class Cycle(Protocol):
    """Says when the cycle that is being processed began; for the process callback only."""

    def begin(self, first: int, frames: int, xruns: int) -> tuple[float, float]:
        """Return about when the cycle began, and how long it lasts; to be called first.

        `first` is the number of its first frame, `xruns` how often the server was disturbed.
        """

    def rested(self, cycles: int) -> None:
        """Take note that `begin` was not called in so many cycles before the one that begins."""

    def exact(self) -> tuple[float, float]:
        """Return the moment of the cycle's first frame, and how long the cycle lasts."""


class CountedCycle:
    """Cycles by counting frames; we may be called late, never early."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._first = 0
        self._counted = 0.0
        self._xruns = -1
        self._rested = 0
        self._apart: deque[tuple[float, float]] = deque()
        self._calls: deque[float] = deque(maxlen=CYCLES)
        self._now = (0.0, 1.0)

    def begin(self, first: int, frames: int, xruns: int) -> tuple[float, float]:
        """Return about when the cycle began, and how long it lasts."""
        now, span = monotonic(), frames / self._rate
        passed = (first - self._first) % WRAP
        self._first = first
        self._counted += passed / self._rate
        if xruns != self._xruns or passed > (CYCLES + self._rested) * frames:
            self._xruns = xruns
            self._apart.clear()  # time went on and frames did not, or the other way round
        self._rested = 0
        self._now = self._counted + self._least(now, now - self._counted), span
        return self._now

    def rested(self, cycles: int) -> None:
        """Take note that `begin` was not called in so many cycles."""
        self._rested = cycles

    def exact(self) -> tuple[float, float]:
        """Return the moment of the cycle's first frame, and how long the cycle lasts."""
        return self._now

    def _least(self, now: float, apart: float) -> float:
        """Return the least distance between clock and count of late: that call came at once."""
        while self._apart and self._apart[-1][1] >= apart:
            self._apart.pop()
        self._apart.append((now, apart))
        self._calls.append(now)
        since = min(now - REACH, self._calls[0])
        while self._apart[0][0] < since:
            self._apart.popleft()
        return self._apart[0][1]


class ExactCycle:
    """Cycles by the server's filtered clock, as long as it is near the truth."""

    def __init__(self, library: str, client: int, rate: int) -> None:
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
        self._counted = CountedCycle(rate)
        self._coarse = get_clock_info("monotonic").resolution > 1e-3
        self._offset = self._first_offset()

    def begin(self, first: int, frames: int, xruns: int) -> tuple[float, float]:
        """Return about when the cycle began, and how long it lasts."""
        return self._counted.begin(first, frames, xruns)

    def rested(self, cycles: int) -> None:
        """Take note that `begin` was not called in so many cycles."""
        self._counted.rested(cycles)

    def exact(self) -> tuple[float, float]:
        """Return the moment of the cycle's first frame, and how long the cycle lasts."""
        counted, span = self._counted.exact()
        if not self._coarse:
            self._measure()
        self._times(self._client, *self._cells)
        filtered = self._now.value * MICRO + self._offset
        if self._coarse or abs(filtered - counted) < AGREED:
            period = (self._next.value - self._now.value) * MICRO
            return filtered, period if span / 2 < period < span * 2 else span
        return counted, span

    def _measure(self) -> None:
        """Measure how far JACK's clock is from ours: nothing slews it, and it drifts away."""
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
