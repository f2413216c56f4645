"""MusicXML into a song (W3C MusicXML 4.0, partwise and timewise).

Repeats are not unrolled: a song is as long as it is written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import TypeVar
from xml.etree.ElementTree import Element, SubElement, tostring

from generators.music.documents import as_utf8, safe_xml
from generators.music.errors import BadSong
from generators.music.harmony import Chord
from generators.music.musicxml_staff import Place, Sound, Staff
from generators.music.notes import ChordSpan, Note
from generators.music.song import Form, Measure, Part, Section, Song, without_pickup
from generators.music.time import QUARTER, Meter, Ticks

NAMED = 4
"""How many measures a notice names."""
LONGEST = 80_000  # quarters, eleven hours at 120: a broken file is longer than any music
Value = TypeVar("Value")


def read(data: bytes, form: Form = Form.MUSICXML, original: bytes = b"") -> Song:
    """Return the song in a MusicXML document.

    Raises:
        BadSong: it is damaged, unsafe, or no score.

    """
    score = as_utf8(data)
    root = safe_xml(score)
    if root.tag == "score-timewise":
        root = _partwise(root)
        score = b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root)
    if root.tag != "score-partwise":
        raise BadSong(f"this XML is no score (it is {root.tag[:40]!r})", "export it as MusicXML")
    try:
        return _song(root, Song(form, original or data, (), Ticks(0), score=score))
    except (ValueError, ArithmeticError, KeyError) as error:
        raise BadSong(f"this MusicXML is damaged ({error})", "export it again") from None


def _song(root: Element, blank: Song) -> Song:
    staves = [Staff(part) for part in root.iterfind("part")]
    time = Timeline(staves)
    names = {part.get("id"): part for part in root.iter("score-part")}
    return replace(
        blank,
        parts=tuple(_part(staff, names.get(staff.id), time) for staff in staves),
        end=time.end,
        sections=time.sections,
        tempi=time.of([change for staff in staves for change in staff.tempi]),
        keys=time.of(next((staff.keys for staff in staves if staff.keys), [])),
        chords=tuple(_chords(staves, time)),
        measures=time.measures,
        notices=tuple(time.notices()),
        title=(root.findtext("work/work-title") or root.findtext("movement-title") or "").strip(),
    )


class Timeline:
    """Where each measure of a score begins: the parts are as long as the longest of them.

    Raises:
        BadSong: there are no measures, or more than any music has.

    """

    def __init__(self, staves: Sequence[Staff]) -> None:
        """Take the parts; the first one that has meters sets them."""
        count = max((len(staff.lengths) for staff in staves), default=0)
        if not count:
            raise BadSong("this score has no measures", "write some music first")
        meters = next((staff.meters for staff in staves if staff.meters), [])
        self.meters = _filled({place.measure: meter for place, meter in meters}, count)
        lengths = [
            _length([staff for staff in staves if i < len(staff.lengths)], i, meter)
            for i, meter in enumerate(self.meters)
        ]
        self.starts = [Fraction(0), *accumulate(lengths)]
        if self.starts[-1] > LONGEST:
            raise BadSong("this score is damaged: it lasts for days", "export it again")
        numbers = max((staff.numbers for staff in staves), key=len)
        self.measures = tuple(
            Measure(number, _ticks(start), Ticks(_ticks(after) - _ticks(start)))
            for number, (start, after) in zip(numbers, pairwise(self.starts), strict=True)
        )
        self.end = _ticks(self.starts[-1])

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections: from where on full bars follow one another in a meter.

        Measures that a repeat cuts in two go on in the same bars; a full one that begins beside
        the bar line moves it.
        """
        pairs = tuple(zip(self.measures, self.meters, strict=True))
        full = (m.start % meter.bar for m, meter in pairs if m.length == meter.bar)
        short = min(next(full, 0), self.measures[0].length)
        found = [Section(Ticks(short), self.meters[0])]
        for measure, meter in pairs:
            last = found[-1]
            beside = measure.length == meter.bar and (measure.start - last.start) % meter.bar
            if measure.start > last.start and (meter != last.meter or beside):
                found.append(Section(measure.start, meter))
        numbered = self.measures[0].number == "0"  # a pick-up with a meter of its own
        return without_pickup(found, self.end) if numbered else tuple(found)

    def notices(self) -> Iterator[str]:
        """Say which measures hold more than their meter; what follows begins after all of it.

        A score of one measure has no bar lines, and nothing that could be out of place.
        """
        pairs = zip(self.measures, self.meters, strict=True)
        over = [(m.number, str(meter)) for m, meter in pairs if m.length > meter.bar]
        if not over or len(self.measures) == 1:
            return
        named = ", ".join(f"{number} ({meter})" for number, meter in over[:NAMED])
        more = f" and {len(over) - NAMED} more" if len(over) > NAMED else ""
        what = "bar holds" if len(over) == 1 else "bars hold"
        yield f"{len(over)} {what} more than the meter, and what follows is later: {named}{more}"

    def tick(self, place: Place) -> Ticks:
        """Return the tick of a place."""
        return _ticks(self.starts[place.measure] + place.at)

    def of(self, changes: Sequence[tuple[Place, Value]]) -> tuple[tuple[Ticks, Value], ...]:
        """Return changes with their ticks, in order."""
        placed = [(self.tick(place), value) for place, value in changes]
        return tuple(sorted(placed, key=lambda change: change[0]))


