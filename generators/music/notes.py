"""Notes and phrases: the values that everything hands on."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from generators.music.errors import BadValue
from generators.music.harmony import Chord, Key
from generators.music.time import Meter, Ticks


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One sounding pitch; its onset is counted from the start of its phrase."""

    onset: Ticks
    pitch: int
    length: Ticks
    velocity: int = 80

    def __post_init__(self) -> None:
        """Refuse what MIDI cannot say."""
        if not 0 <= self.pitch <= 127:
            raise BadValue(f"pitch {self.pitch} is outside 0 to 127")
        if not 1 <= self.velocity <= 127:
            raise BadValue(f"velocity {self.velocity} is outside 1 to 127")
        if self.length < 1:
            raise BadValue(f"a note cannot last {self.length} ticks")

    @property
    def end(self) -> Ticks:
        """The tick at which it is over."""
        return Ticks(self.onset + self.length)

    def moved(self, by: int) -> "Note":
        """Return it with another onset."""
        return replace(self, onset=Ticks(self.onset + by))


@dataclass(frozen=True, slots=True)
class ChordSpan:
    """A chord and how long it holds."""

    onset: Ticks
    length: Ticks
    chord: Chord

    def __post_init__(self) -> None:
        """Refuse an empty span."""
        if self.length < 1:
            raise BadValue(f"a chord cannot last {self.length} ticks")

    @property
    def end(self) -> Ticks:
        """The tick at which it is over."""
        return Ticks(self.onset + self.length)

    def moved(self, by: int) -> "ChordSpan":
        """Return it with another onset."""
        return replace(self, onset=Ticks(self.onset + by))


def chord_at(spans: Sequence[ChordSpan], at: int) -> Chord | None:
    """Return the chord that sounds at a tick, of spans in order."""
    place = bisect_right(spans, at, key=lambda span: span.onset) - 1
    return spans[place].chord if place >= 0 and at < spans[place].end else None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Notes and chords in order of onset; tick 0 is a bar line.

    A pick-up is a first bar that begins with silence, so bars can always be counted from 0.
    """

    notes: tuple[Note, ...] = ()
    chords: tuple[ChordSpan, ...] = ()
    meter: Meter = field(default_factory=Meter)
    key: Key | None = None

    def __post_init__(self) -> None:
        """Refuse notes out of order, or before the start."""
        for items in (self.notes, self.chords):
            onsets = [item.onset for item in items]
            if onsets != sorted(onsets) or (onsets and onsets[0] < 0):
                raise BadValue("the notes of a phrase are in order and start at 0 or later")

    @classmethod
    def of(
        cls,
        notes: Iterable[Note],
        chords: Iterable[ChordSpan] = (),
        meter: Meter | None = None,
        key: Key | None = None,
    ) -> "Phrase":
        """Make a phrase from notes and chords in any order."""
        ordered = tuple(sorted(notes)), tuple(sorted(chords, key=lambda span: span.onset))
        return cls(*ordered, meter or Meter(), key)

    @property
    def end(self) -> Ticks:
        """The tick at which the last note or chord is over."""
        ends = [note.end for note in self.notes] + [span.end for span in self.chords]
        return max(ends, default=Ticks(0))

    @property
    def bars(self) -> int:
        """How many bars it touches."""
        return self.meter.bars(self.end)

    def between(self, start: Ticks, end: Ticks) -> "Phrase":
        """Return the notes that begin in start..end, and the chords that sound there.

        They are counted from start and cut at both ends.
        """
        first, last = (bisect_left(self.notes, at, key=_onset) for at in (start, end))
        notes = tuple(_cut(note, start, end) for note in self.notes[first:last])
        spans = (s for s in self.chords if max(s.onset, start) < min(s.end, end))
        chords = (
            ChordSpan(
                Ticks(max(span.onset, start) - start),
                Ticks(min(span.end, end) - max(span.onset, start)),
                span.chord,
            )
            for span in spans
        )
        return replace(self, notes=notes, chords=tuple(chords))

    def plus(self, other: "Phrase", at: Ticks) -> "Phrase":
        """Return both, the other one beginning at a tick of this one."""
        return replace(
            self,
            notes=tuple(sorted((*self.notes, *(note.moved(at) for note in other.notes)))),
            chords=tuple(
                sorted(
                    (*self.chords, *(span.moved(at) for span in other.chords)),
                    key=lambda span: span.onset,
                )
            ),
        )


def _onset(note: Note) -> Ticks:
    return note.onset


def _cut(note: Note, start: Ticks, end: Ticks) -> Note:
    if start == 0 and note.end <= end:
        return note
    return Note(
        Ticks(note.onset - start),
        note.pitch,
        Ticks(min(note.length, end - note.onset)),
        note.velocity,
    )
