"""The kinds of chord, as one table: every reader and writer of chord symbols is made from it.

Each row: the canonical suffix, the tones in semitones above the root, Harte's shorthand
(C. Harte et al., ISMIR 2005), MusicXML's kind and degrees, and other suffixes in use.
"""

from dataclasses import dataclass

Degree = tuple[str, int, int]
"""A MusicXML degree: add, alter or subtract; the degree; its alteration in semitones."""


@dataclass(frozen=True, slots=True)
class Quality:
    """One kind of chord."""

    suffix: str
    tones: tuple[int, ...]
    harte: str
    kind: str
    degrees: tuple[Degree, ...] = ()
    also: tuple[str, ...] = ()


def add(degree: int, alter: int = 0) -> Degree:
    """Return an added degree."""
    return ("add", degree, alter)


def alter(degree: int, by: int) -> Degree:
    """Return an altered degree."""
    return ("alter", degree, by)


QUALITIES = (
    Quality("", (0, 4, 7), "maj", "major", also=("maj", "M", "major", "Maj", "ma")),
    Quality("m", (0, 3, 7), "min", "minor", also=("min", "-", "mi", "minor", "Min")),
    Quality("dim", (0, 3, 6), "dim", "diminished", also=("o", "mb5", "m(b5)", "m-5", "diminished")),
    Quality("aug", (0, 4, 8), "aug", "augmented", also=("+", "(#5)", "+5", "augmented")),
    Quality("5", (0, 7), "5", "power", also=("no3", "(no3)", "power")),
    Quality("(b5)", (0, 4, 6), "(3,b5)", "major", (alter(5, -1),), also=("majb5",)),
    Quality("sus2", (0, 2, 7), "sus2", "suspended-second", also=("2sus",)),
    Quality("sus4", (0, 5, 7), "sus4", "suspended-fourth", also=("sus", "4sus", "4")),
    Quality("6", (0, 4, 7, 9), "maj6", "major-sixth", also=("maj6", "M6", "add6", "(add6)")),
    Quality("m6", (0, 3, 7, 9), "min6", "minor-sixth", also=("min6", "-6", "mi6", "m(add6)")),
    Quality("7", (0, 4, 7, 10), "7", "dominant", also=("dom7", "dom", "dominant")),
    Quality(
        "maj7",
        (0, 4, 7, 11),
        "maj7",
        "major-seventh",
        also=("M7", "^7", "^", "Maj7", "ma7", "j7", "major7", "7M", "maj7th"),
    ),
    Quality("m7", (0, 3, 7, 10), "min7", "minor-seventh", also=("min7", "-7", "mi7", "minor7")),
    Quality(
        "m(maj7)",
        (0, 3, 7, 11),
        "minmaj7",
        "major-minor",
        also=("mM7", "m/maj7", "mmaj7", "-^7", "-^", "minmaj7", "-maj7", "m^7", "m+7", "mMaj7", "-M7"),
    ),
    Quality(
        "m7b5",
        (0, 3, 6, 10),
        "hdim7",
        "half-diminished",
        also=("h7", "h", "min7b5", "-7b5", "mi7b5", "m7(b5)", "m7-5", "hdim7", "hdim"),
    ),
    Quality("dim7", (0, 3, 6, 9), "dim7", "diminished-seventh", also=("o7", "diminished7")),
    Quality(
        "dim(maj7)", (0, 3, 6, 11), "dim(7)", "diminished", (add(7, 1),), also=("oM7", "o^7")
    ),
    Quality(
        "7#5",
        (0, 4, 8, 10),
        "aug(b7)",
        "augmented-seventh",
        also=("aug7", "+7", "7+", "7(#5)", "7+5", "7aug"),
    ),
    Quality(
        "maj7#5",
        (0, 4, 8, 11),
        "aug(7)",
        "major-seventh",
        (alter(5, 1),),
        also=("+M7", "^7#5", "M7#5", "maj7(#5)", "+^7", "augmaj7", "+maj7"),
    ),
    Quality("7b5", (0, 4, 6, 10), "7(b5)", "dominant", (alter(5, -1),), also=("7(b5)", "7-5")),
    Quality("maj7b5", (0, 4, 6, 11), "maj7(b5)", "major-seventh", (alter(5, -1),)),
    Quality("m7#5", (0, 3, 8, 10), "min7(#5)", "minor-seventh", (alter(5, 1),)),
    Quality("m#5", (0, 3, 8), "(b3,#5)", "minor", (alter(5, 1),), also=("m+", "m(#5)")),
    Quality("7sus4", (0, 5, 7, 10), "sus4(b7)", "suspended-fourth", (add(7, -1),), ("7sus",)),
    Quality("7sus2", (0, 2, 7, 10), "sus2(b7)", "suspended-second", (add(7, -1),)),
    Quality("maj7sus4", (0, 5, 7, 11), "sus4(7)", "suspended-fourth", (add(7),), ("^7sus4",)),
    Quality("add9", (0, 4, 7, 14), "maj(9)", "major", (add(9),), ("(add9)", "add2", "2", "/9")),
    Quality("m(add9)", (0, 3, 7, 14), "min(9)", "minor", (add(9),), ("madd9", "madd2", "m2")),
    Quality("add11", (0, 4, 7, 17), "maj(11)", "major", (add(11),), ("(add11)", "add4")),
    Quality(
        "6/9",
        (0, 4, 7, 9, 14),
        "maj6(9)",
        "major-sixth",
        (add(9),),
        ("69", "6(9)", "6add9", "6(add9)"),
    ),
    Quality("m6/9", (0, 3, 7, 9, 14), "min6(9)", "minor-sixth", (add(9),), ("m69", "-69", "-6/9")),
    Quality("9", (0, 4, 7, 10, 14), "9", "dominant-ninth", also=("7(9)", "7/9", "7add9")),
    Quality(
        "maj9", (0, 4, 7, 11, 14), "maj9", "major-ninth", also=("M9", "^9", "ma9", "maj7(9)", "maj7/9", "Maj9")
    ),
    Quality("m9", (0, 3, 7, 10, 14), "min9", "minor-ninth", also=("min9", "-9", "mi9", "m7(9)")),
    Quality("m(maj9)", (0, 3, 7, 11, 14), "minmaj7(9)", "major-minor", (add(9),), ("-^9", "mM9")),
    Quality("9sus4", (0, 5, 7, 10, 14), "sus4(b7,9)", "suspended-fourth", (add(7, -1), add(9)), ("9sus",)),
    Quality("7b9", (0, 4, 7, 10, 13), "7(b9)", "dominant", (add(9, -1),), ("7(b9)", "7-9")),
    Quality("7#9", (0, 4, 7, 10, 15), "7(#9)", "dominant", (add(9, 1),), ("7(#9)", "7+9")),
    Quality("7b9sus4", (0, 5, 7, 10, 13), "sus4(b7,b9)", "suspended-fourth", (add(7, -1), add(9, -1)), ("7susb9", "7b9sus", "7sus4b9")),
    Quality("7b5b9", (0, 4, 6, 10, 13), "7(b5,b9)", "dominant", (alter(5, -1), add(9, -1)), ("7b9b5", "7(b5,b9)")),
    Quality("7#5b9", (0, 4, 8, 10, 13), "aug(b7,b9)", "dominant", (alter(5, 1), add(9, -1)), ("7b9#5", "7alt", "alt", "7(#5,b9)")),
    Quality("7#5#9", (0, 4, 8, 10, 15), "aug(b7,#9)", "dominant", (alter(5, 1), add(9, 1)), ("7#9#5", "7(#5,#9)")),
    Quality("7b5#9", (0, 4, 6, 10, 15), "7(b5,#9)", "dominant", (alter(5, -1), add(9, 1)), ("7#9b5",)),
    Quality("9#5", (0, 4, 8, 10, 14), "aug(b7,9)", "dominant-ninth", (alter(5, 1),), ("+9", "9(#5)", "aug9", "9+5")),
    Quality("9b5", (0, 4, 6, 10, 14), "9(b5)", "dominant-ninth", (alter(5, -1),), ("9(b5)",)),
    Quality("m9b5", (0, 3, 6, 10, 14), "hdim7(9)", "half-diminished", (add(9),), ("h9", "-9b5")),
    Quality("7#11", (0, 4, 7, 10, 18), "7(#11)", "dominant", (add(11, 1),), ("7(#11)", "7+11")),
    Quality("9#11", (0, 4, 7, 10, 14, 18), "9(#11)", "dominant-ninth", (add(11, 1),), ("9(#11)",)),
    Quality("maj7#11", (0, 4, 7, 11, 18), "maj7(#11)", "major-seventh", (add(11, 1),), ("^7#11", "maj7(#11)", "M7#11")),
    Quality("maj9#11", (0, 4, 7, 11, 14, 18), "maj9(#11)", "major-ninth", (add(11, 1),), ("^9#11", "maj9(#11)")),
    Quality("11", (0, 4, 7, 10, 14, 17), "9(11)", "dominant-11th"),
    Quality("m11", (0, 3, 7, 10, 14, 17), "min9(11)", "minor-11th", also=("min11", "-11", "mi11", "m7(11)", "m7/11", "m7add11")),
    Quality("maj11", (0, 4, 7, 11, 14, 17), "maj9(11)", "major-11th", also=("M11", "^11")),
    Quality("7(13)", (0, 4, 7, 10, 21), "7(13)", "dominant", (add(13),), ("7add13", "7(add13)", "7/6", "7/13")),
    Quality("13", (0, 4, 7, 10, 14, 21), "9(13)", "dominant-13th", also=("9(13)", "9/13", "7(9,13)")),
    Quality("13sus4", (0, 5, 7, 10, 14, 21), "sus4(b7,9,13)", "suspended-fourth", (add(7, -1), add(9), add(13)), ("13sus",)),
    Quality("7b13", (0, 4, 7, 10, 20), "7(b13)", "dominant", (add(13, -1),), ("7(b13)",)),
    Quality("7b9b13", (0, 4, 7, 10, 13, 20), "7(b9,b13)", "dominant", (add(9, -1), add(13, -1)), ("7(b9,b13)",)),
    Quality("13b9", (0, 4, 7, 10, 13, 21), "7(b9,13)", "dominant", (add(9, -1), add(13)), ("13(b9)",)),
    Quality("13#9", (0, 4, 7, 10, 15, 21), "7(#9,13)", "dominant", (add(9, 1), add(13)), ("13(#9)",)),
    Quality("13#11", (0, 4, 7, 10, 14, 18, 21), "9(#11,13)", "dominant-13th", (alter(11, 1),), ("13(#11)",)),
    Quality("m13", (0, 3, 7, 10, 14, 21), "min9(13)", "minor-13th", also=("min13", "-13", "mi13")),
    Quality("maj13", (0, 4, 7, 11, 14, 21), "maj9(13)", "major-13th", also=("M13", "^13", "ma13")),
)  # fmt: skip

BY_SUFFIX = {quality.suffix: quality for quality in QUALITIES}
