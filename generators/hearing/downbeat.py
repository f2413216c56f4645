"""Where the bar lines lie in what is being played, once its beat is known; and in which meter.

`meter` says how likely it is that bars of each meter begin on each sixteenth. Here only those on a
beat can be, and one moment is asked for: whether a bar begins there, in whichever meter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from generators.hearing.meter import METERS, STEP, TINY, chances_of
from generators.music.notes import Note
from generators.music.time import QUARTER, Meter, Ticks

COMMON: Final = tuple(Meter(*each) for each in ((2, 4), (3, 4), (4, 4), (6, 8)))
"""The meters that are told; any other only makes these less sure."""
BEAT: Final = QUARTER // STEP
FEWEST: Final = 8
"""Notes from which a downbeat is heard."""


@dataclass(frozen=True, slots=True)
class Downbeat:
    """A bar line, and how sure it is (0 to 1)."""

    tick: Ticks
    """The last bar line before or under the last onset."""
    meter: Meter
    sure: float
    """The chance that a bar begins at this tick."""
    sure_of_meter: float
    """The chance that it does and the bars are those of the meter."""


def downbeat_of(notes: Sequence[Note]) -> Downbeat | None:
    """Return the likeliest bar line of notes in order whose beats are the quarters from tick 0."""
    if len(notes) < FEWEST:
        return None
    first, last = (round(each.onset / STEP) for each in (notes[0], notes[-1]))
    chances = [
        np.where((first + np.arange(len(each))) % BEAT == 0, each, 0) for each in chances_of(notes)
    ]
    total = sum(float(each.sum()) for each in chances) + TINY
    told = [row for row, meter in enumerate(METERS) if meter in COMMON]
    best = max(told, key=lambda row: float(chances[row].max()))
    phase, bar = int(chances[best].argmax()), len(chances[best])
    line = first + phase + (last - first - phase) // bar * bar
    sure = sum(float(each[(line - first) % len(each)]) for each in chances) / total
    return Downbeat(Ticks(line * STEP), METERS[best], sure, float(chances[best][phase]) / total)
