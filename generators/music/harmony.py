"""Chords and keys.

A pitch class is 0 to 11, counted from C. How it is spelled (C♯ or D♭) is decided where it is
written, by the key.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from generators.music.errors import BadValue
from generators.music.names import COMMON, LETTER, by_fifths, fifths_of, pitch_class
from generators.music.qualities import BY_SUFFIX, QUALITIES, Degree, Quality

MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
}
MAJOR_STEPS = {mode: MODES["major"].index(step) for mode, step in (
    ("major", 0), ("dorian", 2), ("phrygian", 4), ("lydian", 5), ("mixolydian", 7), ("minor", 9),
    ("locrian", 11),
)}  # fmt: skip
"""On which degree of its relative major each mode begins."""
TONICS = {
    "major": 0,
    "dorian": 2,
    "phrygian": 4,
    "lydian": -1,
    "mixolydian": 1,
    "minor": 3,
    "locrian": 5,
}
"""How many fifths above its signature the tonic of each mode is."""
MODE_NAMES = {
    "": "major", "maj": "major", "ionian": "major", "ion": "major", "dur": "major",
    "m": "minor", "min": "minor", "aeolian": "minor", "aeo": "minor", "moll": "minor",
    "dor": "dorian", "phr": "phrygian", "lyd": "lydian", "mix": "mixolydian", "loc": "locrian",
    **{mode: mode for mode in MODES},
}  # fmt: skip

NO_CHORD_NAMES = {"N.C.", "NC", "N.C", "N", "none", "tacet"}
SIGNS = str.maketrans(
    {"♭": "b", "♯": "#", "−": "-", "–": "-", "△": "^", "Δ": "^", "ø": "h", "°": "o", " ": None}
)
STEPS = {
    0: 0, 2: 2, 3: -3, 4: 4, 5: -1, 6: -6, 7: 1, 8: 8, 9: 3, 10: -2, 11: 5,
    13: -5, 14: 2, 15: 9, 17: -1, 18: 6, 20: -4, 21: 3,
}  # fmt: skip
"""How many fifths above the root the name of each tone is: of 8 an augmented fifth, of 20 a sixth."""
DEGREE_SEMITONES = {
    "1": 0,
    "2": 2,
    "3": 4,
    "4": 5,
    "5": 7,
    "6": 9,
    "7": 11,
    "9": 14,
    "11": 17,
    "13": 21,
}
HARTE_DEGREE = re.compile(r"([b#]*)(\d+)$")
SUFFIXES = {quality.suffix: quality.suffix for quality in QUALITIES}
for _quality in QUALITIES:
    for _other in _quality.also:
        SUFFIXES.setdefault(_other, _quality.suffix)
BY_HARTE = {quality.harte: quality for quality in QUALITIES} | {"": BY_SUFFIX[""]}
BY_HARTE |= {
    other: BY_SUFFIX[suffix]
    for other, suffix in (("11", "11"), ("13", "13"), ("min11", "m11"), ("min13", "m13"), ("maj13", "maj13"),
                          ("7(#5)", "7#5"), ("aug7", "7#5"), ("7sus4", "7sus4"), ("1", "5"), ("(1,5)", "5"))
}  # fmt: skip
BY_KIND = {(quality.kind, frozenset(quality.degrees)): quality for quality in QUALITIES}
OTHER_KINDS = {
    "none": "N.C.",
    "pedal": "5",
    "Neapolitan": "",
    "Italian": "7",
    "French": "7b5",
    "German": "7",
    "Tristan": "m7b5",
}


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic (0 to 11) and a mode."""

    tonic: int
    mode: str = "major"
    written: int | None = field(default=None, compare=False, repr=False)
    """The signature in which it was written, where that is told: 6 for F♯ major, -6 for G♭."""

    def __post_init__(self) -> None:
        """Refuse modes that are not known, and signatures of other keys."""
        if not 0 <= self.tonic <= 11 or self.mode not in MODES:
            raise BadValue(
                f"{self.tonic} {self.mode} is not a key", "write it as A minor or D dorian"
            )
        if self.written is not None:
            away = self.written - self._usual
            if away % 12 or not -7 <= self.written <= 7:
                raise BadValue(f"{self.written} is not the signature of {self.tonic} {self.mode}")

    @classmethod
    def signed(cls, fifths: int, mode: str = "major") -> "Key":
        """Return the key of a mode with a signature: sharps above 0, flats below.

        One of more than seven is written as the key that sounds the same.
        """
        tonic = (fifths + TONICS[mode]) * 7 % 12
        return cls(tonic, mode, fifths if -7 <= fifths <= 7 else None)

    def __setstate__(self, state: Sequence[Any]) -> None:
        """Take up what was kept in a file, by an Antiphon that kept no signature too."""
        self.__init__(*state)  # type: ignore[misc]

    def transposed(self, semitones: int) -> "Key":
        """Return it so many semitones higher, in its usual signature."""
        return Key((self.tonic + semitones) % 12, self.mode)

    def like(self, other: "Key") -> "Key":
        """Return it in the signature of another key, where that has the same scale."""
        same = self.scale == other.scale
        return Key(self.tonic, self.mode, other.written if same else self.written)

    @property
    def scale(self) -> frozenset[int]:
        """Its pitch classes."""
        return _scale(self.tonic, self.mode)

    @property
    def harmonic(self) -> frozenset[int]:
        """Its pitch classes with the leading tone: in minor that of its dominant, G♯ in A minor."""
        return self.scale | {(self.tonic - 1) % 12} if self.mode == "minor" else self.scale

    def holds(self, chord: "Chord") -> bool:
        """Whether all tones of a chord, and its bass, are of the key.

        In minor it may have the leading tone in the place of the seventh degree: E7 in A minor.
        """
        tones = chord.pitch_classes
        if self.mode == "minor" and (self.tonic - 1) % 12 in tones:
            return tones <= self.harmonic - {(self.tonic - 2) % 12}
        return tones <= self.scale

    @property
    def fifths(self) -> int:
        """Its signature: sharps above 0, flats below; from -5 (D♭) to 6 (F♯) where none is told."""
        return self._usual if self.written is None else self.written

    @property
    def _usual(self) -> int:
        major = (self.tonic - MODES["major"][MAJOR_STEPS[self.mode]]) % 12
        return (major * 7 + 5) % 12 - 5

    @property
    def minor(self) -> bool:
        """Whether its third is minor."""
        return (self.tonic + 3) % 12 in self.scale

    @property
    def spelling(self) -> tuple[str, ...]:
        """The names of the twelve pitch classes in this key."""
        return _spelling(self.fifths, self.mode)

    def __str__(self) -> str:
        """Write it as `A minor`."""
        return f"{by_fifths(self.fifths + TONICS[self.mode])} {self.mode}"

    @classmethod
    def named(cls, text: str) -> "Key":
        """Read `A minor`, `Am`, `Bb`, `F# dorian`, `Ddor` or `a` (minor in lower case).

        Raises:
            BadValue: it is no key.

        """
        match = LETTER.match(text.strip())
        if match is None:
            raise _no_key(text)
        rest = text.strip()[match.end() :].strip(" -_")
        written_small = match.group(1).islower() and not rest
        mode = "minor" if written_small else MODE_NAMES.get("maj" if rest == "M" else rest.lower())
        if mode is None:
            raise _no_key(text)
        return cls.signed(fifths_of(match.group()) - TONICS[mode], mode)


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord: root and bass are pitch classes, the quality is a suffix of `qualities.QUALITIES`.

    `NO_CHORD` is the silence of harmony, written N.C.
    """

    root: int
    quality: str = ""
    bass: int | None = None

    def __post_init__(self) -> None:
        """Refuse qualities that are not in the table; a bass on the root is no inversion."""
        if self.quality == "N.C.":
            if self.root or self.bass is not None:
                raise BadValue("N.C. has neither root nor bass")
            return
        if not 0 <= self.root <= 11 or self.quality not in BY_SUFFIX:
            raise BadValue(f"{self.root} {self.quality!r} is not a chord")
        if self.bass is not None and not 0 <= self.bass <= 11:
            raise BadValue(f"bass {self.bass} is outside 0 to 11")
        if self.bass == self.root:
            object.__setattr__(self, "bass", None)

    @property
    def tones(self) -> tuple[int, ...]:
        """Its tones in semitones above the root; () for N.C."""
        return () if self.quality == "N.C." else BY_SUFFIX[self.quality].tones

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes of its tones and bass."""
        bass = () if self.bass is None else (self.bass,)
        return frozenset((self.root + tone) % 12 for tone in self.tones).union(bass)

    def transposed(self, semitones: int) -> "Chord":
        """Return it so many semitones higher."""
        if self.quality == "N.C.":
            return self
        bass = None if self.bass is None else (self.bass + semitones) % 12
        return Chord((self.root + semitones) % 12, self.quality, bass)

    def spelled(self, spelling: tuple[str, ...]) -> str:
        """Write its symbol with these names of the pitch classes."""
        if self.quality == "N.C.":
            return "N.C."
        bass = "" if self.bass is None else f"/{self.bass_name(spelling)}"
        return f"{spelling[self.root]}{self.quality}{bass}"

    def bass_name(self, spelling: tuple[str, ...]) -> str:
        """Return the name of its bass: a tone of the chord is named from its root, as in E/G#."""
        if self.bass is None:
            return spelling[self.root]
        name = self.tone_name(self.bass, spelling)
        return spelling[self.bass] if name is None or len(name) > 2 else name

    def tone_name(self, pitch_class: int, spelling: tuple[str, ...]) -> str | None:
        """Return the name of one of its tones, counted from the root; None for other pitches.

        The seventh of a diminished chord is no tone here: nobody writes F♭♭ for E♭.
        """
        above = (pitch_class - self.root) % 12
        tones = {tone % 12: tone for tone in reversed(self.tones)}
        place = None if self.quality == "dim7" and above == 9 else STEPS.get(tones.get(above, -1))
        return None if place is None else by_fifths(fifths_of(spelling[self.root]) + place)

    def __str__(self) -> str:
        """Write its symbol with the commonest names: `F#m7b5/A`."""
        return self.spelled(COMMON)

    @property
    def harte(self) -> str:
        """Its name in Harte's syntax: `F#:hdim7/b3`."""
        if self.quality == "N.C.":
            return "N"
        bass = "" if self.bass is None else f"/{_harte_degree((self.bass - self.root) % 12)}"
        return f"{COMMON[self.root]}:{BY_SUFFIX[self.quality].harte}{bass}"

    @property
    def musicxml(self) -> tuple[str, tuple[Degree, ...]]:
        """MusicXML's kind and degrees for it."""
        if self.quality == "N.C.":
            return "none", ()
        return BY_SUFFIX[self.quality].kind, BY_SUFFIX[self.quality].degrees

    @classmethod
    def named(cls, symbol: str) -> "Chord":
        """Read a chord symbol in any common spelling: `C-7`, `Bb^7`, `F♯ø/A`, `N.C.`.

        Raises:
            BadValue: it is no chord symbol.

        """
        if symbol.strip() in NO_CHORD_NAMES:
            return NO_CHORD
        match = LETTER.match(symbol.strip())
        if match is None or match.group(1).islower():
            raise _unknown(symbol)
        rest = symbol.strip()[match.end() :]
        suffix, bass = _suffix_and_bass(rest)
        quality = _canonical(suffix)
        if quality is None:
            raise _unknown(symbol)
        return cls(pitch_class(match.group()), quality, bass)

    @classmethod
    def from_harte(cls, name: str) -> "Chord":
        """Read Harte's syntax: `C:min7/b3`, `G`, `N`.

        Raises:
            BadValue: the name, its shorthand or its bass degree is not known.

        """
        if name.strip() in {"N", "X"}:
            return NO_CHORD
        rest, _, bass = name.strip().partition("/")
        root_name, _, shorthand = rest.partition(":")
        root = pitch_class(root_name)
        quality = BY_HARTE.get(shorthand) or _by_degrees(shorthand)
        if quality is None:
            raise _unknown(name)
        return cls(root, quality.suffix, (root + _semitones(bass)) % 12 if bass else None)

    @classmethod
    def from_musicxml(
        cls, root: int, kind: str, degrees: tuple[Degree, ...] = (), bass: int | None = None
    ) -> "Chord":
        """Read MusicXML's kind and degrees; degrees that make no chord we know are left out.

        Raises:
            BadValue: MusicXML has no such kind.

        """
        if kind == "none":
            return NO_CHORD
        for wanted in (frozenset(degrees), frozenset()):
            if (found := BY_KIND.get((kind, wanted))) is not None:
                return cls(root, found.suffix, bass)
        if kind in OTHER_KINDS:
            return cls(root, OTHER_KINDS[kind], bass)
        raise BadValue(f"MusicXML has no chord of the kind {kind!r}")


