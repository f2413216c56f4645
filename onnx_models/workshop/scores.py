"""Reads one line of a score in MusicXML: the voice of a song, the soprano of a chorale.

Of a repeat the last ending is kept. A short first bar is a pick-up; two short bars that make a
whole one, as at a repeat within a bar, are one bar.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from generators.music.errors import BadValue
from generators.music.notes import Note
from generators.music.time import QUARTER, Meter, Ticks
from onnx_models.workshop.mxl import number_of, root_of
from onnx_models.workshop.tune import Refused


@dataclass(frozen=True, slots=True)
class Sign:
    """A note of a bar as it is written; its onset is counted from the bar's begin."""

    onset: Fraction
    length: Fraction
    pitch: int
    ends_tie: bool = False
    held: bool = False
    """Whether it has a fermata."""
    sung: bool = False
    """Whether it has a syllable."""


@dataclass
class Written:
    """A bar as it is written."""

    name: str
    meter: Meter
    fifths: int | None
    signs: list[Sign] = field(default_factory=list)
    length: Fraction = Fraction(0)
    double: bool = False
    """Whether it ends with a double bar or a repeat."""
    first_ending: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """From where on a meter and a signature hold."""

    at: int
    meter: Meter
    fifths: int | None


@dataclass
class Line:
    """A line of a score, laid out in whole bars."""

    title: str
    tempo: float | None
    notes: list[Note] = field(default_factory=list)
    bars: dict[int, int] = field(default_factory=dict)
    """Where the bar of a number begins."""
    meters: dict[int, Meter] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    """The onsets of notes with a fermata."""
    doubles: list[int] = field(default_factory=list)
    """Where double bars and repeats stand."""
    syllables: int = 0
    written: int = 0
    """How many bars are written, first endings and halves of bars too."""
    end: int = 0
    pick_up: int = 0
    """The silence before a pick-up."""


def line_of(path: Path) -> Line:
    """Return the part of a score that has most syllables.

    Raises:
        Refused: it has no meter, or a bar longer than it.

    """
    root = root_of(path)
    parts = root.findall("part")
    if not parts:
        raise Refused("no part")
    return _line(root, max(parts, key=lambda part: sum(1 for _ in part.iter("lyric"))))


def lines_of(path: Path, names: Sequence[str]) -> list[Line]:
    """Return the parts of a score that have these names.

    Raises:
        Refused: there is no such part, or it has no meter, or a bar longer than it.

    """
    root = root_of(path)
    called = {each.get("id"): each.findtext("part-name") or "" for each in root.iter("score-part")}
    found = []
    for name in names:
        parts = (p for p in root.findall("part") if name in called.get(p.get("id"), "").lower())
        part = next(parts, None)
        if part is None:
            raise Refused(f"no {name}")
        found.append(_line(root, part))
    return found


def _line(root: ET.Element, part: ET.Element) -> Line:
    title = root.findtext("movement-title") or root.findtext(".//work-title") or ""
    sound = root.find(".//sound[@tempo]")
    tempo = None if sound is None else float(sound.get("tempo") or 0) or None
    return laid_out(list(Reading(part).bars()), Line(title.strip(), tempo))


