"""ABC tunes with added voices: the text that was there stays, voices come after its music.

One voice of ABC holds one thing at a time, so what is added is written as chords: whatever
begins ends what sounded before.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby, islice, pairwise
from xml.etree import ElementTree

from generators.music import abc
from generators.music.documents import decoded
from generators.music.harmony import Chord, Key
from generators.music.names import octave_of, raised
from generators.music.notes import ChordSpan, Note, chord_at
from generators.music.song import Added, Measure, Song, harmony
from generators.music.spelling import note_name, signature, symbol
from generators.music.time import QUARTER, Meter, Ticks
from generators.music.written import Pitch, Written, voices_of

EMPTY_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
CLOSED = re.compile(r"[|:\]]\s*$")
"""A tune, or a line of it, that ends on a bar line."""
SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
IN_A_LINE = 4  # measures


def with_voices(song: Song, added: Sequence[Added]) -> bytes:
    """Return a book of tunes, the answered one with voices added to it."""
    book = decoded(song.original)
    start, end = _place(book, song.tune)
    tune = book[start:end]
    sheet = Sheet.of(song, tune, max((part.end for part in added), default=Ticks(0)))
    sheet = replace(sheet, harmony=harmony(song, added))
    voices = abc.voices(tune.replace("\r\n", "\n"))
    music = start + abc.music_at(tune)
    lone = [] if "V:" in tune else [(music, f"V:{abc.ALONE}\n")]
    lines = [*_rests(voices, sheet, song)]
    names = (f"antiphon{number}" for number in range(1, 1000))
    free = (name for name in names if name not in book)
    for name, part in zip(islice(free, len(added)), added, strict=True):
        lines += [
            f'V:{name} name="{part.name}"',
            f"%%MIDI program {part.program}",
            *sheet.voice(part),
        ]
    text = "\n" + "\n".join(lines)
    return _spliced(song.original, book, [*lone, (end, text)])


def _place(book: str, number: int) -> tuple[int, int]:
    """Return where a tune begins, and where its music ends."""
    starts = [found.start() for found in abc.TUNE.finditer(book)] or [0]
    start = starts[number - 1]
    limit = starts[number] if number < len(starts) else len(book)
    empty = EMPTY_LINE.search(book, start + abc.music_at(book[start:limit]), limit)
    end = empty.start() if empty else limit
    return start, start + len(book[start:end].rstrip())


def _spliced(original: bytes, book: str, inserts: Sequence[tuple[int, str]]) -> bytes:
    """Put text into a book without touching a byte of the rest."""
    coding = next(c for c in ("utf-8", "utf-16", "latin-1") if _is(original, c, book))
    made, done = [], 0
    for at, text in inserts:
        made += [book[done:at], text]
        done = at
    return "".join([*made, book[done:]]).encode(coding)


def _is(original: bytes, coding: str, book: str) -> bool:
    try:
        return original.decode(coding) == book
    except UnicodeDecodeError:
        return False


def _rests(voices: Sequence[abc.Voice], sheet: "Sheet", song: Song) -> Iterator[str]:
    """Give the voices that are there rests for the measures that are added."""
    starts = [measure.start for measure in sheet.measures if measure.start > song.end]
    over = Ticks(sheet.measures[-1].start + sheet.measures[-1].length)
    lines = sorted({song.end, song.close, *starts, over})
    if over > song.end:
        rests = "".join(f"z{sheet.length(b - a)}|" for a, b in pairwise(lines))
        for voice in voices:
            yield f"V:{voice.name}"
            yield rests


@dataclass(frozen=True, slots=True)
class Sheet:
    """The measures that voices are written in, with their bar lines, and the unit of length."""

    song: Song
    measures: tuple[Measure, ...]
    unit: Fraction
    lines: tuple[str, ...]
    """The bar line before each measure, and the one after the last."""
    harmony: tuple[ChordSpan, ...] = ()
    """The chords that notes are spelled by."""

    @classmethod
    def of(cls, song: Song, tune: str, end: Ticks) -> "Sheet":
        """Make it as long as the tune, or as what is added."""
        found = abc.UNIT.search(tune[: abc.music_at(tune)])
        meter = song.sections[0].meter
        free = abc.named_meter(tune) is None
        short = not free and Fraction(meter.beats, meter.unit) < Fraction(3, 4)
        usual = Fraction(1, 16) if short else Fraction(1, 8)
        unit = Fraction(int(found[1]), int(found[2])) if found else usual
        measures = _measures(song, end, tune)
        lines = [*_bar_lines(song.score), *["|"] * (len(measures) - len(song.measures))]
        lines[-1] = "|]" if lines[-1] == "|" else lines[-1]
        return cls(song, measures, unit * 4 * QUARTER, tuple(lines))

    def length(self, ticks: int) -> str:
        """Write a length as a multiple of the unit: "", 2, 3/2."""
        value = Fraction(ticks) / self.unit
        if value == 1:
            return ""
        return str(value) if value.denominator > 1 else str(value.numerator)

    def meter(self, number: int) -> Meter:
        """Return the meter of a measure."""
        return self.song.section(self.measures[number].start).meter

    def key(self, number: int) -> Key:
        """Return the key of a measure."""
        return self.song.key(self.measures[number].start) or Key(0)

    def voice(self, part: Added) -> Iterator[str]:
        """Give the lines of a voice."""
        meters = [self.meter(number) for number in range(len(self.measures))]
        written = voices_of(tuple(_one_by_one(part.notes)), self.measures, meters)
        signs = Signs()
        bars = [
            self.lines[number]
            + self._changes(number)
            + self._measure(number, voices[0], part.chords, signs)
            for number, voices in enumerate(written)
        ]
        bars[-1] += self.lines[-1]
        for first in range(0, len(bars), IN_A_LINE):
            yield "".join(bars[first : first + IN_A_LINE])

    def _changes(self, number: int) -> str:
        """Return the meter and the key where they change."""
        if not number:
            return ""
        meter, key = self.meter(number), self.key(number)
        changed = f"[M:{meter}]" if meter != self.meter(number - 1) else ""
        named = _named(key)
        return changed + (f"[K:{named}]" if named != _named(self.key(number - 1)) else "")

    def _measure(
        self, number: int, voice: Sequence[Written], chords: Sequence[ChordSpan], signs: "Signs"
    ) -> str:
        measure, key = self.measures[number], self.key(number)
        signs.next_measure(key)
        words = []
        for place, written in enumerate(voice):
            start = measure.start + written.onset
            here = [s.chord for s in chords if start <= s.onset < start + written.length]
            told = "".join(f'"{symbol(chord, key)}"' for chord in here[-1:])
            triplet = written.value is not None and written.value.triplet
            count = _until_stop(voice[place:]) if written.tuplet == "start" else 0
            tuplet = f"(3:2:{count}" if count else ""
            length = self.length(written.length * 3 // 2 if triplet else written.length)
            sounding = chord_at(self.harmony, start)
            words.append(told + tuplet + signs.chord(written.pitches, length, sounding))
        return " ".join(words)


def _measures(song: Song, end: Ticks, tune: str) -> tuple[Measure, ...]:
    """Return the measures of the voices, those that are added too.

    What is missing of a short last bar belongs to it as long as no bar line stands behind it.
    """
    padded, later = song.continued(end)
    last = song.measures[-1]
    missing = Ticks(padded.length - last.length)
    if missing and not CLOSED.search(tune.rstrip()):
        return (*song.measures[:-1], padded, *later)
    pad = [Measure("", song.end, missing)] if missing else []
    return (*song.measures, *pad, *later)


def _one_by_one(notes: Sequence[Note]) -> Iterator[Note]:
    """Give notes so that whatever begins ends what sounded before."""
    chords = [list(chord) for _, chord in groupby(sorted(notes), key=lambda note: note.onset)]
    for chord, after in pairwise([*chords, []]):
        end = max(note.end for note in chord)
        until = min(end, after[0].onset) if after else end
        yield from (replace(note, length=Ticks(until - note.onset)) for note in chord)


def _until_stop(voice: Sequence[Written]) -> int:
    return next(i for i, written in enumerate(voice, 1) if written.tuplet == "stop")


def _bar_lines(score: bytes) -> Iterator[str]:
    """Give the bar line before each measure, as the first part of a score has them."""
    part = ElementTree.fromstring(score).find("part")  # noqa: S314 - read before
    closing, between = "", ""
    for measure in part.iterfind("measure") if part is not None else ():
        marks = [bar for bar in measure.iterfind("barline") if bar.get("location") == "left"]
        forward = any(bar.find("repeat[@direction='forward']") is not None for bar in marks)
        ending = next((e.get("number", "") for bar in marks for e in bar.iterfind("ending")), "")
        opening = "|:" if forward else between if not closing else ""
        yield closing + opening + (f"[{ending} " if ending else "")
        backward = measure.find("barline/repeat[@direction='backward']") is not None
        closing, between = ":|" if backward else "", "|"
    yield closing or "|"


def _named(key: Key) -> str:
    mode = {"major": "", "minor": "m"}.get(key.mode, key.mode[:3])
    return f"{key.spelling[key.tonic]}{mode}"


class Signs:
    """Writes pitches with the accidentals that a measure needs.

    A letter that has had an accidental in a measure gets one each time after that, because
    programs disagree whether one lasts in other octaves too. A tied note keeps its name.
    """

    def __init__(self) -> None:
        """Begin a voice."""
        self._held: dict[int, str] = {}
        self.next_measure(Key(0))

    def next_measure(self, key: Key) -> None:
        """Begin a measure in a key."""
        self._key = key
        self._signature = signature(key)
        self._touched: set[str] = set()

    def chord(self, pitches: Sequence[Pitch], length: str, sounding: Chord | None) -> str:
        """Write a chord, a note, or a rest, spelled by the chord that sounds."""
        if not pitches:
            return f"z{length}"
        tie = "-" if all(pitch.tied_to for pitch in pitches) else ""
        names = "".join(self._note(pitch, sounding) for pitch in pitches)
        return f"[{names}]{length}{tie}" if len(pitches) > 1 else f"{names}{length}{tie}"

    def _note(self, pitch: Pitch, sounding: Chord | None) -> str:
        held = self._held.get(pitch.number) if pitch.tied_from else None
        name = held or note_name(pitch.number, self._key, sounding)[0]
        self._held[pitch.number] = name
        octave = octave_of(pitch.number, name)
        letter, alter, sign = name[0], raised(name), ""
        if letter in self._touched or alter != self._signature[letter]:
            self._touched.add(letter)
            sign = SIGNS[alter]
        if octave >= 5:
            return sign + letter.lower() + "'" * (octave - 5)
        return sign + letter + "," * (4 - octave)
