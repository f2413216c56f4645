"""The letters of music: pitch classes and their spelling."""

import re

from generators.music.errors import BadValue

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"#": 1, "♯": 1, "b": -1, "♭": -1, "x": 2, "𝄪": 2, "𝄫": -2, "♮": 0}
FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
COMMON = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
LETTER = re.compile(r"([A-Ga-g])([#♯b♭x𝄪𝄫♮]*)")
PITCH = re.compile(r"([A-Ga-g])([#♯b♭x𝄪𝄫♮]*)(-?\d{1,2})$")


def pitch_class(name: str) -> int:
    """Return the pitch class, 0 to 11 from C, of a name such as `Bb` or `F♯`.

    Raises:
        BadValue: it is no name of a pitch.

    """
    match = LETTER.fullmatch(name.strip())
    if match is None:
        raise BadValue(f"{name!r} is not the name of a pitch", "write it as C, F# or Bb")
    letter, accidentals = match.groups()
    return (LETTERS[letter.upper()] + sum(ACCIDENTALS[sign] for sign in accidentals)) % 12


def pitch_number(name: str) -> int:
    """Return the MIDI number of a name such as `C4` (60) or `Bb3`.

    Raises:
        BadValue: it is no pitch, or outside 0 to 127.

    """
    match = PITCH.match(name.strip())
    if match is None:
        raise BadValue(f"{name!r} is not a pitch", "write it as C4 or Bb3")
    letter, accidentals, octave = match.groups()
    sharps = sum(ACCIDENTALS[sign] for sign in accidentals)
    number = LETTERS[letter.upper()] + sharps + 12 * (int(octave) + 1)
    if not 0 <= number <= 127:
        raise BadValue(f"{name!r} is outside what MIDI can play", "use C-1 to G9")
    return number


def pitch_name(number: int, spelling: tuple[str, ...] = COMMON) -> str:
    """Return the name of a MIDI number: 60 is C4."""
    return f"{spelling[number % 12]}{number // 12 - 1}"
