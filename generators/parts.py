"""A prompt in two parts, for models that know notes alone: a melody, and what goes with it.

Chords become notes on the way in (`voicing`) and are heard from notes on the way out
(`hearing.chords`). The hard wishes are kept here: a page says where each part may begin a note,
and which; a model only chooses among that.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from math import ceil

import numpy as np
import numpy.typing as npt

from generators.asked import Asked
from generators.hearing.chords import chords_of
from generators.hearing.key import key_of
from generators.hearing.melody import melody_of
from generators.music.harmony import NO_CHORD, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import Ticks
from generators.prompt import Item, Kind, Prompt, Suggestion
from generators.sentences import with_reason
from generators.voicing.comping import voice
from generators.voicing.voicing import Voicing

REMEMBERED = 16
"""How many bars of the past are told to a model."""
LISTENED = 4
"""How many bars after a gap are told."""
LOWEST, HIGHEST = 28, 84
"""The MIDI pitches between which chords are written."""
MOST_TOGETHER, MOST_IN_BAR = 5, 32
"""How many notes of the chords may begin at once, and in a bar."""
MOST_MELODY = 48
"""More notes of a melody than this begin in no bar that anyone would play."""

Open = npt.NDArray[np.bool_]


class Part(IntEnum):
    """Which of the two parts a note belongs to."""

    MELODY = 0
    CHORDS = 1


@dataclass(frozen=True, slots=True, order=True)
class Played:
    """A note of a part; times are units of the model, counted from the page's origin."""

    at: int
    part: Part
    pitch: int
    length: int
    velocity: int = 80


@dataclass(frozen=True)
class Told:
    """What a model is told of a prompt, in units of so many ticks."""

    prompt: Prompt
    unit: Ticks

    @cached_property
    def origin(self) -> Ticks:
        """The bar line from which units are counted, in ticks of the heard phrase."""
        meter, start = self.prompt.heard.meter, self.prompt.start
        early = meter.bar_line(start) - REMEMBERED * meter.bar
        heard = self.prompt.heard.between(Ticks(max(0, early)), start)
        onsets = [*(n.onset for n in heard.notes), *(s.onset for s in heard.chords)]
        first = min(onsets, default=Ticks(start - max(0, early)))
        return meter.bar_line(Ticks(max(0, early) + first))

    @property
    def start(self) -> int:
        """The first unit of the answer."""
        return ceil((self.prompt.start - self.origin) / self.unit)

    @property
    def end(self) -> int:
        """The first unit after the answer."""
        return ceil((self.prompt.start + self.prompt.length - self.origin) / self.unit)

    @property
    def bar(self) -> int:
        """The units of a bar."""
        return self.prompt.heard.meter.bar // self.unit

    @cached_property
    def key(self) -> Key:
        """The key that is asked for, else the one that is heard."""
        return self.prompt.controls.key or key_of(self.prompt.heard)

    @cached_property
    def fixed(self) -> tuple[ChordSpan, ...]:
        """The chords that hold during the answer, counted from its start."""
        prompt = self.prompt
        spans = prompt.controls.chords
        if not spans and prompt.kind in (Kind.IMPROVISE, Kind.INFILL):
            spans = self._region.chords
        inside = (span for span in spans if 0 <= span.onset < prompt.length)
        return tuple(_cut(span, 0, prompt.length) for span in inside)

    @property
    def _region(self) -> Phrase:
        start = self.prompt.start
        return self.prompt.heard.between(start, Ticks(start + self.prompt.length))

    @cached_property
    def before(self) -> tuple[Played, ...]:
        """What was heard before the answer, in order."""
        past = self.prompt.heard.between(self.origin, self.prompt.start)
        return tuple(p for p in self._played(past, self.origin) if p.at < self.start)

    @cached_property
    def given(self) -> tuple[Played, ...]:
        """The notes that are there already: the melody to harmonize, chords to play over.

        To fill in, what comes after the gap is among them.
        """
        start = self.prompt.start
        found = [*self._played(Phrase((), self.fixed, self.prompt.heard.meter), start)]
        if self.prompt.kind is Kind.HARMONIZE:
            found += self._melody(melody_of(self._region), start)
        if self.prompt.kind is Kind.INFILL:
            end = Ticks(start + self.prompt.length)
            until = Ticks(end + LISTENED * self.prompt.heard.meter.bar)
            found += self._played(self.prompt.heard.between(end, until), end)
        return tuple(sorted(found))

    @cached_property
    def velocity(self) -> int:
        """How hard the player plays."""
        recent = self.prompt.heard.between(Ticks(0), self.prompt.start).notes[-32:]
        return sum(note.velocity for note in recent) // len(recent) if recent else 80

    def _played(self, phrase: Phrase, at: Ticks) -> Iterator[Played]:
        """Give the notes of a phrase that begins at a tick of the heard one, part by part."""
        melody = melody_of(phrase)
        yield from sorted((*self._melody(melody, at), *self._chords(phrase, melody, at)))

    def _melody(self, notes: Iterable[Note], at: Ticks) -> list[Played]:
        return [self._rounded(note, at, Part.MELODY) for note in notes]

    def _chords(self, phrase: Phrase, melody: tuple[Note, ...], at: Ticks) -> list[Played]:
        rest: Iterable[Note] = set(phrase.notes) - set(melody)
        if phrase.chords:
            rest = voice(phrase.chords, Voicing(pattern="block"), phrase.meter)
        else:
            onsets = {(note.onset, note.pitch) for note in melody}
            rest = [note for note in rest if (note.onset, note.pitch) not in onsets]
        return [self._rounded(note, at, Part.CHORDS) for note in rest]

    def _rounded(self, note: Note, at: Ticks, part: Part) -> Played:
        first = round((note.onset + at - self.origin) / self.unit)
        length = max(1, round(note.length / self.unit))
        return Played(first, part, note.pitch, length, note.velocity)


