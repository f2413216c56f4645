"""One part of a MusicXML score: what its elements say, at which place of which measure."""

import re
from fractions import Fraction
from typing import NamedTuple
from xml.etree.ElementTree import Element

from generators.music.errors import BadValue
from generators.music.harmony import MODE_NAMES, Chord, Key
from generators.music.names import LETTERS
from generators.music.qualities import Degree
from generators.music.time import Meter

BEAT_UNITS = {"whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25}
NUMBER = re.compile(r"\d+(?:\.\d+)?")
SLOWEST, FASTEST = 5, 1000  # quarters a minute: a tempo outside is a slip of the pen


class Place(NamedTuple):
    """Somewhere in a part: the measure, counted from 0, and the quarters after its start."""

    measure: int
    at: Fraction


class Sound(NamedTuple):
    """A written note, sounding pitch, before ties are joined."""

    place: Place
    length: Fraction
    pitch: int
    ties: frozenset[str]


class Staff:
    """A part, read measure by measure; a part may have several staves and voices.

    `now` is where in its last measure its last element leaves off.

    Raises:
        ValueError: a number in it is none.

    """

    def __init__(self, part: Element) -> None:
        """Read the whole part."""
        self.id = part.get("id", "")
        self.numbers: list[str] = []
        self.lengths: list[Fraction] = []
        self.sounding: list[Fraction] = []
        self.sounds: list[Sound] = []
        self.meters: list[tuple[Place, Meter]] = []
        self.keys: list[tuple[Place, Key]] = []
        self.tempi: list[tuple[Place, float]] = []
        self.chords: list[tuple[Place, Chord]] = []
        self.words: list[tuple[Place, str]] = []
        self.unpitched = False
        self.now = Fraction(0)
        self._divisions = Fraction(1)
        self._transposed = 0
        self._turned = 0
        for measure in part.iter("measure"):
            self._read(measure)

    def _read(self, measure: Element) -> None:
        self.now = self._onset = self._reach = self._sung = Fraction(0)
        for element in measure:
            read = READERS.get(element.tag)
            if read is not None:
                read(self, element)
        self.numbers.append(measure.get("number", ""))
        self.lengths.append(self._reach)
        self.sounding.append(self._sung)

    @property
    def _here(self) -> Place:
        return Place(len(self.lengths), self.now)

    def _quarters(self, text: str | None) -> Fraction:
        return Fraction((text or "0").strip()) / self._divisions

    def _moved(self, by: Fraction) -> None:
        self.now = max(Fraction(0), self.now + by)
        self._reach = max(self._reach, self.now)

    def note(self, element: Element) -> None:
        """Take a note or a rest; grace notes and cues have no time of their own."""
        if element.find("grace") is not None:
            return
        length = self._quarters(element.findtext("duration"))
        if element.find("chord") is None:
            self._onset = self.now
            self._moved(length)
        place = Place(len(self.lengths), self._onset)
        pitch = self._pitch(element)
        if pitch is None or length <= 0 or element.find("cue") is not None:
            return
        self._sung = max(self._sung, self._onset + length)
        ties = frozenset(tie.get("type", "") for tie in element.iter("tie"))
        self.sounds.append(Sound(place, length, pitch, ties))
        if word := (element.findtext("lyric/text") or "").strip():
            self.words.append((place, word))

    def _pitch(self, element: Element) -> int | None:
        if (unpitched := element.find("unpitched")) is not None:
            self.unpitched = True
            line = LETTERS[unpitched.findtext("display-step") or "C"]
            return line + 12 * (int(unpitched.findtext("display-octave") or 4) + 1)
        if (pitch := element.find("pitch")) is None:
            return None
        octave = int(pitch.findtext("octave") or 4)
        alter = round(float(pitch.findtext("alter") or 0))
        step = LETTERS[(pitch.findtext("step") or "C").strip()]
        number = step + alter + 12 * (octave + 1) + self._transposed
        return number if 0 <= number <= 127 else None

    def backup(self, element: Element) -> None:
        """Go back, to write another voice."""
        self._moved(-self._quarters(element.findtext("duration")))

    def forward(self, element: Element) -> None:
        """Go on without a note."""
        self._moved(self._quarters(element.findtext("duration")))

    def attributes(self, element: Element) -> None:
        """Take the length of a division, the transposition, the key and the meter."""
        if divisions := element.findtext("divisions"):
            self._divisions = Fraction(divisions.strip())
        if (transpose := element.find("transpose")) is not None:
            octaves = int(transpose.findtext("octave-change") or 0)
            semitones = int(transpose.findtext("chromatic") or 0)
            self._transposed = 12 * octaves + semitones
            self._turned = _fifths(semitones, transpose.findtext("diatonic"))
        if (key := _key(element.find("key"), self._turned)) is not None:
            self.keys.append((self._here, key))
        if (meter := _meter(element.find("time"))) is not None:
            self.meters.append((self._here, meter))

    def direction(self, element: Element) -> None:
        """Take a tempo: what sounds, or else what is written."""
        sound = element.find("sound[@tempo]")
        if sound is not None:
            self.sound(sound)
            return
        for mark in element.iter("metronome"):
            unit = BEAT_UNITS.get(mark.findtext("beat-unit") or "")
            number = NUMBER.search(mark.findtext("per-minute") or "")  # it may be "c. 60"
            if unit and number:
                dotted = 1.5 if mark.find("beat-unit-dot") is not None else 1.0
                self._tempo(float(number.group()) * unit * dotted)

    def sound(self, element: Element) -> None:
        """Take a tempo."""
        if tempo := element.get("tempo"):
            self._tempo(float(tempo))

    def _tempo(self, tempo: float) -> None:
        if SLOWEST <= tempo <= FASTEST:
            self.tempi.append((self._here, tempo))

    def harmony(self, element: Element) -> None:
        """Take a chord symbol, if it is one of those that we know."""
        chord = _chord(element)
        if chord is not None:
            at = max(Fraction(0), self.now + self._quarters(element.findtext("offset")))
            self.chords.append((Place(len(self.lengths), at), chord))


READERS = {
    "note": Staff.note,
    "backup": Staff.backup,
    "forward": Staff.forward,
    "attributes": Staff.attributes,
    "direction": Staff.direction,
    "sound": Staff.sound,
    "harmony": Staff.harmony,
}


def _fifths(semitones: int, steps: str | None) -> int:
    """Return by how many fifths a transposition turns a signature; by few if no steps are told."""
    if steps is not None:
        return 7 * semitones - 12 * int(steps)
    return (7 * semitones + 5) % 12 - 5


def _key(element: Element | None, turned: int) -> Key | None:
    """Return the sounding key of a signature; without a mode it is taken for major."""
    fifths = element.findtext("fifths") if element is not None else None
    if element is None or fifths is None:
        return None
    mode = MODE_NAMES.get((element.findtext("mode") or "major").strip().lower(), "major")
    return Key.signed(int(fifths) + turned, mode)


def _meter(element: Element | None) -> Meter | None:
    """Return the meter of a signature; added ones (3+2/8, 2/4+3/8) become their sum."""
    if element is None or element.find("senza-misura") is not None:
        return None
    beats = [sum(map(int, e.text.split("+"))) for e in element.iter("beats") if e.text]
    units = [int(e.text) for e in element.iter("beat-type") if e.text]
    if not beats or len(beats) != len(units):
        return None
    finest = max(units)
    try:
        return Meter(sum(b * finest // u for b, u in zip(beats, units, strict=True)), finest)
    except BadValue:
        return None


def _chord(element: Element) -> Chord | None:
    kind = element.find("kind")
    root = _altered(element, "root")
    if kind is None or (root is None and kind.text != "none"):
        return None
    degrees = tuple(degree for e in element.iter("degree") if (degree := _degree(e)) is not None)
    try:
        name = (kind.text or "").strip()
        return Chord.from_musicxml(root or 0, name, degrees, _altered(element, "bass"))
    except BadValue:
        return None


def _altered(element: Element, which: str) -> int | None:
    found = element.find(which)
    step = (found.findtext(f"{which}-step") or "").strip() if found is not None else ""
    if found is None or step not in LETTERS:
        return None
    return (LETTERS[step] + round(float(found.findtext(f"{which}-alter") or 0))) % 12


def _degree(element: Element) -> Degree | None:
    value, how = element.findtext("degree-value"), element.findtext("degree-type")
    if value is None or how not in ("add", "alter", "subtract"):
        return None
    return how, int(value), round(float(element.findtext("degree-alter") or 0))
