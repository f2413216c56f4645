"""ABC and Humdrum as MusicXML, through music21: the one place where music21 is imported.

It is imported when such a file is read, because that takes a third of a second and more.
"""

import warnings
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stderr
from fractions import Fraction
from io import StringIO
from itertools import count
from operator import itemgetter
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from generators.music import abc, abc_symbols
from generators.music.documents import decoded
from generators.music.errors import BadSong
from generators.music.harmony import Key
from generators.music.humdrum import Spines
from generators.music.musicxml_part import clef_for, entry, symbol
from generators.music.musicxml_staff import Staff
from generators.music.song import Form, Part

DIVISIONS = 10080  # of a quarter in what music21 exports: its `defaults.divisionsPerQuarter`
COMPOUND, LONGEST = (9, 12), 16
"""Bars of so many eighths are counted in threes; of six there are more in three quarters."""
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def as_musicxml(data: bytes, form: Form, tune: int = 1) -> bytes:
    """Return a score in ABC or Humdrum as MusicXML; of a book of tunes the one with this place.

    Raises:
        BadSong: it cannot be read, or there is no such tune.

    """
    text = decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    root = _tune(text, tune) if form is Form.ABC else _spines(text)
    _settled(root)
    return DECLARATION + tostring(root)


def _tune(text: str, number: int) -> Element:
    """Return a tune of an ABC book; music21 would put its voices one after the other."""
    found = abc.tunes(text)
    if not 1 <= number <= len(found):
        raise BadSong(f"there is no tune {number}", f"the book has {len(found)}")
    tune = found[number - 1]
    voices = abc.voices(tune)
    if not voices:
        raise BadSong("the tune has no notes", "there is nothing to answer")
    tune = _measured(tune, voices[0])
    roots = [_plain(abc.alone(tune, voice)) for voice in voices]
    for voice, root in zip(voices, roots, strict=True):
        _sing(root, voice.words)
        if "clef" not in tune:
            _clefs_by_notes(root)
    whole = _together(roots)
    if (tempo := abc.tempo(tune)) is not None and whole.find(".//sound[@tempo]") is None:
        first = whole.find("part/measure")
        if first is not None:
            first.insert(1, Element("sound", {"tempo": f"{tempo:g}"}))
    return whole


def _measured(tune: str, voice: abc.Voice) -> str:
    """Return a tune in the meter it names, else in the one that most bars of a voice fill."""
    if abc.named_meter(tune) is not None:
        return tune
    free = abc.measured(tune)
    return abc.measured(free, _usual_meter(_plain(abc.alone(free, voice))))


def _plain(tune: str) -> Element:
    root = _read(abc_symbols.plain(tune), Form.ABC)
    abc_symbols.restore(root, tune)
    return root


def _usual_meter(root: Element) -> str:
    """Return the meter that most bars of a score fill, 4/4 where that is no meter."""
    lengths = Counter(_eighths(measure) for measure in root.iterfind("part/measure"))
    eighths, count = max(lengths.items(), key=itemgetter(1), default=(Fraction(8), 0))
    if eighths.denominator > 1 or not 2 <= eighths <= LONGEST or (count < 2 and len(lengths) > 1):
        return "4/4"
    return f"{eighths}/8" if eighths % 2 or eighths in COMPOUND else f"{eighths // 2}/4"


def _eighths(measure: Element) -> Fraction:
    """Return how long a measure is, in eighths."""
    ticks = sum(
        int(note.findtext("duration") or 0)
        for note in measure.iterfind("note")
        if note.find("chord") is None
    )
    return Fraction(2 * ticks, DIVISIONS)


def _spines(text: str) -> Element:
    """Return a Humdrum score, the chords beside its notes written over its first part."""
    spines = Spines(text)
    root = _read(spines.plain, Form.HUMDRUM)
    measures = list(root.findall("part")[0].iterfind("measure"))
    for (bar, at), chord in reversed(list(spines.chords())):
        if bar < len(measures):
            made = fromstring(symbol(chord, round(at * DIVISIONS), Key(0)))  # noqa: S314 - our own
            measures[bar].insert(_after_attributes(measures[bar]), made)
    return root


def _after_attributes(measure: Element) -> int:
    return next((i + 1 for i, each in enumerate(measure) if each.tag == "attributes"), 0)


