"""What a tune must have to be learnt from."""

from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import pairwise

from generators.music.notes import Note, Phrase
from generators.music.time import Ticks
from onnx_models.workshop.tune import Refused, Tune

FEWEST_NOTES = 16
FEWEST_CHORDS = 8
FEWEST_PITCHES = 4
WIDEST_JUMP = 24
MOST_EMPTY = 0.3
"""The share of bars in which the melody may be silent."""


def checked(tune: Tune) -> Tune:
    """Return a tune that can be learnt from.

    Raises:
        Refused: it is too short, too plain, jumps about, or is silent for too long.

    """
    if tune.phrase.key is None:
        raise Refused("no key")
    if tune.phrase.notes:
        _melody(tune.phrase)
    elif len(tune.phrase.chords) < FEWEST_CHORDS:
        raise Refused("too few chords")
    return tune


def _melody(phrase: Phrase) -> None:
    pitches = [note.pitch for note in phrase.notes]
    if len(pitches) < FEWEST_NOTES:
        raise Refused("too short")
    if len(set(pitches)) == 1:
        raise Refused("one pitch only")
    if len(set(pitches)) < FEWEST_PITCHES:
        raise Refused("too few different pitches")
    if max(abs(b - a) for a, b in pairwise(pitches)) > WIDEST_JUMP:
        raise Refused("a jump beyond two octaves")
    if empty_share(phrase) > MOST_EMPTY:
        raise Refused("too many empty bars")


def sounding_bars(notes: tuple[Note, ...], bar: int) -> set[int]:
    """Return the bars, counted from 0, in which a note sounds."""
    return {at for note in notes for at in range(note.onset // bar, (note.end - 1) // bar + 1)}


def empty_share(phrase: Phrase) -> float:
    """Return the share of a phrase's bars in which no note sounds."""
    return 1 - len(sounding_bars(phrase.notes, phrase.meter.bar)) / max(1, phrase.bars)


def chord_tone_share(phrase: Phrase) -> float:
    """Return for how much of the time that melody and chords sound the melody is a chord tone."""
    onsets = [span.onset for span in phrase.chords]
    sounding = agreeing = 0
    for note in phrase.notes:
        first = max(0, bisect_right(onsets, note.onset) - 1)
        for span in phrase.chords[first : bisect_left(onsets, note.end)]:
            both = min(note.end, span.end) - max(note.onset, span.onset)
            if both > 0 and span.chord.tones:
                sounding += both
                agreeing += both * (note.pitch % 12 in span.chord.pitch_classes)
    return agreeing / max(1, sounding)


def without_silence(tune: Tune, longest: int = 4) -> list[Tune]:
    """Return the stretches of a tune between silences of more bars than `longest`.

    A song's introduction and its solos are bars in which nobody sings: the melody goes on
    elsewhere, and nothing about it is to be learnt from them.
    """
    bar = tune.phrase.meter.bar
    sung = sorted(sounding_bars(tune.phrase.notes, bar))
    if not sung:
        return []
    breaks = [(a, b) for a, b in pairwise(sung) if b - a - 1 > longest]
    firsts = [sung[0], *(b for _, b in breaks)]
    lasts = [*(a for a, _ in breaks), sung[-1]]
    return [excerpt(tune, first, last + 1) for first, last in zip(firsts, lasts, strict=True)]


def excerpt(tune: Tune, first: int, end: int) -> Tune:
    """Return some bars of a tune as a tune."""
    bar = tune.phrase.meter.bar
    return replace(
        tune,
        phrase=tune.phrase.between(Ticks(first * bar), Ticks(end * bar)),
        closes=frozenset(at - first for at in tune.closes if first <= at < end),
        sections=_sections(tune.sections, first, end),
    )


def _sections(
    sections: tuple[tuple[int, str], ...], first: int, end: int
) -> tuple[tuple[int, str], ...]:
    """Count sections from another bar; the one that has begun before begins with it."""
    before = [name for bar, name in sections if bar <= first]
    inside = [(bar - first, name) for bar, name in sections if first < bar < end]
    return (*((0, name) for name in before[-1:]), *inside)
