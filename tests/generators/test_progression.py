from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.habits import OVER, Memory
from generators.music.harmony import Key
from generators.progression import (
    DEEPEST,
    EACH,
    KINDS,
    LEFT,
    MOST,
    NAMES,
    NO_CHORD,
    Naming,
    Progression,
    Recalled,
    name_of,
)
from generators.sampling import Logits, log_chances
from generators.tokens import leadsheet as words
from generators.tokens.grid import bars_of
from generators.tokens.leadsheet import Frame
from generators.writing import parts_of
from onnx_models.workshop.measure.lines import chord_id, chord_of
from tests.music import line

BAR = 96
C, F, G, AM = 0, 5 * KINDS, 7 * KINDS, 9 * KINDS + 1
LOOP = "C | F | G | Am"
ROOTS = slice(words.FIRST_ROOT, words.NO_CHORD_TOKEN)
TYPES = slice(words.FIRST_KIND, words.FIRST_BASS)


def chord(name: int, place: int = 0) -> list[int]:
    """Return the words of a chord at a place."""
    if name == NO_CHORD:
        return [words.place_token(place), words.NO_CHORD_TOKEN]
    root, kind = divmod(name, KINDS)
    first = words.place_token(place), words.FIRST_ROOT + root
    return [*first, words.FIRST_KIND + kind, words.FIRST_BASS]


def memory(chords: str) -> Memory:
    """Return the memory of bars of 4/4 with these chords, in C."""
    found = Memory.blank(chords_first=True)
    count = chords.count("|") + 1
    for bar in bars_of(line("C4:4 " * count, key="C", under=chords), count):
        found.learn(*parts_of(bar, Frame(Key(0))))
    return found


def begun(memory: Memory, place: int = 0) -> Progression:
    """Return what follows the chords of a memory, at a place of the bar after it."""
    memory.harmony.learn(words.place_token(place))
    return Progression(memory.harmony, BAR)


def after(chords: str, belief: float = 1.0) -> Recalled:
    found = begun(memory(chords)).recalled(belief)
    assert found is not None
    return found


Change = tuple[int, int]
"""A chord, and how long it held."""


def by_hand(changes: Sequence[Change], now: int, order: int) -> tuple[dict[int, float], int]:
    """Blend the orders from one on downwards; return the chances and how many were met.

    `now` is how many changes had come; the last one holds.
    """
    before = list(changes[now - order : now])
    places = [n for n in range(order, now) if list(changes[n - order : n]) == before]
    lower, met = by_hand(changes, now, order - 1) if order else ({}, 0)
    if not places:
        return lower, met
    came = Counter(changes[n][0] for n in places if changes[n][0] != changes[now - 1][0])
    if not came:
        return lower, met + 1
    whole = came.total() + len(came)
    room = len(came) / whole
    names = came.keys() | lower.keys()
    return {name: came[name] / whole + room * lower.get(name, 0) for name in names}, met + 1


