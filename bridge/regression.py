"""A straight line through a host's clocks, with a knee where its tempo changed.

Clocks are due at even steps and come late by chance, so the line through the last eight quarters
tells both the moment of the newest and the step. A new tempo leaves that line ever further: it is
a ramp on what is left over. The ramp that explains most of it, over all the clocks at which it
may have begun, is found with a matched filter; from there on the line goes on in another
direction, but not elsewhere, for a host's clock does not jump. Where a ramp that begins on a beat
explains nearly as much it is that one, for hosts change their tempo on beats; to know where the
knee is halves the error of the new tempo while there are few clocks to tell it.

The sums of which a line is made are kept from clock to clock.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from math import sqrt
from typing import Final

BEAT: Final = 24  # clocks
WINDOW: Final = 8 * BEAT
LEAST: Final = 6  # clocks that are enough to believe a tempo
NEW: Final = 36  # the clocks among which a knee is looked for
OLD: Final = 18  # so many before them tell what the line was
SURE: Final = 25.0  # a ramp must explain so many times the variance: five standard deviations
ON_BEAT: Final = 8.0  # by so many times the variance a ramp from a beat may explain less
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


class Sums:
    """What the line of least squares through some points is made of, point by point.

    Counted from the first point, so that the squares stay small beside a float's precision.
    """

    def __init__(self, points: Iterable[Point] = ()) -> None:
        self.size = 0
        self._zero: Point = (0, 0.0)
        self._x = self._y = self._xx = self._xy = self._yy = 0.0
        for n, at in points:
            self.add(n, at)

    def add(self, n: int, at: float) -> None:
        """Take a point in."""
        if not self.size:
            self._zero = (n, at)
        self._count(n, at, 1)

    def drop(self, n: int, at: float) -> None:
        """Take a point out again."""
        self._count(n, at, -1)

    def line(self, n: int) -> Line:
        """Return the line, known at this clock."""
        slope = self._slope
        moment = self._zero[1] + (self._y - slope * self._x) / self.size
        return Line(n, moment + slope * (n - self._zero[0]), slope)

    @property
    def spread(self) -> float:
        """By how much points waver about such a line, in seconds: two of them say nothing of it."""
        size = self.size
        rest = self._yy - self._y**2 / size - self._slope * (self._xy - self._x * self._y / size)
        return sqrt(max(0.0, rest / (size - 2)))

    @property
    def _slope(self) -> float:
        size = self.size
        return (size * self._xy - self._x * self._y) / (size * self._xx - self._x**2)

    def _count(self, n: int, at: float, times: int) -> None:
        x, y = n - self._zero[0], at - self._zero[1]
        self.size += times
        self._x += times * x
        self._y += times * y
        self._xx += times * x * x
        self._xy += times * x * y
        self._yy += times * y * y


class Regression:
    """The clocks of late, and the line that they are on."""

    def __init__(self) -> None:
        self._points: deque[Point] = deque()
        self._all, self._old = Sums(), Sums()  # the latter without the newest clocks
        self._since = 0  # clocks that came after the sums were made
        self._before: Line | None = None  # the line up to the knee, while that is young
        self._knee = 0
        self._waver = STILL

    def clear(self) -> None:
        """Forget all: there was a gap."""
        self._keep(())
        self._before = None

    def renumber(self, n: int) -> None:
        """Let the next clock have this number, and keep what earlier ones have shown."""
        by = n - self._points[-1][0] - 1 if self._points else 0
        self._keep((m + by, at) for m, at in self._points)
        self._before = self._before and self._before.moved(by)
        self._knee += by

    def add(self, n: int, at: float) -> Line | None:
        """Take a clock; return the line, known at that clock, or None where it is too early."""
        self._take(n, at)
        if len(self._points) < LEAST:
            return None
        if self._before is None:
            self._look()
        return self._all.line(n) if self._before is None else self._bent(self._before, n)

    @property
    def jitter(self) -> float:
        """By how much clocks come beside the line, in seconds (root mean square)."""
        if len(self._points) < LEAST:
            return 0.0
        return self._all.spread if self._before is None else self._waver

    def _keep(self, points: Iterable[Point]) -> None:
        """Know these points, and no others."""
        self._points = deque(points)
        self._all = Sums(self._points)
        self._old = Sums(islice(self._points, max(0, len(self._points) - NEW)))
        self._since = 0

    def _take(self, n: int, at: float) -> None:
        """Know one more clock, and at most a window of them."""
        self._points.append((n, at))
        self._all.add(n, at)
        if len(self._points) > NEW:
            self._old.add(*self._points[-NEW - 1])
        if len(self._points) > WINDOW:
            first = self._points.popleft()
            self._all.drop(*first)
            self._old.drop(*first)
        self._since += 1
        if self._since > WINDOW:  # counted from afar, sums would lose their precision
            self._keep(self._points)

    def _look(self) -> None:
        """Find out whether there is a knee among the newest clocks."""
        if len(self._points) < OLD + NEW:
            return
        newest, points = self._points[-1][0], self._points
        before = self._old.line(newest)
        waver = max(STILL, self._old.spread)
        if (
            abs(sum(at - before.at(n) for n, at in (points[-3], points[-2], points[-1])))
            < 3 * waver
        ):
            return
        off = [at - before.at(n) for n, at in islice(points, len(points) - NEW, None)]
        explained, length, _ = _ramp(off, newest, ON_BEAT * waver**2)
        if explained > SURE * _doubt(self._old.size) * waver**2:
            self._before, self._waver = before, waver
            self._knee = newest - length

    def _bent(self, before: Line, n: int) -> Line:
        """Return the line after the knee, which is looked for again with every clock."""
        since = [(m, at) for m, at in self._points if m > self._knee - LEAST]
        off = [at - before.at(m) for m, at in since]
        _, length, slope = _ramp(off, n, ON_BEAT * self._waver**2)
        if len(off) >= SETTLED + LEAST:
            self._keep(p for p in since if p[0] > n - length)
            self._before = None
        return Line(n, before.at(n) + slope * length, before.step + slope)


def _doubt(size: int) -> float:
    """Return by how much a ramp's variance grows because the line before it is only estimated.

    The variance of a line of least squares through `size` points, three quarters of a ramp beyond
    its end (the far end of a ramp weighs most), for each of the ramp's points.
    """
    beyond = size / 2 + 0.75 * NEW
    return 1 + NEW * (1 / size + 12 * beyond**2 / size**3)


def _ramp(off: list[float], newest: int, favour: float) -> tuple[float, int, float]:
    """Return the ramp that explains most: the squares it explains, its length and its slope.

    One that begins on a beat is preferred where it explains up to `favour` less.
    """
    best, most = (0.0, LEAST, 0.0), 0.0
    total = product = squares = 0.0
    for length in range(1, len(off) + 1):
        total += off[-length]
        product += total  # of every offset with its place on the ramp
        squares += length * length
        explained = product * product / squares
        liked = explained + favour * ((newest - length) % BEAT == 0)
        if length >= LEAST and liked > most:
            best, most = (explained, length, product / squares), liked
    return best
