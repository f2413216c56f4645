"""What the player has just played, as habits: which interval follows which, which place which.

It is a short memory, not a model: the answer leans on it by as much as `closeness` says, and it
only speaks where the player did something like it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from generators.sampling import Leaning
from generators.tokens import leadsheet as words
from generators.tokens.grid import REST, Bar
from generators.tokens.leadsheet import Frame

REMEMBERED = 16
"""How many bars the memory holds."""
LONG, SHORT = 0.6, 0.3
"""How much of the probability a habit of two steps, or of one, may take at closeness 1."""

Steps = tuple[int, ...]


class Motifs:
    """The habits of one player in one phrase."""

    def __init__(self, bars: Sequence[Bar], frame: Frame, closeness: float) -> None:
        self._closeness = closeness
        self._after: dict[Steps, Counter[int]] = defaultdict(Counter)
        self._places: dict[int, Counter[int]] = defaultdict(Counter)
        recent = bars[-REMEMBERED:]
        pitches = [
            frame.pitch_token(pitch) for bar in recent for _, pitch in bar.melody if pitch != REST
        ]
        self._learn_steps(pitches)
        for bar in recent:
            self._learn_places([place for place, _ in bar.melody])

    def _learn_steps(self, pitches: Sequence[int]) -> None:
        steps = [after - before for before, after in pairwise(pitches)]
        for index, step in enumerate(steps):
            for depth in (1, 2):
                if index >= depth:
                    self._after[tuple(steps[index - depth : index])][step] += 1

    def _learn_places(self, places: Sequence[int]) -> None:
        if not places:
            return
        tokens = [words.place_token(place) for place in places]
        for before, after in pairwise([-1, *tokens, words.TURN_TOKEN]):
            self._places[before][after] += 1

    def next_pitch(self, pitches: Sequence[int]) -> Leaning | None:
        """Return which pitch tokens the player's habits would go on with."""
        steps = tuple(after - before for before, after in pairwise(pitches[-3:]))
        for depth, share in ((2, LONG), (1, SHORT)):
            habit = self._after.get(steps[-depth:]) if len(steps) >= depth else None
            if habit:
                going = {pitches[-1] + step: float(n) for step, n in habit.items()}
                return Leaning(going, share * self._closeness)
        return None

    def next_place(self, before: int, ends: Iterable[int]) -> Leaning | None:
        """Return at which places the player's habits would go on in the bar, or end it."""
        habit: Mapping[int, int] | None = self._places.get(before)
        if not habit:
            return None
        shares = {token: float(n) for token, n in habit.items()}
        over = shares.pop(words.TURN_TOKEN, 0.0)
        for end in ends:
            shares[end] = over
            over = 0.0
        return Leaning(shares, LONG * self._closeness)
