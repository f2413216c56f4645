"""The chords of a tune, change by change, and how well they are foretold.

A change is a chord that differs from the one before, as the vocabulary tells chords apart: by root
from the tonic and kind, without the bass. The first chord of a piece counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from generators.music.harmony import Chord, Key
from generators.music.notes import ChordSpan, Phrase
from generators.music.time import Ticks
from generators.tokens.grid import UNIT
from generators.tokens.leadsheet import MODES
from onnx_models.workshop.measure.lines import (
    Line,
    bar_units,
    chord_id,
    chord_line,
    chord_of,
    key_of,
)
from onnx_models.workshop.measure.memory import Floats, Symbols
from onnx_models.workshop.tune import Tune

MODE_IDS = {name: number for number, name in enumerate(sorted(set(MODES.values())))}
RANKS = 3


@dataclass(frozen=True, slots=True)
class Changes:
    """The chords of a piece, and what is known of it beforehand."""

    line: Line
    key: Key
    bar: int
    """The bar of the grid in units."""
    style: str

    @classmethod
    def of(cls, tune: Tune) -> "Changes":
        """Read the chords of a tune."""
        phrase = tune.phrase
        return cls(chord_line(phrase), key_of(phrase), bar_units(phrase), tune.style)

    @property
    def mode(self) -> int:
        """The number of the mode, as far as the vocabulary tells modes apart."""
        return MODE_IDS[MODES[self.key.mode]]

    @property
    def home(self) -> int:
        """The number of the tonic chord."""
        return chord_id(Chord(0, "m" if self.key.minor else ""), 0)


class ChordBaseline(Protocol):
    """What a model of chords has to be better than."""

    @property
    def name(self) -> str:
        """What it is called in a table."""
        ...

    def ranked(self, piece: Changes) -> Floats:
        """Return how likely each chord is at each change: a row a change, a column a chord.

        The chords before it are known, and the place.
        """
        ...

    def chords(self, tune: Tune, rng: np.random.Generator) -> tuple[ChordSpan, ...]:
        """Return chords for the whole melody of a tune."""
        ...


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often the chord was the likeliest, and how often among the three likeliest."""

    top1: float
    top3: float
    changes: int


def accuracy(baseline: ChordBaseline, pieces: Sequence[Changes]) -> Accuracy:
    """Return how well the changes of these pieces are foretold."""
    places = [ranks(baseline.ranked(piece), piece.line.values) for piece in pieces]
    return accuracy_of(np.concatenate([*places, np.zeros(0, np.int64)]))


def ranks(chances: Floats, truth: Symbols) -> Symbols:
    """Return the place, from 0 on, of the true chord at each change; the worst among equals."""
    true = chances[np.arange(len(truth)), truth]
    better: Symbols = (chances >= true[:, None]).sum(axis=1) - 1
    return better


def accuracy_of(places: Symbols) -> Accuracy:
    """Return the share of first places, and of the first three."""
    if not len(places):
        return Accuracy(0.0, 0.0, 0)
    return Accuracy(float((places == 0).mean()), float((places < RANKS).mean()), len(places))


def without_current(chances: Floats, piece: Changes) -> Floats:
    """Leave out the chord that holds already: at a change another one comes."""
    kept = chances.copy()
    kept[np.arange(1, len(kept)), piece.line.values[:-1]] = 0
    shares: Floats = kept / kept.sum(axis=1, keepdims=True)
    return shares


def stretch(phrase: Phrase) -> tuple[int, int]:
    """Return the bar lines, in units, between which a melody wants chords."""
    first = phrase.notes[0].onset if phrase.notes else Ticks(0)
    return phrase.meter.bar_line(first) // UNIT, phrase.meter.next_bar_line(phrase.end) // UNIT


def spans(events: Iterable[tuple[int, int]], end: int, key: Key) -> tuple[ChordSpan, ...]:
    """Return chord ids at rising places as chords that hold until the next one, or the end."""
    found: list[ChordSpan] = []
    kept = [event for event in events if event[0] < end]
    ends = [place for place, _ in kept[1:]] + [end]
    for (place, number), over in zip(kept, ends, strict=True):
        chord = chord_of(number, key.tonic)
        if found and found[-1].chord == chord:
            found[-1] = ChordSpan(found[-1].onset, Ticks(over * UNIT - found[-1].onset), chord)
        else:
            found.append(ChordSpan(Ticks(place * UNIT), Ticks((over - place) * UNIT), chord))
    return tuple(found)
