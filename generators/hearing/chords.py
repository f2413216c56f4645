"""Which chords are being played.

One chord of notes that sound together is the simplest symbol that explains them. The chords of a
phrase are the likeliest path through its half beats (Viterbi's algorithm): what sounds in each, and
how low, gives each chord a chance (see `frames`), and each change costs, least at a bar line.
"""

from collections.abc import Iterable
from functools import cache
from itertools import groupby
from math import inf

import numpy as np
from numpy.typing import NDArray

from generators.hearing.frames import SOUNDS, Frames, candidates, frames_of, log_chances, step_in
from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.qualities import QUALITIES
from generators.music.time import Meter, Ticks

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

WHOLE, THIN = 3, 2.0
"""A frame counts in full from so many pitch classes on, and less by this power of what is missing:
a broken chord must not change with each of its notes."""
CHANGE_AT_BAR, CHANGE_ON_BEAT, CHANGE_OFF_BEAT = 0.6, 1.0, 2.0
NONE_THOUGH_HEARD, NONE_IN_SILENCE = -8.0, 0.2
MEMORY = 2
"""Bars before the present one that are heard with it."""

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


def chords_of(phrase: Phrase, within: Key | None = None) -> tuple[ChordSpan, ...]:
    """Return the chords of a phrase: those it carries, else those its notes make.

    Chords change on the beats of the meter, seldom between, and equal neighbours are one. A line
    that never sounds two pitch classes together carries no chords: to find some is to harmonize it.
    Where a key is given, only chords are found that it holds.
    """
    if phrase.chords or not is_polyphonic(phrase.notes):
        return phrase.chords
    frames = frames_of(phrase.notes, phrase.meter)
    gains = _gains(frames) + (0 if within is None else _barred(within))
    path = _path(gains, _change_costs(phrase.meter, len(frames.sounding)))
    spans = []
    for chosen, group in groupby(enumerate(path), key=lambda item: item[1]):
        places = [place for place, _ in group]
        start, end = Ticks(places[0] * frames.step), Ticks((places[-1] + 1) * frames.step)
        bass = int(frames.bass[places[0]]) if frames.sounding[places[0]] else None
        spans.append(ChordSpan(start, Ticks(end - start), _on_bass(_read_with()[chosen], bass)))
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


def chord_now(phrase: Phrase, at: Ticks) -> Chord:
    """Return the chord that stands at a tick, by what has been played until then.

    Broken chords, a held pedal and the notes that pass through a melody are weighed over the bars
    before, as a listener does who does not know what comes next.
    """
    first = phrase.meter.bar_line(Ticks(max(0, at - MEMORY * phrase.meter.bar)))
    recent = phrase.between(first, at).notes
    if not recent:
        return NO_CHORD
    frames = frames_of(recent, phrase.meter)
    scores, _ = _forward(_gains(frames), _change_costs(phrase.meter, len(frames.sounding)))
    chord = _read_with()[int(scores[-1].argmax())]
    return _on_bass(chord, int(frames.bass[-1]) if frames.sounding[-1] else None)


def _gains(frames: Frames) -> Floats:
    """Return what each chord gains in each frame; in silence a chord stands, or none begins."""
    heard = frames.sounding[:, None]
    classes = (frames.counted[:, SOUNDS] > 0).sum(axis=1, keepdims=True)
    belief = np.minimum(1, (classes / WHOLE) ** THIN)
    chords = np.where(heard, belief * log_chances(frames.counted), 0)
    return np.hstack([chords, np.where(heard, NONE_THOUGH_HEARD, NONE_IN_SILENCE)])


@cache
def _barred(key: Key) -> Floats:
    """Return minus infinity for each chord that a key does not hold."""
    return np.array([0.0 if key.holds(chord) else -inf for chord in _read_with()])


def _change_costs(meter: Meter, frames: int) -> Floats:
    at = np.arange(frames) * step_in(meter)
    on_beat = np.where(at % meter.pulse == 0, CHANGE_ON_BEAT, CHANGE_OFF_BEAT)
    return np.where(at % meter.bar == 0, CHANGE_AT_BAR, on_beat)


@cache
def _read_with() -> tuple[Chord, ...]:
    return (*candidates(), NO_CHORD)


def _forward(gains: Floats, change: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the worth of the best path to each chord of each frame, and where it comes from."""
    scores, came = gains.copy(), np.zeros(gains.shape, dtype=np.int64)
    same = np.arange(gains.shape[1])
    for at in range(1, len(gains)):
        before = scores[at - 1]
        best = int(before.argmax())
        changed = before[best] - change[at]
        stays = before >= changed
        came[at] = np.where(stays, same, best)
        scores[at] += np.where(stays, before, changed)
    return scores, came


def _path(gains: Floats, change: Floats) -> list[int]:
    """Return the best chord of each frame (Viterbi's algorithm)."""
    scores, came = _forward(gains, change)
    steps = [int(scores[-1].argmax())]
    for origin in came[:0:-1]:
        steps.append(int(origin[steps[-1]]))
    return steps[::-1]


def _on_bass(chord: Chord, bass: int | None) -> Chord:
    """Write an inversion where a chord tone other than the root is lowest."""
    if bass is None or chord == NO_CHORD or bass not in chord.pitch_classes:
        return chord
    return Chord(chord.root, chord.quality, bass)


def _without_edges(spans: list[ChordSpan]) -> list[ChordSpan]:
    """Leave out silence before the first chord and after the last."""
    sounding = [place for place, span in enumerate(spans) if span.chord != NO_CHORD]
    return spans[sounding[0] : sounding[-1] + 1] if sounding else []
