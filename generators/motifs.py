"""What the player has just played, as habits: which interval follows which, which place which.

It is a short memory, not a model: the answer leans on it by as much as `closeness` says, and it
only speaks where the player, or the answer itself, did something like it. The longer the run
that is remembered, the more it counts (the idea of C. Ames's and F. Pachet's variable orders).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from generators.sampling import Leaning
from generators.tokens import leadsheet as words
from generators.tokens.grid import REST, Bar
from generators.tokens.leadsheet import Frame

REMEMBERED = 16
"""How many bars the memory holds."""
WEIGHTS = (2.0, 6.0, 12.0, 24.0)
"""How many times likelier a run of one, two, three or four intervals goes on, at closeness 1."""
SAME_BAR, SAME_PLACE = 8.0, 3.0
"""The same for the rhythm: a bar that began alike, or only the same place in a bar."""
AWAY = 6.0
"""How many times likelier other pitches become when one was repeated too often."""

Run = tuple[int, ...]


class Motifs:
    """The habits of one player in one phrase, and of the answer as it grows."""

    def __init__(self, bars: Sequence[Bar], frame: Frame, closeness: float) -> None:
        self._strength = closeness
        self._steps: dict[Run, Counter[int]] = defaultdict(Counter)
        self._places: dict[Run, Counter[int]] = defaultdict(Counter)
        recent = bars[-REMEMBERED:]
        pitches = [
            frame.pitch_token(pitch) for bar in recent for _, pitch in bar.melody if pitch != REST
        ]
        self._longest = max(2, _repeats(_steps(pitches)))
        for count in range(2, len(pitches) + 1):
            self.learn(pitches[:count][-len(WEIGHTS) - 2 :])
        for bar in recent:
            self._learn_places([place for place, _ in bar.melody])

    def learn(self, pitches: Sequence[int]) -> None:
        """Remember the last of these pitch tokens, and how it was come to."""
        *before, step = _steps(pitches[-len(WEIGHTS) - 2 :])
        for depth in range(1, len(before) + 1):
            self._steps[tuple(before[-depth:])][step] += 1

    def _learn_places(self, places: Sequence[int]) -> None:
        if not places:
            return
        tokens = [words.place_token(place) for place in places]
        for index, after in enumerate([*tokens, words.TURN_TOKEN]):
            self._places[(-1, *tokens[:index])][after] += 1
            self._places[tuple(tokens[index - 1 : index])][after] += 1

    def next_pitch(self, pitches: Sequence[int]) -> Leaning | None:
        """Return which pitch tokens the habits would go on with.

        A pitch that was repeated more often than the player ever did is left.
        """
        if _held(pitches) > self._longest:
            going = {pitches[-1] + step: 1.0 for step in range(-7, 8) if step}
            return Leaning(going, AWAY)
        steps = _steps(pitches[-len(WEIGHTS) - 1 :])
        for depth in range(len(steps), 0, -1):
            if habit := self._steps.get(steps[-depth:]):
                going = {pitches[-1] + step: float(n) for step, n in habit.items()}
                return Leaning(going, WEIGHTS[depth - 1] * self._strength)
        return None

    def next_place(self, places: Sequence[int], ends: Iterable[int]) -> Leaning | None:
        """Return at which places the habits would go on in a bar, or end it."""
        share, habit = SAME_BAR, self._places.get((-1, *places))
        if not habit and places:
            share, habit = SAME_PLACE, self._places.get(tuple(places[-1:]))
        if not habit:
            return None
        shares = {token: float(n) for token, n in habit.items()}
        over = shares.pop(words.TURN_TOKEN, 0.0)
        shares |= dict.fromkeys(list(ends)[:1], over)
        return Leaning(shares, share * self._strength)


def _held(pitches: Sequence[int]) -> int:
    """Return how many times the last pitch was repeated."""
    return next((n for n, step in enumerate(reversed(_steps(pitches))) if step), len(pitches) - 1)


def _repeats(steps: Run) -> int:
    """Return how often, at most, one pitch was repeated without a pause."""
    return max((len(list(run)) for step, run in groupby(steps) if step == 0), default=0)


def _steps(pitches: Sequence[int]) -> Run:
    return tuple(after - before for before, after in pairwise(pitches))
