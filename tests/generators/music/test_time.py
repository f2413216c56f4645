import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.music.errors import BadValue
from generators.music.names import FLATS, SHARPS, pitch_class, pitch_name, pitch_number
from generators.music.time import Meter, Ticks, quarters, ticks

METERS = st.builds(Meter, st.integers(1, 64), st.sampled_from((1, 2, 4, 8, 16, 32, 64)))


@given(METERS)
def test_every_meter_is_read_as_it_is_written(meter: Meter) -> None:
    assert Meter.named(str(meter)) == meter


@given(METERS, st.integers(0, 10**9))
def test_every_tick_lies_between_two_bar_lines(meter: Meter, at: int) -> None:
    before, after = meter.bar_line(Ticks(at)), meter.next_bar_line(Ticks(at))
    assert before <= at <= after
    assert before % meter.bar == after % meter.bar == 0
    assert after - before == (0 if at % meter.bar == 0 else meter.bar)


@given(METERS)
def test_beats_divide_the_bar(meter: Meter) -> None:
    assert meter.bar == meter.beat * meter.beats
    assert meter.bar % meter.pulse == 0
    assert 0 in meter.strong
    assert all(0 <= beat < meter.beats for beat in meter.strong)


@pytest.mark.parametrize(
    ("text", "pulse", "strong"),
    [
        ("4/4", 960, {0, 2}),
        ("3/4", 960, {0}),
        ("6/8", 1440, {0, 3}),
        ("12/8", 1440, {0, 3, 6, 9}),
        ("5/4", 960, {0, 3}),
        ("7/8", 480, {0, 2, 4}),
        ("2/2", 1920, {0}),
        ("3/8", 480, {0}),
    ],
)
def test_meters_are_felt_as_musicians_feel_them(text: str, pulse: int, strong: set[int]) -> None:
    meter = Meter.named(text)
    assert (meter.pulse, set(meter.strong)) == (pulse, strong)


@pytest.mark.parametrize(
    "text",
    ["", "4", "4/", "/4", "4/3", "0/4", "65/4", "-3/4", "a/b", "²/4", "9" * 5000 + "/4", "4/4/4"],
)
def test_what_is_no_meter_says_so(text: str) -> None:
    with pytest.raises(BadValue, match="not a meter"):
        Meter.named(text)


@given(st.integers(0, 10**7))
def test_ticks_survive_being_quarters(at: int) -> None:
    assert ticks(quarters(Ticks(at))) == at


def test_three_triplets_are_a_beat() -> None:
    assert 3 * ticks(1 / 3) == ticks(1)


@given(st.integers(0, 127), st.sampled_from((FLATS, SHARPS)))
def test_every_pitch_is_read_as_it_is_written(number: int, spelling: tuple[str, ...]) -> None:
    name = pitch_name(number, spelling)
    assert pitch_number(name) == number
    assert pitch_class(name.rstrip("-0123456789")) == number % 12


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("C4", 60),
        ("A4", 69),
        ("Bb3", 58),
        ("c-1", 0),
        ("G9", 127),
        ("B#3", 60),
        ("Cb4", 59),
        ("F♯5", 78),
    ],
)
def test_pitches_have_their_numbers(name: str, number: int) -> None:
    assert pitch_number(name) == number


@pytest.mark.parametrize(
    "name", ["", "H4", "C", "4", "C4x", "G#9", "Cb-1", "C" + "9" * 5000, "C٤٤"]
)
def test_what_is_no_pitch_says_so(name: str) -> None:
    with pytest.raises(BadValue):
        pitch_number(name)
