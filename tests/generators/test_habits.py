import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.habits import OVER, USUAL, Habits, bucket, leaning
from generators.tokens import leadsheet as words

HALVES = {"place": [[0.5] * 7, [0.5] * 7], "pitch": [[0.2] * 7, [0.8] * 7]}
C, E, G = (words.FIRST_PITCH + step for step in (24, 28, 31))
WORDS = st.lists(st.sampled_from((C, E, G, OVER)), max_size=60)


def test_what_followed_the_longest_run_is_expected() -> None:
    habits = Habits(HALVES)
    habits.learn(C, E, G, OVER, C, E)
    run, after = habits.expected()
    assert (run, dict(after)) == (2, {G: 1})


def test_what_always_went_on_alike_is_believed_more() -> None:
    sure, torn = Habits(HALVES), Habits(HALVES)
    sure.learn(C, G, C, G, C)
    torn.learn(C, G, C, E, C)
    told, doubted = sure.hint("pitch"), torn.hint("pitch")
    assert told is not None
    assert doubted is not None
    assert (told.chances, doubted.chances) == ({G: 1.0}, {G: 0.5, E: 0.5})
    assert told.trust == pytest.approx(0.8)
    assert doubted.trust == pytest.approx(0.2)


def test_nothing_is_expected_of_what_is_new_or_not_to_be_followed() -> None:
    assert Habits(HALVES).hint("pitch") is None
    far = Habits(HALVES, closeness=0)
    far.learn(C, C, C)
    assert far.hint("pitch") is None
    assert Habits().hint("pitch") is None


@given(WORDS, WORDS)
def test_going_back_is_as_if_nothing_had_been_learnt(before: list[int], after: list[int]) -> None:
    habits, wanted = Habits(HALVES), Habits(HALVES)
    habits.learn(*before)
    wanted.learn(*before)
    place = habits.place()
    habits.learn(*after)
    habits.back(place)
    assert habits.told == wanted.told
    assert habits.expected() == wanted.expected()
    assert habits.hint("place") == wanted.hint("place")


@given(st.floats(0, 1), st.floats(0, 1))
def test_closeness_leads_from_never_to_always(trust: float, closeness: float) -> None:
    assert 0 <= leaning(trust, closeness) <= 1
    assert leaning(trust, USUAL) == pytest.approx(trust, abs=1e-9)
    assert leaning(trust, 0) == (1.0 if trust == 1 else 0.0)
    assert leaning(trust, 1) == (1.0 if trust > 0 else 0.0)


def test_the_last_bars_are_read_back() -> None:
    habits = Habits()
    habits.learn(C, E, OVER, OVER, G, OVER)
    assert habits.last_bars(2) == [[], [G]]
    assert habits.last_bars(9) == [[C, E], [], [G]]


def test_how_often_a_bar_was_played_in_a_row_is_counted_once() -> None:
    habits = Habits()
    habits.learn(C, OVER, C, OVER, C, OVER, G, OVER)
    assert habits.most_alike == 3
    habits.learn(*(G, OVER) * 5)
    assert habits.most_alike == 3


def test_longer_runs_have_trusts_of_their_own() -> None:
    assert [bucket(run) for run in (1, 2, 3, 4, 6, 9, 13, 19, 24)] == [0, 1, 1, 2, 3, 4, 5, 6, 6]
