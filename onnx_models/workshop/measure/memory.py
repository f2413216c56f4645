"""What was heard, counted by what came before it: prediction by partial matching (PPM).

A symbol is foretold after the longest run of events that was met before, and after shorter ones
as far as those leave room. All orders are blended, as M. Pearce and G. Wiggins (Improved methods
for statistical modelling of monophonic music, 2004) found best for melodies. How much room is left
is the escape method: A and C of J. Cleary and I. Witten (1984) and A. Moffat (1990), D of
P. Howard (1993), or a discount like H. Ney, U. Essen and R. Kneser's (1994), which is D with other
numbers than a half. Shorter runs count a symbol once for each longer run that it came after
(update exclusion; Moffat 1990).

Runs are 64-bit hashes, and everything is counted by sorting, so that a million notes take seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Symbols = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BEFORE = -7
"""The event that stands before the beginning of a piece."""
_STEP = np.uint64(0x9E3779B97F4A7C15)
_STIR = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def mixed(run: Hashes, event: Symbols | Hashes) -> Hashes:
    """Return the hash of each run with one event more (the mixing of splitmix64, Steele 2014)."""
    z = run * np.uint64(3) + event.astype(np.uint64) * _STEP + _STEP
    z = (z ^ (z >> np.uint64(30))) * _STIR[0]
    z = (z ^ (z >> np.uint64(27))) * _STIR[1]
    mixed: Hashes = z ^ (z >> np.uint64(31))
    return mixed


def runs(pieces: Sequence[Symbols], order: int) -> Hashes:
    """Return the hash of the last 0..order events before each event of each piece: a row an order.

    A piece has one place more than events: what comes after the last.
    """
    pad = np.full(order, BEFORE, np.int64)
    padded = np.concatenate([part for each in pieces for part in (pad, each)] or [pad])
    ends = np.cumsum([len(each) + order for each in pieces], dtype=np.int64)
    inside = [np.arange(end - len(each), end + 1) for end, each in zip(ends, pieces, strict=True)]
    places = np.concatenate(inside or [np.zeros(0, np.int64)])
    rows = [np.full(len(places), _STEP)]
    for back in range(1, order + 1):
        rows.append(mixed(rows[-1], padded[places - back]))
    return np.stack(rows)


@dataclass(frozen=True, slots=True)
class Counts:
    """What is known about a symbol after runs of each order; one row for each order."""

    times: Floats
    """How often this symbol came after the run."""
    all: Floats
    """How often any did."""
    kinds: Floats
    """How many different ones did."""

    @property
    def depth(self) -> Symbols:
        """How many orders, from the shortest on, have been met: 0 where nothing has."""
        met: Symbols = (self.all > 0).sum(axis=0)
        return met

    @property
    def sure(self) -> Bools:
        """Whether the longest run that was met has always had the same sequel."""
        deepest = np.maximum(self.depth - 1, 0)
        one: Bools = self.kinds[deepest, np.arange(len(deepest))] == 1
        return one


@dataclass(frozen=True, slots=True)
class Escape:
    """How much room a run leaves to what has not yet come after it."""

    method: str = "discount"
    """A, C, or a discount; D is a discount of a half."""
    discount: float = 0.5

    def blended(self, counts: Counts, base: Floats) -> Floats:
        """Return the chance of each symbol, all orders blended, the deepest weighing most."""
        chance = base
        for times, every, kinds in zip(counts.times, counts.all, counts.kinds, strict=True):
            kept, room = self._shares(times, every, kinds)
            chance = np.where(every > 0, kept + room * chance, chance)
        return chance

    def _shares(self, times: Floats, every: Floats, kinds: Floats) -> tuple[Floats, Floats]:
        every = np.maximum(every, 1)
        if self.method == "A":
            return times / (every + 1), 1 / (every + 1)
        if self.method == "C":
            return times / (every + kinds), kinds / (every + kinds)
        return (times - self.discount * (times > 0)) / every, self.discount * kinds / every


@dataclass(frozen=True, slots=True)
class _Level:
    """The runs of one order and what came after them, in order of their hashes."""

    runs: Hashes
    all: Floats
    kinds: Floats
    pairs: Hashes
    times: Floats


class LongMemory:
    """What came after which runs in all pieces that were learnt."""

    def __init__(self, runs: Hashes, symbols: Symbols) -> None:
        self._levels: list[_Level] = []
        counted = np.ones(len(symbols), bool)
        for row in runs[::-1]:
            first = np.unique(mixed(row, symbols), return_index=True)[1]
            self._levels.insert(0, _level(row[counted], symbols[counted]))
            counted = np.zeros(len(symbols), bool)
            counted[first] = True

    def counts(self, runs: Hashes, symbols: Symbols) -> Counts:
        """Return what is known about each symbol after the runs in its column."""
        pairs = [_found(lv.pairs, lv.times, mixed(row, symbols)) for lv, row in self._rows(runs)]
        every = [_found(lv.runs, lv.all, row) for lv, row in self._rows(runs)]
        kinds = [_found(lv.runs, lv.kinds, row) for lv, row in self._rows(runs)]
        return Counts(np.stack(pairs), np.stack(every), np.stack(kinds))

    def _rows(self, runs: Hashes) -> list[tuple[_Level, Hashes]]:
        return list(zip(self._levels, runs, strict=True))


def _level(run: Hashes, symbols: Symbols) -> _Level:
    pairs, first, times = np.unique(mixed(run, symbols), return_index=True, return_counts=True)
    known, every = np.unique(run, return_counts=True)
    _, kinds = np.unique(run[first], return_counts=True)
    return _Level(known, every.astype(float), kinds.astype(float), pairs, times.astype(float))


def _found(keys: Hashes, values: Floats, wanted: Hashes) -> Floats:
    """Return the values of the keys that are wanted; 0 for a key that is not there."""
    if not len(keys):
        return np.zeros(len(wanted))
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: Floats = np.where(keys[at] == wanted, values[at], 0.0)
    return found


def short_counts(runs: Hashes, symbols: Symbols, pieces: Symbols) -> Counts:
    """Return what each piece itself has taught about each symbol before it came.

    `pieces` says to which piece each column belongs.
    """
    rows: list[tuple[Floats, Floats, Floats]] = []
    counted = np.ones(len(symbols), bool)
    for row in runs[::-1]:
        here = mixed(row, pieces)
        pairs = mixed(here, symbols)
        new = _before(pairs, np.ones(len(symbols), bool)) == 0
        rows.append((_before(pairs, counted), _before(here, counted), _before(here, new)))
        counted = new
    times, every, kinds = zip(*reversed(rows), strict=True)
    return Counts(np.stack(times), np.stack(every), np.stack(kinds))


def _before(groups: Hashes, counted: Bools) -> Floats:
    """Return how many counted ones of its group stand before each place."""
    order = np.argsort(groups, kind="stable")
    ones = counted[order].astype(float)
    before = np.cumsum(ones) - ones
    firsts = np.r_[True, groups[order][1:] != groups[order][:-1]] if len(order) else order == 0
    starts = np.maximum.accumulate(np.where(firsts, np.arange(len(order)), 0))
    result = np.empty(len(order))
    result[order] = before - before[starts]
    return result


def short_table(runs: Hashes, symbols: Symbols, alphabet: Symbols) -> Counts:
    """Return what a piece has taught about every symbol of an alphabet, for its next event.

    `runs` has one column more than there are symbols: the event to come.
    """
    rows: list[tuple[Floats, Floats, Floats]] = []
    counted = np.ones(len(symbols), bool)
    for row in runs[::-1]:
        after = symbols[counted & (row[:-1] == row[-1])]
        times = (after[None, :] == alphabet[:, None]).sum(axis=1).astype(float)
        rows.append(
            (
                times,
                np.full(len(alphabet), float(len(after))),
                np.full(len(alphabet), float(len(set(after.tolist())))),
            )
        )
        counted = np.zeros(len(symbols), bool)
        counted[np.unique(mixed(row[:-1], symbols), return_index=True)[1]] = True
    times, every, kinds = zip(*reversed(rows), strict=True)
    return Counts(np.stack(times), np.stack(every), np.stack(kinds))
