"""Answers by rule, without a model and without anything heard.

Chords follow functional harmony (`changes`); the melody develops the player's motif, or one of
its own, with chord tones on the heavy beats and a cadence at the end (`development`).
"""

from collections.abc import Iterator
from itertools import pairwise
from random import Random

from generators.changes import changes
from generators.development import Development
from generators.ground import STRONG, Ground, Onsets, in_order
from generators.music.notes import Note
from generators.music.time import Ticks
from generators.prompt import Item, Kind, Prompt


class Rules:
    """Answers every kind of prompt by the rules of the craft."""

    name = "rules"
    drafts = 6

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        """Yield chords and melody in order of onset.

        To harmonize is to yield chords alone, to improvise a melody alone; where no chords are
        given, the melody is improvised over chords that are thought, not played.
        """
        ground, rng = Ground(prompt), Random(prompt.seed)
        if prompt.kind is Kind.HARMONIZE:
            yield from changes(ground, ground.within, rng)
            return
        spans = changes(ground, (), rng)
        heard = () if prompt.kind is Kind.IMPROVISE else spans
        yield from in_order(heard, Development(ground, spans, rng).notes())


def chord_tones(prompt: Prompt) -> tuple[Note, ...]:
    """Return the plainest melody there is: a chord tone, near the last, on each strong beat.

    It is what can be played when everything else fails. Where chords are asked for it is empty.
    """
    if prompt.kind is Kind.HARMONIZE:
        return ()
    ground = Ground(prompt)
    spans, onsets = changes(ground, (), Random(prompt.seed)), Onsets(ground, ground.rest)
    pitch = ground.melody[-1].pitch if ground.melody else ground.centre
    notes = []
    for at, end in pairwise([*_heavy(ground, onsets), prompt.length]):
        pitch = ground.nearest(pitch, ground.tones(spans, at))
        notes.append(ground.sung(at, pitch, end - at))
    if notes and ground.rest is not None:
        notes[-1] = ground.last(spans, notes[-1].onset, notes[-1].pitch)
    return tuple(notes)


def _heavy(ground: Ground, onsets: Onsets) -> list[Ticks]:
    """Return the strong beats on which a note may begin; every beat that is free, if none is."""
    free: list[Ticks] = []
    at = onsets.after(Ticks(-1))
    while at is not None:
        if not free or ground.weight(at) >= STRONG or at == ground.rest:
            free.append(at)
            onsets.take(at)
        at = None if at == ground.rest else onsets.after(at)
    return free