def learnt(changes: Sequence[Change]) -> tuple[Memory, list[Change]]:
    """Remember chords one after another, in half bars; return what they are, each another one."""
    found, row, at = Memory.blank(), list[Change](), 0
    for name, halves in changes:
        if row and row[-1][0] == name:
            row[-1] = name, row[-1][1] + halves * BAR // 2
        else:
            row.append((name, halves * BAR // 2))
        for half in range(at, at + halves):
            if half == at or half % 2 == 0:  # a bar says again what holds
                found.harmony.learn(*chord(name, half % 2 * BAR // 2))
            if half % 2:
                found.harmony.learn(OVER)
        at += halves
    found.harmony.learn(words.place_token(at % 2 * BAR // 2))
    return found, row


CHANGES = st.lists(
    st.tuples(st.sampled_from([C, F, G, AM, NO_CHORD]), st.integers(1, 3)), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_what_is_recalled_is_prediction_by_partial_matching(changes: list[Change]) -> None:
    found, row = learnt(changes)
    mine = Progression(found.harmony, BAR).recalled()
    wanted, met = by_hand(row, len(row), min(DEEPEST, len(row)))
    if len(row) < 2:
        assert mine is None
        return
    assert mine is not None
    shares = np.zeros(NAMES)
    shares[list(wanted)] = list(wanted.values())
    assert np.allclose(mine.shares, min(MOST, EACH * met) * shares)
    assert mine.holds == row[-1][0]


def test_a_progression_that_returns_is_expected_to_go_on_as_it_did() -> None:
    shares = after(f"{LOOP} | C | F | G").shares
    assert shares.argmax() == AM
    assert shares[AM] > 3 * np.delete(shares, AM).max()


def test_the_longer_it_has_returned_the_more_it_is_believed() -> None:
    once, twice = after(f"{LOOP} | C | F | G"), after(f"{LOOP} | {LOOP} | C | F | G")
    assert once.shares.sum() < twice.shares.sum() < MOST


def test_how_long_a_chord_held_tells_what_follows_it() -> None:
    """C for a bar went to F, C for two bars to G."""
    heard = "C | F | C | C | G | C | F | C | C | G | C"
    assert after(heard).shares.argmax() == F
    assert after(f"{heard} | C").shares.argmax() == G


def test_a_chord_is_known_by_its_place_in_the_middle_of_a_bar() -> None:
    heard = "C F | C | G | C F | C | G"
    for place, name in ((48, F), (0, G)):
        bar = memory(heard)
        bar.harmony.learn(*chord(C), *([OVER] if place == 0 else []))
        found = begun(bar, place).recalled()
        assert found is not None
        assert found.shares.argmax() == name


def test_the_chord_that_holds_is_not_recalled_and_keeps_its_chance() -> None:
    found = after(f"{LOOP} | C | C | F")
    assert found.holds == F
    assert found.shares[F] == 0
    chances = np.random.default_rng(0).dirichlet(np.ones(NAMES))
    assert found.mixed(chances)[F] == chances[F]


@pytest.mark.parametrize("chords", ["C", "C | C | C"])
def test_a_piece_without_a_change_tells_nothing(chords: str) -> None:
    assert begun(memory(chords)).recalled() is None
    assert begun(Memory.blank()).recalled() is None


def test_bars_whose_chords_nobody_knows_are_gone_over() -> None:
    heard = memory("C | F | G | Am | C | F")
    heard.learn([], None)
    other = memory("G")
    heard.learn([], tuple(other.harmony.told[:-1]))
    found = begun(heard).recalled()
    assert found is not None
    assert found.shares.argmax() == AM


def test_what_is_disbelieved_is_not_told() -> None:
    assert begun(memory(f"{LOOP} | C | F | G")).recalled(0.0) is None


def test_the_share_grows_with_the_belief_and_leaves_room() -> None:
    shares = [after(f"{LOOP} | {LOOP} | C | F | G", belief=b).shares.sum() for b in (0.5, 1, 5)]
    assert shares[0] == pytest.approx(shares[1] / 2)
    assert shares[1] < shares[2] <= 1 - LEFT


@settings(max_examples=60, deadline=None)
@given(CHANGES, CHANGES)
def test_what_is_taken_back_was_never_there(first: list[Change], second: list[Change]) -> None:
    mine, theirs = learnt(first)[0], learnt(first)[0]
    progression = Progression(mine.harmony, BAR)
    progression.recalled()
    place = mine.harmony.place()
    for name, _ in second:
        mine.harmony.learn(*chord(name)[1:], OVER, words.FIRST_PLACE)
        progression.recalled()
    mine.harmony.back(place)
    progression.back(place)
    for name in (C, F, G, C, F):
        known = Progression(theirs.harmony, BAR).recalled()
        found = progression.recalled()
        assert (known is None) == (found is None)
        if known is not None and found is not None:
            assert np.array_equal(known.shares, found.shares)
            assert known.holds == found.holds
        for each in (mine, theirs):
            each.harmony.learn(*chord(name)[1:], OVER, words.FIRST_PLACE)


def test_many_changes_are_held() -> None:
    found, row = learnt([(name, 1) for name in (C, F, G, AM, F, G) * 60])
    mine = Progression(found.harmony, BAR).recalled()
    assert len(row) == 360
    assert mine is not None
    assert mine.shares.argmax() == C
    assert mine.shares.sum() == pytest.approx(MOST, rel=0.01)


def test_after_a_leap_nothing_holds_and_nothing_goes_on() -> None:
    """What fills a gap does not follow what comes after the gap."""
    heard = memory(f"{LOOP} | C | F | G")
    progression = Progression(heard.harmony, BAR)
    place = heard.harmony.place()
    progression.leap()
    heard.harmony.learn(words.FIRST_PLACE)
    leapt = progression.recalled()
    assert leapt is not None
    assert leapt.holds is None
    assert leapt.shares[[C, F, G]] == pytest.approx(leapt.shares[C])  # each came twice
    heard.harmony.learn(*chord(G)[1:], OVER, words.FIRST_PLACE)
    on = progression.recalled()
    assert on is not None
    assert on.holds == G
    assert on.shares.argmax() == AM
    heard.harmony.back(place - 1)
    progression.back(place - 1)
    assert progression.recalled() is None  # in the middle of no chord
    heard.harmony.learn(OVER, words.FIRST_PLACE)
    again = progression.recalled()
    assert again is not None
    assert again.holds == G


def logits(seed: int) -> Logits:
    return np.random.default_rng(seed).normal(size=words.SIZE, scale=2).astype(np.float32)


def chances(given: Logits, block: slice) -> np.ndarray:
    return np.exp(log_chances(given[block]))


@pytest.mark.parametrize("chords", [f"{LOOP} | C | F | G", "C | F | C | C7 | F | C"])
@pytest.mark.parametrize("belief", [0.3, 1.0, 3.3])
def test_word_by_word_it_is_the_mixture_of_whole_chords(chords: str, belief: float) -> None:
    recalled = after(chords, belief=belief)
    roots = chances(logits(0), ROOTS)
    kinds = np.stack([chances(logits(1 + root), TYPES) for root in range(12)])
    joint = np.append((roots[:, None] * kinds).ravel(), 0.0)
    wanted = recalled.mixed(joint)
    assert wanted.sum() == pytest.approx(1)
    assert not np.allclose(wanted, joint, rtol=0.01)
    assert recalled.held_root is not None
    naming = Naming(recalled, logits(1 + recalled.held_root))
    mixed = chances(naming.roots(logits(0)), ROOTS)
    for root in range(12):
        told = naming.kinds(logits(1 + root), words.FIRST_ROOT + root)
        found = mixed[root] * chances(told, TYPES)
        assert found == pytest.approx(wanted[root * KINDS : (root + 1) * KINDS], rel=1e-4)


def test_a_pause_is_not_named() -> None:
    """Where the piece would have no chord, the share of that is left to the model."""
    recalled = after("C | N.C. | C | N.C. | C")
    assert recalled.shares.argmax() == NO_CHORD
    naming = Naming(recalled, logits(1))
    roots = naming.roots(logits(0))
    assert np.isfinite(roots).all()
    assert chances(roots, ROOTS).sum() == pytest.approx(1)
    assert recalled.mixed(np.full(NAMES, 1 / NAMES)).sum() == pytest.approx(1)


def test_after_a_pause_any_chord_is_a_change() -> None:
    recalled = after("C | F | N.C. | C | F | N.C.")
    assert recalled.holds == NO_CHORD
    assert recalled.held_root is None
    found, model = (chances(each, ROOTS) for each in (Naming(recalled).roots(logits(0)), logits(0)))
    shares = recalled.shares[:-1].reshape(12, KINDS).sum(axis=1)
    assert found == pytest.approx((1 - shares.sum()) * model + shares, rel=1e-4)
    assert shares.argmax() == 0


def test_where_nothing_is_recalled_the_model_is_left_alone() -> None:
    naming = Naming(None)
    assert np.array_equal(naming.roots(logits(0)), logits(0))
    assert np.array_equal(naming.kinds(logits(1), words.FIRST_ROOT), logits(1))


def test_chords_have_the_names_that_they_are_measured_by() -> None:
    for name in (C, F, G, AM, NO_CHORD, NO_CHORD - 1):
        event = tuple(chord(name))
        assert name_of(event) == chord_id(chord_of(name, 0), 0) == name
