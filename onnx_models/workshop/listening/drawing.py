"""Prompts for the listening page: drawn by a seed from the test splits, never chosen.

Only music that anybody may print and play is drawn. Songs that are still owned by somebody are
learnt from and measured on, but not passed on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from generators.music.errors import BadSong
from generators.music.notes import Phrase
from generators.music.time import Ticks
from onnx_models.workshop.titles import plain_title
from onnx_models.workshop.tune import Tune

SHOWN = {
    "nottingham": "traditional dances and songs; the transcriptions are those of the Nottingham "
    "Music Database (GPL-3.0)",
    "oneills1850": "traditional Irish tunes, from Francis O'Neill's Music of Ireland (1903)",
    "open_hymnal": "in the public domain, as the Open Hymnal says",
}
"""The sources whose music may be shown, and why it may. No other is ever drawn from."""
PROMPTS = 10
ANSWERED = 8
"""Bars of an answer."""
LONG = 32
"""From so many bars on, a tune is taken to have phrases of eight bars, else of four."""
FEWEST_NOTES = 6
"""Fewer than these are no prompt."""


@dataclass(frozen=True, slots=True)
class Call:
    """The beginning of a tune as it is heard, and how its maker went on."""

    tune: Tune
    heard: Phrase
    """From the bar of its first note; a pick-up is a bar that begins with silence."""
    start: Ticks
    """The bar line at which an answer begins."""
    human: Phrase
    """How the tune goes on, counted from there."""
    seed: int
    """What the answers are drawn by."""

    @property
    def length(self) -> Ticks:
        """How long an answer is."""
        return Ticks(ANSWERED * self.heard.meter.bar)

    @property
    def pickup(self) -> Ticks:
        """How long what sounds before the first bar line is; 0 where nothing does."""
        return pickup_of(self.heard)

    def followed(self, answer: Phrase) -> Phrase:
        """Return what was heard and an answer to it as one phrase."""
        return self.heard.plus(answer, self.start)


def pickup_of(phrase: Phrase) -> Ticks:
    """Return how long the pick-up of a phrase is that begins in its first bar."""
    bar = phrase.meter.bar
    silence = phrase.notes[0].onset if phrase.notes else 0
    return Ticks(bar - silence if bar / 2 <= silence < bar else 0)


def call_of(tune: Tune, seed: int = 0) -> Call | None:
    """Return the prompt that a tune gives; None where it is too short to be gone on with."""
    phrase = tune.phrase
    if not phrase.notes:
        return None
    bar = phrase.meter.bar
    first = phrase.meter.bar_line(phrase.notes[0].onset)
    phrase = phrase.between(first, phrase.meter.next_bar_line(phrase.end))
    heard = 8 if phrase.bars >= LONG else 4
    start = Ticks((heard + (pickup_of(phrase) > 0)) * bar)
    end = Ticks(start + ANSWERED * bar)
    before, after = phrase.between(Ticks(0), start), phrase.between(start, end)
    whole = phrase.meter.next_bar_line(before.end) == start and after.bars == ANSWERED
    if not whole or len(before.notes) < FEWEST_NOTES or not after.notes:
        return None
    return Call(tune, before, start, after, seed)


def calls_by_source(tunes: Iterable[Tune]) -> dict[str, list[Call]]:
    """Return the prompts that the test splits hold, by source, one for each title.

    Their order is that of their titles, so that it does not matter in which the tunes were read.
    """
    found: dict[str, dict[str, Call]] = {source: {} for source in SHOWN}
    for tune in sorted(tunes, key=lambda each: (plain_title(each.title), each.phrase.end)):
        if tune.split == "test" and tune.source in SHOWN and (call := call_of(tune)):
            found[tune.source].setdefault(plain_title(tune.title), call)
    return {source: [*calls.values()] for source, calls in found.items()}


def draw(tunes: Iterable[Tune], seed: int, count: int = PROMPTS) -> list[Call]:
    """Draw prompts, from one source after the other as long as there are any.

    Raises:
        BadSong: the test splits hold too few.

    """
    rng = np.random.default_rng(seed)
    shuffled = {
        source: iter([calls[number] for number in rng.permutation(len(calls))])
        for source, calls in calls_by_source(tunes).items()
    }
    drawn: list[Call] = []
    while shuffled and len(drawn) < count:
        for source in [*shuffled]:
            taken = [*islice(shuffled[source], 1)]
            drawn += taken
            if not taken:
                del shuffled[source]
    if len(drawn) < count:
        raise BadSong(
            f"the test splits hold {len(drawn)} of {count} prompts that may be shown",
            f"read {', '.join(SHOWN)} with `antiphon-workshop corpus`",
        )
    return [
        replace(call, seed=seed + number) for number, call in enumerate(in_order(drawn[:count]))
    ]


def in_order(calls: Sequence[Call]) -> list[Call]:
    """Return prompts source by source, each source in the order in which it was drawn from."""
    sources = [*SHOWN]
    return sorted(calls, key=lambda call: sources.index(call.tune.source))