NO_CHORD = Chord(0, "N.C.")


@cache
def _scale(tonic: int, mode: str) -> frozenset[int]:
    return frozenset((tonic + step) % 12 for step in MODES[mode])


@cache
def _spelling(fifths: int, mode: str) -> tuple[str, ...]:
    """Return the names of the pitch classes: those nearest to the tonic on the line of fifths.

    A minor key has its raised sixth and seventh and a flat second and fifth, a major one its flat
    sixth and a raised tonic. Outside the scale, a name that is a white key's is written as that.
    """
    tonic = fifths + TONICS[mode]
    scale = _scale(tonic * 7 % 12, mode)
    lowest = tonic - (6 if (tonic * 7 + 3) % 12 in scale else 4)
    names = {place * 7 % 12: by_fifths(place) for place in range(lowest, lowest + 12)}
    leading = (tonic * 7 - 1) % 12
    kept = {leading, *scale}
    plain = ((pc, name, COMMON[pc]) for pc, name in sorted(names.items()))
    return tuple(
        white if len(white) == 1 and (pc not in kept or len(name) > 2) else name
        for pc, name, white in plain
    )


def _no_key(text: str) -> BadValue:
    return BadValue(f"{text!r} is not a key", "write it as A minor, Bb major or D dorian")


def _unknown(symbol: str) -> BadValue:
    return BadValue(f"{symbol!r} is not a chord symbol", "write it as Am7, F#m7b5/A or N.C.")


