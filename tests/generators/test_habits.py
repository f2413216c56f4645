from hypothesis import given
from hypothesis import strategies as st

from generators.habits import (
    AGAINST,
    BESIDE,
    MOVED,
    NOTHING,
    OVER,
    SURENESSES,
    Habits,
    Memory,
    hints,
)
from generators.tokens import leadsheet as words

A, B, C, D = 80, 81, 200, 201
PLACES = range(words.FIRST_PLACE, words.FIRST_PLACE + 4)
PITCHES = range(words.FIRST_PITCH + 20, words.FIRST_PITCH + 24)
TOKENS = st.lists(st.sampled_from([*PLACES, *PITCHES, OVER]), max_size=60)


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
    for token in (PLACES[0], PITCHES[0], PLACES[1], PITCHES[2], OVER, PLACES[0]):
        assert habits.hint() == known.hint()
        habits.learn(token)
        known.learn(token)


@given(TOKENS, st.lists(st.sampled_from([*PLACES, *PITCHES]), max_size=3))
def test_asking_ahead_learns_nothing(told: list[int], ahead: list[int]) -> None:
    habits = after(*told)
    habits.hint_after(*ahead)
    assert habits.told == told
    assert habits.hint() == after(*told).hint()


def bar(*steps: int) -> list[int]:
    """Return the words of a bar: a note on each of its places, so many semitones up."""
    notes = ((words.FIRST_PLACE + n, words.FIRST_PITCH + 24 + s) for n, s in enumerate(steps))
    return [*(word for note in notes for word in note), OVER]


def test_the_bar_beside_tells_where_the_next_note_comes_after_one_that_was_changed() -> None:
    habits = after(*bar(0, 4, 2, 5), *bar(7, 9, 11, 12), *bar(0, 4, 2, 5), *bar(7, 9, 3)[:-1])
    hint = habits.hint()  # no run goes on from the changed note
    assert hint.word == words.FIRST_PLACE + 3
    assert BESIDE <= hint.sureness < MOVED
    habits.learn(hint.word)
    assert habits.hint().word == words.FIRST_PITCH + 24 + 12


def test_the_bar_beside_tells_that_a_bar_is_over() -> None:
    habits = after(*bar(0, 4, 2), *bar(7, 9, 11), *bar(0, 4, 2), *bar(7, 9, 3)[:-1])
    assert habits.hint().word == OVER


def test_a_run_is_believed_against_a_bar_beside_that_was_not_right_of_late() -> None:
    known = [*bar(0, 4, 2, 5), *bar(7, 9), *bar(0, 4, 2, 5), *bar(8, 3)]
    hint = after(*known, *bar(0, 4, 2, 5), words.FIRST_PLACE).hint()
    assert hint.word == words.FIRST_PITCH + 24 + 8
    crossed = after(*bar(0, 4, 2, 5), *bar(7, 9, 0, 4), *bar(0, 4, 2, 5), *bar(0, 4)[:-1])
    told = crossed.hint_after(words.FIRST_PLACE + 2)
    assert told.word == words.FIRST_PITCH + 24 + 2
    assert told.sureness >= AGAINST


def test_a_tune_that_comes_back_higher_is_known_by_its_intervals() -> None:
    tune, higher = (0, 4, 2, 5, 7, 4, 0, 2), (14, 18, 16, 19, 21)
    hint = after(*bar(*tune), *bar(*higher)[:-1]).hint_after(words.FIRST_PLACE + 5)
    assert hint.word == words.FIRST_PITCH + 24 + 18
    assert MOVED <= hint.sureness < SURENESSES


