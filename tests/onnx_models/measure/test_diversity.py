from dataclasses import replace
from math import exp, log

import numpy as np
import pytest

from generators.music.notes import Phrase
from generators.music.time import Ticks
from onnx_models.workshop.measure.diversity import (
    BARS,
    chord_diversity,
    held,
    moves,
    vendi,
    windows,
)
from tests.music import chords, line

MELODY = "C4:4 " * BARS


def song(under: str) -> Phrase:
    return line(MELODY, key="C", under=under)


HOME = song("C | C | F | C | C | G7 | C | C")
AWAY = song("Am | Dm | E7 | Am | Bb | A7 | Dm | E7")
STILL = song("C | C | C | C | C | C | C | C")


def diversity(*phrases: Phrase) -> float:
    return chord_diversity(phrases, windows(phrases, 100))


def test_the_score_is_how_many_unlike_things_there_are() -> None:
    assert vendi(np.eye(7)) == pytest.approx(7)
    assert vendi(np.ones((7, 7))) == pytest.approx(1)
    assert vendi(np.repeat(np.repeat(np.eye(3), 4, axis=0), 4, axis=1)) == pytest.approx(3)


def test_the_score_of_two_that_are_half_alike_is_as_by_hand() -> None:
    # the eigenvalues of [[1, 1/2], [1/2, 1]] / 2 are 3/4 and 1/4
    wanted = exp(-(3 / 4 * log(3 / 4) + 1 / 4 * log(1 / 4)))
    assert vendi(np.array([[1, 0.5], [0.5, 1]])) == pytest.approx(wanted)


def test_the_same_chords_again_are_no_more_diverse() -> None:
    assert diversity(HOME, HOME, HOME) == pytest.approx(1)
    assert diversity(STILL, STILL) == pytest.approx(1)


def test_chords_that_have_nothing_in_common_count_in_full() -> None:
    assert diversity(HOME, AWAY) == pytest.approx(2)
    assert 1 < diversity(HOME, STILL) < 2
    assert diversity(HOME, AWAY, STILL) > diversity(HOME, STILL, STILL)


def test_chords_are_counted_from_the_tonic() -> None:
    moved = replace(
        line(MELODY, key="D"),
        chords=tuple(replace(s, chord=s.chord.transposed(2)) for s in HOME.chords),
    )
    assert diversity(HOME, moved) == pytest.approx(1)


def test_silence_is_like_silence_only() -> None:
    silent = replace(HOME, chords=())
    assert diversity(silent, silent) == pytest.approx(1)
    assert diversity(silent, HOME) == pytest.approx(2)


def test_the_order_of_chords_counts_beside_how_long_they_last() -> None:
    there, back = song("C | F | G | C | C | F | G | C"), song("C | G | F | C | C | G | F | C")
    assert held(there) == held(back)
    assert moves(there) != moves(back)
    assert 1 < diversity(there, back) < 2


def test_excerpts_are_drawn_by_the_seed_and_do_not_overlap() -> None:
    long = replace(HOME.plus(HOME, Ticks(BARS * 3840)), key=HOME.key)
    longer = long.plus(HOME, Ticks(2 * BARS * 3840))
    short = line("C4", key="C", under="C")
    assert windows([short, longer, HOME], 9) == [(1, 0), (1, 8), (1, 16), (2, 0)]
    assert windows([longer] * 5, 6, seed=3) == windows([longer] * 5, 6, seed=3)
    assert windows([longer] * 5, 6, seed=3) != windows([longer] * 5, 6, seed=4)
    assert len(set(windows([longer] * 5, 6))) == 6


def test_excerpts_begin_with_the_melody() -> None:
    late = line("-:8 " + MELODY, key="C", under=" | ".join(["C"] * 10))
    assert windows([late], 5) == [(0, 2)]
    assert chord_diversity([replace(late, chords=chords("F | F"))], [(0, 2)]) == pytest.approx(1)
