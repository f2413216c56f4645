"""From tunes to lessons: sheets of events, varied each time they are drawn."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

import numpy as np
import numpy.typing as npt

from generators.habits import hints
from generators.music.harmony import Key
from generators.music.notes import Phrase
from generators.tokens import leadsheet as words
from generators.tokens.grid import REST, Bar, bars_of, grid_bar
from generators.tokens.leadsheet import Frame, Manner, Wished, frame_for
from onnx_models.workshop.recipe import Recipe
from onnx_models.workshop.tune import Tune

STEP = 64
LONGEST_GAP, AFTER_GAP = 8, 16
"""The most bars that are left out to be filled in, and that follow them."""
LEARNT_ONCE = frozenset((words.BAR_TOKEN, words.GAP_TOKEN))
"""Events of which only the first word is learnt: the rest is told, not foretold."""

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lesson:
    """A tune on the grid, ready to be written in either order."""

    tune: Tune
    phrase: Phrase
    closes: frozenset[int]
    """The bars of the grid in which sections end."""
    sections: tuple[tuple[int, str], ...] = ()
    _bodies: dict[tuple[bool, bool, Frame], list[list[int]]] = field(
        default_factory=dict, compare=False
    )

    @property
    def key(self) -> Key:
        """The key, which every tune that was kept has."""
        if self.phrase.key is None:
            raise ValueError(f"{self.tune.title} has no key")
        return self.phrase.key

    @cached_property
    def bars(self) -> tuple[Bar, ...]:
        """What happens in each bar of the grid."""
        bars = bars_of(self.phrase)
        return tuple(bars if self.phrase.notes else (replace(bar, sung=False) for bar in bars))

    @cached_property
    def frame(self) -> Frame:
        """What its pitches are counted from."""
        return frame_for(self.phrase.notes, self.key)

    @cached_property
    def manner(self) -> Manner:
        """Its style, tempo and span."""
        pitches = [note.pitch for note in self.phrase.notes]
        span = max(pitches) - min(pitches) if pitches else None
        return Manner(self.tune.style, self.tune.tempo, span)

    @cached_property
    def wishes(self) -> tuple[Wished, ...]:
        """What may be said of each bar."""
        return tuple(self._wished(number) for number in range(len(self.bars)))

    def bodies(self, chords_first: bool, harmony: bool, frame: Frame) -> list[list[int]]:
        """Return the words of each bar after its bar line; they are kept for the next time."""
        asked = chords_first, harmony, frame
        if asked not in self._bodies:
            bars = self.bars if harmony else [replace(bar, chords=None) for bar in self.bars]
            self._bodies[asked] = [words.bar_body(bar, frame, chords_first) for bar in bars]
        return self._bodies[asked]

    def _wished(self, number: int) -> Wished:
        close = min((bar for bar in self.closes if bar >= number), default=None)
        left = None if close is None else close - number + 1
        begun = [name for bar, name in self.sections if bar <= number]
        bar = self.bars[number]
        notes = sum(pitch != REST for _, pitch in bar.melody) if bar.sung else None
        return Wished(left, begun[-1] if begun else "", notes)


def lesson_of(tune: Tune, played: bool = False) -> Lesson:
    """Put a tune on the grid, perhaps with its repeats written out, where it has any."""
    phrase, closes, sections = tune.phrase, tune.closes, tune.sections
    if played and tune.played is not None:
        phrase, closes, sections = tune.played, tune.played_closes, ()
    each, bar = grid_bar(phrase.meter), phrase.meter.bar
    return Lesson(
        tune,
        phrase,
        frozenset(at * bar // each for at in closes),
        tuple((at * bar // each, name) for at, name in sections),
    )


@dataclass(frozen=True, slots=True)
class Way:
    """One way of writing a lesson down."""

    chords_first: bool
    manner: Manner = Manner()
    marked: bool = False
    """Whether bars tell how many are left of their section."""
    named: bool = False
    """Whether bars tell in which section they are."""
    counted: frozenset[int] = frozenset()
    """The bars that tell how many notes begin in them."""
    harmony: bool = True
    """Whether chords are written, where they are known."""
    octaves: int = 0
    turned: int = 0
    """By how many semitones it is moved away from where the tonic is 0."""
    start: int = 0
    gap: tuple[int, int] | None = None
    """The bars that are left out and written at the end, by their first and the one after."""


def written(lesson: Lesson, way: Way) -> list[int]:
    """Return the words of a lesson."""
    key = lesson.key.transposed(-way.turned)
    frame = Frame(key, lesson.frame.octaves + way.octaves)
    bodies = lesson.bodies(way.chords_first, way.harmony, frame)
    words_of = [
        _line(lesson.wishes[number], way, number) + body for number, body in enumerate(bodies)
    ]
    head = words.header(way.chords_first, lesson.phrase.meter, key, way.manner)
    if way.gap is None:
        return [*head, *_flat(words_of[way.start :]), words.END_TOKEN]
    first, after = way.gap
    left = words.FIRST_LEFT + min(after - first, words.COUNTED + 1)
    return [
        *head, *_flat(words_of[way.start : first]), words.GAP_TOKEN, left,
        *_flat(words_of[after : after + AFTER_GAP]), words.FILL_TOKEN,
        *_flat(words_of[first:after]), words.END_TOKEN,
    ]  # fmt: skip


def _flat(bars: Sequence[list[int]]) -> list[int]:
    return [word for bar in bars for word in bar]


def _line(said: Wished, way: Way, number: int) -> list[int]:
    """Return a bar line that tells what the way of writing lets it tell."""
    return Wished(
        said.left if way.marked else None,
        said.section if way.named else "",
        said.notes if number in way.counted else None,
    ).words


def drawn(lesson: Lesson, recipe: Recipe, rng: np.random.Generator) -> list[int]:
    """Write a lesson in a way that is drawn."""
    count = len(lesson.bars)
    start = int(rng.integers(0, count - 6)) if rng.random() < 0.4 and count > 8 else 0
    share = recipe.counted_share
    counted = rng.random(count) < rng.choice((0.0, 0.5, 1.0), p=(1 - share, share / 2, share / 2))
    way = Way(
        chords_first=bool(rng.random() < 0.5),
        manner=_some_of(lesson.manner, recipe, rng),
        marked=bool(rng.random() < recipe.marked_share),
        named=bool(rng.random() < recipe.marked_share),
        counted=frozenset(np.flatnonzero(counted).tolist()),
        harmony=bool(rng.random() >= recipe.bare_share or not lesson.phrase.notes),
        octaves=int(rng.choice((-1, 1))) if rng.random() < recipe.octave_share else 0,
        turned=0 if recipe.relative else int(rng.integers(0, 12)),
        start=start,
        gap=_gap(count, start, recipe, rng),
    )
    return written(lesson, way)


def _some_of(manner: Manner, recipe: Recipe, rng: np.random.Generator) -> Manner:
    """Leave open what may be left open, each by itself."""
    style, tempo, span = rng.random(3) < recipe.told_share
    return Manner(
        manner.style if style else "",
        manner.tempo if tempo else None,
        manner.span if span else None,
    )


def _gap(
    count: int, start: int, recipe: Recipe, rng: np.random.Generator
) -> tuple[int, int] | None:
    if rng.random() >= recipe.gap_share or count - start < 6:
        return None
    length = int(rng.integers(1, min(LONGEST_GAP, (count - start) // 2) + 1))
    first = int(rng.integers(start + 1, count - length))
    return first, first + length


@dataclass(frozen=True, slots=True)
class Sheet:
    """A lesson as numbers."""

    events: Numbers
    """Shape (events, words), 0 where no word is."""
    hints: Numbers
    """What the sheet's own past tells of each word (`generators.habits.Hint`): one axis more."""

    def __len__(self) -> int:
        """Return how many events it has."""
        return len(self.events)

    @property
    def whole(self) -> list[tuple[int, ...]]:
        """The events, without the places where no word is."""
        return [tuple(word for word in row if word) for row in self.events.tolist()]


