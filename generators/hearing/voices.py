"""What speaks for each note of a piano part being its melody."""

from collections import Counter
from collections.abc import Collection, Sequence
from math import log2

import numpy as np
from numpy.typing import NDArray

from generators.hearing.melody_weights import WEIGHTS
from generators.music.notes import Note
from generators.music.time import QUARTER

PLACE, SELF, AROUND, ON_TOP = slice(1, 9), slice(9, 13), slice(13, 16), slice(16, 20)
"""What is told by a note's place in its chord, by itself, by what is near, and by the rule."""
CUES = ON_TOP.stop
CLOSE = 5
LONGEST = 2 * QUARTER
RECALL = 1.2
"""A note counts as melody rather sooner than the chances say: as many are missed as are false."""
NEAR = 2 * QUARTER
"""Around a note, how far its surroundings reach."""
OCTAVE = 12

Floats = NDArray[np.float64]


def worths_of(notes: Sequence[Note], line: Collection[Note]) -> list[float]:
    """Return how much speaks for each note being melody: above 0, it rather is.

    The line is what is highest by rule.
    """
    return [float(worth) for worth in cues(notes, line) @ np.array(WEIGHTS) + RECALL]


def cues(notes: Sequence[Note], line: Collection[Note]) -> Floats:
    """Return a row of cues for each of notes in order."""
    found = np.zeros((len(notes), CUES))
    found[:, 0] = 1
    found[:, PLACE] = _place(notes)
    found[:, SELF] = _self(notes)
    found[:, AROUND], thick = _surroundings(notes)
    in_line = {(note.onset, note.pitch) for note in line}
    on_top = np.array([(note.onset, note.pitch) in in_line for note in notes], dtype=float)
    # Where voices move in chords, as in a hymn, the highest is melody; over one broken chord or
    # beside a second instrument, it may be either.
    found[:, ON_TOP] = np.column_stack(
        [on_top, on_top * thick, on_top * found[:, SELF.start], thick]
    )
    return found


def _place(notes: Sequence[Note]) -> Floats:
    """Return where each note is among those that are struck with it or sound already."""
    blocks = Counter((note.onset, note.end) for note in notes)
    struck: dict[int, list[int]] = {}
    for note in notes:
        struck.setdefault(note.onset, []).append(note.pitch)
    rows: list[list[float]] = []
    held: list[Note] = []
    for note in notes:
        held = [other for other in held if other.end > note.onset]
        together = struck[note.onset]
        before = [other.pitch for other in held if other.onset < note.onset]
        over = [pitch for pitch in (*together, *before) if pitch > note.pitch]
        under = [pitch for pitch in (*together, *before) if pitch < note.pitch]
        rows.append(
            [
                not any(pitch > note.pitch for pitch in together),
                not any(pitch > note.pitch for pitch in before),
                min(3, len(over)),
                min(2, (min(over) - note.pitch) / OCTAVE) if over else 0,
                min(2, (note.pitch - max(under)) / OCTAVE) if under else 0,
                bool(under),
                len(together) == 1,
                blocks[note.onset, note.end] > 1,
            ]
        )
        held.append(note)
    return np.array(rows, dtype=float)


def _self(notes: Sequence[Note]) -> Floats:
    """Return how high each note is, beside all of them, and how long."""
    pitches = np.array([note.pitch for note in notes], dtype=float)
    lengths = np.array([log2(min(note.length, LONGEST) / QUARTER) for note in notes])
    height = (pitches - np.median(pitches)) / OCTAVE
    return np.column_stack([height, height**2, lengths, lengths**2])


def _surroundings(notes: Sequence[Note]) -> tuple[Floats, Floats]:
    """Return how each note stands to what is near, and how many notes there are to an onset."""
    onsets = np.array([note.onset for note in notes])
    pitches = np.array([note.pitch for note in notes], dtype=float)
    first = np.searchsorted(onsets, onsets - NEAR)
    last = np.searchsorted(onsets, onsets + NEAR, side="right")
    begun = np.cumsum(np.append(1, np.diff(onsets) > 0))
    rows = np.zeros((len(notes), 3))
    for at, (start, end) in enumerate(zip(first, last, strict=True)):
        near = pitches[start:end]
        rows[at] = (
            (near.max() - pitches[at]) / OCTAVE,
            (pitches[at] - near.mean()) / OCTAVE,
            float((np.abs(near - pitches[at]) <= CLOSE).mean()),
        )
    return rows, (last - first) / (begun[last - 1] - begun[first] + 1)
