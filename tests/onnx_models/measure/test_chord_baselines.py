from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import ChordSpan, Phrase
from generators.music.time import QUARTER
from onnx_models.workshop.measure.changes import (
    Accuracy,
    Changes,
    ChordBaseline,
    accuracy,
    accuracy_of,
    ranks,
)
from onnx_models.workshop.measure.chord_baselines import (
    ChordMarkov,
    RepeatLast,
    Template,
    best_chain,
)
from onnx_models.workshop.measure.lines import CHORDS, chord_id, chord_of
from onnx_models.workshop.measure.mismatched import mismatched
from onnx_models.workshop.tune import Tune
from tests.music import chords, line

MELODY = "C4 E4 G4 E4 " * 8
PLAIN = "C | F | G | C | C | F | G | C"
TURNED = "C | Am | Dm | G7 | C | Am | Dm | G7"


def tune(under: str, key: str = "C", style: str = "folk", title: str = "a") -> Tune:
    phrase = line(MELODY, key=key, under=under)
    return Tune(title, "made", "train", phrase, frozenset(), style)


def names(spans: Iterable[ChordSpan]) -> str:
    return " ".join(str(span.chord) for span in spans)


LEARNT = [tune(PLAIN), tune(PLAIN, title="b"), tune(TURNED, style="standard")]
HELD = [tune("C | F | G | C | C | F | C | C"), tune(TURNED, style="standard")]


def baselines() -> list[ChordBaseline]:
    chain = ChordMarkov([Changes.of(each) for each in LEARNT], 3)
    chain.settle([Changes.of(each) for each in HELD])
    return [RepeatLast(), Template(LEARNT), chain]


def test_chords_are_counted_from_the_tonic_without_their_bass() -> None:
    assert chord_id(Chord.named("G7/B"), 0) == chord_id(Chord.named("A7"), 2)
    assert chord_of(chord_id(Chord.named("F#m7b5"), 4), 4) == Chord.named("F#m7b5")
    assert chord_of(chord_id(NO_CHORD, 4), 4) == NO_CHORD
    assert len(CHORDS) == 12 * 22 + 1


def test_a_chord_that_is_written_again_is_no_change() -> None:
    piece = Changes.of(tune("C | C/E | F | F | G7 | C | C | C"))
    assert [chord_of(number, 0) for number in piece.line.values.tolist()] == [
        Chord.named(name) for name in ("C", "F", "G7", "C")
    ]
    assert piece.line.places.tolist() == [0, 192, 384, 480, 768]


@pytest.mark.parametrize("baseline", baselines(), ids=lambda each: each.name)
def test_chances_at_each_change_are_shares(baseline: ChordBaseline) -> None:
    piece = Changes.of(HELD[1])
    chances = baseline.ranked(piece)
    assert chances.shape == (len(piece.line.values), len(CHORDS))
    assert (chances >= 0).all()
    assert (chances.sum(axis=1) < 1 + 1e-9).all()


@pytest.mark.parametrize("baseline", baselines(), ids=lambda each: each.name)
def test_what_comes_later_changes_nothing_before(baseline: ChordBaseline) -> None:
    whole = Changes.of(HELD[1])
    changed = replace(whole, line=replace(whole.line, values=whole.line.values.copy()))
    changed.line.values[5:] = [chord_id(Chord.named(each), 0) for each in ("Bb", "Eb", "Ab")]
    assert np.array_equal(baseline.ranked(whole)[:6], baseline.ranked(changed)[:6])


@pytest.mark.parametrize("baseline", baselines(), ids=lambda each: each.name)
def test_a_melody_gets_chords_from_its_first_bar_to_its_last(baseline: ChordBaseline) -> None:
    bare = replace(HELD[0], phrase=replace(HELD[0].phrase, chords=()))
    made = baseline.chords(bare, np.random.default_rng(2))
    assert made == baseline.chords(bare, np.random.default_rng(2))
    assert made[0].onset == 0
    assert made[-1].end == 8 * 4 * QUARTER
    assert all(one.end == other.onset for one, other in pairwise(made))
    assert all(one.chord != other.chord for one, other in pairwise(made))


def test_the_last_chord_is_never_right_at_a_change_but_the_ones_before_may_be() -> None:
    found = accuracy(RepeatLast(), [Changes.of(tune("C | G | C | G | C | G | C | G"))])
    assert found == Accuracy(1 / 8, 7 / 8, 8)  # the tonic at first; G is not known at first
    assert names(RepeatLast().chords(tune(PLAIN, "A minor"), np.random.default_rng(0))) == "Am"


