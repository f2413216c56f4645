"""A song: what a file holds, whatever its format, and where its bars are."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from generators.music.errors import BadValue
from generators.music.harmony import Key
from generators.music.notes import ChordSpan, Note
from generators.music.time import QUARTER, Meter, Ticks

USUAL_TEMPO = 120.0
"""Quarters a minute where a file names none: the default of Standard MIDI Files 1.0."""
OVERHANG = Ticks(QUARTER // 4)
"""How far a last note may ring over a bar line without opening another bar: played notes do."""

Value = TypeVar("Value")


class Form(StrEnum):
    """A file format, by its name on the command line."""

    MIDI = "midi"
    MUSICXML = "musicxml"
    MXL = "mxl"
    ABC = "abc"
    HUMDRUM = "humdrum"


@dataclass(frozen=True, slots=True)
class Part:
    """One voice or track: its notes, counted from the start of the song, and its words.

    `program` is the General MIDI sound, 0 to 127; `channel` is 0 to 15.
    """

    name: str = ""
    notes: tuple[Note, ...] = ()
    program: int | None = None
    channel: int | None = None
    drums: bool = False
    lyrics: tuple[tuple[Ticks, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """A part that Antiphon adds: its notes and symbols, counted from the start of the song."""

    name: str
    notes: tuple[Note, ...] = ()
    chords: tuple[ChordSpan, ...] = ()
    program: int = 0

    @property
    def end(self) -> Ticks:
        """The tick at which its last note or chord is over."""
        ends = [note.end for note in self.notes] + [span.end for span in self.chords]
        return max(ends, default=Ticks(0))


@dataclass(frozen=True, slots=True)
class Section:
    """Bars of one meter, counted from `start` on."""

    start: Ticks
    meter: Meter


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as notation has it: its printed number, where it begins and how long it is."""

    number: str
    start: Ticks
    length: Ticks


@dataclass(frozen=True, slots=True)
class Span:
    """The ticks that a section fills, up to the next one or to the end of the song."""

    start: Ticks
    end: Ticks
    meter: Meter

    @property
    def bars(self) -> int:
        """How many bars it has, a cut one at its end included."""
        return self.meter.bars(Ticks(self.end - self.start))


