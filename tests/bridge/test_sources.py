import itertools
from random import Random

import pytest

from bridge.config import Settings
from bridge.errors import BadSetting
from bridge.events import Stated
from bridge.record import Left
from bridge.replay import replay
from bridge.sources import JUMP
from generators.music.time import QUARTER, Meter, Seconds
from tests.fakes import Scripted
from tests.jam import Jam

STEP = 0.05


def jam_with(**settings: object) -> Jam:
    return Jam(Scripted(), Settings(**{"tempo": 120.0, "role": "off", **settings}))  # type: ignore[arg-type]


def state(  # noqa: PLR0913 - a source is many things
    jam: Jam, source: str, since: float, until: float, *, tempo: float = 120.0, beat: float = 0.0,
    jitter: float = 0.0,
) -> None:  # fmt: skip
    """Let a source play from a moment to another, and say so twenty times a second."""
    random = Random(3)
    for nth in range(round((until - since) / STEP)):
        at = since + nth * STEP
        where = beat + (nth * STEP + random.gauss(0, jitter)) * tempo / 60
        word = Stated(source, True, Seconds(at), beat=where, tempo=tempo, meter=Meter(4, 4))
        jam.event(at, word)


def stop(jam: Jam, source: str, at: float, beat: float) -> None:
    jam.event(at, Stated(source, False, Seconds(at), beat=beat, tempo=120.0))


def positions(jam: Jam, since: float, until: float) -> list[float]:
    """Run, and return the beat every 10 ms."""
    seen = []
    for nth in range(round((until - since) / 0.01)):
        jam.run(since + nth * 0.01)
        seen.append(jam.session.transport.position(jam.clock.moment) / QUARTER)
    return seen


def test_jacks_transport_is_followed_and_stops() -> None:
    jam = jam_with()
    state(jam, "jack", 1.0, 3.0, tempo=90.0, beat=8.0)
    stop(jam, "jack", 3.0, 11.0)
    jam.run(2.0)
    assert jam.session.source == "jack"
    assert jam.session.transport.tempo == 90.0
    assert jam.session.transport.position(Seconds(2.0)) == pytest.approx(9.5 * QUARTER)
    jam.run(4.0)
    assert not jam.session.transport.playing


def test_without_beats_the_seconds_go_by_our_own_tempo() -> None:
    jam = jam_with(tempo=60.0)
    jam.event(1.0, Stated("jack", True, Seconds(1.0), seconds=5.0))
    jam.run(1.5)
    assert jam.session.transport.position(Seconds(1.5)) == pytest.approx(5.5 * QUARTER)


@pytest.mark.parametrize("source", ["daw", "jack"])
def test_a_seek_is_followed_though_two_words_come_at_once(source: str) -> None:
    jam = jam_with(sources=source)
    state(jam, source, 1.0, 3.0)
    jam.event(3.0, Stated(source, True, Seconds(3.0), beat=4.0, tempo=120.0))
    jam.event(3.005, Stated(source, True, Seconds(3.005), beat=60.0, tempo=120.0))
    jam.run(3.055)
    where = jam.session.transport.position(Seconds(3.055)) / QUARTER
    assert where == pytest.approx(60.1, abs=0.01)


def test_a_higher_rank_takes_over_without_a_jump_where_the_beat_agrees() -> None:
    jam = jam_with(sources="jack,link")
    state(jam, "link", 1.0, 8.0)
    state(jam, "jack", 4.0, 8.0, beat=6.0 + 0.1)  # a tenth of a beat ahead
    seen = positions(jam, 3.5, 7.9)
    steps = [later - one for one, later in itertools.pairwise(seen)]
    assert jam.session.source == "jack"
    assert max(steps) < 0.026  # 10 ms at 120 are 0.02 beats; at the end up to 0.005 are left
    assert min(steps) > 0.02 * 0.89
    assert seen[-1] == pytest.approx(6.1 + (7.89 - 4.0) * 2, abs=0.006)


def test_a_source_that_is_elsewhere_is_a_seek() -> None:
    jam = jam_with(sources="jack,link")
    state(jam, "link", 1.0, 5.0)
    state(jam, "jack", 4.0, 5.0, beat=32.0)
    jam.run(4.0)
    assert jam.session.transport.position(Seconds(4.0)) == pytest.approx(32 * QUARTER)


def test_a_lower_rank_waits_until_the_other_stops_or_falls_silent() -> None:
    jam = jam_with(sources="jack,link")
    state(jam, "jack", 1.0, 4.0)  # then nothing more
    state(jam, "link", 2.0, 8.0, beat=2.0)
    jam.run(3.5)
    assert jam.session.source == "jack"
    seen = positions(jam, 3.5, 7.9)
    assert jam.session.source == "link"
    assert jam.session.transport.playing
    assert max(b - a for a, b in itertools.pairwise(seen)) < JUMP / QUARTER
    assert not jam.said("/antiphon/error")


