"""How much of what a model did not foresee was melody, and how much harmony."""

from typing import Any

import numpy as np
import numpy.typing as npt

from generators.tokens import leadsheet as words

Rows = npt.NDArray[np.int64]
Costs = npt.NDArray[np.floating[Any]]
Sum = tuple[float, int]
"""Nats, and how many notes or chords they were spent on."""


def by_section(rows: Rows, nats: Costs, chords_first: bool) -> tuple[Sum, Sum]:
    """Return the nats and the number of the melody's notes, then of the chords.

    `rows` are events and `nats` what each of their words cost, both of shape (events, words).
    What ends a section counts to it; the cost of a rest counts to the notes. What a bar line
    tells of the bar is given, and costs nothing.
    """
    melody, harmony = [0.0, 0], [0.0, 0]
    in_chords = chords_first
    for event, costs in zip(rows[2:].tolist(), nats[2:], strict=True):
        first = event[0]
        told = costs[0] if first in (words.BAR_TOKEN, words.GAP_TOKEN) else costs.sum()
        (harmony if in_chords else melody)[0] += float(told)
        melody[1] += words.FIRST_PITCH <= event[1] < words.REST_TOKEN
        harmony[1] += words.FIRST_ROOT <= event[1] <= words.NO_CHORD_TOKEN
        if first in words.SECTION_ENDS or first == words.FILL_TOKEN:
            in_chords = chords_first if first != words.TURN_TOKEN else not chords_first
    return (melody[0], int(melody[1])), (harmony[0], int(harmony[1]))