def _suffix_and_bass(rest: str) -> tuple[str, int | None]:
    head, slash, tail = rest.rpartition("/")
    if slash and LETTER.fullmatch(tail.strip()):
        return head, pitch_class(tail)
    return rest, None


def _canonical(suffix: str) -> str | None:
    """Return the canonical suffix for any spelling of it."""
    plain = suffix.translate(SIGNS)
    bare = plain.replace("(", "").replace(")", "").replace(",", "")
    for form in (plain, bare, bare.replace("add", ""), bare.lower()):
        if form in SUFFIXES:
            return SUFFIXES[form]
        if form in BARE_SUFFIXES:
            return BARE_SUFFIXES[form]
    return None


BARE_SUFFIXES = {
    name.replace("(", "").replace(")", "").replace(",", ""): suffix
    for name, suffix in reversed(SUFFIXES.items())
}


def _semitones(degree: str) -> int:
    """Return the semitones of a degree in Harte's notation, such as b7."""
    match = HARTE_DEGREE.match(degree)
    if match is None or match.group(2) not in DEGREE_SEMITONES:
        raise BadValue(f"{degree!r} is not a degree of a chord", "write it as b3 or 5")
    signs, number = match.groups()
    return DEGREE_SEMITONES[number] + signs.count("#") - signs.count("b")


def _harte_degree(semitones: int) -> str:
    return ("1", "b2", "2", "b3", "3", "4", "b5", "5", "b6", "6", "b7", "7")[semitones]


def _by_degrees(shorthand: str) -> Quality | None:
    """Find the chord that a shorthand with a list of degrees spells out, as in maj7(9)."""
    head, _, listed = shorthand.partition("(")
    base = BY_HARTE.get(head)
    tones = set(base.tones if base and head else (0,))
    for degree in filter(None, listed.rstrip(")").split(",")):
        if degree.startswith("*"):
            tones -= {_semitones(degree[1:]) % 12, _semitones(degree[1:])}
        else:
            tones |= {_semitones(degree)}
    matches = (
        row for row in QUALITIES if {tone % 12 for tone in row.tones} == {t % 12 for t in tones}
    )
    return next(matches, base)
