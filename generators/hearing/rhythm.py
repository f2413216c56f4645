"""The rhythm that fingers meant: what they played, on the plainest division of the beat."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from generators.music.notes import Note
from generators.music.time import QUARTER, Ticks

DIVISIONS = (1, 2, 3, 4, 6, 8)  # of a quarter, the plainest first
LOOSE, LOOSEST = 0.2, 72  # of a step, and in ticks: what is farther off is not meant to be on it
STRAYS = 0.04  # the share of onsets that may be so far off, as slips are


def step_of(onsets: Sequence[int]) -> Ticks:
    """Return the longest step of 1, 1/2, 1/3, 1/4, 1/6 or 1/8 quarter that onsets keep to."""
    for division in DIVISIONS:
        step = QUARTER // division
        far = min(LOOSE * step, LOOSEST)
        off = sum(abs(onset - round(onset / step) * step) > far for onset in onsets)
        if off <= STRAYS * len(onsets):
            return Ticks(step)
    return Ticks(QUARTER // DIVISIONS[-1])


def snapped(line: Iterable[Note], step: Ticks | None = None) -> tuple[Note, ...]:
    """Return a line with onsets and ends on the steps it keeps to, or on a step that is given.

    Of notes that fall together the last stays; none is shorter than a step or outlasts the next.
    """
    notes = list(line)
    step = step or step_of([note.onset for note in notes])
    places = {round(note.onset / step): note for note in notes}
    if not places:
        return ()
    ends = [*list(places)[1:], None]
    return tuple(
        replace(note, onset=Ticks(place * step), length=_length(note, step, place, after))
        for (place, note), after in zip(places.items(), ends, strict=True)
    )


def _length(note: Note, step: Ticks, place: int, after: int | None) -> Ticks:
    steps = max(1, round(note.length / step))
    return Ticks(step * (steps if after is None else min(steps, after - place)))
