"""Keeps an answer from going along for long with any tune that was learnt.

The index of training pieces (`generators.origins`) tells which tunes have which patterns of six
notes. Patterns that follow each other and belong to one tune are a run of that tune: where a run is
as long as it may be, the pitches that would go on with it are left out. What the player has played
may come back, however many tunes have it.
"""

from collections.abc import Sequence
from functools import cached_property, reduce
from typing import Final

import numpy as np
import numpy.typing as npt

from generators.music.notes import Note
from generators.origins import NOTES, Origins, Words, halved, words_of
from generators.patterns import longer, mixed, mixed_one, steps

LONGEST: Final = 7
"""So many notes in a row an answer may share with one tune: with one more, answers shared more
patterns of eight notes with what was learnt than other tunes of their kind do."""
TIMES: Final = ((1, 1), (2, 1), (1, 2))
"""How long a note may be beside the one before it, where that is not known yet: the commonest."""
NOBODY: Final = np.zeros(0, np.uint32)


class Guard:
    """What the melody of an answer has in common with tunes that were learnt, note by note."""

    def __init__(self, origins: Origins, heard: Sequence[Note]) -> None:
        """Begin an answer after what was heard."""
        self._origins, self._heard = origins, heard
        self.restart()

    @cached_property
    def _played(self) -> frozenset[int]:
        """The patterns that the player has played: found out only where a tune is met."""
        return frozenset(words_of(steps(self._heard)).tolist())

    def restart(self) -> None:
        """Begin again before the first note."""
        self._sung: list[tuple[int, int]] = []
        self._steps: list[int] = []
        self._owners, self._run = NOBODY, 0

    def sang(self, place: int, pitch: int) -> None:
        """Take a note that begins at a place of the grid (units), later than those before it."""
        self._ended(place)
        self._sung.append((place, pitch))

    def is_full(self, place: int) -> bool:
        """Whether the notes before a place are a run that is as long as it may be."""
        self._ended(place)
        return self._run >= LONGEST

    def copies(self, place: int, pitches: Sequence[int]) -> npt.NDArray[np.bool_]:
        """Return which of these pitches, as the next note, would go on with a run."""
        self._ended(place)
        before, last = self._sung[-1]
        start = np.array([reduce(mixed_one, self._steps[2 - NOTES :])], np.uint64)
        intervals = np.array(pitches, np.int64) - last
        lengths = [(place - before) * more // less for more, less in TIMES]
        ratios = np.array([longer(place - before, length) for length in lengths], np.uint64)
        words = halved(mixed(start, mixed(ratios[:, None], intervals)))
        return np.asarray(self._go_on(words.ravel()).reshape(words.shape).any(axis=0))

    def _ended(self, place: int) -> None:
        """Learn how long the last note was, and which tunes go along as far as it."""
        if len(self._steps) > len(self._sung) - 2:
            return
        (first, one), (second, other) = self._sung[-2:]
        self._steps.append(mixed_one(longer(second - first, place - second), other - one))
        if len(self._steps) > NOTES - 2:
            self._follow()

    def _follow(self) -> None:
        """Follow the tunes that have the last notes."""
        word = reduce(mixed_one, self._steps[1 - NOTES :]) >> 32
        owners = self._origins.owners_of(word)
        if owners is None:  # the index does not have all patterns
            self._run += 1 if self._run else 0
            return
        if len(owners) and word in self._played:
            owners = NOBODY
        both = np.intersect1d(self._owners, owners, assume_unique=True) if self._run else owners
        self._run = self._run + 1 if self._run and len(both) else NOTES
        self._owners = both if len(both) else owners
        if not len(self._owners):
            self._run = 0

    def _go_on(self, words: Words) -> npt.NDArray[np.bool_]:
        """Return which patterns are of a tune that is gone along with, and not the player's."""
        found = np.zeros(len(words), np.bool_)
        first, last = self._origins.ranges(words)
        along = np.zeros(len(self._origins.pieces), np.bool_)
        along[self._owners] = True
        for at in (first < last).nonzero()[0].tolist():
            owners = self._origins.owners[first[at] : last[at]]
            found[at] = along[owners].any() and int(words[at]) not in self._played
        return found
