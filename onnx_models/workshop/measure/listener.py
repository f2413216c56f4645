"""A listener: knows what was learnt (long memory) and what the piece has said so far (short).

What each memory foretells is mixed. The share of the short one depends on how deep and how sure
each memory is, and is fitted on held-out pieces; with `Mixing.FIXED` it is one number. (D. Conklin
and I. Witten, Multiple viewpoint systems for music prediction, 1995, mix by entropy instead; the
fitting is the expectation maximisation of F. Jelinek and R. Mercer, 1980.)
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from onnx_models.workshop.measure.memory import (
    Counts,
    Escape,
    Floats,
    Hashes,
    LongMemory,
    Symbols,
    short_counts,
    short_table,
)

ROUNDS = 30
PRIOR = 4.0
"""How many symbols the share over all counts for, where a bucket holds few."""


class Mixing(Enum):
    """What the share of the short memory depends on."""

    FIXED = "fixed"
    CONFIDENT = "confident"


@dataclass(frozen=True, slots=True)
class Stream:
    """Symbols to be foretold, and what came before each."""

    runs: Hashes
    """A row for each order, the shortest first; a column for each symbol."""
    symbols: Symbols
    pieces: Symbols
    """To which piece each belongs."""


@dataclass(frozen=True, slots=True)
class Base:
    """What is foretold where nothing is known: each symbol of an alphabet alike.

    A hundredth is kept for symbols outside it where there may be so many `others`.
    """

    alphabet: Symbols
    others: int = 0

    def chances(self, symbols: Symbols) -> Floats:
        """Return the chance of each symbol."""
        kept = 0.01 if self.others else 0.0
        known = np.isin(symbols, self.alphabet)
        low = kept / max(1, self.others)
        chances: Floats = np.where(known, (1 - kept) / len(self.alphabet), low)
        return chances


@dataclass(frozen=True, slots=True)
class Habits:
    """How a listener reckons."""

    long: Escape = Escape(discount=0.8)
    short: Escape = Escape(discount=0.5)
    mixing: Mixing = Mixing.CONFIDENT


class Listener:
    """Foretells the symbols of a stream."""

    def __init__(self, learnt: Stream, base: Base, habits: Habits) -> None:
        self._memory = LongMemory(learnt.runs, learnt.symbols)
        self._base, self._habits = base, habits
        self._orders = len(learnt.runs) + 1
        self._shares = np.full((self._orders * 2) ** 2, 0.5)

    def settle(self, held: Stream) -> None:
        """Fit the share of the short memory on pieces that were not learnt."""
        long, short, bucket = self._both(
            self._memory.counts(held.runs, held.symbols),
            short_counts(held.runs, held.symbols, held.pieces),
            held.symbols,
        )
        overall = _shares(long, short, np.zeros_like(bucket), np.array([0.5]))
        start = np.full_like(self._shares, overall[0])
        self._shares = _shares(long, short, bucket, start)

    def chances(self, stream: Stream) -> Floats:
        """Return the chance that was given to each symbol."""
        counts = self._memory.counts(stream.runs, stream.symbols)
        heard = short_counts(stream.runs, stream.symbols, stream.pieces)
        return self._mixed(*self._both(counts, heard, stream.symbols))

    def table(self, runs: Hashes, symbols: Symbols) -> Floats:
        """Return the chance of each symbol of the alphabet to come next in a piece.

        `runs` has one column more than there are symbols so far.
        """
        alphabet = self._base.alphabet
        counts = self._memory.counts(np.repeat(runs[:, -1:], len(alphabet), axis=1), alphabet)
        return self._mixed(*self._both(counts, short_table(runs, symbols, alphabet), alphabet))

    @property
    def alphabet(self) -> Symbols:
        """The symbols that it foretells."""
        return self._base.alphabet

    def _both(
        self, long: Counts, short: Counts, symbols: Symbols
    ) -> tuple[Floats, Floats, Symbols]:
        base = self._base.chances(symbols)
        depths = long.depth * self._orders + short.depth
        bucket = (depths * 2 + long.sure) * 2 + short.sure
        if self._habits.mixing is Mixing.FIXED:
            bucket = np.zeros_like(bucket)
        return (
            self._habits.long.blended(long, base),
            self._habits.short.blended(short, base),
            bucket,
        )

    def _mixed(self, long: Floats, short: Floats, bucket: Symbols) -> Floats:
        share = self._shares[bucket]
        mixed: Floats = share * short + (1 - share) * long
        return mixed


def _shares(long: Floats, short: Floats, bucket: Symbols, start: Floats) -> Floats:
    """Return the share of the short memory in each bucket that makes the symbols likeliest."""
    shares, every = start, np.bincount(bucket, minlength=len(start))
    for _ in range(ROUNDS):
        mine = shares[bucket] * short
        part = mine / (mine + (1 - shares[bucket]) * long)
        inside = np.bincount(bucket, part, len(start))
        shares = (inside + PRIOR * start) / (every + PRIOR)
    return shares
