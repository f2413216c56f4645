"""The line that a listener would sing: the highest one, and never two notes at once."""

from dataclasses import replace
from heapq import heappop, heappush
from itertools import groupby, pairwise
from statistics import median

from generators.hearing.chords import is_polyphonic
from generators.music.notes import Note, Phrase
from generators.music.time import QUARTER, Ticks

ROLLED = Ticks(QUARTER // 16)  # 31 ms at 120 beats a minute
BELOW = 12  # semitones: so far under the line, a note in its rests belongs to the left hand


def melody_of(phrase: Phrase) -> tuple[Note, ...]:
    """Return the top line: of notes that begin together the highest, cut at the next onset.

    A lower note that begins under a held one is no part of it, unless the held one lets go
    within the new note's first half (legato). In polyphony, notes that lie far below the line
    are left to the accompaniment.
    """
    line = _skyline(phrase.notes)
    if is_polyphonic(phrase.notes):
        accompanied = _accompanied(phrase.notes)
        sure = [note.pitch for note in line if note.onset in accompanied]
        floor = median(sure or [note.pitch for note in line]) - BELOW
        line = [note for note in line if note.pitch >= floor]
    return tuple(_cut(line))


def _skyline(notes: tuple[Note, ...]) -> list[Note]:
    line: list[Note] = []
    for _, together in groupby(notes, key=lambda note: note.onset):
        top = max(together, key=lambda note: (note.pitch, note.length))
        if line and _rolled(line[-1], top):
            line[-1] = max(line[-1], top, key=lambda note: note.pitch)
        elif not line or not _covers(line[-1], top):
            line.append(top)
    return line


def _rolled(one: Note, other: Note) -> bool:
    """Return whether two notes are of one chord that fingers did not strike quite together."""
    return other.onset - one.onset <= ROLLED and one.end >= other.end - ROLLED


def _accompanied(notes: tuple[Note, ...]) -> set[Ticks]:
    """Return the onsets at which more than one note sounds: the highest is surely melody there."""
    found: set[Ticks] = set()
    ends: list[Ticks] = []
    for note in notes:
        while ends and ends[0] <= note.onset:
            heappop(ends)
        if ends:
            found.add(note.onset)
        heappush(ends, note.end)
    return found


def _covers(held: Note, new: Note) -> bool:
    """Return whether a held note sounds above a new one for half of it or longer."""
    return held.pitch >= new.pitch and 2 * (held.end - new.onset) >= new.length


def _cut(line: list[Note]) -> list[Note]:
    """End every note where the next begins."""
    return [
        replace(note, length=Ticks(min(note.length, after.onset - note.onset)))
        for note, after in pairwise(line)
    ] + line[-1:]
