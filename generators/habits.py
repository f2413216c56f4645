"""What was just played, as a memory that the model's own distribution is mixed with.

After the longest run of words that was there before, the memory tells what followed it, and how
far to believe it: the longer the run, and the fewer ways it ever went on, the more. So a model
that knows many tunes is joined by one that knows only this one, as in the cache of language
models (R. Kuhn and R. De Mori, 1990) and the short-term memory of listeners (D. Conklin and
I. Witten, 1995).
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import groupby

from generators.sampling import Hint
from generators.tokens import leadsheet as words

DEEPEST = 24
"""The longest run that is looked for, in words: twelve notes."""
RUNS = (1, 2, 4, 6, 9, 13, 19)
"""Runs of so many words, and up to the next number, are believed alike."""
USUAL = 0.3
"""The closeness at which the memory is believed as far as it deserves."""
OVER = words.BAR_TOKEN
"""How the end of a bar's melody is remembered, whatever word it has."""
Trust = Mapping[str, Sequence[Sequence[float]]]
"""How far a memory deserves to be believed, for each kind of word: by the length of the run,
first where it went on in several ways, then where always in the same. A model's card says it."""
KINDS = ("place", "pitch", "root", "kind")


class Habits:
    """A melody or a progression so far, word by word, and what followed each run of it."""

    def __init__(self, trust: Trust | None = None, closeness: float = USUAL) -> None:
        self._trust, self._closeness = trust or {}, closeness
        self._after: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        self.told: list[int] = []

    def learn(self, *tokens: int) -> None:
        """Remember some words, and what they came after."""
        for token in tokens:
            recent = tuple(self.told[-DEEPEST:])
            for depth in range(1, len(recent) + 1):
                self._after[recent[-depth:]][token] += 1
            self.told.append(token)

    def last_bars(self, count: int) -> list[list[int]]:
        """Return the words of the last whole bars, the latest last."""
        bars, end = list[list[int]](), len(self.told)
        while end and len(bars) < count:
            start = end - 1
            while start and self.told[start - 1] != OVER:
                start -= 1
            bars.insert(0, self.told[start : end - 1])
            end = start
        return bars

    @cached_property
    def most_alike(self) -> int:
        """How often one bar was played in a row, at most, when this was first asked."""
        return max((len(list(same)) for bar, same in groupby(self.last_bars(64)) if bar), default=1)

    def place(self) -> int:
        """Return how much is remembered."""
        return len(self.told)

    def back(self, place: int) -> None:
        """Forget what was learnt after this."""
        while len(self.told) > place:
            token = self.told.pop()
            recent = tuple(self.told[-DEEPEST:])
            for depth in range(1, len(recent) + 1):
                habit = self._after[recent[-depth:]]
                habit[token] -= 1
                if not habit[token]:
                    del habit[token]

    def hint(self, what: str) -> Hint | None:
        """Return what is expected next: a `place` (or that the bar is over), a `pitch`, ..."""
        if what not in self._trust or self._closeness == 0:
            return None
        run, habit = self._longest()
        if not habit:
            return None
        trust = self._trust[what][len(habit) == 1][bucket(run)]
        whole = habit.total()
        chances = {token: count / whole for token, count in habit.items()}
        return Hint(chances, leaning(trust, self._closeness))

    def expected(self) -> tuple[int, Counter[int]]:
        """Return what followed the longest run that was there before, and how long that is."""
        return self._longest()

    def _longest(self) -> tuple[int, Counter[int]]:
        recent = tuple(self.told[-DEEPEST:])
        low, high = 0, len(recent)  # a run is known only if all shorter ones are
        while low < high:
            middle = (low + high + 1) // 2
            if self._after.get(recent[-middle:]):
                low = middle
            else:
                high = middle - 1
        return low, self._after.get(recent[-low:], Counter()) if low else Counter()


def bucket(run: int) -> int:
    """Return which of the lengths of `RUNS` a run has."""
    return bisect_right(RUNS, run) - 1


def leaning(trust: float, closeness: float) -> float:
    """Return how far to believe, by how close the answer is to stay: never, as due, always."""
    if closeness >= 1 or trust >= 1:
        return 1.0 if trust > 0 else 0.0
    odds = trust / (1 - trust) * (closeness / USUAL) * (1 - USUAL) / (1 - closeness)
    return odds / (1 + odds)
