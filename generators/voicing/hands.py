"""The hands for a progression: the way through all positions that moves least.

All costs are whole numbers, in tenths of a semitone of one voice, so that the way is the same on
every machine.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from generators.music.harmony import Chord
from generators.music.notes import ChordSpan
from generators.voicing.motion import PERFECT
from generators.voicing.positions import positions
from generators.voicing.tones import needed
from generators.voicing.voicing import OCTAVE, Hand, Voicing

Costs = npt.NDArray[np.int64]
UPPER, TOP, BASS, CENTRE = 10, 3, 2, 4
LEAP = 20  # a bass that falls or rises more than an octave
PARALLEL = 150  # more than it costs to move four voices by a third
MUDDY = 60
LOW_LIMITS = ((48, 5), (41, 7))
"""Below a pitch, the least semitones to the next voice that do not sound muddy."""
THICK, GAP, BARE = 40, 4, 12
"""A doubled third or seventh, a semitone off the span that is wished, a fifth left out."""
MOST = 64  # positions of a chord that are looked at
SPAN = {"close": 9, "drop2": 15, "drop3": 17, "open": 19}
"""How many semitones the upper parts of a choir span."""


def hands(spans: Iterable[ChordSpan], voicing: Voicing, previous: Hand = ()) -> tuple[Hand, ...]:
    """Return the hand for each chord, () for N.C.; `previous` is the one before the first.

    The first chord lies as it would if nothing were known of the others, so that what is played
    live begins like what is planned; the others lie on the cheapest way through them all
    (A. Viterbi, IEEE Transactions on Information Theory 13, 1967).
    """
    listed = [span.chord for span in spans]
    found = iter(_way([chord for chord in listed if chord.tones], voicing, previous))
    return tuple(next(found) if chord.tones else () for chord in listed)


def _way(chords: Sequence[Chord], voicing: Voicing, previous: Hand) -> list[Hand]:
    """Return the cheapest hands for chords that follow one another."""
    if not chords:
        return []
    layers, own = map(list, zip(*(_layer(chord, voicing) for chord in chords), strict=True))
    first = own[0]
    if previous:
        first = first + _moves(np.array([previous], np.int64), layers[0], voicing)[0]
    start = int(first.argmin())
    layers[0] = layers[0][start : start + 1]
    total: Costs = np.zeros(1, np.int64)
    came: list[Costs] = []
    for before, layer, alone in zip(layers, layers[1:], own[1:], strict=False):
        ways = total[:, None] + _moves(before, layer, voicing)
        came.append(ways.argmin(0))
        total = ways.min(0) + alone
    return _back(layers, came, int(total.argmin()))


def _layer(chord: Chord, voicing: Voicing) -> tuple[Costs, Costs]:
    """Return the positions of a chord that cost least by themselves, and what they cost."""
    layer = np.array(positions(chord, voicing), np.int64)
    cost = _own(layer, chord, voicing)
    best = np.sort(np.argsort(cost, kind="stable")[:MOST])
    return layer[best], cost[best]


def _back(layers: list[Costs], came: list[Costs], at: int) -> list[Hand]:
    """Return the way that ends at a position of the last layer."""
    found = [_hand(layers[-1][at])]
    for layer, origins in zip(layers[-2::-1], came[::-1], strict=True):
        at = int(origins[at])
        found.append(_hand(layer[at]))
    return found[::-1]


def _hand(row: Costs) -> Hand:
    return tuple(int(pitch) for pitch in row)


def _own(layer: Costs, chord: Chord, voicing: Voicing) -> Costs:
    """Return what positions cost by themselves: off the middle, muddy, thick."""
    upper = layer[:, 1:]
    voices = upper.shape[1]
    off = np.abs(2 * upper.sum(1) - voices * (voicing.low + voicing.high))
    cost: Costs = off * CENTRE // (2 * voices)
    gaps = np.diff(layer, axis=1)
    for below, least in LOW_LIMITS:
        cost = cost + MUDDY * ((layer[:, :-1] < below) & (gaps < least)).sum(1)
    return cost + _choir(layer, chord, voicing) if voicing.kind == "parts" else cost


def _choir(layer: Costs, chord: Chord, voicing: Voicing) -> Costs:
    """Return what is unlike a choir: doubled guide tones, a bare chord, the wrong width."""
    classes = layer % OCTAVE
    cost: Costs = GAP * np.abs(layer[:, -1] - layer[:, 1] - SPAN[voicing.spread])
    for guide in needed(chord):
        cost = cost + THICK * np.maximum(0, (classes == guide).sum(1) - 1)
    for tone in chord.pitch_classes:
        cost = cost + BARE * (classes != tone).all(1)
    return cost


def _moves(before: Costs, after: Costs, voicing: Voicing) -> Costs:
    """Return what it costs to go from each position to each other one."""
    one, other = before[:, None, :], after[None, :, :]
    bass = np.abs(other[:, :, 0] - one[:, :, 0])
    top = np.abs(other[:, :, -1] - one[:, :, -1])
    cost: Costs = UPPER * _upper(one[:, :, 1:], other[:, :, 1:]) + TOP * top + BASS * bass
    cost = cost + LEAP * (bass > OCTAVE)
    return cost + PARALLEL * _parallels(one, other) if voicing.strict else cost


def _upper(one: Costs, other: Costs) -> Costs:
    """Return how far the upper voices move; where they split or join, to and from the nearest."""
    if one.shape[2] == other.shape[2]:
        moved: Costs = np.abs(other - one).sum(2)
        return moved
    far = np.abs(one[:, :, :, None] - other[:, :, None, :])
    nearest: Costs = (far.min(2).sum(2) + far.min(3).sum(2)) // 2
    return nearest


def _parallels(one: Costs, other: Costs) -> Costs:
    """Return how many pairs of voices go in parallel; of unlike numbers, the outer pair alone."""
    if one.shape[2] != other.shape[2]:
        one, other = one[:, :, [0, -1]], other[:, :, [0, -1]]
    steps = other - one
    found: Costs = np.zeros(steps.shape[:2], np.int64)
    for low in range(steps.shape[2]):
        for high in range(low + 1, steps.shape[2]):
            first = (one[:, :, high] - one[:, :, low]) % OCTAVE
            then = (other[:, :, high] - other[:, :, low]) % OCTAVE
            along = steps[:, :, low] * steps[:, :, high] > 0
            found = found + ((first == then) & np.isin(first, PERFECT) & along)
    return found