class Page:
    """An answer that is being written, and where there is room in it.

    `open[part][unit]` says whether the part may begin a note there.
    """

    def __init__(self, told: Told) -> None:
        self.told = told
        self.notes: list[Played] = []
        self._at: Counter[tuple[Part, int]] = Counter()
        self._in_bar: Counter[tuple[Part, int]] = Counter()
        controls, meter = told.prompt.controls, told.prompt.heard.meter
        quota = MOST_MELODY
        if controls.density is not None:
            quota = min(quota, int(controls.density * meter.beats + 1e-9))
        self._quota = {Part.MELODY: quota, Part.CHORDS: MOST_IN_BAR}
        self._together = {Part.MELODY: controls.polyphony, Part.CHORDS: MOST_TOGETHER}
        self._pitches = {
            Part.MELODY: _sung(told),
            Part.CHORDS: _chorded(told),
        }
        self.open = {Part.MELODY: self._melody_places(), Part.CHORDS: self._chord_places()}

    def _units(self) -> npt.NDArray[np.int64]:
        return np.arange(self.told.end, dtype=np.int64)

    def _melody_places(self) -> Open:
        told, units = self.told, self._units()
        places: Open = units >= told.start
        if told.prompt.kind is Kind.HARMONIZE or self._quota[Part.MELODY] < 1:
            return np.zeros_like(places)
        grid, bar = told.prompt.controls.grid, told.prompt.heard.meter.bar
        if grid is not None:
            places &= (units * told.unit % bar) % grid == 0
        return places

    def _chord_places(self) -> Open:
        told, units = self.told, self._units()
        places: Open = units >= told.start
        if told.prompt.kind is Kind.IMPROVISE:
            return np.zeros_like(places)
        ticks = units * told.unit + told.origin - told.prompt.start
        for span in told.fixed:
            places &= (ticks < span.onset) | (ticks >= span.end)
        return places

    def any_open(self) -> Open:
        """Return for each unit whether any part may begin a note there."""
        either: Open = self.open[Part.MELODY] | self.open[Part.CHORDS]
        return either

    def parts(self, at: int) -> list[Part]:
        """Return the parts that may begin a note at a unit."""
        return [part for part in Part if self.open[part][at]]

    def pitches(self, part: Part, at: int) -> npt.NDArray[np.int64]:
        """Return the pitches that a part may begin there: none twice at once."""
        taken = [note.pitch for note in self.notes if note.at == at and note.part is part]
        free: npt.NDArray[np.int64] = np.setdiff1d(self._pitches[part], taken)
        return free

    def add(self, note: Played) -> None:
        """Write a note, and close what it leaves no more room for."""
        part, at, bar = note.part, note.at, note.at // self.told.bar
        self.notes.append(note)
        self._at[part, at] += 1
        self._in_bar[part, bar] += 1
        full = self._at[part, at] >= self._together[part] or not len(self.pitches(part, at))
        self.open[part][at] &= not full
        if self._in_bar[part, bar] >= self._quota[part]:
            self.open[part][bar * self.told.bar : (bar + 1) * self.told.bar] = False

    def items(self) -> list[Item]:
        """Return the answer: melody notes, the chords that are locked, and those heard here."""
        chords = self._spans() if self.told.prompt.kind is not Kind.IMPROVISE else []
        items: list[Item] = [*self._melody(), *chords]
        return sorted(items, key=lambda item: (item.onset, isinstance(item, Note)))

    def suggestion(self, source: str, score: float) -> Suggestion:
        """Return what is written as a suggestion, with a sentence that says what is in it."""
        items = self.items()
        notes = tuple(sorted(item for item in items if isinstance(item, Note)))
        chords = tuple(item for item in items if isinstance(item, ChordSpan))
        return with_reason(Asked(self.told.prompt), Suggestion(source, notes, chords, score))

    def _melody(self) -> list[Note]:
        """Return the melody; where more would sound than may, the oldest are cut."""
        written = sorted(note for note in self.notes if note.part is Part.MELODY)
        ends: list[tuple[Played, int]] = []
        done: list[tuple[Played, int]] = []
        for note in written:
            done += [(each, end) for each, end in ends if end <= note.at]
            ends = [(each, end) for each, end in ends if end > note.at]
            while len(ends) >= self._together[Part.MELODY]:
                oldest = ends.pop(0)
                done.append((oldest[0], note.at))
            ends.append((note, note.at + note.length))
        return [self._note(each, end) for each, end in sorted((*done, *ends))]

    def _note(self, note: Played, end: int) -> Note:
        told = self.told
        onset = note.at * told.unit + told.origin - told.prompt.start
        length = min((end - note.at) * told.unit, told.prompt.length - onset)
        return Note(Ticks(onset), note.pitch, Ticks(length), note.velocity)

    def _spans(self) -> list[ChordSpan]:
        told = self.told
        locked = [
            _cut(span, 0, told.prompt.length)
            for span in told.prompt.controls.chords
            if 0 <= span.onset < told.prompt.length
        ]
        held = locked or [*told.fixed]
        free = [gap for span in self._heard() for gap in _without(span, held)]
        return sorted((*locked, *free), key=lambda span: span.onset)

    def _heard(self) -> list[ChordSpan]:
        """Return the chords that the written notes make, counted from the answer's start."""
        told, meter = self.told, self.told.prompt.heard.meter
        early = Ticks(told.prompt.start - meter.bar_line(told.prompt.start))
        there = [n for n in (*self.notes, *told.given) if told.start <= n.at < told.end]
        every, under = (
            [
                self._note(note, note.at + note.length).moved(early)
                for note in there
                if note.part in of
            ]
            for of in (tuple(Part), (Part.CHORDS,))
        )
        key = told.key if told.prompt.controls.in_key else None
        spans = next(
            filter(
                None,
                (chords_of(Phrase.of(notes, (), meter, told.key), key) for notes in (under, every)),
            ),
            (),
        )
        moved = (span.moved(-early) for span in spans if span.chord != NO_CHORD)
        length = told.prompt.length
        return [_cut(span, 0, length) for span in moved if span.onset < length and span.end > 0]


