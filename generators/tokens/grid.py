"""The grid of a lead sheet: notes and chords as events at places in bars.

A place is counted in units of 24 to the quarter. Not all are used: a quarter has twelve, which
are its 32nds and its triplet sixteenths, so that written music is exact and played music snaps.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TypeVar

from generators.music.harmony import Chord
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import QUARTER, Meter, Ticks

PER_QUARTER = 24
UNIT = Ticks(QUARTER // PER_QUARTER)
STEPS = (0, 3, 4, 6, 8, 9, 12, 15, 16, 18, 20, 21)
"""The places within a quarter: 32nds and triplet sixteenths."""
DIVISIONS = ((0,), (0, 12), (0, 6, 12, 18), (0, 8, 16), STEPS)
"""How a quarter may be divided, the plainest first."""
LONGEST_QUARTERS = 8
PLACES = tuple(q * PER_QUARTER + step for q in range(LONGEST_QUARTERS) for step in STEPS)
LOOSE = 1.6
"""How far, in units, playing may be from the grid: 33 ms at 120 beats a minute."""

T = TypeVar("T")

REST = -1
"""The pitch of an event that ends the note before it."""

Event = tuple[int, int]
"""A place in the bar, and a MIDI pitch or REST."""
ChordEvent = tuple[int, Chord]
"""A place in the bar, and the chord that begins there."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What happens in one bar; `chords` is None where nobody knows the harmony."""

    melody: tuple[Event, ...] = ()
    chords: tuple[ChordEvent, ...] | None = None
    sung: bool = True
    """Whether the melody is known: chords are also written down alone."""


@cache
def grid_bar(meter: Meter) -> Ticks:
    """Return the bar of the grid: the meter's own, or a whole part or multiple of it.

    It is 1 to 8 quarters long and a whole number of units, whatever the meter.
    """
    longest = QUARTER * LONGEST_QUARTERS
    for times in range(1, longest):
        if (
            meter.bar > longest
            and meter.bar % (times * UNIT) == 0
            and meter.bar // times <= longest
        ):
            return Ticks(meter.bar // times)
        if meter.bar <= longest and meter.bar * times >= QUARTER and meter.bar * times % UNIT == 0:
            return Ticks(meter.bar * times)
    return Ticks(longest)


def top_line(notes: Sequence[Note]) -> list[Note]:
    """Return the highest line of what sounds: the part that is heard as the tune.

    A note is left out when a higher one begins with it, or sounds through most of it.
    """
    line: list[Note] = []
    ordered = sorted(notes, key=lambda note: (note.onset, -note.pitch))
    above: list[Note] = []
    for note in ordered:
        above = [other for other in above if other.end > note.onset]
        if not any(_hides(other, note) for other in above):
            line.append(note)
        above.append(note)
    return line


def _hides(other: Note, note: Note) -> bool:
    together = min(other.end, note.end) - note.onset
    return other.pitch > note.pitch and (
        other.onset >= note.onset - UNIT or together * 2 > note.length
    )


def snapped(onsets: Sequence[Ticks]) -> list[int]:
    """Return rising ticks in units of the grid, dividing each quarter as plainly as fits."""
    groups: dict[int, list[float]] = defaultdict(list)
    half_step = UNIT * 1.5
    for onset in onsets:
        quarter = int((onset + half_step) // QUARTER)
        groups[quarter].append(onset / UNIT - quarter * PER_QUARTER)
    return [
        quarter * PER_QUARTER + place
        for quarter, offsets in groups.items()
        for place in _divided(offsets)
    ]


def _divided(offsets: list[float]) -> list[int]:
    """Place the onsets of one quarter on the plainest division that holds them apart."""
    for division in DIVISIONS[:-1]:
        places = [_nearest((*division, PER_QUARTER), offset) for offset in offsets]
        error = max(abs(place - offset) for place, offset in zip(places, offsets, strict=True))
        if error <= LOOSE and len(set(places)) == len(places):
            return places
    return [_nearest((*STEPS, PER_QUARTER), offset) for offset in offsets]


def _nearest(places: tuple[int, ...], offset: float) -> int:
    at = bisect_left(places, offset)
    return min(places[max(0, at - 1) : at + 1], key=lambda place: abs(place - offset))


def melody_events(notes: Sequence[Note]) -> list[Event]:
    """Return the top line as events, counted in units from the start of the phrase.

    A gap is a rest only when it lasts a sixteenth or more and the notes are more than an
    eighth apart: a player's staccato is touch, not rhythm.
    """
    line = top_line(notes)
    onsets = snapped([note.onset for note in line])
    kept = dict(reversed(list(zip(onsets, line, strict=True))))
    ordered = sorted(kept.items())
    events: list[Event] = []
    for (place, note), after in zip(ordered, [*ordered[1:], None], strict=False):
        events.append((place, note.pitch))
        over = max(_on_grid(note.end), place + 3)
        if after is None or (after[0] - over >= 6 and after[0] - place > 12):
            events.append((over, REST))
    return events


def _on_grid(at: Ticks) -> int:
    quarter, offset = divmod(at / UNIT, PER_QUARTER)
    return int(quarter) * PER_QUARTER + _nearest((*STEPS, PER_QUARTER), offset)


def chord_events(chords: Iterable[ChordSpan]) -> list[ChordEvent]:
    """Return chords as events in units from the start of the phrase, at most one at a place."""
    placed = {_on_grid(span.onset): span.chord for span in chords}
    return sorted(placed.items(), key=lambda event: event[0])


def bars_of(phrase: Phrase, count: int | None = None) -> list[Bar]:
    """Cut a phrase into bars of the grid; each bar says again which chord holds at its start."""
    size = grid_bar(phrase.meter) // UNIT
    melody, chords = melody_events(phrase.notes), chord_events(phrase.chords)
    touched = max(
        [place // size + 1 for place, pitch in melody if pitch != REST]
        + [-(-place // size) for place, pitch in melody if pitch == REST]
        + [-(-_on_grid(span.end) // size) for span in phrase.chords],
        default=0,
    )
    wanted = touched if count is None else count
    return [_bar(melody, chords, index * size, size) for index in range(wanted)]


def _bar(melody: list[Event], chords: list[ChordEvent], start: int, size: int) -> Bar:
    here = [(place - start, pitch) for place, pitch in _within(melody, start, start + size)]
    changes = [(place - start, chord) for place, chord in _within(chords, start, start + size)]
    if not changes or changes[0][0] > 0:
        before = bisect_right(chords, start, key=lambda event: event[0])
        if before:
            changes.insert(0, (0, chords[before - 1][1]))
    return Bar(tuple(here), tuple(without_repeats(changes)) or None)


def _within(events: list[tuple[int, T]], start: int, end: int) -> list[tuple[int, T]]:
    low = bisect_left(events, start, key=lambda event: event[0])
    high = bisect_left(events, end, key=lambda event: event[0])
    return events[low:high]


def without_repeats(changes: list[ChordEvent]) -> list[ChordEvent]:
    """Leave out chords that are there already."""
    return changes[:1] + [new for old, new in pairwise(changes) if new[1] != old[1]]
