"""Reads lead sheets in compressed MusicXML: one voice, with chord symbols in the note stream."""

import csv
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from generators.hearing.key import key_of
from generators.music.errors import BadValue
from generators.music.harmony import Chord, Key
from generators.music.names import LETTERS
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.qualities import Degree
from generators.music.time import QUARTER, Meter, Ticks
from onnx_models.workshop.job import BY_HAND, FETCH, Found, Job, need
from onnx_models.workshop.titles import split_of
from onnx_models.workshop.tune import Refused, Tune, resting_bars

FREE = ("US_PD_1930", "TRADITIONAL")
"""The lead sheets that are in the public domain, as the table calls them."""


def jobs(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the lead sheets that are in the public domain."""
    folder = need(corpora / source, FETCH)
    table = need(folder / "pd_status.csv", BY_HAND)
    with table.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["pd_status"] in FREE:
                split, style = split_of(row["title"]), _style(row["main_genre"])
                yield Job(source, split, str(folder / row["leadsheet"]), style=style)


def _style(genre: str) -> str:
    return "folk" if genre.startswith("Folk") else "standard"


def read(job: Job) -> Found:
    """Read one lead sheet."""
    sheet = Sheet(Path(job.first))
    phrase = sheet.phrase()
    closes = frozenset(sheet.closes) | resting_bars(phrase)
    tune = Tune(sheet.title, job.source, job.split, phrase, closes, style=job.style)
    return [replace(tune, tempo=sheet.tempo)], []


class Sheet:
    """The reading of one lead sheet."""

    def __init__(self, path: Path) -> None:
        root = root_of(path)
        self.title = root.findtext(".//work-title") or path.stem
        self.meter: Meter | None = None
        self.notes: list[Note] = []
        self.chords: list[tuple[int, Chord]] = []
        self.closes: set[int] = set()
        self.fifths: int | None = None
        sound = root.find(".//sound[@tempo]")
        self.tempo = None if sound is None else float(sound.get("tempo") or 0) or None
        self._divisions, self._at, self._bar_at, self._tied = 1, 0, 0, False
        part = root.find("part")
        for number, measure in enumerate([] if part is None else part.iter("measure")):
            self._measure(measure, number)

    def phrase(self) -> Phrase:
        """Return it as a phrase, in the key that is heard."""
        if self.meter is None or not self.notes:
            raise Refused("no notes or no meter")
        ends = [*(onset for onset, _ in self.chords[1:]), self._at][: len(self.chords)]
        spans = [
            ChordSpan(Ticks(onset), Ticks(end - onset), chord)
            for (onset, chord), end in zip(self.chords, ends, strict=True)
            if end > onset
        ]
        phrase = Phrase.of(self.notes, spans, self.meter)
        return Phrase(phrase.notes, phrase.chords, self.meter, self._key(phrase))

    def _key(self, phrase: Phrase) -> Key:
        """Return the key of the signature, major or minor as it is heard."""
        heard = key_of(phrase)
        if self.fifths is None:
            return heard
        tonic = self.fifths * 7 % 12
        related = {Key(tonic), Key((tonic + 9) % 12, "minor")}
        return heard if heard in related else Key(tonic)

    def _measure(self, measure: ET.Element, number: int) -> None:
        self._bar_at = self._at
        for element in measure:
            match element.tag:
                case "attributes":
                    self._attributes(element)
                case "harmony":
                    self._harmony(element)
                case "note":
                    self._note(element)
                case "backup" | "forward":
                    raise Refused("more than one voice")
                case "barline":
                    self._bar_line(element)
        self._complete(number)

    def _attributes(self, element: ET.Element) -> None:
        self._divisions = int(element.findtext("divisions") or self._divisions)
        fifths = element.findtext("key/fifths")
        if fifths is not None:
            if self.fifths is not None and int(fifths) != self.fifths:
                raise Refused("a change of key")
            self.fifths = int(fifths)
        if element.find("time") is not None:
            text = f"{element.findtext('time/beats')}/{element.findtext('time/beat-type')}"
            if self.meter is not None and Meter.named(text) != self.meter:
                raise Refused("a change of meter")
            self.meter = Meter.named(text)

    def _harmony(self, element: ET.Element) -> None:
        root = element.findtext("root/root-step")
        if root is None:
            return
        degrees = tuple(_degree(each) for each in element.iter("degree"))
        bass = element.findtext("bass/bass-step")
        try:
            chord = Chord.from_musicxml(
                _pitch_class(root, element.findtext("root/root-alter")),
                element.findtext("kind") or "major",
                degrees,
                None if bass is None else _pitch_class(bass, element.findtext("bass/bass-alter")),
            )
        except BadValue:
            return
        if self.chords and self.chords[-1][0] == self._at:
            self.chords.pop()
        self.chords.append((self._at, chord))

    def _note(self, element: ET.Element) -> None:
        if element.find("grace") is not None or element.find("chord") is not None:
            return
        length = round(int(element.findtext("duration") or 0) * QUARTER / self._divisions)
        pitch = element.find("pitch")
        if pitch is not None and length:
            number = number_of(pitch)
            stops = any(tie.get("type") == "stop" for tie in element.iter("tie"))
            last = self.notes[-1] if self.notes else None
            if stops and last and last.pitch == number and last.end == self._at:
                self.notes[-1] = Note(last.onset, number, Ticks(last.length + length))
            else:
                self.notes.append(Note(Ticks(self._at), number, Ticks(length)))
        self._at += length

    def _bar_line(self, element: ET.Element) -> None:
        style = element.findtext("bar-style") or ""
        repeat = element.find("repeat")
        if style in ("light-light", "light-heavy") or (
            repeat is not None and repeat.get("direction") == "backward"
        ):
            self.closes.add((self._at - 1) // self.meter.bar if self.meter and self._at else 0)

    def _complete(self, number: int) -> None:
        if self.meter is None:
            raise Refused("no meter")
        short = self.meter.bar - (self._at - self._bar_at)
        if short < 0:
            raise Refused("a bar that is too long")
        if number == 0 and short:
            self.notes = [note.moved(short) for note in self.notes]
            self.chords = [(at + short, chord) for at, chord in self.chords]
        self._at += short


def root_of(path: Path) -> ET.Element:
    """Return the score of a MusicXML file, compressed or not."""
    if not zipfile.is_zipfile(path):
        return ET.fromstring(path.read_bytes())  # noqa: S314
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.endswith("xml") and "META-INF" not in n]
        return ET.fromstring(archive.read(names[0]))  # noqa: S314


def _degree(element: ET.Element) -> Degree:
    kind = element.findtext("degree-type") or "add"
    value, alter = element.findtext("degree-value"), element.findtext("degree-alter")
    return (kind, int(value or 0), int(alter or 0))


def _pitch_class(step: str, alter: str | None) -> int:
    return (LETTERS[step] + int(float(alter or 0))) % 12


def number_of(pitch: ET.Element) -> int:
    """Return the MIDI number of a written pitch."""
    step, alter = pitch.findtext("step") or "C", pitch.findtext("alter")
    return 12 * int(pitch.findtext("octave") or 4) + 12 + LETTERS[step] + int(float(alter or 0))