def sheet_of(tokens: Iterable[int], context: int | None = None, hinted: bool = True) -> Sheet:
    """Return words as numbers, of as many events as fit; the memory may be asked or not."""
    events = list(islice(words.events(tokens), context))
    rows = np.zeros((len(events), words.ARITY), np.int64)
    told = np.zeros((len(events), words.ARITY, 2), np.int64)
    for row, event in zip(rows, events, strict=True):
        row[: len(event)] = event
    if hinted:
        for hint, expected in zip(told, hints(events), strict=True):
            hint[: len(expected)] = expected
    return Sheet(rows, told)


def learnt(rows: Numbers) -> npt.NDArray[np.bool_]:
    """Return which words of events are learnt: neither the head of a sheet nor what is wished."""
    mask: npt.NDArray[np.bool_] = rows > 0
    mask[..., 1:] &= ~np.isin(rows[..., :1], list(LEARNT_ONCE))
    mask &= ~np.isin(rows[..., :1], HEADS)
    return mask


HEADS = [words.NUMBER[name] for name in (words.CHORDS_FIRST, words.MELODY_FIRST, "manner")]


class School:
    """The lessons of a training run: each source by its share, each tune of it in turn."""

    def __init__(self, tunes: Sequence[Tune], recipe: Recipe, rng: np.random.Generator) -> None:
        self._recipe, self._rng = recipe, rng
        sources: dict[str, list[Tune]] = {}
        for tune in tunes:
            sources.setdefault(tune.source, []).append(tune)
        bars = np.array([sum(tune.phrase.bars for tune in each) for each in sources.values()])
        told = np.array([recipe.weights.get(name, 1.0) for name in sources])
        shares = told * bars**recipe.balance
        self._shares = shares / shares.sum()
        self._decks = [self._deck(each) for each in sources.values()]
        self.shares = dict(zip(sources, self._shares.tolist(), strict=True))
        """How often a lesson is of each source."""

    def _deck(self, tunes: Sequence[Tune]) -> Iterator[tuple[Lesson, Lesson]]:
        lessons = [(lesson_of(tune), lesson_of(tune, played=True)) for tune in tunes]
        while True:
            for index in self._rng.permutation(len(lessons)):
                yield lessons[index]

    def lesson(self) -> Sheet:
        """Draw a lesson, written in a way that is drawn too."""
        deck = self._decks[int(self._rng.choice(len(self._decks), p=self._shares))]
        played = self._rng.random() < self._recipe.played_share
        tokens = drawn(next(deck)[int(played)], self._recipe, self._rng)
        hinted = self._rng.random() >= self._recipe.hintless_share
        return sheet_of(tokens, self._recipe.context + 1, hinted)

    def batches(self) -> Iterator[list[Sheet]]:
        """Yield batches for ever, each of sheets of like length."""
        while True:
            pool = [self.lesson() for _ in range(256)]
            yield from _by_length(pool, self._recipe.batch_events, self._rng)


def _by_length(
    pool: list[Sheet], batch_events: int, rng: np.random.Generator
) -> Iterator[list[Sheet]]:
    ready: list[list[Sheet]] = []
    rest = sorted(pool, key=len)
    while rest:
        rows = max(1, batch_events // _width(len(rest[-1]) - 1))
        ready.append(rest[-rows:])
        rest = rest[:-rows]
    for index in rng.permutation(len(ready)):
        yield ready[index]


def _width(length: int) -> int:
    """Round up to a few widths, so that the same shapes come again and are computed fast."""
    return -(-length // STEP) * STEP


def padded(batch: Sequence[Sheet]) -> Sheet:
    """Return sheets as one of shape (rows, events, words), 0 where nothing is."""
    width = _width(max(map(len, batch)) - 1) + 1
    events = np.zeros((len(batch), width, words.ARITY), np.int64)
    told = np.zeros((len(batch), width, words.ARITY, 2), np.int64)
    for row, hint, sheet in zip(events, told, batch, strict=True):
        row[: len(sheet)] = sheet.events
        hint[: len(sheet)] = sheet.hints
    return Sheet(events, told)
