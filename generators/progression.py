"""What a piece has done with its chords so far, and what it would do next.

The next chord is looked for after the chords that came before it and how long each of them held,
in this piece alone: prediction by partial matching (J. Cleary and I. Witten, Data compression
using adaptive coding and partial string matching, 1984) over changes of chord, all orders blended,
with escape method C (A. Moffat, Implementing the PPM data compression scheme, 1990) and the model
where the longest runs and the shorter ones leave room. So a progression that came once is likelier
when it begins again: the cache of language models (R. Kuhn and R. De Mori, A cache-based natural
language model for speech recognition, 1990), mixed with the model by shares that were chosen on
valid tunes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generators.habits import OVER, Habits
from generators.sampling import Logits, log_chances
from generators.tokens import leadsheet as words
from generators.tokens.grid import PLACES

DEEPEST = 8
"""The most changes that are looked back on."""
EACH, MOST = 0.06, 0.5
"""The share of the piece for each order that was met, and the most."""
LEFT = 0.1
"""The share that is left to the model however close an answer shall keep to what was played."""
KINDS = len(words.KINDS)
NO_CHORD = 12 * KINDS
NAMES = NO_CHORD + 1
"""A chord's name is a number: root from the tonic and kind, or no chord; its bass is left out."""
BEFORE = np.full(DEEPEST, -1)
"""What stands before the first change."""
NEVER = -1
"""Instead of the length of a run: after none."""
UNLIKELIEST = 1e-30
"""What stands for a chance of nothing, which has no logarithm."""

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a piece would do next with its chords, beside the chord that holds."""

    shares: Floats
    """What each chord gets of the chances of a change; the rest of them is the model's."""
    holds: int | None
    """The chord that holds, if any does."""

    def mixed(self, chances: Floats) -> Floats:
        """Mix it with the chances that a model gives each chord.

        The chord that holds is as likely as it was: a bar begins with it where nothing changes.
        """
        changed = chances.copy()
        if self.holds is not None:
            changed[self.holds] = 0
        found: Floats = changed.sum() * self.shares + (1 - self.shares.sum()) * changed
        if self.holds is not None:
            found[self.holds] = chances[self.holds]
        return found

    @property
    def held_root(self) -> int | None:
        """The root of the chord that holds, from the tonic, if it has one."""
        return None if self.holds is None or self.holds == NO_CHORD else self.holds // KINDS


class Naming:
    """The same mixture word by word: the root of a chord first, then its kind.

    It is of all chords but `no chord`, which is never drawn. Where nothing is recalled, the model
    is left alone.
    """

    def __init__(self, recalled: Recalled | None, held: Logits | None = None) -> None:
        """Begin to name a chord; `held` is what the model makes of the root that holds."""
        self._recalled = recalled is not None
        shares = np.zeros(NAMES) if recalled is None else recalled.shares
        self._shares = shares[:-1].reshape(12, KINDS)
        self._holds = np.zeros((12, KINDS))
        """How likely the model holds the kind of the chord that holds, after its root."""
        if recalled is not None and recalled.holds is not None and held is not None:
            kind = recalled.holds % KINDS
            self._holds.flat[recalled.holds] = _chances(held, _KINDS)[kind]
        self._roots: Floats = np.zeros(12)

    def roots(self, logits: Logits) -> Logits:
        """Mix it into what a root may be."""
        if not self._recalled:
            return logits
        self._roots = _chances(logits, _ROOTS)
        stays = self._roots * self._holds.sum(axis=1)
        found = self._mixed(self._roots - stays, self._shares.sum(axis=1)) + stays
        return _with(logits, _ROOTS, found)

    def kinds(self, logits: Logits, root: int) -> Logits:
        """Mix it into what a kind may be, after the word of the root that was drawn."""
        if not self._recalled:
            return logits
        number = root - words.FIRST_ROOT
        given = self._roots[number] * _chances(logits, _KINDS)
        holds = self._holds[number] > 0
        found = self._mixed(given, self._shares[number])
        return _with(logits, _KINDS, np.where(holds, given, found))

    def _mixed(self, changed: Floats, shares: Floats) -> Floats:
        """Mix shares of all changes into the chances that the model gives to some."""
        changes = 1 - float(self._roots @ self._holds.sum(axis=1))
        mixed: Floats = changes * shares + (1 - self._shares.sum()) * changed
        return mixed


_ROOTS = slice(words.FIRST_ROOT, words.NO_CHORD_TOKEN)
_KINDS = slice(words.FIRST_KIND, words.FIRST_BASS)


def _chances(logits: Logits, block: slice) -> Floats:
    chances: Floats = np.exp(log_chances(logits[block]))
    return chances


def _with(logits: Logits, block: slice, chances: Floats) -> Logits:
    found = logits.copy()
    found[block] = np.log(np.maximum(chances, UNLIKELIEST))
    return found


