"""Reads harmonic analyses in RomanText: Roman numerals at beats of bars, and the keys they are in.

The format is that of D. Tymoczko, M. Gotham, M. S. Cuthbert and C. Ariza (The RomanText format,
ISMIR 2019). Variant readings are left out. What a numeral sounds like is music21's to say.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from generators.hearing.chords import chord_of as simplest
from generators.music.errors import BadValue
from generators.music.harmony import Chord, Key
from generators.music.notes import ChordSpan
from generators.music.qualities import BY_SUFFIX
from generators.music.time import Meter, Ticks
from generators.tokens.leadsheet import KINDS

BAR = re.compile(r"m(\d+)\s+(\S.*)")
BEAT = re.compile(r"b(\d+(?:\.\d+)?)")
KEY = re.compile(r"([A-Ga-g])([#b-]*):")
IN_KEY = re.compile(r"^([A-Ga-g][#b-]*:)")
OPENS, TURNS = re.compile(r"\|+:"), re.compile(r":\|+:?")
NUMERAL = re.compile(r"[#b-]*(?:[ivIV]+|N|It|Ger|Fr|Cad)")
SHAPES = {frozenset(tone % 12 for tone in BY_SUFFIX[kind].tones): kind for kind in reversed(KINDS)}
FINEST = 16
"""1.667 is the beat and two thirds: fractions of a beat have denominators up to this."""


@dataclass(frozen=True, slots=True)
class Label:
    """A Roman numeral, the bar and beat (from 1) on which it begins, and the key it is in."""

    bar: int
    beat: Fraction
    key: str
    """As music21 writes it: `B-` is B flat major, `b` is B minor."""
    figure: str
    opens: bool = False
    """Whether what is repeated begins with it."""
    turns: bool = False
    """Whether what is repeated ends with it."""


def labels_of(text: str) -> list[Label]:
    """Return the labels of an analysis in order."""
    found: list[Label] = []
    key, opens, last = "", False, -1
    beat: Fraction | None = None
    for bar, word in _words(text):
        beat = beat if bar == last else Fraction(1)
        last = bar
        if OPENS.fullmatch(word):
            opens = True
        elif TURNS.fullmatch(word) and found:
            found[-1] = replace(found[-1], turns=True)
        elif word.startswith("b") and (word[1:2].isdigit() or word == "bnan"):
            beat = _beat(word)
        elif keyed := KEY.fullmatch(word):
            key = keyed[1] + keyed[2].replace("b", "-")
        elif key and beat is not None and NUMERAL.match(word):
            found.append(Label(bar, beat, key, word, opens))
            opens = False
    return found


def bars_of(text: str) -> int:
    """Return how many bars an analysis has, from its first number to its last."""
    found = [BAR.fullmatch(line.strip()) for line in text.splitlines()]
    numbers = [int(match[1]) for match in found if match]
    return numbers[-1] - numbers[0] + 1 if numbers else 0


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Yield the words of each bar; a key stands before its numeral, with or without a space."""
    for match in filter(None, (BAR.fullmatch(line.strip()) for line in text.splitlines())):
        for word in match[2].split():
            yield from ((int(match[1]), part) for part in IN_KEY.sub(r"\1 ", word).split())


def _beat(word: str) -> Fraction | None:
    match = BEAT.fullmatch(word)
    return Fraction(match[1]).limit_denominator(FINEST) if match else None


def unrolled(labels: Sequence[Label], meter: Meter) -> list[Label]:
    """Return the labels with repeats written out, as many whole bars later each time."""
    played: list[Label] = []
    start = shift = 0
    for place, label in enumerate(labels):
        start = place if label.opens else start
        played.append(_later(label, shift))
        if label.turns:
            again = labels[start : place + 1]
            bars = (_at(label, meter) - _at(again[0], meter)) // meter.bar + 1
            played += [_later(each, shift + bars) for each in again]
            start, shift = place + 1, shift + bars
    return played


def _later(label: Label, bars: int) -> Label:
    return replace(label, bar=label.bar + bars)


def _at(label: Label, meter: Meter) -> int:
    return label.bar * meter.bar + round((label.beat - 1) * beat_of(meter))


def home_key(labels: Sequence[Label]) -> Key | None:
    """Return the key in which an analysis begins."""
    return key_named(labels[0].key) if labels else None


def key_named(name: str) -> Key | None:
    """Return the key of a name in RomanText: minor ones are written small."""
    plain = name[0].upper() + name[1:].replace("-", "b")
    try:
        return Key.named(plain + " minor" if name[0].islower() else plain)
    except BadValue:
        return None


def spans_of(
    labels: Sequence[Label], bars: Mapping[int, int], meter_at: Mapping[int, Meter], end: int
) -> list[ChordSpan]:
    """Return the chords of an analysis, on the bars of a score by their numbers.

    Each lasts until the next; labels of bars that the score lacks, and numerals that make no
    chord, are left out. Beats are counted in felt beats: two in a bar of 6/8.
    """
    found: dict[int, Chord] = {}
    for label in labels:
        chord = chord_of(label.key, label.figure)
        if label.bar not in bars or chord is None:
            continue
        meter = meter_at[label.bar]
        offset = round((label.beat - 1) * beat_of(meter))
        if 0 <= offset < meter.bar:
            found[bars[label.bar] + offset] = chord
    return _lasting(sorted(found.items()), end)


def beat_of(meter: Meter) -> Ticks:
    """Return the beat that RomanText counts: a bar of 6/8 and of 6/4 has two, one of 3/8 three."""
    return Ticks(meter.beat * 3) if meter.beats % 3 == 0 and meter.beats > 3 else meter.beat


def _lasting(found: Sequence[tuple[int, Chord]], end: int) -> list[ChordSpan]:
    changes = [
        (at, chord)
        for place, (at, chord) in enumerate(found)
        if place == 0 or chord != found[place - 1][1]
    ]
    ends = [*(at for at, _ in changes[1:]), end][: len(changes)]
    return [
        ChordSpan(Ticks(at), Ticks(until - at), chord)
        for (at, chord), until in zip(changes, ends, strict=True)
        if until > at
    ]


@cache
def chord_of(key: str, figure: str) -> Chord | None:
    """Return the chord that a Roman numeral names in a key; nothing where it names none."""
    from music21.exceptions21 import Music21Exception
    from music21.roman import RomanNumeral

    try:
        numeral = RomanNumeral(figure.replace("/o", "ø"), _music21_key(key))
        pitches = [pitch.midi for pitch in numeral.pitches]
        root, bass = numeral.root().pitchClass, numeral.bass().pitchClass
    except (Music21Exception, ValueError, KeyError, AttributeError, IndexError):
        return None
    return sounding(pitches, root, bass)


@cache
def _music21_key(name: str) -> object:
    from music21.key import Key as Music21Key

    return Music21Key(name)


def sounding(pitches: Sequence[int], root: int, bass: int) -> Chord | None:
    """Return the chord of these pitches with this root, or the simplest that explains them.

    An augmented sixth has its root where no third is stacked, and sounds like a seventh chord.
    """
    classes = frozenset(pitch % 12 for pitch in pitches)
    kind = SHAPES.get(frozenset((each - root) % 12 for each in classes))
    if kind is not None:
        return Chord(root, kind, bass)
    if len(classes) < 2:
        return None
    lowest = [bass, *(12 + each for each in sorted(classes - {bass}))]
    return simplest(lowest)
