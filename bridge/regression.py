"""A straight line through a host's clocks, with a knee where its tempo changed.

Clocks are due at even steps and come late by chance, so the line through the last four quarters
tells both the moment of the newest and the step. A new tempo leaves that line ever further: it is
a ramp on what is left over. The ramp that explains most of it, over all the clocks at which it
may have begun, is found with a matched filter; from there on the line goes on in another
direction, but not elsewhere, for a host's clock does not jump.
"""

from collections import deque
from dataclasses import dataclass
from math import sqrt
from statistics import fmean
from typing import Final

WINDOW: Final = 96  # clocks: four quarters
LEAST: Final = 6  # clocks that are enough to believe a tempo
NEW: Final = 24  # the clocks among which a knee is looked for
OLD: Final = 18  # so many before them tell what the line was
SURE: Final = 25.0  # a ramp must explain so many times the variance: five standard deviations
STILL: Final = 0.001  # seconds by which any clock may waver
SETTLED: Final = 42  # clocks after a knee that are enough for a line of their own

Point = tuple[int, float]
"""The number of a clock, and its moment in seconds."""


@dataclass(frozen=True, slots=True)
class Line:
    """A moment on the line at the clock `n`, and the seconds from clock to clock."""

    n: int
    moment: float
    step: float

    def at(self, n: int) -> float:
        """Return the moment of a clock."""
        return self.moment + (n - self.n) * self.step

    def moved(self, by: int) -> "Line":
        """Return it with clocks numbered anew."""
        return Line(self.n + by, self.moment, self.step)


class Regression:
    """The clocks of late, and the line that they are on."""

    def __init__(self) -> None:
        self._points: deque[Point] = deque(maxlen=WINDOW)
        self._before: Line | None = None  # the line up to the knee, while that is young
        self._knee = 0
        self._waver = STILL

    def clear(self) -> None:
        """Forget all: there was a gap."""
        self._points.clear()
        self._before = None

    def renumber(self, n: int) -> None:
        """Let the next clock have this number, and keep what earlier ones have shown."""
        by = n - self._points[-1][0] - 1 if self._points else 0
        self._points = deque(((m + by, at) for m, at in self._points), maxlen=WINDOW)
        self._before = self._before and self._before.moved(by)
        self._knee += by

    def add(self, n: int, at: float) -> Line | None:
        """Take a clock; return the line, known at that clock, or None where it is too early."""
        self._points.append((n, at))
        if len(self._points) < LEAST:
            return None
        if self._before is None:
            self._look()
        if self._before is None:
            return fitted(list(self._points))
        return self._bent(self._before, n)

    @property
    def jitter(self) -> float:
        """By how much clocks come beside the line, in seconds (root mean square)."""
        if len(self._points) < LEAST:
            return 0.0
        points = list(self._points)
        return _spread(points, fitted(points)) if self._before is None else self._waver

    def _look(self) -> None:
        """Find out whether there is a knee among the newest clocks."""
        points = list(self._points)
        if len(points) < OLD + NEW:
            return
        before = fitted(points[:-NEW])
        waver = max(STILL, _spread(points[:-NEW], before))
        off = [at - before.at(n) for n, at in points[-NEW:]]
        if abs(fmean(off[-3:])) < waver:
            return
        explained, length, _ = _ramp(off, NEW)
        if explained > SURE * _doubt(len(points) - NEW) * waver**2:
            self._before, self._waver = before, waver
            self._knee = points[-1][0] - length

    def _bent(self, before: Line, n: int) -> Line:
        """Return the line after the knee, which is looked for again with every clock."""
        since = [(m, at) for m, at in self._points if m > self._knee - LEAST]
        off = [at - before.at(m) for m, at in since]
        _, length, slope = _ramp(off, len(off))
        if len(off) >= SETTLED + LEAST:
            self._points = deque((p for p in since if p[0] > n - length), maxlen=WINDOW)
            self._before = None
        return Line(n, before.at(n) + slope * length, before.step + slope)


def fitted(points: list[Point]) -> Line:
    """Return the line of least squares, known at the newest point."""
    last, zero = points[-1]
    xs = [n - last for n, _ in points]
    ys = [at - zero for _, at in points]
    size, sx, sy = len(xs), sum(xs), sum(ys)
    spread = size * sum(x * x for x in xs) - sx * sx
    slope = (size * sum(x * y for x, y in zip(xs, ys, strict=True)) - sx * sy) / spread
    return Line(last, zero + (sy - slope * sx) / size, slope)


def _spread(points: list[Point], line: Line) -> float:
    return sqrt(fmean((at - line.at(n)) ** 2 for n, at in points))


def _doubt(size: int) -> float:
    """Return by how much a ramp's variance grows because the line before it is only estimated.

    The variance of a line of least squares through `size` points, three quarters of a ramp beyond
    its end (the far end of a ramp weighs most), for each of the ramp's points.
    """
    beyond = size / 2 + 0.75 * NEW
    return 1 + NEW * (1 / size + 12 * beyond**2 / size**3)


def _ramp(off: list[float], longest: int) -> tuple[float, int, float]:
    """Return the ramp that explains most: the squares it explains, its length and its slope."""
    best = (0.0, LEAST, 0.0)
    for length in range(LEAST, longest + 1):
        product = sum(x * y for x, y in enumerate(off[-length:], 1))
        squares = length * (length + 1) * (2 * length + 1) / 6
        if product * product > best[0] * squares:
            best = (product * product / squares, length, product / squares)
    return best