def test_a_source_that_falls_silent_alone_stops_the_song_and_says_so() -> None:
    jam = jam_with()
    state(jam, "jack", 1.0, 2.0)
    jam.run(5.0)
    assert not jam.session.transport.playing
    assert "JACK" in str(jam.said("/antiphon/error")[0][0])


def test_link_keeps_the_bar_of_the_song() -> None:
    jam = jam_with(sources="midi,link")
    jam.host(0.5, 4.0)
    state(jam, "link", 3.0, 8.0, beat=1001.0)  # a beat of no song of ours; beat 1 of its bar
    jam.run(4.4)
    assert jam.session.source == "midi"
    jam.run(6.0)
    assert jam.session.source == "link"
    where = jam.session.transport.position(Seconds(6.0)) / QUARTER
    assert where % 4 == pytest.approx((1001 + 6) % 4, abs=0.01)
    assert where < 20


def test_what_is_told_of_a_slow_change_of_tempo_stays_true() -> None:
    """What changes with one clock is too little to tell, and adds up: a ramp over 96 beats."""
    jam, tempo, at = jam_with(), 90.0, 1.0
    jam.midi(at, 0xFA)
    for nth in range(24 * 112):
        jam.midi(at, 0xF8)
        at += 60 / tempo / 24
        tempo += 42 / (24 * 96) if nth < 24 * 96 else 0
    jam.run(at)
    told = jam.said("/antiphon/transport")
    assert told[-1][2] == pytest.approx(132.0, abs=0.06)
    assert len(told) < 24 * 24
    beat, bpm = float(told[-1][1]), float(told[-1][2])
    then = jam.session.transport.when(beat * QUARTER)
    assert beat + (at - then) * bpm / 60 == pytest.approx(112.0, abs=0.06)
    assert jam.said("/antiphon/heard/tempo")[-1][0] == told[-1][2]


@pytest.mark.parametrize("apart", range(4))
def test_a_link_session_that_agrees_about_the_beat_alone_moves_the_bars_alone(apart: int) -> None:
    jam = jam_with(sources="link,midi")
    jam.host(0.5, 8.0)
    state(jam, "link", 3.0, 8.0, beat=1001.0 + apart)  # our beat 5
    seen = positions(jam, 0.6, 7.9)
    assert jam.session.source == "link"
    assert max(abs(b - a - 0.02) for a, b in itertools.pairwise(seen)) < 0.01
    now = jam.session.transport
    here = (now.position(Seconds(7.9)) - now.bar_line) / QUARTER % 4
    assert here == pytest.approx((1001 + apart + 2 * (7.9 - 3.0)) % 4, abs=0.01)


def test_after_a_change_of_meter_the_bars_are_still_those_of_the_link_session() -> None:
    """Link's beats are asked with our bar, so that they agree about the bar in any meter."""
    jam = jam_with(sources="link")
    state(jam, "link", 0.5, 2.9, beat=1000.0)
    jam.tell(2.9, "/antiphon/meter", 3, 4)
    state(jam, "link", 3.0, 8.0, beat=1001.0)  # what a peer with a bar of three says
    jam.run(7.9)
    now = jam.session.transport
    theirs = (1001 + 2 * (7.9 - 3.0)) % 3
    assert (now.position(Seconds(7.9)) - now.bar_line) / QUARTER % 3 == pytest.approx(
        theirs, abs=0.01
    )


def test_midi_clock_and_the_rest_are_told_in_the_status() -> None:
    jam = jam_with(sources="jack,midi")
    state(jam, "jack", 1.0, 4.0, tempo=100.0, jitter=0.004)
    jam.host(2.0, 1.5, tempo=140.0)
    jam.run(3.0)
    figures = jam.session.sources.figures(jam.session.transport)
    assert jam.session.source == "jack"
    assert 1.0 < figures["jitter_ms"] < 12.0
    assert figures["sources"]["midi"]["bpm"] == pytest.approx(140, abs=1)


def test_only_what_the_settings_allow_is_followed() -> None:
    jam = jam_with(clock="midi")
    state(jam, "jack", 1.0, 2.0)
    jam.run(1.5)
    assert not jam.session.transport.playing
    assert jam_with(clock="jack").settings.clock == "jack"


@pytest.mark.parametrize("wrong", ["jack,jack", "sundial"])
def test_ranks_that_make_no_sense_are_refused(wrong: str) -> None:
    with pytest.raises(BadSetting, match="sources"):
        Settings(sources=wrong)


def test_ranks_change_live() -> None:
    jam = jam_with(sources="jack,link")
    state(jam, "jack", 1.0, 6.0)
    state(jam, "link", 1.5, 6.0, beat=1.0, tempo=120.0)
    jam.tell(3.0, "/antiphon/set", "sources", "link,jack")
    jam.run(2.9)
    assert jam.session.source == "jack"
    jam.run(4.0)
    assert jam.session.source == "link"


