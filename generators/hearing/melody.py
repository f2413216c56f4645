"""The line that a listener would sing: the highest one, and never two notes at once."""

from dataclasses import replace
from itertools import groupby, pairwise
from statistics import median

from generators.hearing.chords import is_polyphonic
from generators.music.notes import Note, Phrase
from generators.music.time import Ticks

BELOW = 16  # semitones: so far under the line, a note in its rests belongs to the left hand


def melody_of(phrase: Phrase) -> tuple[Note, ...]:
    """Return the top line: of notes that begin together the highest, cut at the next onset.

    A lower note that begins under a held one is no part of it, unless the held one lets go
    within the new note's first half (legato). In polyphony, notes that lie far below the line
    are left to the accompaniment.
    """
    line = _skyline(phrase.notes)
    if line and is_polyphonic(phrase.notes):
        floor = median(note.pitch for note in line) - BELOW
        line = [note for note in line if note.pitch >= floor]
    return tuple(_cut(line))


def _skyline(notes: tuple[Note, ...]) -> list[Note]:
    line: list[Note] = []
    for _, together in groupby(notes, key=lambda note: note.onset):
        top = max(together, key=lambda note: (note.pitch, note.length))
        if not line or not _covers(line[-1], top):
            line.append(top)
    return line


def _covers(held: Note, new: Note) -> bool:
    """Return whether a held note sounds above a new one for half of it or longer."""
    return held.pitch >= new.pitch and 2 * (held.end - new.onset) >= new.length


def _cut(line: list[Note]) -> list[Note]:
    """End every note where the next begins."""
    return [
        replace(note, length=Ticks(min(note.length, after.onset - note.onset)))
        for note, after in pairwise(line)
    ] + line[-1:]