def _length(staves: Sequence[Staff], i: int, meter: Meter) -> Fraction:
    """Return how many quarters a measure lasts: its notes, and rests as far as the bar goes.

    The rest of a whole measure is written as a breve by some programs, whatever the meter.
    """
    bar = Fraction(meter.bar, QUARTER)
    written = max(staff.lengths[i] for staff in staves)
    return max(min(written, bar), *(staff.sounding[i] for staff in staves)) or bar


def _ticks(quarters: Fraction) -> Ticks:
    return Ticks(round(quarters * QUARTER))


def _filled(changes: dict[int, Meter], count: int) -> list[Meter]:
    """Return the meter of every measure."""
    return list(accumulate(range(1, count), lambda now, i: changes.get(i, now),
                           initial=changes.get(0, Meter())))  # fmt: skip


def _part(staff: Staff, told: Element | None, time: Timeline) -> Part:
    name, program, channel = "", None, ""
    if told is not None:
        name = (told.findtext("part-name") or "").strip()
        program = told.findtext("midi-instrument/midi-program")
        channel = (told.findtext("midi-instrument/midi-channel") or "").strip()
    return Part(
        name=name,
        notes=tuple(sorted(_joined(staff.sounds, time))),
        program=int(program) - 1 if program and 1 <= int(program) <= 128 else None,
        drums=staff.unpitched or channel == "10",
        lyrics=time.of(staff.words),
    )


def _joined(sounds: Sequence[Sound], time: Timeline) -> Iterator[Note]:
    """Give the notes, those that ties join made one."""
    open_ties: dict[int, Note] = {}
    for sound in sounds:
        onset = time.tick(sound.place)
        end = _ticks(time.starts[sound.place.measure] + sound.place.at + sound.length)
        note = Note(onset, sound.pitch, Ticks(max(1, end - onset)))
        held = open_ties.get(sound.pitch)
        if "stop" in sound.ties and held is not None and held.end == onset:
            del open_ties[sound.pitch]
            note = Note(held.onset, sound.pitch, Ticks(end - held.onset))
        if "start" not in sound.ties:
            yield note
            continue
        if sound.pitch in open_ties:
            yield open_ties[sound.pitch]
        open_ties[sound.pitch] = note
    yield from open_ties.values()


def _chords(staves: Sequence[Staff], time: Timeline) -> Iterator[ChordSpan]:
    """Give the chord symbols of the first part that has any, each until the next."""
    symbols: Sequence[tuple[Place, Chord]] = next((s.chords for s in staves if s.chords), [])
    placed = dict(time.of(symbols))
    for start, end in pairwise([*placed, max(time.end, *placed, Ticks(0))] if placed else []):
        if end > start:
            yield ChordSpan(start, Ticks(end - start), placed[start])


def _partwise(root: Element) -> Element:
    """Return a timewise score (parts inside measures) as a partwise one."""
    made = Element("score-partwise", root.attrib)
    parts: dict[str, Element] = {}
    for child in root:
        if child.tag != "measure":
            made.append(child)
            continue
        for part in child.iterfind("part"):
            name = part.get("id", "")
            if name not in parts:
                parts[name] = SubElement(made, "part", part.attrib)
            SubElement(parts[name], "measure", child.attrib).extend(part)
    return made
