"""A control: human melodies with human chords that were not made for them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from generators.music.notes import ChordSpan, Phrase
from generators.music.time import Ticks
from onnx_models.workshop.measure.lines import key_of
from onnx_models.workshop.tune import Tune


def mismatched(tunes: Sequence[Tune], seed: int = 0) -> list[Tune]:
    """Return the tunes, each with the chords of another one of its meter and kind of third.

    The chords are moved to the tune's key, begin in the bar where its own began, and are played
    again until the melody is over. Who lends to whom is drawn by the seed; each lends once. A tune
    that is alone in its meter is left out.
    """
    rng = np.random.default_rng(seed)
    groups: dict[tuple[str, bool], list[Tune]] = defaultdict(list)
    for tune in tunes:
        if tune.phrase.notes and tune.phrase.chords:
            groups[str(tune.phrase.meter), key_of(tune.phrase).minor].append(tune)
    lenders: dict[int, Tune] = {}
    for group in groups.values():
        ring = [group[index] for index in rng.permutation(len(group))]
        for tune, lender in zip(ring, [*ring[1:], ring[0]], strict=True):
            lenders[id(tune)] = lender
    pairs = [(tune, lenders.get(id(tune), tune)) for tune in tunes]
    return [
        replace(tune, phrase=lent(tune.phrase, lender.phrase), played=None)
        for tune, lender in pairs
        if lender is not tune
    ]


def lent(phrase: Phrase, lender: Phrase) -> Phrase:
    """Return a melody with the chords of another phrase, in its own key."""
    by = key_of(phrase).tonic - key_of(lender).tonic
    bar = phrase.meter.bar
    first, there = (each.meter.bar_line(each.chords[0].onset) for each in (phrase, lender))
    turn = max(bar, lender.meter.next_bar_line(lender.chords[-1].end) - there)
    end = phrase.meter.next_bar_line(phrase.end)
    chords: list[ChordSpan] = []
    for start in range(first, end, turn):
        for span in lender.chords:
            moved = replace(span.moved(start - there), chord=span.chord.transposed(by))
            if moved.onset < end:
                chords.append(replace(moved, length=Ticks(min(moved.length, end - moved.onset))))
    return replace(phrase, chords=tuple(chords))