def _sung(told: Told) -> npt.NDArray[np.int64]:
    """Return the pitches that a melody may use, in the key that was asked for or heard."""
    controls = told.prompt.controls
    allowed = sorted(controls.allowed_pitches)
    scale = [pitch for pitch in allowed if pitch % 12 in told.key.scale]
    return np.array(scale if controls.in_key and scale else allowed, np.int64)


def _chorded(told: Told) -> npt.NDArray[np.int64]:
    """Return the pitches that the chords may use: those of the key, where it must be kept."""
    pitches = np.arange(LOWEST, HIGHEST + 1, dtype=np.int64)
    if not told.prompt.controls.in_key:
        return pitches
    return pitches[np.isin(pitches % 12, [*told.key.harmonic])]


def _cut(span: ChordSpan, start: int, end: int) -> ChordSpan:
    """Return the part of a span that lies between."""
    first, last = max(span.onset, start), min(span.end, end)
    return ChordSpan(Ticks(first), Ticks(last - first), span.chord)


def _without(span: ChordSpan, held: Iterable[ChordSpan]) -> Iterator[ChordSpan]:
    """Give the pieces of a span where no other one holds."""
    at = span.onset
    for other in sorted(held, key=lambda each: each.onset):
        if other.onset >= span.end or other.end <= at:
            continue
        if other.onset > at:
            yield _cut(span, at, other.onset)
        at = max(at, other.end)
    if at < span.end:
        yield _cut(span, at, span.end)
