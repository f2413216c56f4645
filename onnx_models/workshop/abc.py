"""Reads the tunes of ABC books: notes, chord symbols, sections and endings.

Only what fiddle tune books use is read (the ABC standard 2.1, sections 3 and 4). Of a repeat the
last ending is kept, as if the section were played for the last time; `repeats` writes them out.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from generators.music.errors import BadValue
from generators.music.harmony import Chord, Key
from generators.music.names import LINE
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import QUARTER, Meter, Ticks
from onnx_models.workshop.tune import Refused

TOKEN = re.compile(
    r'"(?P<text>[^"]*)"'
    r"|(?P<grace>\{[^}]*\})"
    r"|\[(?P<field>[A-Za-z]:[^\]]*)\]"
    r"|(?P<ending>(?:(?<=[|:\]])|\[)\s*[1-9][,\-1-9]*)"
    r"|(?P<bar>(?:\[\||[|:])[|:\]]*)"
    r"|\((?P<tuplet>[2-9])(?::\d*){0,2}"
    r"|\[(?P<chord>[^\]|:\"]+)\](?P<chordlen>\d*/*\d*)"
    r"|(?P<note>[\^_=]*[A-Ga-gzx][,']*)(?P<len>\d*/*\d*)"
    r"|(?P<broken>[<>]+)"
    r"|(?P<tie>-)"
)
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
TUPLETS = {2: 3, 3: 2, 4: 3, 5: 2, 6: 2, 7: 2, 8: 3, 9: 2}
"""In the time of how many others so many notes are played (in simple time)."""
TEMPO = re.compile(r"(?:(\d+)/(\d+)\s*=\s*)?(\d+)")
"""`1/4=120`, or a number alone."""
TEMPI = (20, 400)
"""Quarters a minute outside these are a slip of the pen."""
ODD_METERS = {"C": "4/4", "C|": "2/2", "c": "4/4", "c|": "2/2"}


@dataclass
class Part:
    """What is written in one meter and one key."""

    title: str
    meter: Meter
    key: Key
    notes: list[Note] = field(default_factory=list)
    chords: list[tuple[int, Chord]] = field(default_factory=list)
    closes: set[int] = field(default_factory=set)
    at: int = 0
    filled: int = 0
    """How many short bars were completed with silence."""

    def phrase(self) -> Phrase:
        """Return it as a phrase, chords lasting until the next."""
        ends = [*(onset for onset, _ in self.chords[1:]), self.at][: len(self.chords)]
        spans = [
            ChordSpan(Ticks(onset), Ticks(end - onset), chord)
            for (onset, chord), end in zip(self.chords, ends, strict=True)
            if end > onset
        ]
        return Phrase.of(self.notes, spans, self.meter, self.key)


def books(text: str) -> Iterator[str]:
    """Yield the tunes of a book: each begins with its number (X:)."""
    for piece in re.split(r"(?m)^(?=X:)", text):
        if piece.startswith("X:"):
            yield piece


Item = re.Match[str] | tuple[str, str]
"""A sign of the music, or a field: its letter and what it says."""


def items_of(text: str) -> Iterator[Item]:
    """Yield the fields and signs of a tune in order; what stands before its key is fields alone."""
    keyed = False
    for line in re.sub(r"(?m)(?<!\\)%.*", "", text).splitlines():
        if re.match(r"[A-Za-z]:", line):
            keyed = keyed or line[0] == "K"
            yield line[0], line[2:].strip()
        elif keyed:
            yield from TOKEN.finditer(line)


def parts_of(text: str) -> list[Part]:
    """Return the parts of a tune, a new one at each change of meter or key.

    Raises:
        Refused: it has no meter or key that is known, or its bars do not add up.

    """
    return Reading(items_of(text)).parts


class Reading:
    """The reading of one tune."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.title, self.rhythm, self.meter = "", "", Meter()
        self.tempo: float | None = None
        self.unit = Fraction(0)
        self.key: Key | None = None
        self.signature: dict[str, int] = {}
        self.parts: list[Part] = []
        self._accidentals: dict[tuple[str, int], int] = {}
        self._tuplet, self._ratio, self._broken = 0, Fraction(1), Fraction(1)
        self._tied = self._skipping = False
        self._bar_from = 0
        self._short_at: int | None = None
        for item in items:
            if isinstance(item, tuple):
                self._field(*item)
            else:
                self._token(item)
        self.bar_line("|]")

    def _field(self, name: str, value: str) -> None:
        match name:
            case "T" if not self.title:
                self.title = value
            case "M" if value and value != "none":
                self._set_meter(value)
            case "L":
                self.unit = Fraction(value)
            case "K":
                self._set_key(value)
            case "R":
                self.rhythm = value
            case "Q" if self.tempo is None:
                self._set_tempo(value)

    def _set_tempo(self, value: str) -> None:
        match = TEMPO.search(value)
        if match is None:
            return
        beat = Fraction(int(match[1]), int(match[2])) if match[1] else self.length
        tempo = float(beat * 4 * int(match[3]))
        self.tempo = tempo if TEMPI[0] <= tempo <= TEMPI[1] else None

    def _set_meter(self, value: str) -> None:
        try:
            meter = Meter.named(ODD_METERS.get(value.split()[0], value.split()[0]))
        except (BadValue, IndexError):
            raise Refused("a meter that is not known") from None
        if meter != self.meter:
            self.meter = meter
            self._new_part()

    def _set_key(self, value: str) -> None:
        name = re.match(r"([A-G][#b]?)\s*([A-Za-z]*)", value)
        if name is None:
            raise Refused("a key that is not known")
        mode = name.group(2)[:3].lower()
        try:
            key = Key.named(
                f"{name.group(1)} {mode}".strip() if mode != "m" else name.group(1) + "m"
            )
        except BadValue:
            raise Refused("a key that is not known") from None
        self.key, self.signature = key, _signature(key)
        self._new_part()

    def _new_part(self) -> None:
        if self.key is None:
            return
        if self.parts and not self.parts[-1].notes:
            self.parts.pop()
        self.parts.append(Part(self.title, self.meter, self.key))
        self._bar_from, self._short_at = 0, None

    @property
    def length(self) -> Fraction:
        """The length of a note without a number, in whole notes."""
        if self.unit:
            return self.unit
        return Fraction(1, 16) if self.meter.beats * 4 < self.meter.unit * 3 else Fraction(1, 8)

    def _token(self, match: re.Match[str]) -> None:
        for name, act in ACTS.items():
            if match[name] is not None:
                return act(self, match)
        return None

    def on_note(self, match: re.Match[str]) -> None:
        """Read a note or a rest."""
        self._note(match["note"], match["len"])

    def on_chord(self, match: re.Match[str]) -> None:
        """Read notes that sound together: the first is the melody's."""
        first = re.search(r"([\^_=]*[A-Ga-gz][,']*)(\d*/*\d*)", match["chord"])
        if first:
            self._note(first[1], match["chordlen"] or first[2])
            self._tied = "-" in match["chord"]

    def on_field(self, match: re.Match[str]) -> None:
        """Read a field in the line, such as [M:3/4]."""
        self._field(match["field"][0], match["field"][2:].strip())

    def on_tie(self, _: re.Match[str]) -> None:
        """Tie the last note to the next."""
        self._tied = True

    def begin_tuplet(self, count: int) -> None:
        """Begin a group such as a triplet."""
        compound = self.meter.beats % 3 == 0 and self.meter.beats > 3
        others = 3 if compound and count in (5, 7, 9) else TUPLETS[count]
        self._tuplet, self._ratio = count, Fraction(others, count)

    def lengthen(self, signs: str) -> None:
        """Lengthen the last note by what the next is shortened, or the other way round."""
        short = Fraction(1, 2 ** len(signs))
        long = 2 - short
        part = self.parts[-1]
        mine, self._broken = (long, short) if signs[0] == ">" else (short, long)
        if part.notes and part.notes[-1].end == part.at:
            last = part.notes.pop()
            length = Ticks(int(last.length * mine))
            part.notes.append(Note(last.onset, last.pitch, length))
            part.at = last.onset + length

    def _note(self, name: str, number: str) -> None:
        part = self.parts[-1]
        duration = self.length * _multiple(number) * self._broken
        self._broken = Fraction(1)
        if self._tuplet:
            duration *= self._ratio
            self._tuplet -= 1
        length = round(duration * 4 * QUARTER)
        if name[-1] not in "zx" and length > 0 and not self._skipping:
            self._sound(part, self._pitch(name), length)
        self._tied = False
        if not self._skipping:
            part.at += length

    def _sound(self, part: Part, pitch: int, length: int) -> None:
        last = part.notes[-1] if part.notes else None
        if self._tied and last and last.pitch == pitch and last.end == part.at:
            part.notes[-1] = Note(last.onset, pitch, Ticks(last.length + length))
        else:
            part.notes.append(Note(Ticks(part.at), pitch, Ticks(length)))

    def _pitch(self, name: str) -> int:
        signs, letter, marks = re.fullmatch(r"([\^_=]*)([A-Ga-g])([,']*)", name).groups()  # type: ignore[union-attr]
        octave = (letter.islower()) + marks.count("'") - marks.count(",")
        place = (letter.upper(), octave)
        if signs:
            self._accidentals[place] = signs.count("^") - signs.count("_")
        sharp = self._accidentals.get(place, self.signature.get(place[0], 0))
        return 60 + 12 * octave + STEPS[place[0]] + sharp

    def symbol(self, text: str) -> None:
        """Read a chord symbol; what is none is a remark."""
        part = self.parts[-1]
        if self._skipping or not text or text[0] not in "ABCDEFGN":
            return
        try:
            chord = Chord.named(text)
        except BadValue:
            return
        if part.chords and part.chords[-1][0] == part.at:
            part.chords.pop()
        part.chords.append((part.at, chord))

    def bar_line(self, sign: str) -> None:
        """End a bar, and perhaps a section."""
        if not self.parts:
            return
        part = self.parts[-1]
        self._accidentals.clear()
        ends = ":|" in sign or "||" in sign or "]" in sign or sign.startswith("::")
        if not self._skipping:
            self._close_bar(part)
            if ends and part.at:
                part.closes.add((part.at - 1) // part.meter.bar)
        if ends or ":" in sign:
            self._skipping = False

    def _close_bar(self, part: Part) -> None:
        """Check that the bar adds up; a short one waits for the pick-up that completes it."""
        bar, length = part.meter.bar, part.at - self._bar_from
        if length % bar == 0:
            self._bar_from, self._short_at = part.at, None
        elif length < bar and self._bar_from == 0 and self._short_at is None:
            _shift(part, 0, bar - length)
            part.at = self._bar_from = bar
        elif length < bar:
            self._short_at = part.at
        else:
            self._fill_bar(part)

    def _fill_bar(self, part: Part) -> None:
        """Complete a short bar with silence, since what came after it is a bar of its own."""
        if self._short_at is None:
            raise Refused("a bar that is too long")
        start, bar = self._short_at, part.meter.bar
        gap = bar - (start - self._bar_from)
        part.filled += 1
        _shift(part, start, gap)
        part.at += gap
        self._bar_from, self._short_at = start + gap, None
        self._close_bar(part)

    def ending(self, sign: str) -> None:
        """Leave out a first ending: go on with the one that is played last."""
        self._skipping = sign.strip("[ ").startswith("1")


def _shift(part: Part, start: int, by: int) -> None:
    part.notes = [n.moved(by) if n.onset >= start else n for n in part.notes]
    part.chords = [(at + by if at >= start else at, chord) for at, chord in part.chords]


def _multiple(number: str) -> Fraction:
    top, slashes, bottom = re.fullmatch(r"(\d*)(/*)(\d*)", number).groups()  # type: ignore[union-attr]
    below = int(bottom) if bottom else 2 ** len(slashes)
    return Fraction(int(top or 1), max(1, below))


def _signature(key: Key) -> dict[str, int]:
    if key.fifths >= 0:
        return dict.fromkeys(LINE[: key.fifths], 1)
    return dict.fromkeys(LINE[::-1][: -key.fifths], -1)


ACTS: dict[str, Callable[[Reading, re.Match[str]], None]] = {
    "note": Reading.on_note,
    "chord": Reading.on_chord,
    "bar": lambda reading, match: reading.bar_line(match["bar"]),
    "ending": lambda reading, match: reading.ending(match["ending"]),
    "text": lambda reading, match: reading.symbol(match["text"]),
    "field": Reading.on_field,
    "tuplet": lambda reading, match: reading.begin_tuplet(int(match["tuplet"])),
    "broken": lambda reading, match: reading.lengthen(match["broken"]),
    "tie": Reading.on_tie,
}
"""What each kind of sign does."""
