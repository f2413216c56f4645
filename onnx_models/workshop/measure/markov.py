"""Melodies foretold by order-k Markov chains with back-off, and continued by them.

The chance of an event is that of its length, given the events before, times that of its pitch,
given the events before and its length: rhythm first. Pitches are counted from the tonic. The end
counts as a length; the cost of rests counts to the notes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from generators.music.notes import Note, Phrase
from generators.music.time import Ticks
from generators.tokens.grid import UNIT
from generators.tokens.leadsheet import REST_TOKEN, frame_for
from onnx_models.workshop.measure.lines import (
    END,
    LONGEST,
    PITCHES,
    Line,
    bar_units,
    key_of,
    melody_line,
)
from onnx_models.workshop.measure.listener import Base, Habits, Listener, Stream
from onnx_models.workshop.measure.memory import Floats, Hashes, Symbols, mixed, runs

ORDERS = range(1, 9)


class Sense(Enum):
    """What a chain hears beside the events themselves."""

    EVENTS = "events"
    METER = "meter"
    """For the rhythm, also the place in the bar."""


@dataclass(frozen=True, slots=True)
class Bits:
    """What a note costs: its rhythm, then its pitch."""

    rhythm: float
    pitch: float
    notes: int

    @property
    def total(self) -> float:
        """What a note costs altogether."""
        return self.rhythm + self.pitch


@dataclass(frozen=True, slots=True)
class Melody:
    """A melody's events, and the bar they are in."""

    line: Line
    bar: int

    @classmethod
    def of(cls, phrase: Phrase) -> "Melody":
        """Read the melody of a phrase."""
        return cls(melody_line(phrase), bar_units(phrase))

    def first(self, count: int) -> "Melody":
        """Return its first events alone."""
        return replace(self, line=self.line.first(count))


class MelodyMarkov:
    """A chain of one order for the rhythm and one of another for the pitches."""

    def __init__(
        self,
        learnt: Sequence[Melody],
        orders: tuple[int, int],
        habits: Habits | None = None,
        sense: Sense = Sense.METER,
    ) -> None:
        self.orders, self._sense = orders, sense
        rhythm, pitch = self._streams(learnt)
        lengths = Base(np.unique(np.append(rhythm.symbols, END)), LONGEST)
        self._rhythm = Listener(rhythm, lengths, habits or Habits())
        self._pitch = Listener(pitch, Base(PITCHES), habits or Habits())

    def settle(self, held: Sequence[Melody]) -> None:
        """Fit how much what a piece itself has said counts, on pieces that were not learnt."""
        rhythm, pitch = self._streams(held)
        self._rhythm.settle(rhythm)
        self._pitch.settle(pitch)

    def bits(self, melodies: Sequence[Melody]) -> Bits:
        """Return what the notes of these melodies cost."""
        rhythm, pitch = self._streams(melodies)
        notes = sum(melody.line.notes for melody in melodies)
        return Bits(
            _cost(self._rhythm.chances(rhythm)) / notes,
            _cost(self._pitch.chances(pitch)) / notes,
            notes,
        )

    def continued(self, heard: Phrase, bars: int, rng: np.random.Generator) -> Phrase:
        """Return so many bars that go on after a phrase, drawn as the chain foretells them.

        They begin at the first bar line after what was heard, and count from there.
        """
        start = heard.meter.next_bar_line(heard.end) // UNIT
        end = start + bars * heard.meter.bar // UNIT
        melody = _up_to(Melody.of(heard), start)
        while melody.line.places[-1] < end:
            melody = self._longer(melody, rng)
        return _sounding(melody, heard, start, end)

    def lengths_after(self, melody: Melody) -> dict[int, float]:
        """Return how likely each length is for the next event, and `END` for none."""
        chances = self._rhythm.table(self._rhythm_runs([melody]), melody.line.lengths[:-1])
        return dict(zip(self._rhythm.alphabet.tolist(), chances.tolist(), strict=True))

    def pitches_after(self, melody: Melody, length: int) -> dict[int, float]:
        """Return how likely each pitch token is for the next event, and that of a rest."""
        lengths = np.append(melody.line.lengths[:-1], length)
        chances = self._pitch.table(self._pitch_runs([melody], lengths), melody.line.values)
        return dict(zip(self._pitch.alphabet.tolist(), chances.tolist(), strict=True))

    def _longer(self, melody: Melody, rng: np.random.Generator) -> Melody:
        """Draw one event more; the end is not drawn."""
        lengths = self.lengths_after(melody)
        length = _drawn(lengths | {END: 0.0}, rng)
        pitch = _drawn(self.pitches_after(melody, length), rng)
        return replace(melody, line=melody.line.longer(length, pitch))

    def _streams(self, melodies: Sequence[Melody]) -> tuple[Stream, Stream]:
        lengths = np.concatenate([each.line.lengths for each in melodies])
        values = np.concatenate([each.line.values for each in melodies])
        pieces = np.repeat(np.arange(len(melodies)), [len(m.line.lengths) for m in melodies])
        inside = lengths != END
        pitch = self._pitch_runs(melodies, lengths)[:, inside]
        return (
            Stream(self._rhythm_runs(melodies), lengths, pieces),
            Stream(pitch, values, pieces[inside]),
        )

    def _rhythm_runs(self, melodies: Sequence[Melody]) -> Hashes:
        rows = runs([each.line.events for each in melodies], self.orders[0])
        if self._sense is Sense.EVENTS:
            return rows
        places = np.concatenate(
            [each.line.places % each.bar + LONGEST * each.bar for each in melodies]
        )
        return np.vstack([rows[:1], *(mixed(row, places)[None] for row in rows)])

    def _pitch_runs(self, melodies: Sequence[Melody], lengths: Symbols) -> Hashes:
        rows = runs([each.line.events for each in melodies], self.orders[1])
        return np.vstack([rows[:1], *(mixed(row, lengths)[None] for row in rows)])


