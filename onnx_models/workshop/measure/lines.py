"""A tune as a row of events: how long each lasts, and what it is, counted from the tonic.

A melody is what the grid holds (`generators.tokens.grid`): notes and rests, in the pitches that
the model writes. A rest before the first note is its pick-up, and after the last note comes the
end; so lengths and values together say exactly what the events of the grid say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from generators.music.errors import BadValue
from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import Phrase
from generators.tokens.grid import REST, UNIT, chord_events, grid_bar, melody_events
from generators.tokens.leadsheet import FIRST_PITCH, KINDS, REST_TOKEN, frame_for, nearest_kind
from onnx_models.workshop.measure.memory import Symbols
from onnx_models.workshop.tune import Tune

END = 0
"""The length that stands for the end of a line."""
PITCHES = np.arange(FIRST_PITCH, REST_TOKEN + 1)
"""Every value of a melody: the pitches in reach, and the rest."""
EVENT = 1024
"""What a length is multiplied with to make one number of it and a value."""
LONGEST = 96 * 64
"""A length in units that no event of a tune goes beyond: 64 bars."""
NO_CHORD_ID = 12 * len(KINDS)
CHORDS = np.arange(NO_CHORD_ID + 1)
"""Every chord that is told apart: a root from the tonic and a kind, and no chord."""


@dataclass(frozen=True, slots=True)
class Line:
    """The events of a tune in order; one length more than values, the last being `END`."""

    lengths: Symbols
    """In units of the grid."""
    values: Symbols
    """Pitch tokens, or chord ids."""
    places: Symbols
    """Where each event begins, in units from the start, and where the end is."""

    def longer(self, length: int, value: int) -> "Line":
        """Return it with one event more."""
        return Line(
            np.r_[self.lengths[:-1], length, END],
            np.append(self.values, value),
            np.append(self.places, self.places[-1] + length),
        )

    def first(self, count: int) -> "Line":
        """Return its first events alone."""
        lengths = np.append(self.lengths[:count], END)
        return Line(lengths, self.values[:count], self.places[: count + 1])

    @property
    def events(self) -> Symbols:
        """Each event as one number: its length and what it is."""
        return self.lengths[:-1] * EVENT + self.values

    @property
    def notes(self) -> int:
        """How many events of a melody are notes."""
        return int((self.values != REST_TOKEN).sum())


def as_played(tune: Tune) -> Tune:
    """Return a tune with its repeats written out."""
    if tune.played is None:
        return tune
    return replace(tune, phrase=tune.played, closes=tune.played_closes, played=None)


def key_of(phrase: Phrase) -> Key:
    """Return the key that pitches and roots are counted from.

    Raises:
        BadValue: the phrase has none.

    """
    if phrase.key is None:
        raise BadValue("a tune without a key cannot be measured", "give it a key first")
    return phrase.key


def melody_line(phrase: Phrase) -> Line:
    """Return the melody of a phrase, in the register in which the model writes it."""
    frame = frame_for(phrase.notes, key_of(phrase))
    events = melody_events(phrase.notes)
    if events and events[0][0] > 0:
        events.insert(0, (0, REST))
    over = events.pop()[0] if events else 0
    values = [frame.pitch_token(pitch) for _, pitch in events]
    return _line([place for place, _ in events], values, over)


def chord_line(phrase: Phrase) -> Line:
    """Return the chords of a phrase, each where another one begins."""
    tonic = key_of(phrase).tonic
    events = [(at, chord_id(chord, tonic)) for at, chord in chord_events(phrase.chords)]
    news = [n for n, (_, name) in enumerate(events) if n == 0 or name != events[n - 1][1]]
    over = max([-(-span.end // UNIT) for span in phrase.chords], default=0)
    return _line([events[n][0] for n in news], [events[n][1] for n in news], over)


def _line(places: Sequence[int], values: Sequence[int], over: int) -> Line:
    ends = np.array([*places, over], np.int64)
    return Line(np.append(np.diff(ends), END), np.array(values, np.int64), ends)


def chord_id(chord: Chord, tonic: int) -> int:
    """Return the number of a chord in a key; its bass is left out."""
    if chord == NO_CHORD:
        return NO_CHORD_ID
    return (chord.root - tonic) % 12 * len(KINDS) + nearest_kind(chord.quality)


def chord_of(number: int, tonic: int) -> Chord:
    """Return the chord of such a number."""
    if number == NO_CHORD_ID:
        return NO_CHORD
    root, kind = divmod(int(number), len(KINDS))
    return Chord((root + tonic) % 12, KINDS[kind])


def bar_units(phrase: Phrase) -> int:
    """Return the bar of the grid in units."""
    return grid_bar(phrase.meter) // UNIT
