"""What the player has just played, as habits: prediction by partial matching.

The next step is looked for after the longest run of steps that was played before, and after
shorter ones as far as those leave room (PPM with escape method C: A. Moffat, Implementing the PPM
data compression scheme, 1990). Steps count rungs of the scale, so a habit moves with the key.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

from generators.ground import Ladder
from generators.music.notes import Note
from generators.music.time import Ticks

DEEPEST = 3  # steps that are looked back on
ENOUGH = 12  # steps to choose from, before shorter runs are asked too


class Step(NamedTuple):
    """From one note to the next: rungs up or down, and the ticks to its onset.

    `length` is that of the next note, `held` whether it lasts to the one after.
    """

    rungs: int
    gap: Ticks
    length: Ticks
    held: bool = True


Fitness = Callable[[Step], float]
"""How well a step suits the moment; 0 where it is forbidden."""


class Memory:
    """The habits of a line: which step came after which steps."""

    def __init__(self, line: Sequence[Note], ladder: Ladder) -> None:
        self._after: dict[tuple[Step, ...], Counter[Step]] = defaultdict(Counter)
        self.steps = tuple(_steps(line, ladder))
        for at, step in enumerate(self.steps):
            for depth in range(min(DEEPEST, at) + 1):
                self._after[self.steps[at - depth : at]][step] += 1

    def chances(
        self, before: Sequence[Step], fitness: Fitness, closeness: float
    ) -> Mapping[Step, float]:
        """Return the steps that may come, with their chances: habit times fitness.

        The closer, the less is left to shorter runs where a longer one knows an answer.
        """
        share, chances = 1.0, dict[Step, float]()
        for depth in range(min(DEEPEST, len(before)), -1, -1):
            known = self._after.get(tuple(before[len(before) - depth :]))
            if not known:
                continue
            fitting = {step: n * fitness(step) for step, n in known.items() if step not in chances}
            whole, kinds = known.total(), len(known) * (1.5 - closeness)
            for step, weight in fitting.items():
                if weight > 0:
                    chances[step] = share * weight / (whole + kinds)
            share *= kinds / (whole + kinds)
            if len(chances) >= ENOUGH:
                break
        return chances


def pick(
    chances: Mapping[Step, float], rng: Random, temperature: float, top_p: float
) -> Step | None:
    """Draw a step; None where none may come."""
    if not chances:
        return None
    best = max(chances.values())
    ranked = sorted(chances.items(), key=lambda item: -item[1])
    weights = [(chance / best) ** (1 / temperature) for _, chance in ranked]
    room = top_p * sum(weights)
    kept = 0
    while kept < len(weights) and (kept == 0 or room > 0):
        room -= weights[kept]
        kept += 1
    return rng.choices([step for step, _ in ranked[:kept]], weights[:kept])[0]


def _steps(line: Sequence[Note], ladder: Ladder) -> Iterator[Step]:
    """Give the steps of a line; a single note is its own habit."""
    if len(line) == 1:
        yield Step(0, line[0].length, line[0].length)
    onsets = [*(note.onset for note in line[2:]), 0]
    for (one, other), after in zip(pairwise(line), onsets, strict=False):
        rungs = ladder.rung(other.pitch) - ladder.rung(one.pitch)
        gap = Ticks(other.onset - one.onset)
        yield Step(rungs, gap, other.length, held=other.end >= after)