def test_a_clock_that_is_left_out_for_a_while_comes_back_where_it_is() -> None:
    jam = jam_with()
    jam.host(1.0, 16.0)
    jam.tell(3.0, "/antiphon/set", "sources", "jack")
    jam.tell(8.0, "/antiphon/set", "sources", "midi,jack")
    jam.run(10.0)
    assert jam.session.source == "midi"
    assert jam.session.transport.playing
    here = jam.session.transport.position(Seconds(10.0))
    assert here == pytest.approx(2 * 9.0 * QUARTER, abs=QUARTER / 20)


def test_a_tempo_that_is_bent_for_a_while_is_not_kept() -> None:
    jam = jam_with(sources="link,jack", tempo=120.0)
    state(jam, "link", 1.0, 4.0, beat=0.0)
    for nth in range(200):
        at = Seconds(1.0 + nth * STEP)
        jam.event(at, Stated("jack", True, at, seconds=nth * STEP + 0.08))
    jam.run(10.0)
    assert jam.session.source == "jack"
    assert jam.session.transport.tempo == pytest.approx(120.0, abs=0.1)
    assert jam.session.transport.position(Seconds(10.0)) == pytest.approx(
        9.08 * 2 * QUARTER, abs=20
    )


def test_a_session_with_sources_replays_to_the_same_bytes() -> None:
    jam = Jam(Scripted(), Settings(tempo=120.0, role="answer", sources="jack,link"))
    state(jam, "link", 0.5, 12.0)
    state(jam, "jack", 6.0, 12.0, beat=11.08)
    for nth in range(8):
        jam.note(1.0 + nth * 0.4, 60 + nth)
    jam.run(12.0).end()
    left = [Left(tick, message) for message, _, tick in jam.port.messages]
    assert replay(jam.settings, [*jam.log, *left]).same


def test_taps_are_the_tempo() -> None:
    jam = jam_with()
    for nth in range(5):
        jam.tell(1.0 + nth * 60 / 93, "/antiphon/tap")
    jam.run(5.0)
    assert jam.session.transport.tempo == pytest.approx(93, abs=0.3)
    assert jam.said("/antiphon/heard/tempo")[-1][0] == pytest.approx(93, abs=0.3)


def test_a_key_and_a_controller_can_tap() -> None:
    jam = jam_with(tap_note=21, tap_cc=20)
    for nth in range(4):
        jam.note(1.0 + nth * 0.4, 21, 0.1)
    jam.run(3.0)
    assert jam.session.transport.tempo == pytest.approx(150, abs=0.3)
    assert not jam.session.transport.playing
    for nth in range(4):
        jam.midi(6.0 + nth * 0.8, 0xB0, 20, 127)
        jam.midi(6.2 + nth * 0.8, 0xB0, 20, 0)
    jam.run(10.0)
    assert jam.session.transport.tempo == pytest.approx(75, abs=0.3)


def test_taps_move_the_beat_under_the_foot() -> None:
    jam = jam_with(tempo=100.0)
    jam.tell(0.0, "/antiphon/transport/play")
    for nth in range(12):
        jam.tell(1.07 + nth * 0.6, "/antiphon/tap")
    jam.run(1.07 + 11 * 0.6)
    off = jam.session.transport.position(Seconds(1.07 + 11 * 0.6)) / QUARTER % 1
    assert min(off, 1 - off) < 0.02
    beats = [args[1] for args in jam.said("/antiphon/transport")]
    assert beats == sorted(beats)


@pytest.mark.parametrize("bpm", [88.0, 104.0, 132.0])
def test_the_clock_follows_what_is_played_where_that_is_wished(bpm: float) -> None:
    jam, random = jam_with(follow_playing=True), Random(round(bpm))
    lengths = itertools.cycle((1, 1, 0.5, 0.5, 1))
    beat = 0.0
    while (at := beat * 60 / bpm) < 30:
        jam.note(0.5 + at + random.gauss(0, 0.008), 60 + round(beat * 2) % 12, 0.15)
        beat += next(lengths)
    jam.run(30.0)
    now = jam.session.transport
    assert now.tempo == pytest.approx(bpm, rel=0.02)
    played = [0.5 + nth * 60 / bpm for nth in range(round(27 * bpm / 60), round(29 * bpm / 60))]
    off = [(now.position(Seconds(at)) / QUARTER * 2 + 0.5) % 1 - 0.5 for at in played]
    assert max(map(abs, off)) < 0.2


def test_the_clock_stays_as_it_is_where_nobody_wished_otherwise() -> None:
    jam = jam_with()
    for nth in range(60):
        jam.note(0.5 + nth * 0.68, 60 + nth % 12, 0.15)
    jam.run(30.0)
    assert jam.session.transport.tempo == 120.0
    assert jam.session.figures["played_tempo"]["bpm"] == pytest.approx(60 / 0.68, rel=0.02)
