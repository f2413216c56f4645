"""From tunes to lessons: sequences of tokens, varied each time they are drawn."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from generators.tokens import leadsheet as words
from generators.tokens.grid import Bar, bars_of, grid_bar
from generators.tokens.leadsheet import Frame, frame_for
from onnx_models.workshop.recipe import Recipe
from onnx_models.workshop.tune import Tune

STEP = 64
Tokens = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A tune on the grid, ready to be written in either order."""

    tune: Tune
    bars: tuple[Bar, ...]
    frame: Frame
    closes: frozenset[int]

    @property
    def chorded(self) -> bool:
        """Whether its harmony is known."""
        return bool(self.tune.phrase.chords)


def lesson_of(tune: Tune) -> Lesson:
    """Put a tune on the grid."""
    phrase = tune.phrase
    key = phrase.key
    if key is None:
        raise ValueError(f"{tune.title} has no key")
    frame = frame_for(phrase.notes, key)
    each = grid_bar(phrase.meter)
    closes = frozenset(bar * phrase.meter.bar // each for bar in tune.closes)
    return Lesson(tune, tuple(bars_of(phrase)), frame, closes)


def written(
    lesson: Lesson, chords_first: bool, marked: bool = True, octaves: int = 0, start: int = 0
) -> list[int]:
    """Return the tokens of a lesson from a bar on."""
    frame = replace(lesson.frame, octaves=lesson.frame.octaves + octaves)
    meter = lesson.tune.phrase.meter
    tokens = words.header(chords_first, meter, frame.key)
    for number in range(start, len(lesson.bars)):
        begins = _begins(number, lesson.closes) if marked else words.BAR_TOKEN
        tokens += words.bar_tokens(lesson.bars[number], frame, chords_first, begins)
    return [*tokens, words.END_TOKEN]


def _begins(number: int, closes: frozenset[int]) -> int:
    if number in closes:
        return words.CLOSE_TOKEN
    return words.NEAR_TOKEN if number + 1 in closes else words.BAR_TOKEN


def drawn(lesson: Lesson, recipe: Recipe, rng: np.random.Generator) -> list[int]:
    """Write a lesson in an order, a register and from a bar that are drawn; cut to the context."""
    octaves = int(rng.choice((-1, 1))) if rng.random() < recipe.octave_share else 0
    start = 0
    if rng.random() < 0.5 and len(lesson.bars) > 8:
        start = int(rng.integers(0, len(lesson.bars) - 6))
    tokens = written(
        lesson,
        chords_first=bool(rng.random() < 0.5),
        marked=bool(rng.random() < recipe.marked_share),
        octaves=octaves,
        start=start,
    )
    return tokens[: recipe.context]


def batches(
    lessons: list[Lesson], recipe: Recipe, rng: np.random.Generator
) -> Iterator[list[list[int]]]:
    """Yield batches for ever: sequences of like length, chorded ones by their share."""
    chorded = [lesson for lesson in lessons if lesson.chorded]
    plain = [lesson for lesson in lessons if not lesson.chorded]
    decks = [_shuffled(chorded, rng), _shuffled(plain or chorded, rng)]
    while True:
        pool = [
            drawn(next(decks[int(rng.random() >= recipe.chorded_share)]), recipe, rng)
            for _ in range(256)
        ]
        yield from _by_length(pool, recipe.batch_tokens, rng)


def _shuffled(lessons: list[Lesson], rng: np.random.Generator) -> Iterator[Lesson]:
    while True:
        for index in rng.permutation(len(lessons)):
            yield lessons[index]


def _by_length(
    pool: list[list[int]], batch_tokens: int, rng: np.random.Generator
) -> Iterator[list[list[int]]]:
    ready: list[list[list[int]]] = []
    rest = sorted(pool, key=len)
    while rest:
        rows = max(1, batch_tokens // _width(len(rest[-1]) - 1))
        ready.append(rest[-rows:])
        rest = rest[:-rows]
    for index in rng.permutation(len(ready)):
        yield ready[index]


def _width(length: int) -> int:
    """Round up to a few widths, so that the same shapes come again and are computed fast."""
    return -(-length // STEP) * STEP


def padded(batch: list[list[int]], batch_tokens: int) -> tuple[Tokens, Tokens]:
    """Return inputs and targets; what is beyond the end of a sequence is not learnt (-100).

    Rows are filled up too: a new shape costs seconds, a known one milliseconds.
    """
    width = _width(max(map(len, batch)) - 1)
    rows = max(len(batch), batch_tokens // width)
    inputs = np.zeros((rows, width), np.int64)
    targets = np.full((rows, width), -100, np.int64)
    for row, tokens in enumerate(batch):
        inputs[row, : len(tokens) - 1] = tokens[:-1]
        targets[row, : len(tokens) - 1] = tokens[1:]
    return inputs, targets
