"""A song as it is listened to: its melody, its chords and its key, bars of one meter at a time."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from generators.hearing.chords import chords_of
from generators.hearing.key import key_of, scores_of
from generators.lead import melody
from generators.music.harmony import Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.song import Form, Song, Span
from generators.music.time import Meter, Ticks

PLAINLY = 3.0
"""How much likelier (in nats: 20 times) another key must be than the written one."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole bars of one meter; it may begin before the song, where the song has a pick-up."""

    start: int
    end: int
    meter: Meter

    @property
    def length(self) -> Ticks:
        """How long it is."""
        return Ticks(self.end - self.start)

    def last_bars(self, count: int) -> "Stretch":
        """Return its last bars."""
        return replace(self, start=max(self.start, self.end - count * self.meter.bar))


@dataclass(frozen=True)
class Ear:
    """What is heard of a song."""

    song: Song

    @cached_property
    def melody(self) -> tuple[Note, ...]:
        """Its melody."""
        return melody(self.song)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """All its notes that have a pitch."""
        return tuple(sorted(note for part in self.song.pitched for note in part.notes))

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """Its bars, meter after meter; a bar that is cut short by the next meter is left out."""
        found = (self._stretch(span) for span in self.song.spans)
        whole = (replace(s, end=s.end - s.length % s.meter.bar) for s in found)
        return tuple(stretch for stretch in whole if stretch.length > 0)

    @cached_property
    def covering(self) -> tuple[Stretch, ...]:
        """All its bars, meter after meter, those that are cut short too."""
        found = (self._stretch(span) for span in self.song.spans)
        return tuple(stretch for stretch in found if stretch.length > 0)

    def _stretch(self, span: Span) -> Stretch:
        upbeat = span.meter.bar if span.start == self.song.pickup > 0 else 0
        return Stretch(span.start - upbeat, span.end, span.meter)

    def heard(self, stretch: Stretch) -> Phrase:
        """Return the melody and the chords of a stretch."""
        return Phrase(within(self.melody, stretch), self.chords(stretch), stretch.meter)

    def recent(self, meter: Meter, bars: int) -> Phrase:
        """Return the song's last bars in a meter, those in other meters left out."""
        phrase, left = Phrase(meter=meter), bars
        for stretch in reversed(self.stretches):
            if stretch.meter == meter and left > 0:
                latest = stretch.last_bars(left)
                phrase = self.heard(latest).plus(phrase, latest.length)
                left -= latest.length // meter.bar
        return phrase

    def chords(self, stretch: Stretch) -> tuple[ChordSpan, ...]:
        """Return the chords of a stretch: those that are written, else those that sound."""
        if self.song.chords:
            return clipped(self.song.chords, stretch.start, stretch.end)
        return chords_of(Phrase(within(self.notes, stretch), meter=stretch.meter))

    def key(self, stretch: Stretch) -> Key:
        """Return the key of a stretch.

        A signature tells the scale, and seldom whether it is major or minor, so the ear decides
        between the two. No signature at all is often one that was never set: then the ear may
        choose any key, in notation only if it is plainly another one.
        """
        written = self.song.key(Ticks(max(0, stretch.end - 1)))
        sounding = Phrase(within(self.notes, stretch), self.chords(stretch), stretch.meter)
        if written is None:
            return key_of(sounding)
        if written.mode not in ("major", "minor"):
            return written
        scores = scores_of(sounding)
        same = [key for key in scores if key.scale == written.scale]
        fitting = max(same, key=lambda key: scores[key], default=written).like(written)
        heard = max(scores, key=lambda key: scores[key], default=written)
        if written.fifths or not scores:
            return fitting
        doubt = 0.0 if self.song.form is Form.MIDI else PLAINLY
        return heard if scores[heard] - scores[fitting] > doubt else fitting


def within(notes: Sequence[Note], stretch: Stretch) -> tuple[Note, ...]:
    """Return the notes (in order) that begin in a stretch, counted from it and cut at its end."""
    first, last = (bisect_left(notes, at, key=_onset) for at in (stretch.start, stretch.end))
    return tuple(
        replace(note.moved(-stretch.start), length=Ticks(min(note.end, stretch.end) - note.onset))
        for note in notes[first:last]
    )


def _onset(note: Note) -> int:
    return note.onset


def clipped(spans: Sequence[ChordSpan], start: int, end: int) -> tuple[ChordSpan, ...]:
    """Return the chords from start to end, counted from there."""
    cut = ((max(s.onset, start), min(s.end, end), s.chord) for s in spans)
    return tuple(ChordSpan(Ticks(a - start), Ticks(b - a), c) for a, b, c in cut if a < b)
