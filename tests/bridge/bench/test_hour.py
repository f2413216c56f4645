"""Whatever goes wrong, in virtual time: no note hangs, nobody hears themselves, bars begin."""

import gc
from multiprocessing import active_children
from random import Random

import pytest

from bridge.bench.bars import CLOCKS, Part, parts, played, played_all
from bridge.bench.host import Unevenness
from bridge.bench.hour import Hour, Weather, panic
from bridge.bench.judge import Judge
from bridge.bench.player import BROKEN
from bridge.events import Action, Cancel, Play, Silence, Sounding
from generators.music.time import Seconds, Ticks
from tests.jack_server import until

BEAT = 0.5  # seconds at 120


def latency(slow: float, seed: int) -> tuple[float, ...]:
    """Return how long answers take, around so many beats."""
    rng = Random(seed)
    return tuple(slow * BEAT * rng.uniform(0.5, 1.5) for _ in range(64))


@pytest.mark.parametrize("slow", [1, 5, 50])
@pytest.mark.parametrize("uneven", CLOCKS, ids=str)
def test_every_bar_is_answered_whatever_the_clock_and_the_model_do(
    uneven: Unevenness, slow: int
) -> None:
    weather = Weather(uneven, BROKEN, dies=0.05, seed=slow)
    bars = played(Part(48, latency(slow, 1), weather))
    assert bars.total > 15
    assert bars.on_time == bars.total
    assert (bars.lost, bars.echoes) == (0, 0)
    assert bars.rungs.total() >= bars.total


@pytest.mark.timeout(900)
@pytest.mark.parametrize("third", [1, 2, 3])
def test_an_hour_leaves_no_note_no_echo_and_no_object_behind(third: int) -> None:
    rng = Random(third)
    weather = Weather(CLOCKS[third + 1], BROKEN, dies=0.02, seed=third)
    hour = Hour(lambda: rng.uniform(0.05, 2.5), weather)
    hour.run(400.0)
    before = objects()
    hour.run(1200.0)
    # What is kept of the conversation grows to its bounds: 16 bars, 4096 notes, 64 suggestions.
    assert objects() - before < 6_000
    assert hour.tally.total > 200
    assert hour.tally.on_time == hour.tally.total
    assert (hour.tally.lost, hour.cable.echoes, panic(hour).total()) == (0, 0, 0)
    assert hour.model.deaths > 3


def objects() -> int:
    """Return how many objects there are."""
    gc.collect()
    return len(gc.get_objects())


def test_a_build_that_asks_at_the_bar_is_late_by_what_its_model_takes() -> None:
    quick = played(Part(48, (0.02,), Weather(seed=2), naive=True))
    slow = played(Part(48, (0.4,), Weather(seed=2), naive=True))
    assert quick.total > 15
    assert quick.on_time == quick.total
    assert slow.on_time == 0
    assert min(slow.errors) == pytest.approx(0.4 - 0.06, abs=0.02)


def test_the_same_seed_gives_the_same_bars() -> None:
    part = Part(32, (0.1, 0.9), Weather(Unevenness(0.001), BROKEN, dies=0.1))
    assert played(part) == played(part)


def test_bars_are_shared_out_over_all_clocks() -> None:
    made = parts(1300, [0.1])
    assert sum(part.bars for part in made) == 1300
    assert {part.weather.uneven for part in made} == set(CLOCKS)
    assert len({part.weather.seed for part in made}) == len(made)


def test_bars_that_are_not_done_in_time_leave_no_process_behind() -> None:
    with pytest.raises(TimeoutError):
        played_all(parts(20_000, [0.1]), time_out=0.5)
    until(lambda: not active_children(), 30, "for the processes to end")


def judge() -> Judge:
    return Judge(lambda tick, near: tick / 1920, allowed=0.0)


def play(start: int) -> Play:
    return Play((Sounding(Ticks(start), Ticks(start + 9), 60, 80, 0),))


def settled(one: Judge, *rest: Play) -> None:
    decided: tuple[Action, ...] = (Cancel(Ticks(3840)), *rest)
    one.settled(decided, now=1.0)
    one.wanted(decided)


@pytest.mark.parametrize(("at", "on_time"), [(2.0, 1), (2.009, 1), (2.02, 0), (1.9, 0)])
def test_the_judge_counts_a_bar_by_the_moment_of_its_first_note(at: float, on_time: int) -> None:
    one = judge()
    settled(one, play(3840))
    one.left(b"\x90\x3c\x50", Seconds(at), Ticks(3840))
    assert (one.tally.total, one.tally.on_time) == (1, on_time)
    assert one.tally.errors == [pytest.approx(at - 2.0)]


def test_the_judge_counts_a_bar_that_never_began_as_missed() -> None:
    one = judge()
    settled(one)
    one.passed(3840 * 4, began=0.0)
    assert (one.tally.total, one.tally.on_time) == (1, 0)


def test_the_judge_does_not_count_what_was_taken_back() -> None:
    one = judge()
    settled(one, play(3840))
    one.wanted((Silence(Seconds(1.0)),))
    settled(one, play(3840))
    one.wanted((Cancel(Ticks(3000)),))
    settled(one, play(3840))
    one.passed(3840 * 4, began=1.5)
    assert one.tally.total == 0


def test_the_judge_counts_a_lost_end_and_a_second_one() -> None:
    one = judge()
    one.left(b"\x90\x3c\x50", Seconds(1.0), Ticks(0))
    one.silent()
    one.left(b"\x80\x3c\x00", Seconds(1.1), Ticks(0))
    assert one.tally.lost == 2
