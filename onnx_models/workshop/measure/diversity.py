"""How different the chords of a set of pieces are: the Vendi score.

The Vendi score (D. Friedman and A. Dieng, The Vendi score: a diversity evaluation metric for
machine learning, 2023) is the number of pieces, all unlike, that would be as diverse: 1 where all
are the same, and their number where none is like another. What it says depends on the kernel.

Ours: excerpts of eight bars, as many for every system and at the same places. The likeness of two
is the mean of two cosines: of how long each chord sounds, and of how often each chord follows
each. Chords are counted from the tonic, by root and kind. Published scores of ReaLchords and GAPT
are over learnt embeddings instead, so only their relation to the human score can be compared.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import pairwise

import numpy as np

from generators.music.notes import Phrase
from generators.music.time import Ticks
from onnx_models.workshop.measure.lines import chord_id, key_of
from onnx_models.workshop.measure.memory import Floats

BARS = 8
Window = tuple[int, int]
"""The number of a piece, and the bar in which an excerpt of it begins."""


def vendi(likeness: Floats) -> float:
    """Return the Vendi score of a matrix of likeness whose diagonal is 1."""
    shares = np.linalg.eigvalsh(likeness / len(likeness))
    shares = shares[shares > 1e-12]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def windows(phrases: Sequence[Phrase], count: int, seed: int = 0) -> list[Window]:
    """Draw places of excerpts from the melodies of pieces: all if there are fewer than wanted.

    They do not overlap, and begin to be counted in the bar of the first note.
    """
    every = [
        (number, bar)
        for number, phrase in enumerate(phrases)
        for bar in range(_first_bar(phrase), phrase.bars - BARS + 1, BARS)
    ]
    drawn = np.random.default_rng(seed).permutation(len(every))[:count]
    return [every[index] for index in sorted(drawn)]


def _first_bar(phrase: Phrase) -> int:
    return phrase.notes[0].onset // phrase.meter.bar if phrase.notes else 0


def chord_diversity(phrases: Sequence[Phrase], places: Sequence[Window]) -> float:
    """Return the Vendi score of the chords of pieces in these excerpts.

    The pieces are those that the places were drawn from, with whatever chords they now have.
    """
    excerpts = [_excerpt(phrases[number], bar) for number, bar in places]
    sounding = _cosines([held(excerpt) for excerpt in excerpts])
    following = _cosines([moves(excerpt) for excerpt in excerpts])
    return vendi((sounding + following) / 2)


def _excerpt(phrase: Phrase, bar: int) -> Phrase:
    start = bar * phrase.meter.bar
    return phrase.between(Ticks(start), Ticks(start + BARS * phrase.meter.bar))


def held(phrase: Phrase) -> Counter[Hashable]:
    """Return how long each chord sounds; silence counts as a chord where there is nothing else."""
    tonic, found = key_of(phrase).tonic, Counter[Hashable]()
    for span in phrase.chords:
        found[chord_id(span.chord, tonic)] += span.length
    return found or Counter[Hashable]({None: 1})


def moves(phrase: Phrase) -> Counter[Hashable]:
    """Return how often each chord goes to each; where none moves, the one that stays."""
    tonic = key_of(phrase).tonic
    names = [chord_id(span.chord, tonic) for span in phrase.chords]
    moved = Counter[Hashable](pair for pair in pairwise(names) if pair[0] != pair[1])
    return moved or Counter[Hashable]({tuple(names[:1]): 1})


def _cosines(counts: Sequence[Counter[Hashable]]) -> Floats:
    columns = {name: at for at, name in enumerate(dict.fromkeys(n for c in counts for n in c))}
    rows = np.zeros((len(counts), len(columns)))
    for row, count in zip(rows, counts, strict=True):
        for name, weight in count.items():
            row[columns[name]] = weight
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    likeness: Floats = rows @ rows.T
    return likeness
