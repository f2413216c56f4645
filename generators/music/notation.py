"""ABC and Humdrum as MusicXML, through music21: the one place where music21 is imported.

It is imported when such a file is read, because that takes a third of a second and more.
"""

import re
import warnings
from itertools import count
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

from generators.music.documents import decoded
from generators.music.errors import BadSong
from generators.music.musicxml_part import entry
from generators.music.song import Form, Part

TUNE = re.compile(r"(?m)^(?=X:)")
SPOKEN = re.compile(r"(?m)^\*\*|\t\*\*")
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def as_musicxml(data: bytes, form: Form, tune: int = 1) -> bytes:
    """Return a score in ABC or Humdrum as MusicXML; of a book of tunes the one with this place.

    Raises:
        BadSong: it cannot be read, or there is no such tune.

    """
    text = decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    if form is Form.ABC:
        text = one_tune(text, tune)
    try:
        root = fromstring(_exported(text, form))  # noqa: S314 - made by music21 just now
    except Exception as error:  # music21's parsers raise what Python raises
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise BadSong(f"this {form} cannot be read ({reason})", "check it in its editor") from None
    _settled(root)
    return DECLARATION + tostring(root)


def tunes(text: str) -> list[str]:
    """Return the tunes of an ABC book, each with what the book says before the first."""
    head, *found = TUNE.split(text) if TUNE.search(text) else ("", text)
    return [head + tune for tune in found]


def one_tune(text: str, number: int) -> str:
    """Return one tune of an ABC book, counted from 1.

    Raises:
        BadSong: there are not so many.

    """
    found = tunes(text)
    if not 1 <= number <= len(found):
        raise BadSong(f"there is no tune {number}", f"the book has {len(found)}")
    return found[number - 1]


def _exported(text: str, form: Form) -> bytes:
    from music21 import converter, environment

    environment.Environment()["warnings"] = 0
    with warnings.catch_warnings():
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


def _settled(root: Element) -> None:
    """Give parts names that are the same every time, and a sound; take the date out."""
    renamed = {}
    for number, told in zip(count(1), root.iterfind("part-list/score-part"), strict=False):
        renamed[told.get("id")] = f"P{number}"
        name = (told.findtext("part-name") or "").strip()
        made = fromstring(entry(f"P{number}", Part(name, channel=number - 1 if number < 10 else 0)))  # noqa: S314
        told.clear()
        told.attrib.update(made.attrib)
        told.extend(made)
    for part in root.iterfind("part"):
        part.set("id", renamed.get(part.get("id"), part.get("id", "")))
    for identification in root.iterfind("identification"):
        for child in list(identification):
            if child.tag == "encoding" or child.text == "Music21":
                identification.remove(child)
