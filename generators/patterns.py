"""A melody as steps that stay the same in any key and at any speed, and the patterns they make.

A step is an interval in semitones and how much longer or shorter the next note lasts; a note lasts
until the next one begins. Steps and patterns are 64-bit hashes.
"""

from collections.abc import Sequence
from math import gcd

import numpy as np
import numpy.typing as npt

from generators.music.notes import Note
from generators.tokens.grid import REST, melody_events

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_STIR = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_WHOLE = (1 << 64) - 1


def mixed(run: Hashes, event: Numbers | Hashes) -> Hashes:
    """Return the hash of each run with one event more (the mixing of splitmix64, Steele 2014)."""
    z = run * np.uint64(3) + event.astype(np.uint64) * _STEP + _STEP
    z = (z ^ (z >> np.uint64(30))) * _STIR[0]
    z = (z ^ (z >> np.uint64(27))) * _STIR[1]
    stirred: Hashes = z ^ (z >> np.uint64(31))
    return stirred


def mixed_one(run: int, event: int) -> int:
    """Return what `mixed` does of one run: for those that grow note by note."""
    z = (run * 3 + (event & _WHOLE) * int(_STEP) + int(_STEP)) & _WHOLE
    z = ((z ^ (z >> 30)) * int(_STIR[0])) & _WHOLE
    z = ((z ^ (z >> 27)) * int(_STIR[1])) & _WHOLE
    return z ^ (z >> 31)


def longer(before: int, after: int) -> int:
    """Return the hash of how much longer a note is than the one before it."""
    common = gcd(before, after)
    return mixed_one(after // common, before // common)


def steps(notes: Sequence[Note]) -> Hashes:
    """Return the steps of the top line of these notes: one fewer than it has notes."""
    events = melody_events(notes)
    sung = [(place, pitch) for place, pitch in events if pitch != REST]
    if len(sung) < 2:
        return np.zeros(0, np.uint64)
    places = np.array([*(place for place, _ in sung), events[-1][0]], np.int64)
    pitches = np.array([pitch for _, pitch in sung], np.int64)
    intervals = pitches[1:] - pitches[:-1]
    lengths = np.maximum(places[1:] - places[:-1], 1)
    common = np.gcd(lengths[1:], lengths[:-1])
    ratios = mixed((lengths[1:] // common).astype(np.uint64), lengths[:-1] // common)
    return mixed(ratios, intervals)


def patterns(row: Hashes, notes: int) -> Hashes:
    """Return the hash of each run of so many notes in a row of steps."""
    count = len(row) - notes + 2
    if count <= 0:
        return np.zeros(0, np.uint64)
    found = row[:count]
    for after in range(1, notes - 1):
        found = mixed(found, row[after : after + count])
    return found