def test_a_template_knows_the_commonest_chord_of_a_style_at_its_place() -> None:
    template = Template(LEARNT)
    piece = Changes.of(LEARNT[2])
    best = template.ranked(piece).argmax(axis=1)
    assert np.array_equal(best, piece.line.values)  # each style has its own turn
    rng = np.random.default_rng(0)
    assert names(template.chords(LEARNT[2], rng)) == "C Am Dm G7 C Am Dm G7"
    assert names(template.chords(LEARNT[0], rng)) == "C F G C F G C"


def test_a_template_of_an_unknown_style_falls_back_on_the_mode() -> None:
    template = Template(LEARNT)
    assert names(template.chords(tune(PLAIN, style="polka"), np.random.default_rng(0)))[0] == "C"


def test_a_chain_hears_a_turn_that_comes_again() -> None:
    strange = "C | Eb | Ab | Db | C | Eb | Ab | Db | C | Eb | Ab | Db"
    piece = Changes.of(tune(strange))
    for baseline in baselines()[1:]:
        places = ranks(baseline.ranked(piece), piece.line.values)
        assert (places[1:4] > 2).all()  # never heard before
        assert (places[5:] < 3).all() == (baseline.name == "Markov")


def test_the_best_chain_is_the_cheapest_on_held_tunes() -> None:
    learnt, held = [Changes.of(each) for each in LEARNT], [Changes.of(each) for each in HELD]
    best = best_chain(learnt, held)
    for order in (1, 8):
        chain = ChordMarkov(learnt, order)
        chain.settle(held)
        assert best.bits(held) <= chain.bits(held)


def test_ranks_count_equals_as_better() -> None:
    chances = np.array([[0.5, 0.3, 0.2], [0.4, 0.4, 0.2], [0.2, 0.3, 0.5]])
    places = ranks(chances, np.array([0, 0, 0]))
    assert places.tolist() == [0, 1, 2]
    assert accuracy_of(places) == Accuracy(1 / 3, 1, 3)
    assert accuracy_of(places[:0]) == Accuracy(0, 0, 0)


def test_a_mismatched_pair_has_its_melody_and_the_others_chords_in_its_own_key() -> None:
    one, other = tune(PLAIN), tune("D | Bm | D | A | D | Bm | D | D", "D", title="b")
    first, second = mismatched([one, other])
    assert first.phrase.notes == one.phrase.notes
    assert names(first.phrase.chords) == "C Am C G C Am C C"
    assert names(second.phrase.chords) == "D G A D D G A D"


def test_borrowed_chords_are_played_again_until_the_melody_is_over() -> None:
    short = Tune("s", "made", "test", Phrase.of((), chords("G | C"), key=Key(7)), frozenset())
    short = replace(short, phrase=replace(short.phrase, notes=line("G4:8").notes))
    first, second = mismatched([tune(PLAIN), short])
    assert names(first.phrase.chords) == "C F C F C F C F"
    assert first.phrase.chords[-1].end == 32 * QUARTER
    assert names(second.phrase.chords) == "G C"


def test_who_lends_is_drawn_by_the_seed_and_never_lends_to_itself() -> None:
    many = [tune(PLAIN, title=str(number)) for number in range(6)]
    many = [
        replace(t, phrase=replace(t.phrase, chords=chords(f"C | {root} | G | C")))
        for t, root in zip(many, ("Dm", "Em", "F", "Am", "Bb", "Eb"), strict=True)
    ]
    drawn = [names(each.phrase.chords[1:2]) for each in mismatched(many, 1)]
    own = [names(each.phrase.chords[1:2]) for each in many]
    assert sorted(drawn) == sorted(own)
    assert all(a != b for a, b in zip(drawn, own, strict=True))
    assert drawn == [names(each.phrase.chords[1:2]) for each in mismatched(many, 1)]
    assert any(drawn != [names(e.phrase.chords[1:2]) for e in mismatched(many, s)] for s in (2, 3))


def test_a_tune_that_is_alone_in_its_meter_has_no_pair() -> None:
    waltz = Tune("w", "made", "test", line("C4 E4 G4", "3/4", "C", "C"), frozenset())
    assert len(mismatched([tune(PLAIN), tune(TURNED), waltz])) == 2
