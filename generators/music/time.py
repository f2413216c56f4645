"""Musical time: ticks, and how bars divide them.

Ticks and seconds are different types, so that a type checker finds the place where they are
mixed; they meet in `bridge.transport` alone.
"""

import re
from dataclasses import dataclass
from typing import NewType

from generators.music.errors import BadValue

Ticks = NewType("Ticks", int)
"""Musical time, 960 to the quarter: three triplet eighths are exactly a quarter."""
Seconds = NewType("Seconds", float)
"""Time on the monotonic clock."""

QUARTER = Ticks(960)
WRITTEN = re.compile(r"(\d{1,3})\s*/\s*(\d{1,3})")
LONGEST_BAR = 64  # beats: more than any notated meter, so that a broken file is found out


def ticks(quarters: float) -> Ticks:
    """Return the ticks nearest to this many quarters."""
    return Ticks(round(quarters * QUARTER))


def quarters(length: Ticks) -> float:
    """Return how many quarters these ticks are."""
    return length / QUARTER


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature: so many beats of one unit to the bar, as in 6/8."""

    beats: int = 4
    unit: int = 4

    def __post_init__(self) -> None:
        """Refuse what cannot be written as a time signature, such as 4/3."""
        if self.unit not in (1, 2, 4, 8, 16, 32, 64):
            raise BadValue(f"{self} is not a meter", "the lower number is a power of two up to 64")
        if not 1 <= self.beats <= LONGEST_BAR:
            raise BadValue(f"{self} is not a meter", f"a bar has 1 to {LONGEST_BAR} beats")

    @property
    def beat(self) -> Ticks:
        """The length of the written beat (an eighth in 6/8)."""
        return Ticks(QUARTER * 4 // self.unit)

    @property
    def bar(self) -> Ticks:
        """The length of a bar."""
        return Ticks(self.beat * self.beats)

    @property
    def pulse(self) -> Ticks:
        """The beat that is felt: a dotted quarter in 6/8, 9/8 and 12/8, else the written beat."""
        compound = self.unit >= 8 and self.beats % 3 == 0 and self.beats > 3
        return Ticks(self.beat * 3) if compound else self.beat

    @property
    def strong(self) -> frozenset[int]:
        """The written beats that begin a group: 3+3 in 6/8, 3+2 in 5/4, 2+2+3 in 7/8."""
        if self.pulse != self.beat:
            return frozenset(range(0, self.beats, 3))
        if self.beats <= 3:
            return frozenset({0})
        if self.beats == 5:
            return frozenset({0, 3})
        return frozenset(range(0, self.beats - 1, 2))

    def bar_line(self, at: Ticks) -> Ticks:
        """Return the last bar line at or before this tick."""
        return Ticks(at - at % self.bar)

    def next_bar_line(self, at: Ticks) -> Ticks:
        """Return the first bar line at or after this tick."""
        return Ticks(-(-at // self.bar) * self.bar)

    def bars(self, length: Ticks) -> int:
        """Return how many bars a length touches."""
        return -(-length // self.bar)

    def __str__(self) -> str:
        """Write it as musicians do: 6/8."""
        return f"{self.beats}/{self.unit}"

    @classmethod
    def named(cls, text: str) -> "Meter":
        """Read `6/8`.

        Raises:
            BadValue: the text is not a time signature.

        """
        match = WRITTEN.fullmatch(text.strip())
        if match is None:
            raise BadValue(f"{text!r} is not a meter", "write it as 3/4 or 6/8")
        return cls(int(match[1]), int(match[2]))
