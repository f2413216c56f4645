from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.echo import MOST, EchoGuard
from generators.music.time import Seconds

MESSAGES = st.builds(
    lambda kind, channel, pitch, velocity: bytes((kind | channel, pitch, velocity)),
    st.sampled_from((0x80, 0x90)),
    st.integers(0, 2),
    st.integers(60, 63),
    st.integers(0, 3),
)
TIMES = st.floats(0, 20, allow_nan=False).map(lambda t: round(t, 3))


def on(pitch: int, velocity: int = 80) -> bytes:
    return bytes((0x90, pitch, velocity))


def off(pitch: int) -> bytes:
    return bytes((0x80, pitch, 64))


def heard(
    guard: EchoGuard, sent: list[tuple[float, bytes]], came: list[tuple[float, bytes]]
) -> list[tuple[float, bytes]]:
    """Run what left and what came through the guard in order of time; return what got through."""
    events = sorted([(at, 0, message) for at, message in sent] + [(t, 1, m) for t, m in came])
    through = []
    for at, came_in, message in events:
        if not came_in:
            guard.sent(message, Seconds(at))
        elif not guard.is_ours(message, Seconds(at)):
            through.append((at, message))
    return through


def test_what_comes_back_is_not_heard() -> None:
    sent = [(1.0, on(60)), (1.5, off(60))]
    assert heard(EchoGuard(), sent, [(at + 0.01, message) for at, message in sent]) == []


def test_the_same_key_at_the_same_time_is_still_heard_once() -> None:
    guard = EchoGuard()
    came = [(1.002, on(60)), (1.01, on(60)), (1.2, off(60)), (1.51, off(60))]
    through = heard(guard, [(1.0, on(60)), (1.5, off(60))], came)
    assert [message for _, message in through] == [on(60), off(60)]
    assert guard.echoes == 2


def test_a_player_s_key_that_only_resembles_ours_is_heard() -> None:
    sent = [(1.0, on(60, 80))]
    came = [(1.01, on(60, 81)), (1.01, on(61, 80)), (1.01, bytes((0x91, 60, 80)))]
    assert heard(EchoGuard(), sent, came) == sorted(came)


def test_a_player_s_key_never_stays_down_because_we_ended_ours() -> None:
    sent = [(1.0, on(60, 90)), (1.5, off(60))]
    came = [(1.2, on(60, 70)), (1.52, off(60))]
    assert heard(EchoGuard(), sent, came) == came


def test_a_player_s_key_never_stays_down_because_an_earlier_one_was_taken_for_ours() -> None:
    taken, theirs = [(0.1, on(60))], [(0.5, off(60)), (2.0, on(60, 81)), (3.0, off(60))]
    ours = [(0.0, on(60)), (1.0, off(60)), (2.9, off(60))]
    assert heard(EchoGuard(), ours, taken + theirs) == theirs


def test_our_own_note_is_not_heard_right_behind_a_key_that_was_passed_on() -> None:
    theirs = [(0.0, on(60)), (0.01, off(60))]
    ours = [(0.001, on(60)), (0.011, off(60)), (0.05, on(60))]
    assert heard(EchoGuard(), ours, [*theirs, (0.07, on(60))]) == theirs


def test_long_after_it_left_a_note_is_the_player_s() -> None:
    guard = EchoGuard()
    assert heard(guard, [(1.0, on(60))], [(1.0 + guard.window + 0.01, on(60))])


def test_the_window_follows_the_round_trip() -> None:
    guard = EchoGuard()
    narrow = guard.window
    for k in range(20):
        guard.sent(on(60), Seconds(k))
        assert guard.is_ours(on(60), Seconds(k + 0.12))
    assert narrow < guard.window == pytest.approx(0.48)


def test_the_clock_passes() -> None:
    guard = EchoGuard()
    guard.sent(bytes((0xF8,)), Seconds(1.0))
    assert not guard.is_ours(bytes((0xF8,)), Seconds(1.001))


def test_a_controller_that_left_of_itself_is_not_heard() -> None:
    lifted = bytes((0xB0, 64, 0))
    assert heard(EchoGuard(), [(1.0, lifted)], [(1.01, lifted)]) == []


def passed_on(came: list[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
    """Run what came through a guard, and let what got through leave a little later."""
    guard, through = EchoGuard(), []
    for at, message in came:
        if not guard.is_ours(message, Seconds(at)):
            through.append((at, message))
            guard.sent(message, Seconds(at + 0.005))
    return through


def test_a_pad_struck_again_and_a_wheel_moved_back_are_no_echoes_of_what_was_passed_on() -> None:
    beats = [(n * 0.125 + d, m) for n in range(40) for d, m in ((0.0, on(60)), (0.06, off(60)))]
    wheel = [(n * 0.02, bytes((0xE0, 0, 64 + n % 3))) for n in range(200)]
    came = sorted(beats + wheel)
    assert passed_on(came) == came


def test_a_wheel_that_is_moved_for_an_hour_leaves_little_behind() -> None:
    guard = EchoGuard()
    for n in range(40_000):
        message = bytes((0xE0 | n % 15, n // 15 % 128, n // 1920 % 128))
        assert not guard.is_ours(message, Seconds(n * 0.002))
        guard.sent(message, Seconds(n * 0.002 + 0.001))
    assert len(guard._sent) + len(guard._came) <= MOST + 2


@given(st.lists(st.tuples(TIMES, MESSAGES)), st.floats(0, 0.14))
def test_over_a_cable_everything_that_left_comes_back_unheard(
    sent: list[tuple[float, bytes]], delay: float
) -> None:
    """Whatever is sent, even ends without starts: with no player, nothing is heard."""
    came = [(at + delay, message) for at, message in sent]
    assert heard(EchoGuard(), sent, came) == []


@given(st.lists(st.tuples(TIMES, MESSAGES)), st.lists(st.tuples(TIMES, MESSAGES)))
def test_without_a_cable_only_as_much_is_taken_as_was_sent(
    sent: list[tuple[float, bytes]], played: list[tuple[float, bytes]]
) -> None:
    through = heard(EchoGuard(), sent, played)
    taken = Counter(_kind(m) for _, m in played) - Counter(_kind(m) for _, m in through)
    assert not taken - Counter(_kind(m) for _, m in sent)


@given(
    st.lists(st.tuples(TIMES, st.integers(60, 63))),
    st.lists(st.tuples(TIMES, st.integers(60, 63))),
    st.floats(0.001, 0.1),
)
def test_over_a_cable_exactly_as_many_notes_are_heard_as_the_player_played(
    sent: list[tuple[float, int]], played: list[tuple[float, int]], delay: float
) -> None:
    ours = [(at, on(pitch)) for at, pitch in sent]
    theirs = [(at, on(pitch)) for at, pitch in played]
    came = theirs + [(at + delay, message) for at, message in ours]
    through = heard(EchoGuard(), ours, came)
    assert Counter(m for _, m in through) == Counter(m for _, m in theirs)


def _kind(message: bytes) -> tuple[int, ...]:
    ends = message[0] & 0xF0 == 0x80 or not message[2]
    return (0x80 | message[0] & 15, message[1]) if ends else tuple(message)
