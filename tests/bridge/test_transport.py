import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.transport import Transport
from generators.music.time import QUARTER, Meter, Seconds, Ticks

TEMPI = st.floats(10, 1000)
MOMENTS = st.floats(0, 1e5).map(Seconds)


def test_a_quarter_at_120_takes_half_a_second() -> None:
    transport = Transport(tempo=120, playing=True)
    assert transport.tick_at(Seconds(0.5)) == QUARTER
    assert transport.when(QUARTER) == 0.5


def test_a_song_that_stands_still_stays_where_it_is() -> None:
    transport = Transport(tick=960.0, playing=False)
    assert transport.tick_at(Seconds(99)) == 960


@given(TEMPI, MOMENTS, st.integers(0, 10**7))
def test_ticks_and_moments_are_inverses(tempo: float, at: Seconds, tick: int) -> None:
    transport = Transport(tempo=tempo, playing=True, at=at)
    assert transport.tick_at(transport.when(tick)) == pytest.approx(tick, abs=1)


@given(TEMPI, TEMPI, MOMENTS)
def test_a_new_tempo_does_not_move_the_song(one: float, other: float, at: Seconds) -> None:
    before = Transport(tempo=one, playing=True)
    assert before.at_tempo(other, at).position(at) == pytest.approx(before.position(at))


def test_bars_are_counted_from_the_bar_in_which_the_meter_changed() -> None:
    transport = Transport(tempo=60, playing=True).in_meter(Meter(3, 4), Seconds(9.0))
    assert transport.bar_line == 8 * QUARTER
    assert transport.next_bar(Ticks(9 * QUARTER)) == 11 * QUARTER
