"""In which key a phrase is, and how sure that is.

Each major and minor key is scored by weights on what was counted from its tonic: how long each
pitch class sounds, how often it is struck lowest, how often it begins a bar, whether it occurs at
all, and whether the phrase begins or ends on it. This is the correlation of Krumhansl and
Schmuckler (C. Krumhansl, Cognitive Foundations of Musical Pitch, 1990) with more to correlate,
and with profiles that were fitted, as a conditional logit (D. McFadden, 1974), so that the scores
are logarithms of chances. `key_weights` holds them; `antiphon-workshop hearing --fit` makes it.
"""

from functools import cache
from itertools import groupby
from math import log1p

import numpy as np
from numpy.typing import NDArray

from generators.hearing.key_weights import MODE_BIAS, WEIGHTS
from generators.music.harmony import Key
from generators.music.notes import Phrase
from generators.music.time import QUARTER

UNKNOWN = Key(0, "major")
"""The key of silence."""
LONGEST = 4 * QUARTER  # a held note says no more than a whole note does
CHORD_SHARE = 0.5  # a written chord's tones, beside melody notes of the same length
SOUNDS, STRUCK, ON_BAR, LAST, FIRST, MUCH, OCCURS = range(7)
"""The rows of what is counted for each pitch class."""
MODES = ("major", "minor")

FROM_TONIC = (np.arange(12)[:, None] + np.arange(12)) % 12
EVEN = 1e-9  # what rounding leaves where all weigh the same

Floats = NDArray[np.float64]
Scores = dict[Key, float]


def key_of(phrase: Phrase) -> Key:
    """Return the key of a phrase: the one it carries, else the likeliest major or minor one.

    Silence, and notes that tell no key from another, are in C major.
    """
    if phrase.key is not None:
        return phrase.key
    scores = scores_of(phrase)
    return max(scores, key=lambda key: scores[key], default=UNKNOWN)


def confidence(phrase: Phrase) -> float:
    """Return the chance that `key_of` is right: 0 where nothing tells, 1 where the key is told."""
    if phrase.key is not None:
        return 1.0
    return float(np.exp(max(scores_of(phrase).values(), default=-np.inf)))


def scores_of(phrase: Phrase) -> Scores:
    """Return the logarithm of each key's chance, likeliest signature first among equals.

    Nothing is returned for a phrase that tells no key from another.
    """
    counted = counts(phrase)
    if np.ptp(counted[SOUNDS]) < EVEN:
        return {}
    chances = log_chances(counted)
    told = chances.tolist()
    return {key: told[key.tonic][MODES.index(key.mode)] for key in _keys()}


def log_chances(counted: Floats) -> Floats:
    """Return the logarithm of the chance of each tonic (rows) and mode (major, minor)."""
    logits = turned(counted) @ _weights() + MODE_BIAS
    logits -= logits.max()
    return np.asarray(logits - np.log(np.exp(logits).sum()))


def turned(counted: Floats) -> Floats:
    """Return, for each tonic, what is counted from that tonic upwards."""
    return counted[:, FROM_TONIC].swapaxes(0, 1).reshape(12, -1)


def counts(phrase: Phrase) -> Floats:
    """Return what is heard of each pitch class: one row for each thing that is counted."""
    found = np.zeros((OCCURS + 1, 12))
    found[SOUNDS] = _lasting(phrase)
    heard = found[SOUNDS].sum()
    _strike(found, phrase)
    _edges(found, phrase)
    for row in (SOUNDS, STRUCK, ON_BAR):
        found[row] /= found[row].sum() or 1.0
    found[MUCH] = found[SOUNDS] * log1p(heard)
    found[OCCURS] = found[SOUNDS] > 0
    return found


def _lasting(phrase: Phrase) -> list[float]:
    """Return how long each pitch class sounds, in quarters, from C to B; chords count too."""
    total = [0.0] * 12
    for note in phrase.notes:
        total[note.pitch % 12] += min(note.length, LONGEST) / QUARTER
    for span in phrase.chords:
        for tone in span.chord.pitch_classes:
            total[tone] += CHORD_SHARE * min(span.length, LONGEST) / QUARTER
    return total


def _strike(found: Floats, phrase: Phrase) -> None:
    """Count the lowest of the notes that begin together."""
    bar = phrase.meter.bar
    for onset, together in groupby(phrase.notes, key=lambda note: note.onset):
        lowest = next(together).pitch % 12  # notes are in order of onset, then of pitch
        found[STRUCK, lowest] += 1
        if onset % bar == 0:
            found[ON_BAR, lowest] += 1


def _edges(found: Floats, phrase: Phrase) -> None:
    """Mark what the phrase begins and ends on: its lowest notes there, or the roots of chords."""
    notes = phrase.notes
    if notes:
        last = min(note.pitch for note in notes if note.onset == notes[-1].onset)
        found[FIRST, notes[0].pitch % 12] = found[LAST, last % 12] = 1
        return
    roots = [span.chord.root for span in phrase.chords if span.chord.tones]
    if roots:
        found[FIRST, roots[0]] = found[LAST, roots[-1]] = 1


@cache
def _keys() -> tuple[Key, ...]:
    """Return the keys by the number of their accidentals, so that a tie goes to the plainest."""
    every = (Key(tonic, mode) for mode in MODES for tonic in range(12))
    return tuple(sorted(every, key=lambda key: (abs(key.fifths), key.mode, key.tonic)))


@cache
def _weights() -> Floats:
    """Return a column of weights for each mode."""
    return np.array([WEIGHTS[mode] for mode in MODES]).reshape(len(MODES), -1).T