@dataclass(frozen=True, slots=True)
class Song:
    """A song as it was read.

    The first section begins at the first full bar line: what lies before is the pick-up.
    `end` is where the last note is over (in MIDI), or the last written bar. `original` is
    the file as it came; `score` is its MusicXML and `measures` are those written there, for what
    is notation. `notices` say to the player what could not be taken as it was.
    """

    form: Form
    original: bytes
    parts: tuple[Part, ...]
    end: Ticks
    sections: tuple[Section, ...] = (Section(Ticks(0), Meter()),)
    tempi: tuple[tuple[Ticks, float], ...] = ()
    keys: tuple[tuple[Ticks, Key], ...] = ()
    chords: tuple[ChordSpan, ...] = ()
    score: bytes = b""
    measures: tuple[Measure, ...] = ()
    title: str = ""
    tune: int = 1
    """Which one it is in a book of ABC."""
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse sections that are missing or out of order."""
        starts = [section.start for section in self.sections]
        if not starts or starts != sorted(set(starts)) or starts[0] < 0:
            raise BadValue("the sections of a song are in order and start at 0 or later")

    @property
    def pickup(self) -> Ticks:
        """How much sounds before the first bar line; 0 for a song that begins on it."""
        return self.sections[0].start

    @property
    def pitched(self) -> tuple[Part, ...]:
        """The parts that have notes and are no drums."""
        return tuple(part for part in self.parts if part.notes and not part.drums)

    @property
    def close(self) -> Ticks:
        """The bar line at which the song is over: a continuation begins here."""
        return self.bar_line_after(self.end)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The sections with their ends; a song that has begun has one bar at least."""
        starts = [section.start for section in self.sections]
        close = max(self.close, starts[-1])
        ends = (*starts[1:], close)
        pairs = zip(self.sections, ends, strict=True)
        return tuple(Span(section.start, end, section.meter) for section, end in pairs)

    @property
    def bars(self) -> int:
        """How many bars it has, without the pick-up."""
        return sum(span.bars for span in self.spans)

    def section(self, at: Ticks) -> Section:
        """Return the section that holds at a tick; the first one holds in the pick-up too."""
        starts = [section.start for section in self.sections]
        return self.sections[max(0, bisect_right(starts, at) - 1)]

    def bar_line_after(self, at: Ticks) -> Ticks:
        """Return the first bar line at or after a tick."""
        section = self.section(at)
        line = Ticks(section.start + section.meter.next_bar_line(Ticks(at - section.start)))
        later = [s.start for s in self.sections if s.start > section.start]
        return min([line, *later])

    def bar(self, number: int) -> tuple[Ticks, Ticks]:
        """Return where a bar begins and ends; 1 is the first after the pick-up, which is 0.

        Raises:
            BadValue: the song has no such bar.

        """
        if number == 0 and self.pickup:
            return Ticks(0), self.pickup
        before = 0
        for span in self.spans:
            if before < number <= before + span.bars:
                start = Ticks(span.start + (number - before - 1) * span.meter.bar)
                return start, Ticks(min(start + span.meter.bar, span.end))
            before += span.bars
        raise BadValue(f"there is no bar {number}", f"the song has bars 1 to {self.bars}")

    def continued(self, end: Ticks) -> tuple[Measure, tuple[Measure, ...]]:
        """Return the last measure, made whole if the song goes on, and those up to `end`."""
        last = self.measures[-1]
        if end <= last.start + last.length:
            return last, ()
        close, bar = self.close, self.section(last.start).meter.bar
        number = int(last.number) if last.number.isdigit() else len(self.measures)
        starts = enumerate(range(close, end, bar), number + 1)
        later = tuple(Measure(str(number), Ticks(start), bar) for number, start in starts)
        return replace(last, length=Ticks(close - last.start)), later

    def tempo(self, at: Ticks) -> float:
        """Return the tempo at a tick, in quarters a minute."""
        return in_force(self.tempi, at, USUAL_TEMPO)

    def key(self, at: Ticks) -> Key | None:
        """Return the key that the file names for a tick, if it names any."""
        return in_force(self.keys, at, None)


def harmony(song: Song, added: Sequence[Added]) -> tuple[ChordSpan, ...]:
    """Return the chords of a song with parts added: those that are added, else its own."""
    return next((part.chords for part in added if part.chords), song.chords)


def in_force(changes: Sequence[tuple[Ticks, Value]], at: Ticks, usual: Value) -> Value:
    """Return the value that the last change up to a tick has set."""
    found = bisect_right(changes, at, key=lambda change: change[0])
    return changes[found - 1][1] if found else usual


def sections_of(meters: Sequence[tuple[Ticks, Meter]], end: Ticks) -> tuple[Section, ...]:
    """Return the sections that time signatures make, the pick-up found.

    A signature on a bar line of its own meter changes nothing. What lies before the first full
    bar is a pick-up: less than a bar, or one bar of a shorter meter, as notation programs
    export it.
    """
    sections = [Section(Ticks(0), Meter())]
    for at, meter in meters:
        last = sections[-1]
        if at - last.start < OVERHANG // 4:  # the same moment, or a sequencer's rounding
            sections[-1] = Section(last.start, meter)
        elif meter != last.meter or (at - last.start) % meter.bar:
            sections.append(Section(at, meter))
    return without_pickup(sections, end)


def without_pickup(sections: Sequence[Section], end: Ticks) -> tuple[Section, ...]:
    """Return sections without a first one that is only a pick-up."""
    if len(sections) > 1 and sections[1].start < end and _is_pickup(*sections[:2]):
        return tuple(sections[1:])
    return tuple(sections)


def _is_pickup(first: Section, second: Section) -> bool:
    length = second.start - first.start
    return length < first.meter.bar or length == first.meter.bar < second.meter.bar
