"""What the answers are like: how much of them was there before, and how fast they come."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from statistics import median
from time import perf_counter

from generators.leadsheet import LeadSheet
from generators.music.notes import Note, Phrase
from generators.music.time import Ticks
from generators.prompt import Kind, Prompt
from generators.tokens import leadsheet as words
from onnx_models.workshop.measure.lines import key_of
from onnx_models.workshop.measure.originality import Copied, Learnt
from onnx_models.workshop.tune import Tune

HEARD, ANSWERED = 4, 8
"""Bars that are heard, and bars that are answered."""
TIMES = 12
"""How often four bars are asked for; the median counts."""
LONG = 32
"""The bars of the melody that is harmonized for its time."""


def originality(player: LeadSheet, tunes: Sequence[Tune], learnt: Learnt) -> dict[str, float]:
    """Return how much of the answers is in what was learnt, beside how much of the tunes is."""
    made, human = list[Sequence[Note]](), list[Sequence[Note]]()
    for number, tune in enumerate(tunes):
        bar = tune.phrase.meter.bar
        start = Ticks(_first(tune.phrase) + HEARD * bar)
        length = Ticks(ANSWERED * bar)
        heard = tune.phrase.between(Ticks(0), start)
        theirs = tune.phrase.between(start, Ticks(start + length)).notes
        if not heard.notes or len(theirs) < 8:
            continue
        human.append(theirs)
        made.append(player.suggest(Prompt(heard, start, length, seed=number)).notes)
    return {**_told("model", learnt.copied(made)), **_told("human", learnt.copied(human))}


def _told(name: str, copied: Copied) -> dict[str, float]:
    return {
        f"{name}_longest": copied.longest,
        f"{name}_mean_longest": round(copied.mean_longest, 2),
        f"{name}_share": round(copied.share, 3),
    }


def _first(phrase: Phrase) -> int:
    return phrase.meter.bar_line(phrase.notes[0].onset)


def speed(player: LeadSheet, tune: Tune) -> dict[str, float]:
    """Return the times of a word, of four bars, and of a long melody, in milliseconds.

    The words a second stand beside those of reading everything again for each word, and beside
    the 16 a second that ReaLJam needs to keep up at 120 beats a minute.
    """
    phrase, bar = tune.phrase, tune.phrase.meter.bar
    start = Ticks(_first(phrase) + 8 * bar)
    heard = phrase.between(Ticks(0), start)
    asked = [Prompt(heard, start, Ticks(4 * bar), seed=seed) for seed in range(TIMES)]
    four = [_timed(partial(player.suggest, each)) for each in asked]
    long = _long(phrase)
    whole = Prompt(long, Ticks(0), Ticks(LONG * bar), Kind.HARMONIZE)
    step, fresh = _steps(player, tune)
    return {
        "four_bars_ms": round(median(four), 1),
        "harmonize_32_bars_ms": round(_timed(partial(player.suggest, whole)), 0),
        "event_ms": round(step, 3),
        "events_per_second": round(1000 / step, 0),
        "events_per_second_reading_again": round(1000 / fresh, 0),
        "cores": os.cpu_count() or 1,
    }


def _long(phrase: Phrase) -> Phrase:
    """Return 32 bars of the melody: it is played again and again."""
    long = alone = replace(phrase, chords=())
    length = Ticks(LONG * phrase.meter.bar)
    while long.end < length:
        long = long.plus(alone, phrase.meter.next_bar_line(long.end))
    return long.between(Ticks(0), length)


def _timed(work: Callable[[], object]) -> float:
    before = perf_counter()
    work()
    return (perf_counter() - before) * 1000


def _steps(player: LeadSheet, tune: Tune) -> tuple[float, float]:
    """Return the time of an event with 512 events before it kept, and read again."""
    decoder = player.decoder
    note = (words.FIRST_PLACE, words.FIRST_PITCH + 24)
    context = [*words.events(words.header(True, tune.phrase.meter, key_of(tune.phrase)))]
    context += [note] * (512 - len(context))

    def step() -> None:
        made = decoder.feed([note])
        decoder.spell(made, [()])
        decoder.spell(made, [note[:1]])

    def again() -> None:
        decoder.rewind(0)
        decoder.feed(context)
        step()

    fresh = median(_timed(again) for _ in range(5))
    times = list[float]()
    for _ in range(60):
        times.append(_timed(step))
    return median(times), fresh
