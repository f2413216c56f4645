"""The letters of music: pitch classes and their spelling."""

import re

from generators.music.errors import BadValue

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"#": 1, "♯": 1, "b": -1, "♭": -1, "x": 2, "𝄪": 2, "𝄫": -2, "♮": 0}
FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
COMMON = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
LINE = "FCGDAEB"
"""The letters, a fifth apart."""
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


def by_fifths(place: int) -> str:
    """Return the name so many fifths above C: 1 is G, 6 is F#, -2 is Bb.

    >>> by_fifths(6), by_fifths(-2), by_fifths(11), by_fifths(-7)
    ('F#', 'Bb', 'E#', 'Cb')
    """
    signs, letter = divmod(place + 1, 7)
    return LINE[letter] + "#" * signs + "b" * -signs


def fifths_of(name: str) -> int:
    """Return how many fifths above C a name such as F# (6) or Bb (-2) is."""
    return LINE.index(name[0].upper()) - 1 + 7 * raised(name)


def raised(name: str) -> int:
    """Return by how many semitones the accidentals of a name raise its letter."""
    return sum(ACCIDENTALS[sign] for sign in name[1:])


def octave_of(number: int, name: str) -> int:
    """Return the octave in which a MIDI number of this name is written: 60 is C4, but B#3."""
    return (number - raised(name)) // 12 - 1


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
    name = spelling[number % 12]
    return f"{name}{octave_of(number, name)}"
