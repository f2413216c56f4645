from hypothesis import given
from hypothesis import strategies as st

from generators.habits import NOTHING, OVER, SURENESSES, Habits, Memory, hints
from generators.tokens import leadsheet as words

A, B, C, D = 80, 81, 200, 201
TOKENS = st.lists(st.sampled_from([A, B, C, D, OVER]), max_size=60)


def after(*tokens: int) -> Habits:
    habits = Habits()
    habits.learn(*tokens)
    return habits


def test_nothing_is_expected_of_who_has_played_nothing() -> None:
    assert Habits().hint() == NOTHING
    assert after(A).hint() == NOTHING


def test_what_followed_the_longest_run_is_expected() -> None:
    habits = after(A, B, C, B, D, A, B)
    assert habits.hint().word == C
    assert after(B, C, D, B).hint().word == C


def test_the_latest_of_several_ways_on_is_expected_and_is_less_sure() -> None:
    once, twice = after(A, C, A), after(A, C, A, D, A)
    assert (once.hint().word, twice.hint().word) == (C, D)
    assert twice.hint().sureness == once.hint().sureness - 1


def test_a_longer_run_is_surer() -> None:
    short, long = after(A, B, C, D, A), after(A, B, C, D, A, B, C)
    assert long.hint().sureness < short.hint().sureness  # the longest runs are counted from 1
    assert max(short.hint().sureness, long.hint().sureness) < SURENESSES


@given(TOKENS, TOKENS)
def test_what_is_taken_back_was_never_there(first: list[int], second: list[int]) -> None:
    habits, known = after(*first), after(*first)
    place = habits.place()
    habits.learn(*second)
    habits.back(place)
    for token in (A, B, C, D):
        assert habits.hint() == known.hint()
        habits.learn(token)
        known.learn(token)


@given(TOKENS, st.lists(st.sampled_from([A, B, C]), max_size=3))
def test_asking_ahead_learns_nothing(told: list[int], ahead: list[int]) -> None:
    habits = after(*told)
    habits.hint_after(*ahead)
    assert habits.told == told
    assert habits.hint() == after(*told).hint()


def test_bars_are_told_apart_and_how_often_one_came() -> None:
    habits = after(A, C, OVER, A, C, OVER, B, D, OVER, A)
    assert habits.last_bars(2) == [[A, C], [B, D]]
    assert habits.most_alike == 2


def test_a_sheet_expects_its_second_bar_to_be_like_its_first() -> None:
    place, pitch = words.FIRST_PLACE, words.FIRST_PITCH + 24
    bar = [tuple(words.PLAIN.words), (words.UNKNOWN_TOKEN,), (words.TURN_TOKEN,), (place, pitch)]
    head = [(words.NUMBER[words.CHORDS_FIRST], 10, 23, 27), (words.NUMBER["manner"], 44, 53)]
    told = hints([*head, *bar, *bar, *bar])
    assert told[5] == [NOTHING, NOTHING]
    assert [hint.word for hint in told[-1]] == [place, pitch]
    assert told[-2] == [NOTHING]


def test_melody_and_harmony_are_remembered_apart() -> None:
    memory = Memory.blank()
    memory.learn([A, C], [B, D])
    memory.learn([A, C], None)
    assert memory.melody.told == [A, C, OVER, A, C, OVER]
    assert memory.harmony.told == [B, D, OVER]
