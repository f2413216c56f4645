from hypothesis import given
from hypothesis import strategies as st

from generators.runs import Followed, Runs

ROWS = st.lists(st.integers(0, 3), max_size=40)


def grown(row: list[int], *lengths: int) -> Runs:
    runs = Runs(lengths or (4, 2, 1))
    for symbol in row:
        runs.learn(symbol)
    return runs


def test_nothing_follows_what_never_came() -> None:
    assert grown([]).followed() is None
    assert grown([1, 2, 3]).followed() is None


def test_the_longest_run_tells() -> None:
    assert grown([1, 2, 3, 0, 2, 0, 1, 2]).followed() == Followed(1, 3, True, 2)
    assert grown([1, 2, 3, 1, 0, 2, 1]).followed() == Followed(2, 0, False, 4)


def test_symbols_that_are_not_learnt_can_be_asked_after() -> None:
    runs = grown([1, 2, 3])
    assert runs.followed((1,)) == Followed(2, 2, True, 1)
    assert runs.row == [1, 2, 3]


@given(ROWS, ROWS)
def test_what_is_forgotten_was_never_there(first: list[int], second: list[int]) -> None:
    runs = grown([*first, *second])
    for _ in second:
        runs.forget()
    for symbol in (0, 1, 2, 3, 0, 1):
        assert runs.followed() == grown([*runs.row]).followed()
        runs.learn(symbol)


@given(ROWS)
def test_it_is_what_a_search_of_the_row_finds(row: list[int]) -> None:
    found, lengths = grown(row).followed(), (4, 2, 1)
    for number, length in enumerate(lengths):
        run = row[len(row) - length :]
        ends = [at for at in range(length, len(row)) if row[at - length : at] == run]
        if ends and len(row) >= length:
            after = {row[at] for at in ends}
            assert found == Followed(number, row[ends[-1]], len(after) == 1, ends[-1])
            return
    assert found is None