def _read(text: str, form: Form) -> Element:
    try:
        return fromstring(_exported(text, form))  # noqa: S314 - music21 has made it just now
    except Exception as error:  # music21's parsers raise whatever Python raises
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise BadSong(f"this {form} cannot be read ({reason})", "check it in its editor") from None


def _exported(text: str, form: Form) -> bytes:
    from music21 import converter

    with warnings.catch_warnings(), redirect_stderr(StringIO()):  # it speaks of every odd letter
        warnings.simplefilter("ignore")
        score: Any = converter.parseData(text, format=str(form))
        scores = list(getattr(score, "scores", ()))
        return _written(scores[0] if scores else score)


def _written(score: Any) -> bytes:
    """Return a score's MusicXML, as it is written if that can be.

    music21's `makeNotation` fills short bars with rests, which would tear tunes with pick-ups
    apart; without it some scores cannot be exported.
    """
    from music21.musicxml.m21ToXml import GeneralObjectExporter, MusicXMLExportException

    exporter = GeneralObjectExporter(score)
    exporter.makeNotation = not score.recurse().getElementsByClass("Measure")
    try:
        made: bytes = exporter.parse()
    except MusicXMLExportException:
        made = GeneralObjectExporter(score).parse()
    return made


def _sing(root: Element, words: Sequence[abc.Word]) -> None:
    """Put words under the notes of a part, if it has as many notes as they were counted for."""
    notes = [note for note in root.iter("note") if _begins(note)]
    if words and words[-1].note < len(notes):
        for word in words:
            lyric = SubElement(notes[word.note], "lyric", {"number": "1"})
            SubElement(lyric, "syllabic").text = word.kind
            SubElement(lyric, "text").text = word.text


def _begins(note: Element) -> bool:
    return all(note.find(tag) is None for tag in ("chord", "grace", "rest"))


def _clefs_by_notes(root: Element) -> None:
    """Give each part the clef of its notes: music21 counts the tones of chord symbols too."""
    for part in root.iterfind("part"):
        pitches = [sound.pitch for sound in Staff(part).sounds]
        clef = part.find("measure/attributes/clef")
        if pitches and clef is not None:
            made = fromstring(clef_for(pitches))  # noqa: S314 - our own
            clef[:] = list(made)


def _together(roots: Sequence[Element]) -> Element:
    """Return scores of one voice each as one score."""
    first, *others = roots
    for number, root in enumerate(roots):
        for part in (*root.iterfind("part-list/score-part"), *root.iterfind("part")):
            part.set("id", f"{number}-{part.get('id')}")
    for other in others:
        for told in other.iterfind("part-list/score-part"):
            first.findall("part-list")[0].append(told)
        first.extend(other.findall("part"))
    return first


def _settled(root: Element) -> None:
    """Give parts names that are the same every time, and a sound; take the date out."""
    renamed = {}
    for number, told in zip(count(1), root.iterfind("part-list/score-part"), strict=False):
        renamed[told.get("id")] = f"P{number}"
        name = (told.findtext("part-name") or "").strip()
        part = Part(name, channel=number - 1 if number < 10 else 0)
        made = fromstring(entry(f"P{number}", part))  # noqa: S314 - our own
        told.clear()
        told.attrib.update(made.attrib)
        told.extend(made)
    for element in root.iterfind("part"):
        element.set("id", renamed.get(element.get("id"), ""))
        _mend_beams(element)
    for identification in root.iterfind("identification"):
        for child in list(identification):
            if child.tag == "encoding" or child.text == "Music21":
                identification.remove(child)


def _mend_beams(part: Element) -> None:
    """Take the beams out of measures where some of them never end."""
    for measure in part.iterfind("measure"):
        if not _beams_close(measure):
            for note in measure.iterfind("note"):
                for beam in note.findall("beam"):
                    note.remove(beam)


def _beams_close(measure: Element) -> bool:
    """Return whether every beam of a measure that begins ends there too."""
    open_voices: set[str] = set()
    for note in measure.iterfind("note"):
        voice, beam = note.findtext("voice") or "", note.findtext("beam[@number='1']")
        if (beam == "begin") == (voice in open_voices) and beam is not None:
            return False
        open_voices ^= {voice} if beam in ("begin", "end") else set()
    return not open_voices
