from itertools import product

import numpy as np
import pytest

from onnx_models.workshop.measure.memory import (
    Escape,
    Hashes,
    LongMemory,
    Symbols,
    mixed,
    runs,
    short_counts,
    short_table,
)

SIGN = np.array([1, 2, 1, 2, 3, 1, 2], np.int64)
OTHER = np.array([2, 2, 1], np.int64)
ALPHABET = np.array([1, 2, 3])
ESCAPES = (Escape("A"), Escape("C"), Escape(discount=0.5), Escape(discount=0.8))


def before(pieces: list[Symbols], order: int) -> Hashes:
    """Return the runs before each symbol of each piece, without the place after the last."""
    ends = np.cumsum([len(each) + 1 for each in pieces]) - 1
    rows: Hashes = np.delete(runs(pieces, order), ends, axis=1)
    return rows


def test_a_run_is_the_same_wherever_it_is() -> None:
    rows = runs([SIGN, OTHER], 2)
    assert rows.shape == (3, len(SIGN) + 1 + len(OTHER) + 1)
    assert rows[2, 2] == rows[2, 4] == rows[2, 7]  # after 1 2
    assert rows[1, 2] == rows[1, 9]  # after 2, in either piece
    assert rows[2, 2] != rows[2, 9]  # there it began with nothing before
    assert len(set(rows[0])) == 1


def test_what_was_learnt_is_counted() -> None:
    memory = LongMemory(before([SIGN, OTHER], 1), np.concatenate([SIGN, OTHER]))
    after_one = np.repeat(runs([np.array([1])], 1)[:, -1:], 3, axis=1)
    counts = memory.counts(after_one, ALPHABET)
    assert counts.times[1].tolist() == [0, 3, 0]  # 1 2 three times
    assert counts.all[1].tolist() == [3, 3, 3]
    assert counts.kinds[1].tolist() == [1, 1, 1]
    # shorter runs count a symbol once for each run of one before it: 1 after the start, 3, 2
    assert counts.times[0].tolist() == [3, 3, 1]
    assert counts.depth.tolist() == [2, 2, 2]
    assert counts.sure.tolist() == [True, True, True]


def test_a_piece_teaches_only_what_it_has_said() -> None:
    rows = before([SIGN, SIGN], 2)
    counts = short_counts(rows, np.tile(SIGN, 2), np.repeat([0, 1], len(SIGN)))
    assert np.array_equal(counts.times[:, : len(SIGN)], counts.times[:, len(SIGN) :])
    assert counts.all[:, 0].tolist() == [0, 0, 0]
    assert counts.times[2].tolist() == [0, 0, 0, 0, 0, 0, 0] * 2  # 1 2 1, then 1 2 3
    assert counts.all[1].tolist() == [0, 0, 0, 1, 1, 0, 2] * 2
    assert counts.times[1].tolist() == [0, 0, 0, 1, 0, 0, 2] * 2


@pytest.mark.parametrize("escape", ESCAPES)
def test_the_chances_of_what_may_come_add_up_to_one(escape: Escape) -> None:
    base = np.full(3, 1 / 3)
    memory = LongMemory(before([SIGN, OTHER], 2), np.concatenate([SIGN, OTHER]))
    for heard in ([], [1], [1, 2], [3, 3, 3], [2, 1, 2, 3]):
        line = np.array(heard, np.int64)
        now = runs([line], 2)
        long = memory.counts(np.repeat(now[:, -1:], 3, axis=1), ALPHABET)
        short = short_table(now, line, ALPHABET)
        assert escape.blended(long, base).sum() == pytest.approx(1)
        assert escape.blended(short, base).sum() == pytest.approx(1)
        assert (escape.blended(short, base) > 0).all()


def test_counting_at_once_is_counting_one_after_the_other() -> None:
    rng = np.random.default_rng(5)
    line = rng.integers(1, 4, 60)
    at_once = short_counts(before([line], 3), line, np.zeros(len(line), np.int64))
    for at, symbol in enumerate(line):
        table = short_table(runs([line[:at]], 3), line[:at], ALPHABET)
        for one, other in ((at_once.times, table.times), (at_once.kinds, table.kinds)):
            assert np.array_equal(one[:, at], other[:, symbol - 1])


def test_method_c_is_as_by_hand() -> None:
    # After 1 came 2 twice and 3 once: 2 of 5, 1 of 5, and 2 of 5 are left to no run at all. There,
    # 1 counts for its three neighbours, 2 and 3 for one each: 3 of 8, 1 of 8, 1 of 8, and 3 of 8
    # are left to all three alike.
    line = np.array([1, 2, 1, 2, 1, 3, 1])
    table = short_table(runs([line], 1), line, ALPHABET)
    chances = Escape("C").blended(table, np.full(3, 1 / 3))
    assert chances.tolist() == pytest.approx([2 / 5 * 4 / 8, 2 / 5 + 2 / 5 / 4, 1 / 5 + 2 / 5 / 4])


def test_runs_do_not_collide() -> None:
    every = [np.array(each, np.int64) for each in product(range(12), repeat=3)]
    last = [runs([each], 3)[3, -1] for each in every]
    assert len(set(last)) == len(every)
    assert mixed(np.array([1], np.uint64), np.array([2])) != mixed(
        np.array([2], np.uint64), np.array([1])
    )