class Progression:
    """The changes of chord that a memory holds; what was read of it is not read again."""

    def __init__(self, harmony: Habits, bar: int) -> None:
        """Follow a memory of chords whose bars are so many units long."""
        self._harmony, self._bar = harmony, bar
        self._names = np.zeros(64, np.int64)
        self._at = np.zeros(64, np.int64)
        self._known: list[tuple[int, int]] = []
        """The words that were read with each change, and the whole bars among them."""
        self._read = self._bars = 0
        self._leapt = self._since = 0

    def back(self, place: int) -> None:
        """Forget what the memory held after so many words, as it does itself."""
        if place < self._leapt:
            self._leapt = self._since = 0
        if place < self._read:
            while self._known and self._known[-1][0] > place:
                self._known.pop()
            self._read, self._bars = self._known[-1] if self._known else (0, 0)

    def leap(self) -> None:
        """Go on elsewhere: what comes next does not follow what was remembered last."""
        self._follow()
        self._leapt, self._since = self._read, len(self._known)

    def recalled(self, belief: float = 1.0) -> Recalled | None:
        """Return what would come at the place that the memory ends with; None if nothing would.

        At a belief of 1 the piece has its usual share, at 0 none.
        """
        self._follow()
        begun = self._harmony.told[self._read :]
        return self.recalled_at(begun[0], belief) if begun else None

    def recalled_at(self, place: int, belief: float = 1.0) -> Recalled | None:
        """Return the same where that place has not been told to the memory yet."""
        self._follow()
        count = len(self._known)
        if not belief or count < 2:
            return None
        chances, orders = self._blended(self._tick(place))
        share = min(1 - LEFT, min(MOST, EACH * orders) * belief)
        holds = int(self._names[count - 1]) if self._since < count else None
        return Recalled(share * chances, holds) if chances.any() else None

    def _follow(self) -> None:
        """Read the whole chords that are new in the memory."""
        told = self._harmony.told
        while self._read < len(told):
            event = told[self._read : self._read + words.ARITY]
            if event[0] == OVER:
                self._bars, self._read = self._bars + 1, self._read + 1
                continue
            length = words.spelled(event)
            if length > len(event):
                return
            self._read += length
            self._learn(name_of(event), self._tick(event[0]))

    def _tick(self, place: int) -> int:
        """Return the units from the beginning to a place in the bar that is read."""
        return self._bars * self._bar + PLACES[place - words.FIRST_PLACE]

    def _learn(self, name: int, at: int) -> None:
        number = len(self._known)
        if number > self._since and self._names[number - 1] == name:
            return
        if number == len(self._names):
            self._names = np.resize(self._names, 2 * number)
            self._at = np.resize(self._at, 2 * number)
        self._names[number], self._at[number] = name, at
        self._known.append((self._read, self._bars))

    def _blended(self, now: int) -> tuple[Floats, int]:
        """Return the chances of each chord to come now, and how many orders have been met."""
        count = len(self._known)
        names, at = self._names[:count], self._at[:count]
        lengths = np.append(at[1:], now) - at
        events = np.concatenate([BEFORE, names + NAMES * lengths])
        met, runs = np.arange(count), np.zeros(count, np.int64)
        for order in range(1, min(DEEPEST, count - self._since) + 1):
            met = met[events[DEEPEST - order :].take(met) == events[-order]]
            if not len(met):
                break
            runs[met] = order
        orders = int(runs.max()) + 1
        if self._since < count:
            runs[names == names[-1]] = NEVER
        return _escaping(names, runs), orders


def _escaping(names: Numbers, runs: Numbers) -> Floats:
    """Blend all orders: `names` came, each after a run of so many changes that are the latest.

    Each order leaves room to the lower ones by escape method C; what the lowest leaves is left.
    """
    longest = np.full(NAMES, NEVER)
    rising = runs.argsort(kind="stable")
    longest[names[rising]] = runs[rising]
    kinds = _so_long(longest)
    whole = _so_long(runs) + kinds
    rooms = np.append(kinds / whole, 1.0)[::-1].cumprod()[::-1]
    worth = np.append(0.0, (rooms[1:] / whole).cumsum())
    blended: Floats = np.bincount(names, worth[runs - NEVER], NAMES).astype(np.float64)
    return blended


def _so_long(runs: Numbers) -> Numbers:
    """Return how many runs are no shorter than 0, 1 and so on, up to the longest."""
    counted: Numbers = np.bincount(runs - NEVER)[::-1].cumsum()[::-1][1:]
    return counted


def name_of(event: Sequence[int]) -> int:
    """Return the number of the chord of an event: a place, a root and a kind, or no chord."""
    if event[1] == words.NO_CHORD_TOKEN:
        return NO_CHORD
    return (event[1] - words.FIRST_ROOT) * KINDS + event[2] - words.FIRST_KIND
