"""How much of a melody was there before, in what was learnt.

Melodies are compared as rows of steps (`generators.patterns`): the interval and the change of
length from note to note, so that neither key nor tempo hides a copy. What is found of a model's
melodies says something only beside what is found of human ones that were not learnt either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np

from generators.music.notes import Note
from generators.origins import Origins, Piece
from generators.patterns import Hashes, Numbers, mixed, patterns, steps
from onnx_models.workshop.measure.memory import Bools
from onnx_models.workshop.tune import Tune

PATTERN = 8


@dataclass(frozen=True, slots=True)
class Copied:
    """What melodies have in common with what was learnt."""

    longest: int
    """The most notes in a row that any of them shares with a tune."""
    mean_longest: float
    """The same for each of them, and the mean."""
    share: float
    """The share of their patterns of eight notes that are found in a tune."""


class Learnt:
    """The tunes that were learnt from, as rows of steps."""

    def __init__(self, melodies: Iterable[Sequence[Note]]) -> None:
        self._rows = [steps(notes) for notes in melodies]
        known = [patterns(row, PATTERN) for row in self._rows]
        self._patterns = np.unique(np.concatenate([np.zeros(0, np.uint64), *known]))

    def copied(self, melodies: Sequence[Sequence[Note]]) -> Copied:
        """Return what these melodies have in common with the tunes."""
        rows = [steps(notes) for notes in melodies]
        longest = longest_runs(rows, self._rows)
        asked = np.concatenate([np.zeros(0, np.uint64), *(patterns(row, PATTERN) for row in rows)])
        share = float(np.isin(asked, self._patterns).mean()) if len(asked) else 0.0
        return Copied(max(longest, default=0), fmean(longest) if longest else 0.0, share)


def longest_runs(rows: Sequence[Hashes], known: Sequence[Hashes]) -> list[int]:
    """Return how many notes in a row each melody shares with any of the tunes; 0 for none.

    Runs grow step by step, and only those that are still shared go on.
    """
    longest = np.zeros(len(rows), np.int64)
    asked, learnt = _Runs.of(rows), _Runs.of(known)
    length = 1
    while len(asked.hashes) and len(learnt.hashes):
        asked = asked.kept(np.isin(asked.hashes, learnt.hashes))
        learnt = learnt.kept(np.isin(learnt.hashes, asked.hashes))
        longest[asked.owners] = length + 1
        asked, learnt, length = asked.grown(length), learnt.grown(length), length + 1
    found: list[int] = longest.tolist()
    return found


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of one length: where each begins, where its row ends, whose it is, and its hash."""

    steps: Hashes
    starts: Numbers
    ends: Numbers
    owners: Numbers
    hashes: Hashes

    @classmethod
    def of(cls, rows: Sequence[Hashes]) -> "_Runs":
        """Return the runs of one step."""
        lengths = np.array([len(row) for row in rows], np.int64)
        every = np.concatenate([np.zeros(0, np.uint64), *rows])
        owners = np.repeat(np.arange(len(rows)), lengths)
        return cls(every, np.arange(len(every)), np.cumsum(lengths)[owners], owners, every)

    def kept(self, which: Bools) -> "_Runs":
        """Return some of them."""
        starts, ends, owners = self.starts[which], self.ends[which], self.owners[which]
        return _Runs(self.steps, starts, ends, owners, self.hashes[which])

    def grown(self, length: int) -> "_Runs":
        """Return them longer by the step after this many, where the row goes on."""
        going = self.kept(self.starts + length < self.ends)
        after = going.steps[going.starts + length]
        return replace(going, hashes=mixed(going.hashes, after))


def origins(tunes: Iterable[Tune]) -> Origins:
    """Return the index of training pieces that goes with a model."""
    sung = (tune for tune in tunes if tune.phrase.notes)
    return Origins.of((Piece(tune.title, tune.source), tune.phrase.notes) for tune in sung)
