"""Through which keys a song goes.

Each bar, heard with its neighbours, gives every key a chance (`key`), and the whole speaks for its
own; a change costs, a near key less than a far one (after F. Lerdahl, Tonal Pitch Space, 2001:
steps on the circle of fifths, and between relative and parallel keys), and the more the longer the
piece: that many more places there are at which a change could be imagined (G. Schwarz, Estimating
the dimension of a model, 1978). The keys of the bars are the likeliest path (Viterbi's algorithm),
and what is said of each is its chance given all bars (the forward-backward algorithm; L. Rabiner,
1989).
"""

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from math import log

import numpy as np
from numpy.typing import NDArray

from generators.hearing.key import FIRST, LAST, MODES, counts, log_chances
from generators.music.harmony import Key
from generators.music.notes import Phrase
from generators.music.time import Ticks

REACH = 1
"""Bars before and after that are heard with a bar."""
BELIEF = 0.5
"""What a bar counts for: neighbours hear much of the same."""
HOME, UNLIKELIEST = 0.08, -6.0
"""What the key of the whole counts for in each bar, and how much it can speak against another."""
CHANGE, BY_BARS, FREE_BARS = 0.25, 4.0, 18
"""What a change costs at least; by the logarithm of the bars, beyond those in which that is all.

These were chosen on the valid songs of POP909 and the valid chorales, where 0.859 and 0.726 of the
bars then were in the right key; in one key for all, 0.816 and 0.596.
"""
FARTHER = 0.25
"""What each step costs that a key is farther away."""

Floats = NDArray[np.float64]
KEYS = tuple(Key(tonic, mode) for tonic in range(12) for mode in MODES)


@dataclass(frozen=True, slots=True)
class KeySpan:
    """A key, how long it holds, and the chance that it is the right one."""

    onset: Ticks
    length: Ticks
    key: Key
    confidence: float

    @property
    def end(self) -> Ticks:
        """The tick at which it is over."""
        return Ticks(self.onset + self.length)


def keys_of(phrase: Phrase) -> tuple[KeySpan, ...]:
    """Return the keys of a phrase, bar by bar; the one that it carries holds throughout."""
    if phrase.key is not None and phrase.end > 0:
        return (KeySpan(Ticks(0), phrase.end, phrase.key, 1.0),)
    if not phrase.notes:
        return ()
    heard = BELIEF * np.stack([_bar_chances(phrase, bar) for bar in range(phrase.bars)])
    heard += HOME * np.maximum(log_chances(counts(phrase)).ravel(), UNLIKELIEST)
    costs = _costs(phrase.bars)
    chances = _chances(heard, costs)
    spans: list[KeySpan] = []
    for state, group in groupby(enumerate(_path(heard, costs)), key=lambda item: item[1]):
        bars = [bar for bar, _ in group]
        sure = float(chances[bars, state].mean())
        start, length = bars[0] * phrase.meter.bar, len(bars) * phrase.meter.bar
        spans.append(KeySpan(Ticks(start), Ticks(length), KEYS[state], sure))
    return tuple(spans)


def _bar_chances(phrase: Phrase, bar: int) -> Floats:
    """Return the logarithm of each key's chance by a bar and its neighbours."""
    size = phrase.meter.bar
    start, end = max(0, bar - REACH) * size, (bar + 1 + REACH) * size
    heard = phrase.between(Ticks(start), Ticks(end))
    if not heard.notes:
        return np.full(len(KEYS), -np.log(len(KEYS)))
    counted = counts(heard)
    counted[[FIRST, LAST]] = 0  # a bar line is no beginning and no end
    return log_chances(counted).ravel()


def _costs(bars: int) -> Floats:
    """Return what it costs to go from each key to each in a piece of so many bars."""
    change = max(CHANGE, BY_BARS * log(bars / FREE_BARS))
    return np.where(np.eye(len(KEYS)) == 1, 0.0, change + FARTHER * _apart())


@cache
def _apart() -> Floats:
    """Return how many steps there are from each key to each."""
    return np.array([[_steps(one, other) for other in KEYS] for one in KEYS], np.float64)


def _steps(one: Key, other: Key) -> int:
    if one.tonic == other.tonic:
        return int(one.mode != other.mode)
    return abs((other.fifths - one.fifths + 6) % 12 - 6) + (one.mode != other.mode)


def _path(heard: Floats, costs: Floats) -> list[int]:
    scores, came = heard[0], list[NDArray[np.int64]]()
    for bar in heard[1:]:
        ways = scores[:, None] - costs
        came.append(ways.argmax(axis=0))
        scores = ways.max(axis=0) + bar
    steps = [int(scores.argmax())]
    for origin in reversed(came):
        steps.append(int(origin[steps[-1]]))
    return steps[::-1]


def _chances(heard: Floats, costs: Floats) -> Floats:
    """Return the chance of each key in each bar, given all bars."""
    moves = np.exp(-costs)
    moves /= moves.sum(axis=1, keepdims=True)
    ahead, behind = np.exp(heard), np.ones(heard.shape)
    for bar in range(1, len(heard)):
        ahead[bar] *= (ahead[bar - 1] / ahead[bar - 1].sum()) @ moves
    for bar in range(len(heard) - 2, -1, -1):
        behind[bar] = moves @ (behind[bar + 1] * np.exp(heard[bar + 1]))
        behind[bar] /= behind[bar].sum()
    both = ahead * behind
    return np.asarray(both / both.sum(axis=1, keepdims=True))
