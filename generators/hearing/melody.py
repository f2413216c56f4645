"""The line that a listener would sing, and never two notes at once."""

from collections.abc import Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import groupby, pairwise
from statistics import median

from generators.hearing.chords import is_polyphonic
from generators.hearing.voices import worths_of
from generators.music.notes import Note, Phrase
from generators.music.time import QUARTER, Ticks

ROLLED = Ticks(QUARTER // 16)  # 31 ms at 120 beats a minute
HYMN, FEW = 2.6, 24
"""From how many notes to an onset on a part moves in chords, and below how many onsets it is short.
Nine of ten chorales have more to an onset, and nine of ten piano parts of songs fewer."""
OCTAVE, FARTHEST = 12, 18
LEAP, LEAVE = 1.0, 1.0
"""What a leap of an octave costs, and leaving a note a whole length too early."""
REST = 2 * QUARTER
"""After so long a rest, a leap costs half."""
MEMORY = 24
"""How many notes back the note before in the melody is looked for."""
BELOW = 12  # semitones: so far under the line, a note in its rests belongs to the left hand


def melody_of(phrase: Phrase) -> tuple[Note, ...]:
    """Return the melody, each note cut where the next begins.

    One line is its own melody; so is what is highest where voices move in chords, as in a hymn,
    and in a few notes, which do not tell one register from another. Elsewhere, each note is given
    what speaks for it (`voices`), and the melody is the path through them that is worth most
    (Viterbi's algorithm), where leaps cost, and so does leaving a note that still sounds.
    """
    line = top_line(phrase.notes)
    onsets = len({note.onset for note in phrase.notes})
    chordal = len(phrase.notes) >= HYMN * onsets
    if chordal or onsets < FEW or not is_polyphonic(phrase.notes):
        return tuple(_cut(line))
    worths = worths_of(phrase.notes, line)
    return tuple(_cut(_path(phrase.notes, worths)))


def top_line(notes: tuple[Note, ...]) -> list[Note]:
    """Return what is highest: of notes that begin together the highest, cut at the next onset.

    A lower note that begins under a held one is no part of it, unless the held one lets go
    within the new note's first half (legato). In polyphony, notes that lie far below the line
    are left to the accompaniment.
    """
    line = _skyline(notes)
    if not line or not is_polyphonic(notes):
        return line
    accompanied = _accompanied(notes)
    sure = [note.pitch for note in line if note.onset in accompanied]
    floor = median(sure or [note.pitch for note in line]) - BELOW
    return [note for note in line if note.pitch >= floor]


def _path(notes: tuple[Note, ...], worths: Sequence[float]) -> list[Note]:
    """Return the notes, one after the other, that are together worth most."""
    totals, came = list[float](), list[int]()
    for place, (note, worth) in enumerate(zip(notes, worths, strict=True)):
        best, origin = 0.0, -1
        for before in range(max(0, place - MEMORY), place):
            other = notes[before]
            if other.onset < note.onset - ROLLED and totals[before] > best:
                total = totals[before] - _step_cost(other, note)
                if total > best:
                    best, origin = total, before
        totals.append(best + worth)
        came.append(origin)
    at = max(range(len(notes)), key=totals.__getitem__)
    found: list[Note] = []
    while at >= 0:
        found.append(notes[at])
        at = came[at]
    return found[::-1]


def _step_cost(one: Note, other: Note) -> float:
    """Return what it costs to go on from one note to another: less after a rest."""
    gap = other.onset - one.end
    leap = min(abs(other.pitch - one.pitch), FARTHEST) / OCTAVE
    if gap >= 0:
        return LEAP * leap * 2 ** (-gap / REST)
    left = -gap / min(one.length, other.length) - 0.5
    return LEAP * leap + LEAVE * min(2.0, max(0.0, left))


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
