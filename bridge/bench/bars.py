"""How many bars are answered in time, over many bars of virtual time."""

import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from multiprocessing import TimeoutError as NotInTime
from multiprocessing import get_context
from os import cpu_count
from random import Random
from time import monotonic
from typing import Any

from bridge.bench.figures import spread
from bridge.bench.host import Unevenness
from bridge.bench.hour import Hour, NaiveHour, Weather, panic
from bridge.plans import RUNGS

EACH = 250  # bars that are played in one go
CLOCKS = (
    Unevenness(0.0005), Unevenness(0.001), Unevenness(0.003),
    Unevenness(block=512), Unevenness(block=1024),
)  # fmt: skip
"""How uneven the host's clock is: what is measured goes through them in turn."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some bars to be played: the seconds that answers take, drawn from these, and the weather."""

    bars: int
    latencies: tuple[float, ...]
    weather: Weather
    naive: bool = False


@dataclass(slots=True)
class Bars:
    """What became of bars, and of notes."""

    total: int = 0
    on_time: int = 0
    rungs: Counter[str] = field(default_factory=Counter)
    errors: list[float] = field(default_factory=list)
    lost: int = 0
    echoes: int = 0
    swallowed: int = 0
    seconds: float = 0.0

    def add(self, other: "Bars") -> None:
        """Add what became of other bars."""
        self.total += other.total
        self.on_time += other.on_time
        self.rungs += other.rungs
        self.errors += other.errors
        self.lost += other.lost
        self.echoes += other.echoes
        self.swallowed += other.swallowed
        self.seconds += other.seconds

    def told(self) -> dict[str, Any]:
        """Return them as `antiphon bench --json` prints them."""
        return {
            "total": self.total,
            "on_time": self.on_time,
            "share": round(self.on_time / self.total, 5) if self.total else None,
            "rungs": {name: self.rungs[name] for name in RUNGS},
            "off_ms": spread(self.errors),
        }


def played(part: Part) -> Bars:
    """Play some bars."""
    rng = Random(part.weather.seed)
    hour = (NaiveHour if part.naive else Hour)(lambda: rng.choice(part.latencies), part.weather)
    tally = hour.play(part.bars).tally
    left = panic(hour).total()
    rungs = Counter(hour.rungs)
    if part.naive:  # it has one rung: the model's answer, which is there in time or is not
        rungs = Counter(plan=tally.on_time, rest=tally.total - tally.on_time)
    return Bars(
        tally.total, tally.on_time, rungs, tally.errors, tally.lost + left,
        hour.cable.echoes, hour.cable.swallowed, float(hour.clock.moment),
    )  # fmt: skip


def parts(
    count: int, latencies: Sequence[float], *, naive: bool = False, seed: int = 1
) -> list[Part]:
    """Return so many bars as parts, each with a clock and a seed of its own."""
    sizes = [min(EACH, count - done) for done in range(0, count, EACH)]
    clocks = islice(cycle(CLOCKS), len(sizes))
    return [
        Part(size, tuple(latencies), Weather(uneven, seed=seed + nth), naive)
        for nth, (size, uneven) in enumerate(zip(sizes, clocks, strict=True))
    ]


def played_all(wanted: Sequence[Part], time_out: float) -> Bars:
    """Play parts on all cores.

    Raises:
        TimeoutError: they are not done in so many seconds.

    """
    whole, end = Bars(), monotonic() + time_out
    with get_context("spawn").Pool(cpu_count() or 1, _deaf) as pool:  # its end ends them all
        done = pool.imap_unordered(played, wanted)
        for _ in wanted:
            try:
                whole.add(done.next(max(0.0, end - monotonic())))
            except NotInTime:
                raise TimeoutError("the bars were not played in time") from None
    return whole


def _deaf() -> None:
    """Leave Ctrl-C to who started us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
