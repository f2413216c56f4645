from random import Random

import pytest

from bridge.bench.host import Unevenness
from bridge.bench.tempo import Listener, after_step, bound
from bridge.clock import PER_QUARTER, MidiClock
from bridge.transport import Transport
from generators.music.time import QUARTER, Seconds

NORMAL = Unevenness(0.003, normal=True)
UNEVEN = (NORMAL, Unevenness(0.003), Unevenness(block=512), Unevenness(block=1024))


class Host:
    """A host that sends MIDI clock, late by some jitter, to a follower."""

    def __init__(self, jitter: float = 0.0, block: float = 0.0) -> None:
        self.clock, self.transport = MidiClock(), Transport(tempo=100)
        self.now = 1.0
        self._jitter, self._block, self._random = jitter, block, Random(7)

    def send(self, *message: int) -> None:
        at = self.now + self.late()
        if self._block:
            at = -(-at // self._block) * self._block
        changed = self.clock.feed(bytes(message), Seconds(at), self.transport)
        self.transport = changed or self.transport

    def late(self) -> float:
        """Return how late the next message comes."""
        return self._random.uniform(0, self._jitter)

    def run(self, quarters: float, tempo: float) -> list[float]:
        """Send so many quarters of clock; return the tempo after each clock."""
        seen = []
        for _ in range(round(quarters * PER_QUARTER)):
            self.send(0xF8)
            seen.append(self.transport.tempo)
            self.now += 60 / tempo / PER_QUARTER
        return seen


class NormalHost(Host):
    """One whose clocks come early and late by a normal distribution: the harder case."""

    def late(self) -> float:
        return self._random.gauss(0, self._jitter)


def test_the_song_starts_with_the_first_clock_after_start() -> None:
    host = Host()
    host.run(4, 120)
    host.send(0xFA)
    assert not host.transport.playing
    host.run(2, 120)
    assert host.transport.playing
    assert host.transport.position(Seconds(host.now)) == pytest.approx(2 * QUARTER, abs=1)
    assert host.transport.tempo == pytest.approx(120)


def test_without_clocks_before_the_start_the_tempo_is_found_within_a_beat() -> None:
    host = Host()
    host.send(0xFA)
    host.run(1, 133)
    assert host.transport.tempo == pytest.approx(133, abs=0.1)
    assert host.transport.position(Seconds(host.now)) == pytest.approx(QUARTER, abs=2)


def test_a_stop_keeps_the_place_and_continue_goes_on_from_there() -> None:
    host = Host()
    host.send(0xFA)
    host.run(3, 120)
    host.send(0xFC)
    assert not host.transport.playing
    host.run(1, 120)
    host.send(0xFB)
    host.run(2, 120)
    assert host.transport.position(Seconds(host.now)) == pytest.approx(5 * QUARTER, abs=2)


def test_a_song_position_holds_from_the_next_continue_on() -> None:
    host = Host()
    host.send(0xF2, 32, 0)  # 32 sixteenths: the third bar
    assert host.transport.tick == 8 * QUARTER
    host.send(0xFB)
    host.run(1, 120)
    assert host.transport.position(Seconds(host.now)) == pytest.approx(9 * QUARTER, abs=2)


def test_continue_while_it_plays_moves_nothing() -> None:
    host = Host()
    host.send(0xFA)
    host.run(9, 120)
    host.send(0xFB)
    host.run(1, 120)
    assert host.transport.position(Seconds(host.now)) == pytest.approx(10 * QUARTER, abs=1)


def test_a_song_that_should_have_started_long_ago_is_waited_for_no_more() -> None:
    host = Host()
    host.send(0xFA)
    assert host.clock.starts_soon(Seconds(host.now + 1))
    assert not host.clock.starts_soon(Seconds(host.now + 10))
    host.run(9, 120)
    host.clock.pause()
    assert host.clock.starts_soon(Seconds(host.now + 1))
    assert not host.clock.starts_soon(Seconds(host.now + 10))


def test_a_host_that_falls_silent_is_noticed() -> None:
    host = Host()
    host.send(0xFA)
    host.run(1, 120)
    assert not host.clock.lost(Seconds(host.now + 0.1))
    assert host.clock.lost(Seconds(host.now + 0.7))


def test_a_host_that_was_held_up_goes_on_where_it_was() -> None:
    host = Host()
    host.send(0xFA)
    host.run(2, 120)
    host.clock.pause()
    host.now += 3.0
    host.run(2, 120)
    assert host.transport.playing
    assert host.transport.position(Seconds(host.now)) == pytest.approx(4 * QUARTER, abs=2)


@pytest.mark.parametrize(("jitter", "block"), [(0.001, 0.0), (0.003, 0.0), (0.0, 512 / 48000)])
def test_jitter_hardly_moves_the_tempo(jitter: float, block: float) -> None:
    host = Host(jitter, block)
    host.send(0xFA)
    host.run(4, 120)
    errors = sorted(abs(tempo - 120) for tempo in host.run(32, 120))
    assert errors[int(0.99 * len(errors))] < 0.6


@pytest.mark.parametrize("tempo", [60.0, 97.0, 120.0, 160.0, 200.0, 240.0])
@pytest.mark.parametrize("uneven", UNEVEN, ids=str)
def test_a_steady_tempo_is_read_to_a_third_of_a_bpm(uneven: Unevenness, tempo: float) -> None:
    heard = Listener(uneven, seed=7)
    heard.play(tempo, 8)
    errors = sorted(abs(believed - tempo) for believed in heard.play(tempo, 50))
    assert errors[int(0.99 * len(errors))] < 0.3


@pytest.mark.parametrize(
    ("old", "new", "uneven"),
    [
        (80.0, 100.0, NORMAL), (100.0, 80.0, NORMAL), (120.0, 140.0, NORMAL),
        (140.0, 120.0, NORMAL), (160.0, 180.0, Unevenness(0.003)),
        (180.0, 160.0, Unevenness(0.003)),
        (220.0, 240.0, Unevenness(0.001)), (240.0, 220.0, Unevenness(0.001)),
        (120.0, 140.0, Unevenness(block=512)),
    ],
)  # fmt: skip
def test_one_beat_after_a_step_of_20_bpm_the_tempo_is_right_within_1(
    old: float, new: float, uneven: Unevenness
) -> None:
    assert max(after_step(uneven, old, new, seed) for seed in range(20)) < 1.0


@pytest.mark.parametrize("late", [1, 2, 13])
def test_a_step_that_is_not_on_a_beat_is_heard_where_it_is(late: int) -> None:
    host = NormalHost(0.001)
    host.send(0xFA)
    host.run(8 + late / PER_QUARTER, 120)
    assert host.run(1, 140)[-1] == pytest.approx(140, abs=1.0)


def test_what_is_told_of_the_new_tempo_is_near_the_least_error_that_there_can_be() -> None:
    errors = [after_step(NORMAL, 120.0, 140.0, seed) for seed in range(40)]
    assert sum(each**2 for each in errors) / 40 < (1.5 * bound(140.0, 0.003)) ** 2


def test_a_tempo_change_is_followed_within_two_beats() -> None:
    host = Host(jitter=0.001)
    host.send(0xFA)
    host.run(8, 120)
    assert host.run(2, 140)[-1] == pytest.approx(140, abs=1.5)
    assert host.run(2, 90)[-1] == pytest.approx(90, abs=1.5)