def best_chain(
    learnt: Sequence[Melody],
    held: Sequence[Melody],
    habits: Habits | None = None,
    sense: Sense = Sense.METER,
) -> MelodyMarkov:
    """Return the chain of the orders, of 1 to 8, at which held-out melodies cost least."""
    rhythm, pitch = dict[int, float](), dict[int, float]()
    for order in ORDERS:
        chain = MelodyMarkov(learnt, (order, order), habits, sense)
        chain.settle(held)
        found = chain.bits(held)
        rhythm[order], pitch[order] = found.rhythm, found.pitch
    best = min(rhythm, key=rhythm.__getitem__), min(pitch, key=pitch.__getitem__)
    chain = MelodyMarkov(learnt, best, habits, sense)
    chain.settle(held)
    return chain


def _cost(chances: Floats) -> float:
    return float(-np.log2(chances).sum())


def _drawn(chances: dict[int, float], rng: np.random.Generator) -> int:
    weights = np.array([*chances.values()])
    return int(rng.choice([*chances], p=weights / weights.sum()))


def _up_to(melody: Melody, start: int) -> Melody:
    """Fill up with a rest what is missing up to a place."""
    missing = start - int(melody.line.places[-1])
    if missing <= 0:
        return melody
    return replace(melody, line=melody.line.longer(missing, REST_TOKEN))


def _sounding(melody: Melody, heard: Phrase, start: int, end: int) -> Phrase:
    """Return the notes of a melody from a place to another, counted from the first."""
    frame = frame_for(heard.notes, key_of(heard))
    events = zip(
        melody.line.places.tolist(),
        melody.line.lengths.tolist(),
        melody.line.values.tolist(),
        strict=False,
    )
    notes = [
        Note(
            Ticks((place - start) * UNIT),
            _playable(frame.pitch(value)),
            Ticks((min(place + length, end) - place) * UNIT),
        )
        for place, length, value in events
        if place >= start and value != REST_TOKEN
    ]
    return replace(heard, notes=tuple(notes), chords=())


def _playable(pitch: int) -> int:
    """Move a pitch by octaves into MIDI's range."""
    return pitch % 12 if pitch < 0 else pitch if pitch <= 127 else 116 + (pitch - 116) % 12
