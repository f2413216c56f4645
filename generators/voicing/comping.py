"""The notes of chords: hands played in a pattern; every note ends before it comes again."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from generators.music.notes import ChordSpan, Note
from generators.music.time import Meter, Ticks
from generators.voicing.hands import hands
from generators.voicing.patterns import ALL, Held
from generators.voicing.voicing import Hand, Voicing


def voice(
    spans: Sequence[ChordSpan],
    voicing: Voicing,
    meter: Meter,
    previous: Hand = (),
) -> tuple[Note, ...]:
    """Return the notes of chords; onsets are counted as theirs are, from a bar line.

    `previous` is the hand that the first chord is led on from. N.C. is silence.
    """
    return played(spans, hands(spans, voicing, previous), voicing, meter)


def played(
    spans: Sequence[ChordSpan], led: Sequence[Hand], voicing: Voicing, meter: Meter
) -> tuple[Note, ...]:
    """Return the notes of chords whose hands are known."""
    pattern = ALL[voicing.pattern]
    notes: list[Note] = []
    since = Ticks(0)
    for at, (span, hand) in enumerate(zip(spans, led, strict=True)):
        if not at or not _goes_on(spans[at - 1], span):
            since = span.onset
        if hand:
            after = led[at + 1] if at + 1 < len(led) else ()
            notes += pattern(Held(span, hand, meter, voicing, since, after))
    return clear(notes)


def _goes_on(before: ChordSpan, span: ChordSpan) -> bool:
    return before.chord == span.chord and before.end == span.onset


def clear(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return the notes in order; one that still sounds when its pitch comes again ends there."""
    by_pitch: dict[int, dict[Ticks, Note]] = {}
    for note in sorted(notes):
        by_pitch.setdefault(note.pitch, {})[note.onset] = note
    kept: list[Note] = []
    for struck in by_pitch.values():
        line = list(struck.values())
        kept += (_before(one, other.onset) for one, other in pairwise(line))
        kept += line[-1:]
    return tuple(sorted(kept))


def _before(note: Note, onset: Ticks) -> Note:
    return replace(note, length=Ticks(min(note.length, onset - note.onset)))