def test_the_chords_come_back_under_a_melody_that_comes_back() -> None:
    roots = [words.FIRST_ROOT + root for root in (0, 5, 7, 2)]
    memory = Memory.blank()
    for number, tune in enumerate(((0, 4, 2, 5), (7, 9, 11, 12), (12, 5, 3, 1), (2, 2, 8, 9))):
        chord = [words.FIRST_PLACE, roots[number], words.FIRST_KIND, words.FIRST_BASS]
        memory.learn(bar(*tune)[:-1], chord)
    memory.melody.learn(*bar(7, 9, 11, 12))  # the second bar again, after the fourth
    assert memory.harmony.hint_after(words.FIRST_PLACE).word == roots[1]
    deaf = Habits()
    deaf.learn(*memory.harmony.told)
    assert deaf.hint_after(words.FIRST_PLACE).word == roots[3]


def test_a_sheet_is_remembered_in_the_order_in_which_it_is_written() -> None:
    first, last = Memory.blank(chords_first=True), Memory.blank()
    chord = [words.FIRST_PLACE, words.FIRST_ROOT, words.FIRST_KIND, words.FIRST_BASS]
    for memory in (first, last):
        memory.learn(bar(0, 4), chord)
    assert first.harmony.told == last.harmony.told == [*chord, OVER]


def test_bars_are_told_apart_and_how_often_one_came() -> None:
    habits = after(A, C, OVER, A, C, OVER, B, D, OVER, A)
    assert habits.last_bars(2) == [[A, C], [B, D]]
    assert habits.most_alike == 2


def test_a_sheet_expects_its_second_bar_to_be_like_its_first() -> None:
    place, pitch = words.FIRST_PLACE, words.FIRST_PITCH + 24
    each = [tuple(words.PLAIN.words), (words.UNKNOWN_TOKEN,), (words.TURN_TOKEN,), (place, pitch)]
    head = [(words.NUMBER[words.CHORDS_FIRST], 10, 23, 27), (words.NUMBER["manner"], 44, 53)]
    told = hints([*head, *each, *each, *each])
    assert told[5] == [NOTHING, NOTHING]
    assert [hint.word for hint in told[-1]] == [place, pitch]
    assert told[-2] == [NOTHING]


def test_melody_and_harmony_are_remembered_apart() -> None:
    memory = Memory.blank()
    memory.learn([A, C], [B, D])
    memory.learn([A, C], None)
    assert memory.melody.told == [A, C, OVER, A, C, OVER]
    assert memory.harmony.told == [B, D, OVER]


BARS = st.lists(
    st.tuples(st.lists(st.sampled_from([*PLACES, *PITCHES]), max_size=4), st.booleans())
)


def told(bars: list[tuple[list[int], bool]]) -> list[tuple[list[int], list[int] | None]]:
    """Return bars of a melody, some of them with a chord."""
    chord = [words.FIRST_PLACE, words.FIRST_ROOT, words.FIRST_KIND, words.FIRST_BASS]
    return [(melody, chord if known else None) for melody, known in bars]


@given(BARS, BARS, st.booleans())
def test_a_memory_that_is_kept_knows_just_the_bars_that_are_asked_for(
    first: list[tuple[list[int], bool]], second: list[tuple[list[int], bool]], chords_first: bool
) -> None:
    kept, fresh = Memory.blank(chords_first), Memory.blank(chords_first)
    for bars in (first, second, [*first, *second], first):
        kept.keep_only(told(bars))
    for melody, chords in told(first):
        fresh.learn(melody, chords)
    for word in (PLACES[0], PITCHES[0], PLACES[1], PITCHES[1], OVER):
        assert kept.melody.hint() == fresh.melody.hint()
        assert kept.harmony.hint() == fresh.harmony.hint()
        kept.melody.learn(word)
        fresh.melody.learn(word)


def test_a_copy_goes_its_own_way() -> None:
    memory = Memory.blank()
    memory.learn(bar(0, 4)[:-1], None)
    other = memory.copy()
    other.learn(bar(7, 9)[:-1], None)
    assert memory.melody.told == bar(0, 4)
    assert other.melody.told == [*bar(0, 4), *bar(7, 9)]
    assert memory.melody.hint() == Memory.copy(memory).melody.hint()
