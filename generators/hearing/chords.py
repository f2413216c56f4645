"""Which chords are being played.

One chord of notes that sound together is the simplest symbol that explains them. The chords of a
phrase are the cheapest path through its beats (Viterbi's algorithm): a chord is rewarded for the
time its tones sound and charged for what it leaves unexplained and for each change, least at a
bar line.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from math import inf

import numpy as np
from numpy.typing import NDArray

from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.qualities import QUALITIES
from generators.music.time import Ticks

# Costs of an explanation, in the one unit that matters: an octave-free note. They were set so
# that every quality of the table in root position is heard as itself where no simpler one fits.
LEFT_OUT = {0: 3.0, 7: 0.5}  # a missing root, a missing plain fifth
COLOUR_LEFT_OUT = 1.5  # any other missing tone
UNEXPLAINED = 2.2
EACH_TONE = 0.25  # the charge for a richer chord
EACH_ROW = 0.01  # the table's order: common kinds come first
INVERTED, FOREIGN_BASS = 0.7, 1.3
OUT_OF_KEY = 0.2
SELDOM = {"m#5": 0.8, "m7#5": 0.8, "(b5)": 0.8, "add11": 0.8, "7sus2": 0.8}
"""Kinds that nearly always are a common one with another root."""

COMMON_KINDS = ("", "m", "7", "m7", "maj7", "dim", "sus4", "m7b5", "dim7", "aug", "sus2", "6", "m6")
BASS_WEIGHT = 0.5  # what the lowest note of a beat adds to its own share
CHANGE_IN_BAR, CHANGE_AT_BAR = 0.6, 0.3

Floats = NDArray[np.float64]


def chord_of(pitches: Iterable[int], key: Key | None = None) -> Chord:
    """Return the simplest chord that explains notes sounding together.

    The lowest pitch is the bass. One pitch class alone, or none, is no chord.
    """
    played = sorted(set(pitches))
    classes = frozenset(pitch % 12 for pitch in played)
    if len(classes) < 2:
        return NO_CHORD
    return _simplest(classes, played[0] % 12, key)


def chords_of(phrase: Phrase) -> tuple[ChordSpan, ...]:
    """Return the chords of a phrase: those it carries, else those its notes make.

    Chords change on the felt beats of the meter, and equal neighbours are one. A line that never
    sounds two pitch classes together carries no chords: to find some is to harmonize it.
    """
    if phrase.chords or not is_polyphonic(phrase.notes):
        return phrase.chords
    pulse = phrase.meter.pulse
    lowest, weights = _beats(phrase)
    names = _path(weights, _change_costs(phrase, len(weights)))
    spans = []
    for chord, group in groupby(enumerate(names), key=lambda item: item[1]):
        beats = [beat for beat, _ in group]
        start, end = Ticks(beats[0] * pulse), Ticks((beats[-1] + 1) * pulse)
        bass = lowest[beats[0]]
        spans.append(ChordSpan(start, Ticks(end - start), _on_bass(chord, bass)))
    return tuple(_without_edges(spans))


def is_polyphonic(notes: Iterable[Note]) -> bool:
    """Return whether two pitch classes ever sound together for more than a legato overlap."""
    held: list[Note] = []
    for note in sorted(notes):
        held = [other for other in held if other.end > note.onset]
        if any(_together(other, note) for other in held):
            return True
        held.append(note)
    return False


def _together(one: Note, other: Note) -> bool:
    overlap = min(one.end, other.end) - other.onset
    return one.pitch % 12 != other.pitch % 12 and 2 * overlap >= min(one.length, other.length)


@cache
def _simplest(classes: frozenset[int], bass: int, key: Key | None) -> Chord:
    best, cheapest = NO_CHORD, inf
    for root in sorted(classes):
        for row, quality in enumerate(QUALITIES):
            tones = frozenset((root + tone) % 12 for tone in quality.tones)
            cost = EACH_ROW * row + SELDOM.get(quality.suffix, 0)
            cost += _cost(tones, root, classes, bass)
            cost += OUT_OF_KEY * len(tones - key.scale) if key else 0
            if cost < cheapest:
                best, cheapest = Chord(root, quality.suffix, bass), cost
    return best


def _cost(tones: frozenset[int], root: int, classes: frozenset[int], bass: int) -> float:
    """Return what it costs to explain these pitch classes by a chord of these tones."""
    missing = sum(LEFT_OUT.get((t - root) % 12, COLOUR_LEFT_OUT) for t in tones - classes)
    extra = UNEXPLAINED * len(classes - tones - {bass})
    turned = 0.0 if bass == root else INVERTED if bass in tones else FOREIGN_BASS
    return missing + extra + turned + EACH_TONE * len(tones)


def _beats(phrase: Phrase) -> tuple[list[int | None], Floats]:
    """Return the lowest pitch class of each felt beat, and what sounds in it, for how long."""
    pulse = phrase.meter.pulse
    count = -(-max(note.end for note in phrase.notes) // pulse)
    sounding = np.zeros((count, 12))
    lowest = np.full(count, 128)
    for note in phrase.notes:
        first, last = note.onset // pulse, (note.end - 1) // pulse
        sounding[first : last + 1, note.pitch % 12] += 1
        sounding[first, note.pitch % 12] -= (note.onset - first * pulse) / pulse
        sounding[last, note.pitch % 12] -= ((last + 1) * pulse - note.end) / pulse
        np.minimum(lowest[first : last + 1], note.pitch, out=lowest[first : last + 1])
    basses = [None if pitch == 128 else int(pitch) % 12 for pitch in lowest]
    for beat, bass in enumerate(basses):
        if bass is not None:
            sounding[beat, bass] += BASS_WEIGHT * sounding[beat].max()
    total = sounding.sum(axis=1, keepdims=True)
    return basses, sounding / np.where(total > 0, total, 1)


def _change_costs(phrase: Phrase, beats: int) -> Floats:
    at_bar = np.arange(beats) * phrase.meter.pulse % phrase.meter.bar == 0
    return np.where(at_bar, CHANGE_AT_BAR, CHANGE_IN_BAR)


@cache
def _candidates() -> tuple[tuple[Chord, ...], Floats, Floats]:
    """Return the chords a phrase is read with, how each explains a pitch class, and its price."""
    chords = tuple(Chord(root, kind) for kind in COMMON_KINDS for root in range(12))
    fits = np.array([[1.0 if pc in c.pitch_classes else -1.0 for pc in range(12)] for c in chords])
    for row, chord in enumerate(chords):
        fits[row, chord.root] += 0.3
    price = np.array([0.1 * (len(c.tones) - 3) + 0.02 * (n // 12) for n, c in enumerate(chords)])
    return (*chords, NO_CHORD), np.vstack([fits, np.full(12, -0.5)]), np.append(price, -0.2)


def _path(weights: Floats, change: Floats) -> Iterator[Chord]:
    """Return the cheapest chord of each beat; a silent beat keeps its chord or has none."""
    chords, fits, price = _candidates()
    gains = weights @ fits.T - price
    gains[weights.sum(axis=1) == 0, :-1] = 0
    score, came = gains[0], []
    for gain, cost in zip(gains[1:], change[1:], strict=True):
        best = int(score.argmax())
        stays = score >= score[best] - cost
        came.append(np.where(stays, np.arange(len(chords)), best))
        score = np.where(stays, score, score[best] - cost) + gain
    steps = [int(score.argmax())]
    for origin in reversed(came):
        steps.append(int(origin[steps[-1]]))
    return (chords[step] for step in reversed(steps))


def _on_bass(chord: Chord, bass: int | None) -> Chord:
    """Write an inversion where a chord tone other than the root is lowest."""
    if bass is None or chord == NO_CHORD or bass not in chord.pitch_classes:
        return chord
    return Chord(chord.root, chord.quality, bass)


def _without_edges(spans: list[ChordSpan]) -> list[ChordSpan]:
    """Leave out silence before the first chord and after the last."""
    sounding = [place for place, span in enumerate(spans) if span.chord != NO_CHORD]
    return spans[sounding[0] : sounding[-1] + 1] if sounding else []
