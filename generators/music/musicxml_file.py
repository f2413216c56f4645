"""Scores with added parts: what was in the document stays as it is, byte by byte.

What is added is put between: the entries of the parts at the end of their list, the parts at
the end of the score, and measures of rest at the end of the parts that were there, where the
song becomes longer.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count, islice
from xml.etree import ElementTree
from xml.parsers import expat

from generators.music.errors import BadSong
from generators.music.musicxml_part import Sheet, entry, shape, written_part
from generators.music.musicxml_staff import Staff
from generators.music.song import Added, Measure, Part, Song, harmony
from generators.music.time import QUARTER, Meter, Ticks
from generators.music.written import MOST_VOICES, written_rests

DIVISIONS = re.compile(rb"<divisions[^>]*>\s*(\d+)")
STAVES = re.compile(rb"<staves[^>]*>\s*(\d+)")
INSTRUMENT = re.compile(rb"<instrument\s+id=(\"[^\"]*\"|'[^']*')")
WRAPPED = (
    b'<part xmlns:xlink="http://www.w3.org/1999/xlink"><measure><attributes><divisions>%d'
    b"</divisions></attributes></measure>%s</measure></part>"
)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC '
    '"-//Recordare//DTD MusicXML 3.1 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n'
    '<score-partwise version="3.1">\n'
)
STEADY = 0.02  # a tempo this near to the one before is a player's breath and is not written


def with_parts(song: Song, added: Sequence[Added]) -> bytes:
    """Return the song's score with parts added, and with measures for them.

    Raises:
        BadSong: the document has no place for parts.

    """
    places = Places(song.score)
    padded, later = song.continued(max((part.end for part in added), default=Ticks(0)))
    sheet = _sheet(song, (*song.measures[:-1], padded, *later))
    sheet = replace(sheet, harmony=harmony(song, added))
    inserts = [insert for place in places.parts for insert in _rests(song, place, padded, later)]
    for part_id, part in zip(_free_names(song.score, len(added)), added, strict=True):
        voice = Part(part.name, part.notes, part.program)
        inserts.append((places.list_end, entry(part_id, voice)))
        inserts.append((places.end, written_part(part_id, voice, sheet, part.chords)))
    return _spliced(song.score, inserts)


def exported(song: Song) -> Song:
    """Return a song from MIDI with a score: its parts, as nearly as they can be written."""
    sheet = _sheet(song, tuple(_bars(song)))
    parts = [part for part in song.parts if part.notes] or [Part()]
    named = [(f"P{number}", part) for number, part in enumerate(parts, 1)]
    entries = "".join(entry(name, part) for name, part in named)
    bodies = "".join(written_part(name, part, sheet, leads=name == "P1") for name, part in named)
    title = ElementTree.Element("work-title")
    title.text = song.title
    work = f"<work>{ElementTree.tostring(title, 'unicode')}</work>\n" if song.title else ""
    score = f"{HEAD}{work}<part-list>\n{entries}</part-list>\n{bodies}</score-partwise>\n"
    return replace(song, score=score.encode(), measures=sheet.measures)


def _sheet(song: Song, measures: tuple[Measure, ...]) -> Sheet:
    meters = tuple(song.section(measure.start).meter for measure in measures)
    return Sheet(measures, meters, song.keys, tuple(_steady(song)))


def _steady(song: Song) -> Iterator[tuple[Ticks, float]]:
    """Give the tempi that are worth writing."""
    before = 0.0
    for at, tempo in dict(song.tempi).items():
        if abs(tempo - before) > STEADY * before:
            yield at, round(tempo, 1)
            before = tempo


def _bars(song: Song) -> Iterator[Measure]:
    if song.pickup:
        yield Measure("0", Ticks(0), song.pickup)
    number = count(1)
    for span in song.spans:
        for start in range(span.start, span.end, span.meter.bar):
            length = min(span.meter.bar, span.end - start)
            yield Measure(str(next(number)), Ticks(start), Ticks(length))


@dataclass(slots=True)
class PartPlace:
    """Where a part begins and ends in a document, and its last measure."""

    start: int
    measure: int = 0
    measure_end: int = 0
    end: int = 0


class Places:
    """Where in a well-formed score something can be put between.

    Raises:
        BadSong: it has no list of parts.

    """

    def __init__(self, score: bytes) -> None:
        """Find them."""
        self.list_end = self.end = 0
        self.parts: list[PartPlace] = []
        self._place = PartPlace(0)
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._opened
        self._parser.EndElementHandler = self._closed
        self._parser.Parse(score, True)
        if not self.list_end:
            raise BadSong("this score has no list of parts", "export it again")

    def _opened(self, name: str, _attributes: object) -> None:
        if name == "part":
            self._place = PartPlace(self._parser.CurrentByteIndex)
        elif name == "measure":
            self._place.measure = self._parser.CurrentByteIndex

    def _closed(self, name: str) -> None:
        at = self._parser.CurrentByteIndex
        if name == "measure":
            self._place.measure_end = at
        elif name == "part":
            self._place.end = at
            self.parts.append(self._place)
        elif name == "part-list":
            self.list_end = at
        elif name == "score-partwise":
            self.end = at


def _rests(
    song: Song, place: PartPlace, padded: Measure, later: Sequence[Measure]
) -> Iterator[tuple[int, str]]:
    """Give what a part needs to last as long as the song now does, and where to put it."""
    if not later or not song.score.startswith(b"</", place.end):
        return
    part = song.score[place.start : place.end]
    divisions = max(1, int((DIVISIONS.findall(part) or [b"1"])[-1]))
    silence = Silence(_instrument(part), int((STAVES.findall(part) or [b"1"])[-1]))
    if padded.length > song.measures[-1].length and song.score.startswith(b"</", place.measure_end):
        last = song.score[place.measure : place.measure_end]
        meter = song.section(padded.start).meter
        yield place.measure_end, _padding(last, divisions, padded, meter, silence)
    fits = all(measure.length * divisions % QUARTER == 0 for measure in later)
    change = "" if fits else f"<attributes><divisions>{QUARTER}</divisions></attributes>"
    lines = []
    for measure in later:
        duration = measure.length * divisions // QUARTER if fits else measure.length
        whole = silence.on_each_staff([(duration, "")], measure=True)
        lines.append(f'<measure number="{measure.number}">{change}{whole}</measure>\n')
        change = ""
    yield place.end, "".join(lines)


@dataclass(frozen=True, slots=True)
class Silence:
    """The rests of a part: what plays them, and on how many staves they stand."""

    played: str
    staves: int

    def on_each_staff(self, rests: Sequence[tuple[int, str]], *, measure: bool = False) -> str:
        """Return rests, of so many divisions and such a shape, on every staff of the part.

        A new voice on each staff goes back to where the first one began.
        """
        whole = ' measure="yes"' if measure else ""
        back = f"<backup><duration>{sum(length for length, _ in rests)}</duration></backup>"
        staves = []
        for number in range(1, self.staves + 1):
            voice = f"<voice>{1 + (number - 1) * MOST_VOICES}</voice>"
            staff = f"<staff>{number}</staff>" if self.staves > 1 else ""
            staves.append(
                "".join(
                    f"<note><rest{whole}/><duration>{length}</duration>{self.played}{voice}{shape}"
                    f"{staff}</note>"
                    for length, shape in rests
                )
            )
        return back.join(staves)


def _instrument(part: bytes) -> str:
    """Return what the last note of a part says it is played by: a rest must not say otherwise."""
    named = INSTRUMENT.findall(part)
    return f"<instrument id={named[-1].decode()}/>" if named else ""


def _padding(
    measure: bytes, divisions: int, padded: Measure, meter: Meter, silence: Silence
) -> str:
    """Return the rests that make a last measure whole; "" where its divisions cannot say them."""
    try:
        part = ElementTree.fromstring(WRAPPED % (divisions, measure))  # noqa: S314 - read before
    except ElementTree.ParseError:  # it uses names that are declared elsewhere
        return ""
    staff = Staff(part)
    written = round(staff.lengths[-1] * QUARTER)
    rests = written_rests(written, padded.length, meter)
    told = [Fraction(rest.length * divisions, QUARTER) for rest in rests]
    gap = (staff.lengths[-1] - staff.now) * divisions
    if any(each.denominator > 1 for each in (gap, *told)):
        return ""
    move = f"<forward><duration>{gap}</duration></forward>" if gap else ""
    shapes = [(int(length), shape(rest)) for length, rest in zip(told, rests, strict=True)]
    return move + silence.on_each_staff(shapes)


def _spliced(score: bytes, inserts: Sequence[tuple[int, str]]) -> bytes:
    made, done = [], 0
    for at, text in sorted(inserts, key=lambda insert: insert[0]):
        made += [score[done:at], text.encode()]
        done = at
    return b"".join([*made, score[done:]])


def _free_names(score: bytes, wanted: int) -> list[str]:
    """Return ids that no element of the score has."""
    names = (f"antiphon{number}" for number in count(1))
    return list(islice((name for name in names if name.encode() not in score), wanted))
