"""How a bar is felt by whoever accompanies: its beats, and the groups that they form."""

from dataclasses import dataclass
from itertools import pairwise

from generators.music.time import QUARTER, Meter, Ticks

EIGHTH = Ticks(QUARTER // 2)


@dataclass(frozen=True, slots=True)
class Group:
    """Beats that belong together, such as the three eighths of a jig: their ticks in the bar."""

    beats: tuple[Ticks, ...]
    end: Ticks

    @property
    def start(self) -> Ticks:
        """The tick on which it begins, which is a strong one."""
        return self.beats[0]


def felt(meter: Meter) -> Meter:
    """Return the meter in which a bar is accompanied: 2/2 in quarters, 2/4 in eighths."""
    if meter.unit < 4:
        return Meter(meter.beats * 4 // meter.unit, 4) if meter.beats <= 16 else meter
    return Meter(4, 8) if (meter.beats, meter.unit) == (2, 4) else meter


def groups(meter: Meter) -> tuple[Group, ...]:
    """Return the groups of a bar: 2+2 in 4/4, 3 in 3/4, 3+3 in 6/8, 3+2 in 5/4, 2+2+3 in 7/8."""
    beats = felt(meter)
    edges = [*sorted(beats.strong), beats.beats]
    return tuple(
        Group(tuple(Ticks(at * beats.beat) for at in range(a, b)), Ticks(b * beats.beat))
        for a, b in pairwise(edges)
    )


def step(meter: Meter) -> Ticks:
    """Return the step of broken chords: an eighth, or the beat where that is shorter."""
    return min(EIGHTH, felt(meter).beat)


def cells(meter: Meter, least: int) -> tuple[tuple[Ticks, Ticks], ...]:
    """Return the stretches of a bar in which a broken chord runs once, of so many steps at least.

    Groups that are too short are joined with those after them; what is left over at the end
    stays by itself.
    """
    found: list[tuple[Ticks, Ticks]] = []
    start = Ticks(0)
    for group in groups(meter):
        if group.end - start >= least * step(meter) or group.end == meter.bar:
            found.append((start, group.end))
            start = group.end
    return tuple(found)


def on_beat(at: int, meter: Meter) -> bool:
    """Say whether a tick is on a felt beat."""
    return at % meter.bar % felt(meter).beat == 0
