"""What sounds in each frame of a phrase: the beats and half beats on which chords may change."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from generators.hearing.chord_weights import KIND_BIAS, WEIGHTS
from generators.music.harmony import Chord
from generators.music.notes import Note
from generators.music.time import Meter, Ticks

KINDS = ("", "m", "7", "m7", "maj7", "dim", "sus4", "m7b5", "dim7", "aug", "sus2", "6", "m6")
"""The kinds of chord that a phrase is read with, common ones first."""
SOUNDS, UNDER, LOWEST, BEFORE, AFTER, DEEPEST, IN_BAR = range(7)
"""What is counted of each pitch class in a frame: how long it sounds, how long as part of a chord
or under another note, whether it is lowest; how long it sounds in the beat before and after;
whether it was lowest since two beats ago (as the bass of a broken chord is), and how long it has
sounded since the bar line."""
ROWS = IN_BAR + 1
BLOCK = 3
"""So many notes that begin and end together are a chord, and the highest is no melody."""
SILENT = 128
FROM_ROOT = (np.arange(12)[:, None] + np.arange(12)) % 12

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a phrase."""

    step: Ticks
    counted: Floats
    """Frame by row by pitch class."""
    sounding: NDArray[np.bool_]

    @property
    def bass(self) -> NDArray[np.int64]:
        """The lowest pitch class of each frame."""
        return np.asarray(self.counted[:, LOWEST].argmax(axis=1))


def step_in(meter: Meter) -> Ticks:
    """Return the shortest time for which a chord stands: half a simple beat, a third of others."""
    return Ticks(meter.pulse // (2 if meter.pulse == meter.beat else 3))


def frames_of(notes: Sequence[Note], meter: Meter) -> Frames:
    """Count what sounds in each frame."""
    step = step_in(meter)
    size = -(-max(note.end for note in notes) // step)
    total, under = np.zeros((size, 12)), np.zeros((size, 12))
    lowest = np.full(size, SILENT)
    tops = _tops(notes)
    for note, on_top in zip(notes, tops, strict=True):
        first, last = note.onset // step, (note.end - 1) // step
        shares = np.ones(last - first + 1)
        shares[0] -= (note.onset - first * step) / step
        shares[-1] -= ((last + 1) * step - note.end) / step
        total[first : last + 1, note.pitch % 12] += shares
        if not on_top:
            under[first : last + 1, note.pitch % 12] += shares
        held = lowest[first : last + 1]
        np.minimum(held, note.pitch, out=held)
    counted = np.zeros((size, ROWS, 12))
    counted[:, SOUNDS], counted[:, UNDER] = _share(total), _share(under)
    heard = np.flatnonzero(lowest < SILENT)
    counted[heard, LOWEST, lowest[heard] % 12] = 1
    _around(counted, total, meter.pulse // step)
    _since(counted, total, lowest, meter)
    return Frames(step, counted, lowest < SILENT)


def _tops(notes: Sequence[Note]) -> list[bool]:
    """Return which notes may be melody: nothing is above them, and they are not part of a block."""
    blocks = Counter((note.onset, note.end) for note in notes)
    found: list[bool] = []
    held: list[Note] = []
    for place, note in enumerate(notes):
        held = [other for other in held if other.end > note.onset]
        later = place + 1
        while later < len(notes) and notes[later].onset == note.onset:
            later += 1  # notes are in order of pitch: another that begins with it is higher
        alone = later == place + 1 and blocks[note.onset, note.end] < BLOCK
        found.append(alone and all(other.pitch < note.pitch for other in held))
        held.append(note)
    return found


def _around(counted: Floats, total: Floats, beat: int) -> None:
    """Count what sounds in a beat before and after each frame."""
    size = len(total)
    summed = np.vstack([np.zeros(12), np.cumsum(total, axis=0)])
    here = np.arange(size)
    counted[:, BEFORE] = _share(summed[here] - summed[np.maximum(0, here - beat)])
    counted[:, AFTER] = _share(summed[np.minimum(size, here + 1 + beat)] - summed[here + 1])


def _since(counted: Floats, total: Floats, lowest: NDArray[np.int64], meter: Meter) -> None:
    """Count what has been lowest since two beats ago, and what has sounded since the bar line."""
    step = step_in(meter)
    back, bar = 2 * meter.pulse // step, meter.bar // step
    padded = np.concatenate([np.full(back - 1, SILENT), lowest])
    deepest = np.lib.stride_tricks.sliding_window_view(padded, back).min(axis=1)
    heard = np.flatnonzero(deepest < SILENT)
    counted[heard, DEEPEST, deepest[heard] % 12] = 1
    summed = np.vstack([np.zeros(12), np.cumsum(total, axis=0)])
    here = np.arange(len(total))
    counted[:, IN_BAR] = _share(summed[here + 1] - summed[here - here % bar])


def _share(durations: Floats) -> Floats:
    total = durations.sum(axis=1, keepdims=True)
    return np.asarray(durations / np.where(total > 0, total, 1))


def turned(counted: Floats) -> Floats:
    """Return, for each frame and root, what is counted from that root upwards."""
    rows = counted[:, :, FROM_ROOT].swapaxes(1, 2)
    return np.asarray(rows.reshape(len(counted), 12, -1))


def log_chances(counted: Floats) -> Floats:
    """Return, for each frame, the logarithm of the chance of each of `candidates`."""
    weights, bias = _weights()
    logits = (turned(counted) @ weights + bias).swapaxes(1, 2).reshape(len(counted), -1)
    logits -= logits.max(axis=1, keepdims=True)
    return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))


@cache
def candidates() -> tuple[Chord, ...]:
    """Return the chords that a phrase is read with, kind by kind."""
    return tuple(Chord(root, kind) for kind in KINDS for root in range(12))


@cache
def _weights() -> tuple[Floats, Floats]:
    return np.array(WEIGHTS).reshape(len(KINDS), -1).T, np.array(KIND_BIAS)
