"""Reads the Roman numerals of the Rolling Stone corpus.

They are those of T. de Clercq and D. Temperley (A corpus analysis of rock harmony, Popular Music
30, 2011): counted from the tonic's major scale whatever the mode, upper case for major thirds,
figures for inversions, x for a diminished seventh chord, h for a half-diminished one, a for an
augmented triad, d for a seventh that makes a dominant, s for a suspension, / for what is applied.
"""

import re

from generators.music.harmony import MODES, Chord
from onnx_models.workshop.tune import Refused

NUMERAL = re.compile(r"([b#]*)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)([oxhad+]*)(.*)$")
STEPS = dict(zip(["I", "II", "III", "IV", "V", "VI", "VII"], MODES["major"], strict=True))
BASSES = {"6": 1, "64": 2, "65": 1, "43": 2, "42": 3}
"""Which tone of the chord a figure puts in the bass."""
SEVENTHS = ("7", "65", "43", "42")
MAJOR_SEVENTH = {0, 5, 1, 3, 8, 10}
"""On I, IV and the flat degrees, the scale's own seventh above a major triad is a major one."""


def chord_of(numeral: str, tonic: int) -> Chord:
    """Return the chord that a numeral is on a tonic.

    Raises:
        Refused: it cannot be read.

    """
    first, *applied = numeral.split("/")
    for target in reversed(applied):
        tonic = (tonic + root_of(target)[0]) % 12
    match = NUMERAL.match(first)
    if match is None:
        raise Refused("a chord that cannot be read")
    step, major = root_of(first)
    kind, figure = match.group(3), match.group(4)
    seventh = 11 if step in MAJOR_SEVENTH and "d" not in kind else 10
    quality = quality_of(major, kind, figure, seventh)
    chord = Chord((tonic + step) % 12, quality)
    tone = BASSES.get(figure, 0)
    if tone >= len(chord.tones):
        return chord
    return Chord(chord.root, quality, (chord.root + chord.tones[tone]) % 12)


def root_of(numeral: str) -> tuple[int, bool]:
    """Return how far a numeral's root is above the tonic, and whether its third is major.

    Raises:
        Refused: it cannot be read.

    """
    match = NUMERAL.match(numeral)
    if match is None:
        raise Refused("a chord that cannot be read")
    signs, name = match.group(1), match.group(2)
    step = STEPS[name.upper()] + signs.count("#") - signs.count("b")
    return step % 12, name.isupper()


def quality_of(major: bool, kind: str, figure: str, seventh: int) -> str:
    """Return the suffix of a chord by the case of its numeral, its letter and its figure."""
    four = figure in SEVENTHS
    if "s4" in figure:
        return "7sus4" if "7" in figure else "sus4"
    if "s2" in figure:
        return "sus2"
    for letter, triad, whole in (
        ("o", "dim", "dim7"),
        ("x", "dim7", "dim7"),
        ("h", "m7b5", "m7b5"),
    ):
        if letter in kind:
            return whole if four else triad
    if "a" in kind:
        return ("maj7#5" if seventh == 11 else "7#5") if four else "aug"
    return _plain(major, figure, seventh, four, "d" in kind, "+" in kind)


def _plain(major: bool, figure: str, seventh: int, four: bool, dominant: bool, added: bool) -> str:
    if not major:
        return {"9": "m(add9)" if added else "m9", "11": "m11"}.get(figure, "m7" if four else "m")
    if figure == "9":
        return "add9" if added else "maj9" if seventh == 11 else "9"
    if added:
        return "add11" if figure == "11" else ""
    extended = {"7b9": "7b9", "7#9": "7#9", "#9": "7#9", "11": "11", "b5": "(b5)"}.get(figure)
    if extended is None:
        return ("maj7" if seventh == 11 else "7") if four or (dominant and not figure) else ""
    return extended
