"""Where the bar lines are, and in which meter, when no host tells it.

Every meter, with its bar lines at every sixteenth, is scored by weights on what falls on its
levels (bar, half bar, beat, half beat, the rest): onsets, the time to the next onset, ties, low
notes, thick chords, accents, changes of harmony; and on how much one bar is like the next. These
are the cues that F. Lerdahl and R. Jackendoff list (A Generative Theory of Tonal Music, 1983,
chapter 4). The weights were fitted as a conditional logit, so that the scores are chances.

There are two sets of weights, fitted on melodies (and on voices that move together) and on tunes
with a left hand, whose bass and chords say much. Of notes that sound together both are asked, and
the surer one is believed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from generators.hearing.meter_weights import ALONE, HANDS
from generators.music.notes import Note, Phrase
from generators.music.time import QUARTER, Meter, Ticks

METERS = tuple(
    Meter(*each) for each in ((2, 4), (3, 4), (4, 4), (6, 8), (9, 8), (12, 8), (5, 4), (7, 8))
)
STEP = Ticks(QUARTER // 4)
LEVELS = 5
HEARD = 400
"""Notes from which a meter is heard; more say no more."""
LONGEST = 8
"""Steps (a half note) beyond which a longer note is no heavier."""
STRONG = 3
"""Levels at which the finer cues are looked at: bar, half bar, beat."""
CUES = 54
"""How many numbers a way to bar the notes is judged by."""
TOGETHER = 0.05
"""The share of onsets with several notes from which there may be a left hand."""
TINY = 1e-9

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Barring:
    """How notes are barred."""

    meter: Meter
    start: Ticks
    """The last bar line at or before the first note; below 0 where the notes begin in a bar."""
    confidence: float
    """The chance that the meter is right."""
    sure_of_bars: float
    """The chance that both the meter and the bar lines are right."""


def barring_of(notes: Sequence[Note]) -> Barring | None:
    """Return the likeliest meter and bar lines of notes in order; nothing for fewer than three."""
    if len(notes) < 3:
        return None
    heard = notes[:HEARD]
    chances = chances_of(heard)
    meters = [float(each.sum()) for each in chances]
    best = int(np.argmax(meters))
    phase = int(chances[best].argmax())
    bar, first = METERS[best].bar, round(heard[0].onset / STEP) * STEP
    start = first + phase * STEP
    start -= bar if start > first else 0
    return Barring(METERS[best], Ticks(start), meters[best], float(chances[best][phase]))


def barred(notes: Sequence[Note]) -> Phrase:
    """Return notes in the meter that is heard, moved so that tick 0 is a bar line."""
    found = barring_of(notes)
    if found is None:
        return Phrase.of(notes)
    moved = (note.moved(-found.start) for note in notes)
    return Phrase.of((replace(n, onset=Ticks(max(0, n.onset))) for n in moved), (), found.meter)


def chances_of(notes: Sequence[Note]) -> list[Floats]:
    """Return, for each meter, the chance that a bar begins 0, 1, 2 ... steps after a first note."""
    roll = Roll.of(notes)
    rows = cues(roll)
    several = (roll.count > 1).sum() > TOGETHER * roll.struck.sum()
    found = [_chances(rows, weights) for weights in _weights()[: 2 if several else 1]]
    return max(found, key=lambda chances: max(float(each.max()) for each in chances))


def _chances(rows: Sequence[Floats], weights: Floats) -> list[Floats]:
    logits = [np.asarray(each @ weights[row]) for row, each in enumerate(rows)]
    most = max(float(each.max()) for each in logits)
    total = sum(float(np.exp(each - most).sum()) for each in logits)
    return [np.asarray(np.exp(each - most) / total) for each in logits]


@cache
def _weights() -> tuple[Floats, Floats]:
    """Return the weights for melodies, and those for two hands: a row for each meter."""
    alone, hands = (np.array(shared) + np.array(own) for shared, own in (ALONE, HANDS))
    return alone, hands


def cues(roll: "Roll") -> list[Floats]:
    """Return, for each meter, a row of cues for each step on which its bars may begin."""
    shares = [roll.struck, roll.lasting]
    means = [roll.tied, roll.low, roll.thick, roll.loud, roll.new, roll.leap]
    return [
        np.hstack(
            [
                *(_shared(curve, row) for curve in shares),
                *(_average(curve, row) for curve in means),
                np.tile(_likeness(roll, len(_levels(row))), (len(_levels(row)), 1)),
                _ends(roll, row),
            ]
        )
        for row in range(len(METERS))
    ]


@dataclass(frozen=True, slots=True)
class Roll:
    """What happens on each step from the first onset on."""

    count: Floats
    """How many notes begin there."""
    struck: Floats
    lasting: Floats
    """Time to the next onset."""
    tied: Floats
    """Where something sounds on without being struck."""
    low: Floats
    thick: Floats
    loud: Floats
    new: Floats
    """How much the pitch classes after a step differ from those before it."""
    leap: Floats
    top: Floats
    """The highest pitch that begins there, or -1."""

    @classmethod
    def of(cls, notes: Sequence[Note]) -> "Roll":
        """Lay notes out in steps."""
        first = round(notes[0].onset / STEP)
        starts = np.array([round(note.onset / STEP) - first for note in notes])
        ends = np.array([round(note.end / STEP) - first for note in notes])
        ends = np.maximum(ends, starts + 1)
        size = int(ends.max()) + 1
        count = np.zeros(size)
        low, top, loud = np.full(size, 128.0), np.full(size, -1.0), np.zeros(size)
        pitches = np.array([note.pitch for note in notes], dtype=float)
        np.add.at(count, starts, 1)
        struck = np.minimum(count, 1)
        np.minimum.at(low, starts, pitches)
        np.maximum.at(top, starts, pitches)
        np.maximum.at(loud, starts, [note.velocity for note in notes])
        sounding = _sounding(starts, ends, pitches.astype(int) % 12, size)
        at = np.flatnonzero(struck)
        gaps = np.minimum(np.diff(np.append(at, size - 1)), LONGEST) / 4
        leaps = np.append(0, np.minimum(np.abs(np.diff(top[at])), 12) / 12)
        return cls(
            count=count,
            struck=struck,
            lasting=_placed(at, gaps, size),
            tied=np.asarray((struck == 0) & (sounding.sum(axis=1) > 0), dtype=float),
            low=_placed(at, (low[at].mean() - low[at]) / 12, size),
            thick=_placed(at, count[at] / count[at].mean() - 1, size),
            loud=_placed(at, (loud[at] - loud[at].mean()) / 20, size),
            new=_novelty(sounding),
            leap=_placed(at, leaps - leaps.mean(), size),
            top=top,
        )


def _placed(at: Ints, values: Floats, size: int) -> Floats:
    curve = np.zeros(size)
    curve[at] = values
    return curve


def _sounding(starts: Ints, ends: Ints, classes: Ints, size: int) -> Floats:
    """Return how many notes of each pitch class sound on each step."""
    change = np.zeros((size + 1, 12))
    np.add.at(change, (starts, classes), 1)
    np.add.at(change, (ends, classes), -1)
    return np.asarray(np.cumsum(change, axis=0)[:size])


def _novelty(sounding: Floats) -> Floats:
    """Return how unlike the quarter and the half after a step are to those before it."""
    size = len(sounding)
    summed = np.vstack([np.zeros(12), np.cumsum(sounding, axis=0)])
    here, total = np.arange(size), np.zeros(size)
    for width in (4, 8):
        before = summed[here] - summed[np.maximum(0, here - width)]
        after = summed[np.minimum(size, here + width)] - summed[here]
        norm = np.sqrt((before**2).sum(axis=1) * (after**2).sum(axis=1))
        alike = (before * after).sum(axis=1) / np.maximum(norm, TINY)
        total += np.where(norm > 0, 1 - alike, 0)
    return np.asarray(total - total.mean())


@cache
def _levels(row: int) -> Ints:
    """Return the level of each step of a bar: 0 for its start, 4 for odd sixteenths."""
    meter = METERS[row]
    levels = np.full(meter.bar // STEP, 4)
    levels[::2] = 3
    levels[:: meter.pulse // STEP] = 2
    for beat in meter.strong if meter.unit == 8 and meter.beats == 7 else ():
        levels[beat * meter.beat // STEP] = 2
    if meter.beats in (4, 5, 12):
        levels[{4: 8, 5: 12, 12: 12}[meter.beats]] = 1
    levels[0] = 0
    return levels


@cache
def _members(row: int) -> Floats:
    """Return which steps of a bar are of which level (columns)."""
    return np.asarray(_levels(row)[:, None] == np.arange(LEVELS), dtype=float)


def _folded(curve: Floats, row: int) -> Floats:
    """Return what falls on each level (columns) if bars begin so many steps late (rows)."""
    size = len(_levels(row))
    once = np.bincount(np.arange(len(curve)) % size, curve, size)
    late = (np.arange(size)[:, None] + np.arange(size)) % size
    return np.asarray(once[late] @ _members(row))


def _each(row: int) -> Floats:
    return np.asarray(np.maximum(_members(row).sum(axis=0), 1))


def _shared(curve: Floats, row: int) -> Floats:
    """Return the share of a curve on each level, and how far above its mean a level is."""
    folded = _folded(curve, row) / max(float(curve.sum()), TINY)
    return np.hstack([folded, folded / _each(row) * len(_levels(row))])


def _average(curve: Floats, row: int) -> Floats:
    """Return the mean of a curve on each of the strong levels."""
    bars = len(curve) / len(_levels(row))
    return np.asarray((_folded(curve, row) / _each(row) / bars)[:, :STRONG])


def _likeness(roll: Roll, bar: int) -> list[float]:
    """Return how much each bar is like those one, two and four bars on: in rhythm, in pitch."""
    found: list[float] = []
    density = float(roll.struck.mean())
    for lag in (bar, 2 * bar, 4 * bar):
        one, other = roll.struck[:-lag], roll.struck[lag:]
        either = max(1.0, float(np.maximum(one, other).sum())) if len(one) else 1.0
        same = (roll.top[:-lag] == roll.top[lag:]) & (other > 0)
        chance = density / (2 - density) if len(one) else 0.0
        found += [float((one * other).sum()) / either - chance, float(same.sum()) / either]
    return found


def _ends(roll: Roll, row: int) -> Floats:
    """Return where in a bar the first and the last note begin, and what a meter is worth."""
    levels = _levels(row)
    size = len(levels)
    first = -np.arange(size) % size
    last = (int(np.flatnonzero(roll.struck)[-1]) - np.arange(size)) % size
    return np.column_stack(
        [
            first == 0,
            2 * first >= size,
            4 * first >= 3 * size,
            levels[first] <= 2,
            levels[first] <= 3,
            last == 0,
            levels[last] <= 2,
            levels[last] <= 1,
            np.ones(size),
            np.full(size, np.log1p(roll.struck.sum())),
        ]
    ).astype(float)