class Reading:
    """The reading of one part: its first voice on its first staff."""

    def __init__(self, part: ET.Element) -> None:
        self._part = part
        self._meter: Meter | None = None
        self._fifths: int | None = None
        self._divisions, self._voice = 1, ""
        self._in_first_ending = False

    def bars(self) -> Iterator[Written]:
        """Yield the bars as they are written."""
        for measure in self._part.iter("measure"):
            for attributes in measure.iter("attributes"):
                self._attributes(attributes)
            if self._meter is None:
                raise Refused("no meter")
            bar = Written(measure.get("number") or "", self._meter, self._fifths)
            self._bar_lines(measure, bar)
            self._signs(measure, bar)
            yield bar

    def _attributes(self, element: ET.Element) -> None:
        self._divisions = int(element.findtext("divisions") or self._divisions)
        fifths = element.findtext("key/fifths")
        self._fifths = self._fifths if fifths is None else int(fifths)
        if element.find("time/beats") is not None:
            name = f"{element.findtext('time/beats')}/{element.findtext('time/beat-type')}"
            try:
                self._meter = Meter.named(name)
            except BadValue:
                raise Refused("a meter that is not known") from None

    def _bar_lines(self, measure: ET.Element, bar: Written) -> None:
        bar.first_ending = self._in_first_ending
        for line in measure.iter("barline"):
            ending, repeat = line.find("ending"), line.find("repeat")
            back = repeat is not None and repeat.get("direction") == "backward"
            if line.get("location") != "left":
                bar.double |= back or line.findtext("bar-style") in ("light-light", "light-heavy")
            if ending is not None and (ending.get("number") or "").startswith("1"):
                bar.first_ending = True
                self._in_first_ending = ending.get("type") == "start"

    def _signs(self, measure: ET.Element, bar: Written) -> None:
        at = Fraction(0)
        for element in measure:
            length = Fraction(int(element.findtext("duration") or 0), self._divisions) * QUARTER
            match element.tag:
                case "backup":
                    at -= length
                case "forward":
                    at += length
                case "note" if element.find("chord") is not None:
                    self._above(element, bar)
                case "note" if element.find("grace") is None:
                    self._sign(element, bar, at, length)
                    at += length
            bar.length = max(bar.length, at)

    def _sign(self, element: ET.Element, bar: Written, at: Fraction, length: Fraction) -> None:
        pitch, voice = element.find("pitch"), element.findtext("voice") or "1"
        self._voice = self._voice or voice
        if pitch is None or not length or not self._leads(element):
            return
        stops = any(tie.get("type") == "stop" for tie in element.iter("tie"))
        held = element.find("notations/fermata") is not None
        sung = element.find("lyric/text") is not None
        bar.signs.append(Sign(at, length, number_of(pitch), stops, held, sung))

    def _above(self, element: ET.Element, bar: Written) -> None:
        """Take the highest of notes that sound together."""
        pitch = element.find("pitch")
        if pitch is not None and bar.signs and self._leads(element):
            highest = max(bar.signs[-1].pitch, number_of(pitch))
            bar.signs[-1] = replace(bar.signs[-1], pitch=highest)

    def _leads(self, element: ET.Element) -> bool:
        return (element.findtext("voice") or "1") == self._voice


def laid_out(written: list[Written], line: Line) -> Line:
    """Lay bars out one after the other, first endings left out, short ones completed."""
    line.written = len(written)
    kept = without_first_endings(written)
    filled = Fraction(0)
    for place, bar in enumerate(kept):
        _number(line, bar, fresh=not filled)
        missing = bar.meter.bar - filled - bar.length
        if missing < 0:
            raise Refused("a bar that is too long")
        shift = missing if place == 0 else filled
        line.pick_up = line.pick_up if place else round(shift)
        _sound(line, bar, line.end + shift)
        follows = kept[place + 1] if place + 1 < len(kept) else None
        split = place > 0 and follows is not None and 0 < missing == follows.length
        filled = filled + bar.length if split else Fraction(0)
        line.end += 0 if split else bar.meter.bar
        if bar.double:
            line.doubles.append(line.end)
    return line


def without_first_endings(written: list[Written]) -> list[Written]:
    """Leave out first endings, but never the last bar of all."""
    return [bar for bar in written[:-1] if not bar.first_ending] + written[-1:]


def _number(line: Line, bar: Written, *, fresh: bool) -> None:
    if fresh and (not line.changes or _differs(line.changes[-1], bar)):
        line.changes.append(Change(line.end, bar.meter, bar.fifths))
    if bar.name.isdigit() and int(bar.name) not in line.bars:
        line.bars[int(bar.name)] = line.end
        line.meters[int(bar.name)] = bar.meter


def _differs(change: Change, bar: Written) -> bool:
    return (change.meter, change.fifths) != (bar.meter, bar.fifths)


def _sound(line: Line, bar: Written, start: Fraction) -> None:
    for sign in bar.signs:
        onset, end = round(start + sign.onset), round(start + sign.onset + sign.length)
        last = line.notes[-1] if line.notes else None
        line.syllables += sign.sung
        if sign.ends_tie and last and last.pitch == sign.pitch and last.end == onset:
            line.notes[-1] = replace(last, length=Ticks(end - last.onset))
        elif end > onset:
            line.notes.append(Note(Ticks(onset), sign.pitch, Ticks(end - onset)))
        if sign.held and line.notes:
            line.held.append(line.notes[-1].onset)


def stretches(line: Line) -> Iterator[tuple[Change, int]]:
    """Yield each stretch of one meter and signature, and where it ends."""
    ends = [after.at for _, after in pairwise(line.changes)]
    yield from zip(line.changes, [*ends, line.end], strict=True)
