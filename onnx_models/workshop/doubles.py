"""Finds tunes that are the same tune, in whatever key they are written.

Two melodies are alike when their sets of five successive intervals share half of what both have
(Jaccard index). Chords alone are alike when their runs of eight changes do.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise
from math import ceil

from generators.music.notes import Phrase
from onnx_models.workshop.tune import Tune, fingerprint

ALIKE = 0.5
CHANGES = 8
PUBLISHED = ("nottingham", "pop909", "wir_bach_chorales")
"""Their valid and test tunes are as others have them, doubles and all."""
Mark = frozenset[Hashable]


def mark_of(phrase: Phrase) -> Mark:
    """Return what tells a tune from others: its intervals, or its changes where it has no notes."""
    if phrase.notes:
        return frozenset(fingerprint(phrase))
    return frozenset(changes_of(phrase))


def changes_of(phrase: Phrase) -> Iterable[tuple[Hashable, ...]]:
    """Yield the runs of eight changes: how far the root moves, and what the next chord is."""
    chords = [span.chord for span in phrase.chords]
    moves = [((b.root - a.root) % 12, b.quality) for a, b in pairwise(chords) if a != b]
    for start in range(len(moves) - CHANGES + 1):
        yield ("changes", *moves[start : start + CHANGES])


class Known:
    """The marks that were met, and which of them another one is like.

    Runs are ordered from the rarest on. Two sets that share at least half of what both have must
    share one of their rarest runs, as many as half of each and one (prefix filtering, Bayardo,
    Ma and Srikant, WWW 2007); only those are looked up, so that few pairs are compared in full.
    """

    def __init__(self, marks: Iterable[Mark]) -> None:
        self._often = Counter(run for mark in marks for run in mark)
        self._places: dict[Hashable, list[int]] = defaultdict(list)
        self._marks: list[Mark] = []

    def add(self, mark: Mark) -> None:
        """Remember a mark."""
        for run in self._rarest(mark):
            self._places[run].append(len(self._marks))
        self._marks.append(mark)

    def like(self, mark: Mark) -> bool:
        """Return whether one like it is known."""
        near = {place for run in self._rarest(mark) for place in self._places.get(run, ())}
        return any(alike(mark, self._marks[place]) for place in near)

    def _rarest(self, mark: Mark) -> Sequence[Hashable]:
        ordered = sorted(mark, key=lambda run: (self._often[run], repr(run)))
        return ordered[: len(mark) - ceil(ALIKE * len(mark)) + 1]


def alike(one: Mark, other: Mark) -> bool:
    """Return whether two marks share half of what both have."""
    both = len(one & other)
    return both > 0 and both >= ALIKE * (len(one) + len(other) - both)


def without_doubles(tunes: Sequence[Tune]) -> tuple[list[Tune], list[tuple[Tune, str]]]:
    """Return the tunes without doubles, and what was left out and why.

    A training tune that is like a test or valid tune of any corpus is left out, and so is any
    tune like one before it; the valid and test tunes of published splits stay as they are.
    """
    marks = [mark_of(tune.phrase) for tune in tunes]
    held, learnt = Known(marks), Known(marks)
    kept: list[Tune] = []
    refused: list[tuple[Tune, str]] = []
    order = sorted(range(len(tunes)), key=lambda index: tunes[index].split == "train")
    for index in order:
        tune, mark = tunes[index], marks[index]
        if reason := _reason(tune, mark, held, learnt):
            refused.append((tune, reason))
            continue
        (learnt if tune.split == "train" else held).add(mark)
        kept.append(tune)
    return kept, refused


def _reason(tune: Tune, mark: Mark, held: Known, learnt: Known) -> str:
    if tune.split != "train":
        return "" if tune.source in PUBLISHED or not held.like(mark) else "a double"
    if held.like(mark):
        return "like a test or valid tune"
    return "a double" if learnt.like(mark) else ""
