from dataclasses import replace
from functools import cache
from math import log2

import numpy as np
import pytest

from generators.music.errors import BadValue
from generators.music.notes import Phrase
from generators.music.time import QUARTER, Ticks
from generators.tokens.grid import REST, melody_events
from generators.tokens.leadsheet import REST_TOKEN, frame_for
from onnx_models.workshop.measure.lines import END, as_played, key_of, melody_line
from onnx_models.workshop.measure.listener import Habits, Mixing
from onnx_models.workshop.measure.markov import Melody, MelodyMarkov, Sense, best_chain
from onnx_models.workshop.tune import Tune
from tests import tunes
from tests.music import line

HALF = "C4 D4 E4 C4 F4:1/2 E4:1/2 D4 G4:2"
TUNE = line(f"{HALF} E4 D4 C4:2", key="C")
SETTINGS = [(Sense.METER, Mixing.CONFIDENT), (Sense.EVENTS, Mixing.FIXED)]


@cache
def real() -> list[Melody]:
    """Return tunes of Ryan's collection, taken to be in C: what matters is that they are lines."""
    key = line("C4", key="C").key
    return [Melody.of(replace(each, key=key)) for each in tunes.phrases(24, 16)]


def one_by_one(chain: MelodyMarkov, melody: Melody) -> float:
    """Return what a melody costs when nothing of it is known before it is heard."""
    bits = -log2(chain.lengths_after(melody)[END])
    for at, value in enumerate(melody.line.values.tolist()):
        heard, length = melody.first(at), int(melody.line.lengths[at])
        lengths, pitches = chain.lengths_after(heard), chain.pitches_after(heard, length)
        assert sum(lengths.values()) == pytest.approx(0.99, abs=0.0101)
        assert sum(pitches.values()) == pytest.approx(1)
        bits -= log2(lengths[length]) + log2(pitches[value])
    return bits


def moved(phrase: Phrase, by: int) -> Phrase:
    notes = tuple(replace(note, pitch=note.pitch + by) for note in phrase.notes)
    key = key_of(phrase)
    return replace(phrase, notes=notes, key=key.transposed(by))


def test_a_line_says_what_the_grid_says() -> None:
    phrase = line("-:2 G4 A4:1/2 -:3/2 C5 B4:4", key="G")
    melody = melody_line(phrase)
    frame = frame_for(phrase.notes, key_of(phrase))
    events = [
        (place, frame.pitch(value))
        for place, value in zip(melody.places.tolist(), melody.values.tolist(), strict=False)
    ]
    assert events[0] == (0, REST)
    assert [*events[1:], (melody.places[-1], REST)] == melody_events(phrase.notes)
    assert melody.lengths[-1] == END
    assert (np.diff(melody.places) == melody.lengths[:-1]).all()
    assert melody.notes == 4


def test_a_line_is_the_same_in_every_key() -> None:
    for by in (-5, 2, 7, 12):
        assert np.array_equal(melody_line(moved(TUNE, by)).values, melody_line(TUNE).values)


def test_a_tune_without_a_key_is_refused() -> None:
    with pytest.raises(BadValue, match="without a key"):
        melody_line(line("C4 D4"))


def test_repeats_are_written_out() -> None:
    tune = Tune("a", "b", "test", TUNE, frozenset({1}), played=moved(TUNE, 2))
    assert as_played(tune).phrase == moved(TUNE, 2)
    assert as_played(as_played(tune)) == as_played(tune)


@pytest.mark.parametrize(("sense", "mixing"), SETTINGS)
def test_what_all_notes_cost_is_what_each_was_foretold_with(sense: Sense, mixing: Mixing) -> None:
    known, held = real(), real()[:2]
    chain = MelodyMarkov(known, (3, 4), Habits(mixing=mixing), sense)
    chain.settle(held)
    for melody in held:
        bits = one_by_one(chain, melody)
        assert bits == pytest.approx(chain.bits([melody]).total * melody.line.notes)


def test_a_tune_that_was_learnt_costs_less() -> None:
    known, held = real()[6:], real()[:6]
    chain = best_chain(known, held)
    assert chain.bits(known).total < 0.75 * chain.bits(held).total


def test_a_line_that_comes_again_costs_less_to_who_listens() -> None:
    known, held = real()[6:], real()[:6]
    chain = MelodyMarkov(known, (4, 4))
    once = Melody.of(TUNE)
    twice = Melody.of(TUNE.plus(TUNE, Ticks(TUNE.meter.bar * TUNE.bars)))
    chain.settle(held)
    first, both = chain.bits([once]), chain.bits([twice])
    assert both.notes == 2 * first.notes
    assert both.total * 2 < first.total * 1.5


def test_the_place_in_the_bar_helps_the_rhythm_and_leaves_the_pitch_alone() -> None:
    known, held = real()[6:], real()[:6]
    plain, metric = (MelodyMarkov(known, (4, 4), sense=s) for s in (Sense.EVENTS, Sense.METER))
    for chain in (plain, metric):
        chain.settle(held)
    assert metric.bits(held).rhythm < plain.bits(held).rhythm
    assert metric.bits(held).pitch == plain.bits(held).pitch


def test_fitted_shares_are_no_worse_than_one_share_for_all() -> None:
    known, held = real()[6:], real()[:6]
    fixed, confident = (MelodyMarkov(known, (4, 4), Habits(mixing=each)) for each in Mixing)
    for chain in (fixed, confident):
        chain.settle(held)
    assert confident.bits(held).total < fixed.bits(held).total


def test_the_best_orders_are_those_that_cost_least() -> None:
    known, held = real()[10:], real()[:6]
    best = best_chain(known, held)
    for order in (1, 8):
        chain = MelodyMarkov(known, (order, order))
        chain.settle(held)
        assert best.bits(held).total <= chain.bits(held).total + 1e-9


def test_a_continuation_fills_its_bars_and_is_the_same_again() -> None:
    chain = MelodyMarkov(real()[:12], (4, 4))
    heard = line(f"{HALF} E4 D4", key="C")  # stops within its third bar
    made = chain.continued(heard, 4, np.random.default_rng(3))
    assert made.notes
    assert made.end <= 4 * 4 * QUARTER
    assert made.bars == 4
    assert made == chain.continued(heard, 4, np.random.default_rng(3))
    assert made != chain.continued(heard, 4, np.random.default_rng(4))


def test_a_continuation_speaks_the_language_it_learnt() -> None:
    chain = MelodyMarkov([Melody.of(TUNE)] * 3, (2, 2))
    made = chain.continued(line(HALF, key="C"), 2, np.random.default_rng(1))
    assert {note.pitch % 12 for note in made.notes} <= key_of(TUNE).scale


def test_silence_can_be_continued() -> None:
    chain = MelodyMarkov(real()[:12], (4, 4))
    made = chain.continued(Phrase(key=TUNE.key), 2, np.random.default_rng(1))
    assert made.end <= 8 * QUARTER
    assert REST_TOKEN not in [note.pitch for note in made.notes]
