import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.voicing.motion import movement, paired, parallels

PITCHES = st.sets(st.integers(36, 84), min_size=1, max_size=5).map(lambda each: tuple(sorted(each)))


@given(PITCHES, PITCHES)
def test_every_pitch_has_a_voice_and_no_voices_cross(
    one: tuple[int, ...], other: tuple[int, ...]
) -> None:
    steps = paired(one, other)
    assert {a for a, _ in steps} == set(one)
    assert {b for _, b in steps} == set(other)
    assert list(steps) == sorted(steps)


@given(PITCHES, PITCHES)
def test_it_is_as_far_there_as_back(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    far, back = (sum(abs(b - a) for a, b in paired(*way)) for way in ((one, other), (other, one)))
    assert far == back
    assert movement(one, one) == 0


@pytest.mark.parametrize(
    ("one", "other", "semitones"),
    [
        ((60, 64, 67), (60, 65, 69), 1.0),  # C to F with C held
        ((60, 64, 67), (65, 69, 72), 5.0),  # the same as blocks
        ((60, 64, 67), (59, 62, 65, 67), 1.0),  # C to G7: C splits into B and D
    ],
)
def test_movement_is_counted_for_each_voice(
    one: tuple[int, ...], other: tuple[int, ...], semitones: float
) -> None:
    assert movement(one, other) == semitones


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ((48, 60, 64, 67), (50, 62, 66, 69), 3),  # all move up a tone: C-C, C-G twice
        ((48, 60, 64, 67), (50, 57, 62, 66), 0),  # the bass rises, the others fall
        ((48, 55, 64), (48, 55, 65), 0),  # a fifth that is held
        ((48, 67, 72), (53, 60, 72), 0),  # to a fifth, but in contrary motion
        ((48, 55), (53, 72), 1),  # a fifth to a twelfth is still one
    ],
)
def test_parallels_are_pairs_of_voices_that_move_alike(
    one: tuple[int, ...], other: tuple[int, ...], found: int
) -> None:
    assert parallels(one, other) == found
