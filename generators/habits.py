"""What was just played, as a memory that the model's own distribution is mixed with.

After the longest run of words that was there before, the memory tells what followed it, and how
far to believe it: the longer the run, and the fewer ways it ever went on, the more. So a model
that knows many tunes is joined by one that knows only this one, as in the cache of language
models (R. Kuhn and R. De Mori, 1990) and the short-term memory of listeners (D. Conklin and
I. Witten, 1995).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property
from itertools import groupby

from generators.sampling import Hint
from generators.tokens import leadsheet as words
from generators.tokens.grid import Bar
from generators.tokens.leadsheet import Frame

DEEPEST = 24
"""The longest run that is looked for, in words: twelve notes."""
RUNS = (1, 2, 4, 6, 9, 13, 19, DEEPEST + 1)
"""Runs are told apart by these borders."""
USUAL = 0.3
"""The closeness at which the memory is believed as far as it deserves."""
OVER = words.BAR_TOKEN
"""How the end of a bar's melody is remembered, whatever word it has."""
TRUST: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "place": ((0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4), (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.6)),
    "pitch": ((0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4), (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.6)),
}
"""How far the memory is believed, by the length of the run: where it went on in several ways,
and where always in the same. Fitted on valid tunes by `antiphon-workshop trust`."""


class Habits:
    """The melody so far, word by word, and what followed each run of it."""

    def __init__(self, closeness: float = USUAL) -> None:
        self._closeness = closeness
        self._after: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        self.told: list[int] = []

    @classmethod
    def of(cls, bars: Iterable[Bar], frame: Frame, closeness: float) -> "Habits":
        """Return the habits of what was heard."""
        habits = cls(closeness)
        for bar in bars:
            habits.learn(*words.melody_tokens(bar.melody, frame), OVER)
        return habits

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
        """Return what is expected next: a `place` (or that the bar is over), or a `pitch`."""
        run, habit = self._longest()
        if not habit:
            return None
        several, same = TRUST[what]
        at = sum(run >= border for border in RUNS) - 1
        trust = (same if len(habit) == 1 else several)[at]
        whole = habit.total()
        chances = {token: count / whole for token, count in habit.items()}
        return Hint(chances, _leaning(trust, self._closeness), run)

    def _longest(self) -> tuple[int, Counter[int]]:
        recent = tuple(self.told[-DEEPEST:])
        low, high = 0, len(recent)  # a run is known only if all shorter ones are
        while low < high:
            middle = (low + high + 1) // 2
            if self._after.get(recent[-middle:]):
                low = middle
            else:
                high = middle - 1
        return low, self._after[recent[-low:]] if low else Counter()


def _leaning(trust: float, closeness: float) -> float:
    """Return how far to believe, by how close the answer is to stay: never, as due, always."""
    if closeness >= 1 or trust >= 1:
        return 1.0 if trust > 0 else 0.0
    odds = trust / (1 - trust) * (closeness / USUAL) * (1 - USUAL) / (1 - closeness)
    return odds / (1 + odds)
