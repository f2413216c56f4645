"""What a model of chords has to be better than: the last chord, the commonest, and a Markov chain.

None of them hears the melody.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from generators.music.notes import ChordSpan
from generators.music.time import Ticks
from generators.patterns import Hashes, mixed
from generators.tokens.grid import UNIT
from generators.tokens.leadsheet import STYLES
from onnx_models.workshop.measure.changes import (
    Changes,
    spans,
    stretch,
    without_current,
)
from onnx_models.workshop.measure.lines import CHORDS, LONGEST, Line
from onnx_models.workshop.measure.listener import Base, Habits, Listener, Stream
from onnx_models.workshop.measure.memory import Escape, Floats, LongMemory, Symbols, runs
from onnx_models.workshop.tune import Tune

PERIOD = 4
"""In how many bars a template begins anew."""
ORDERS = range(1, 9)


class RepeatLast:
    """The chord that holds goes on; where it cannot, those that held last, the latest first.

    At a change it is wrong by definition: only its second and third choice can be right. As a
    line of chords it is the tonic throughout.
    """

    name = "repeat last"

    def ranked(self, piece: Changes) -> Floats:
        """Return chances that halve with each chord further back; the tonic at the start."""
        chances = np.zeros((len(piece.line.values), len(CHORDS)))
        latest = [piece.home]
        for row, value in zip(chances, piece.line.values.tolist(), strict=True):
            for age, chord in enumerate(latest[:8]):
                row[chord] = 0.5 ** (age + 1)
            latest = [value, *(chord for chord in latest if chord != value)]
        return chances

    def chords(self, tune: Tune, rng: np.random.Generator) -> tuple[ChordSpan, ...]:
        """Return the tonic throughout."""
        piece, (start, end) = Changes.of(tune), stretch(tune.phrase)
        return spans([(start, piece.home)], end, piece.key)


class Template:
    """The commonest chord in this mode, this style, at this place of four bars.

    Where little was learnt about a place or a style, the wider count weighs more (escape C).
    """

    name = "majority template"

    def __init__(self, learnt: Sequence[Tune]) -> None:
        pieces = [Changes.of(tune) for tune in learnt]
        self._changes = LongMemory(
            np.hstack([_known(piece, piece.line.places[:-1]) for piece in pieces]),
            np.concatenate([piece.line.values for piece in pieces]),
        )
        pulses = [pulses_of(tune, piece) for tune, piece in zip(learnt, pieces, strict=True)]
        self._pulses = LongMemory(
            np.hstack([_known(piece, at) for piece, at in zip(pieces, pulses, strict=True)]),
            np.concatenate([holding(p, at) for p, at in zip(pieces, pulses, strict=True)]),
        )

    def ranked(self, piece: Changes) -> Floats:
        """Return the shares of the chords that begin at such places, without the one before."""
        chances = _foretold(self._changes, _known(piece, piece.line.places[:-1]))
        return without_current(chances, piece)

    def chords(self, tune: Tune, rng: np.random.Generator) -> tuple[ChordSpan, ...]:
        """Return the chord that holds most often on each beat."""
        piece, (start, end) = Changes.of(tune), stretch(tune.phrase)
        places = np.arange(start, end, tune.phrase.meter.pulse // UNIT)
        best = _foretold(self._pulses, _known(piece, places)).argmax(axis=1)
        return spans(zip(places.tolist(), best.tolist(), strict=True), end, piece.key)


def _known(piece: Changes, places: Symbols) -> Hashes:
    """Return what is known at each place: nothing, the mode, the style, the place of four bars."""
    nothing = np.zeros(len(places), np.uint64)
    mode = mixed(nothing, np.full(len(places), piece.mode))
    style = mixed(mode, np.full(len(places), _style_id(piece.style)))
    place = mixed(mixed(style, np.full(len(places), piece.bar)), places % (piece.bar * PERIOD))
    return np.stack([nothing, mode, style, place])


def _style_id(style: str) -> int:
    return STYLES.index(style) if style in STYLES else len(STYLES)


def _foretold(memory: LongMemory, known: Hashes) -> Floats:
    """Return how likely each chord is at each place."""
    count = len(CHORDS)
    asked = np.tile(CHORDS, known.shape[1])
    counts = memory.counts(np.repeat(known, count, axis=1), asked)
    chances = Escape("C").blended(counts, np.full(len(asked), 1 / count))
    return chances.reshape(-1, count)


def pulses_of(tune: Tune, piece: Changes) -> Symbols:
    """Return the beats, in units, at which a tune has a chord."""
    places = piece.line.places
    return np.arange(places[0], places[-1], tune.phrase.meter.pulse // UNIT)


def holding(piece: Changes, places: Symbols) -> Symbols:
    """Return the chords that hold at places."""
    held: Symbols = piece.line.values[np.searchsorted(piece.line.places[:-1], places, "right") - 1]
    return held


class ChordMarkov:
    """A Markov chain over chords and how long they last, in the mode of the piece.

    Long and short memory are mixed as for melodies. On held-out tunes it was better with the
    lengths of the chords before than without, and than with the place in the bar.
    """

    name = "Markov"

    def __init__(self, learnt: Sequence[Changes], order: int, habits: Habits | None = None) -> None:
        self.order = order
        habits = habits or Habits(short=Escape("C"))
        chords, lengths = self._streams(learnt)
        self._chords = Listener(chords, Base(CHORDS), habits)
        self._lengths = Listener(lengths, Base(np.unique(lengths.symbols), LONGEST), habits)

    def settle(self, held: Sequence[Changes]) -> None:
        """Fit how much what a piece itself has said counts."""
        chords, lengths = self._streams(held)
        self._chords.settle(chords)
        self._lengths.settle(lengths)

    def bits(self, pieces: Sequence[Changes]) -> float:
        """Return what a change costs, without its time."""
        chances = self._chords.chances(self._streams(pieces)[0])
        return float(-np.log2(chances).mean())

    def ranked(self, piece: Changes) -> Floats:
        """Return the chances of the chords at each change, without the one before."""
        rows, values = self._chord_runs(piece), piece.line.values
        tables = [self._chords.table(rows[:, : at + 1], values[:at]) for at in range(len(values))]
        return without_current(np.stack(tables), piece)

    def chords(self, tune: Tune, rng: np.random.Generator) -> tuple[ChordSpan, ...]:
        """Draw chords and how long they last until the melody is over."""
        piece, (start, end) = Changes.of(tune), stretch(tune.phrase)
        made = replace(piece, line=Line(np.zeros(1, np.int64), CHORDS[:0], np.array([start])))
        while made.line.places[-1] < end:
            made = self._longer(made, rng)
        events = zip(made.line.places.tolist(), made.line.values.tolist(), strict=False)
        return spans(events, end, piece.key)

    def continued(self, heard: Tune, end: Ticks, rng: np.random.Generator) -> tuple[ChordSpan, ...]:
        """Return the chords that were heard, and more of them up to a tick, drawn as foretold."""
        made, over = Changes.of(heard), end // UNIT
        while made.line.places[-1] < over:
            made = self._longer(made, rng)
        events = zip(made.line.places.tolist(), made.line.values.tolist(), strict=False)
        return spans(events, over, made.key)

    def _longer(self, piece: Changes, rng: np.random.Generator) -> Changes:
        line = piece.line
        chances = self._chords.table(self._chord_runs(piece), line.values)
        chances[line.values[-1:]] = 0
        chord = rng.choice(CHORDS, p=chances / chances.sum())
        chances = self._lengths.table(self._length_runs(piece), line.lengths[:-1])
        length = rng.choice(self._lengths.alphabet, p=chances / chances.sum())
        return replace(piece, line=line.longer(int(length), int(chord)))

    def _streams(self, pieces: Sequence[Changes]) -> tuple[Stream, Stream]:
        numbers = np.repeat(np.arange(len(pieces)), [len(each.line.values) for each in pieces])
        return (
            Stream(
                np.hstack([self._chord_runs(piece)[:, :-1] for piece in pieces]),
                np.concatenate([piece.line.values for piece in pieces]),
                numbers,
            ),
            Stream(
                np.hstack([self._length_runs(piece)[:, :-1] for piece in pieces]),
                np.concatenate([piece.line.lengths[:-1] for piece in pieces]),
                numbers,
            ),
        )

    def _chord_runs(self, piece: Changes) -> Hashes:
        return self._runs(piece, np.full(len(piece.line.places), piece.mode))

    def _length_runs(self, piece: Changes) -> Hashes:
        return self._runs(piece, piece.line.places % piece.bar + LONGEST * piece.bar)

    def _runs(self, piece: Changes, known: Symbols) -> Hashes:
        """Return the runs before each change and after the last; all but one know something."""
        rows = runs([piece.line.events], self.order)
        return np.vstack([rows[:1], *(mixed(row, known)[None] for row in rows)])


def best_chain(learnt: Sequence[Changes], held: Sequence[Changes]) -> ChordMarkov:
    """Return the chain of the order, of 1 to 8, at which held-out changes cost least."""
    chains = [ChordMarkov(learnt, order) for order in ORDERS]
    for chain in chains:
        chain.settle(held)
    return min(chains, key=lambda chain: chain.bits(held))
