"""Where the bars of what is played are, and the clock that follows them."""

from dataclasses import replace
from itertools import pairwise
from math import inf
from random import Random

import pytest

from bridge.bar_ear import AGREED, SURE, HeardBar
from bridge.config import Settings
from bridge.pulse import Pulse
from bridge.record import Left
from bridge.replay import replay
from bridge.transport import Transport
from generators.music.notes import Note, Phrase
from generators.music.time import QUARTER, Meter, Seconds, Ticks
from tests.bridge.downbeats import Press, heard, judged, played
from tests.fakes import Scripted
from tests.jam import Jam
from tests.music import chords, line

TUNES = {
    "3/4": (
        "C5:2 E5 G5:2 E5 F5 E5 D5 C5:3 " * 2 + "D5:2 F5 A5:2 F5 E5 D5 B4 C5:3 ",
        "C3+E3+G3:3 E3+G3:3 F3+A3:3 C3+E3+G3:3 " * 2 + "D3+F3:3 F3+A3:3 G2+D3:3 C3+E3:3 ",
    ),
    "4/4": (
        "C5 C5:1/2 D5:1/2 E5 G5 F5 E5:1/2 D5:1/2 E5:2 A5 G5:1/2 F5:1/2 E5 D5 C5:4 " * 3,
        "C3+E3+G3:4 F3+A3+C4:4 F3+A3+C4:4 C3+E3+G3:4 " * 3,
    ),
}
"""What two hands play: many times over, as long as it has to be."""


def tune(name: str, times: int = 3) -> Phrase:
    right, left = (line(hand * times, name) for hand in TUNES[name])
    return right.plus(left, Ticks(0))


def with_pick_up(name: str, beats: int) -> list[Note]:
    """Return a tune with some beats before its first bar line; counted from there."""
    up = [Note(Ticks(nth * QUARTER), 67 + nth, Ticks(QUARTER - 90)) for nth in range(beats)]
    return [*up, *(note.moved(beats * QUARTER) for note in tune(name).notes)]


def bar(beat: float, meter: str = "4/4", sure: float = 1.0, bpm: float = 120.0) -> HeardBar:
    """Return a bar line on a beat of a clock that goes at 120 from second 0."""
    return HeardBar(Seconds(beat / 2), Meter.named(meter), sure, sure, bpm)


CLOCK = Transport(playing=True)


@pytest.mark.parametrize("name", TUNES)
@pytest.mark.parametrize("bpm", [84.0, 112.0])
@pytest.mark.parametrize("beats", [0, 1, 2])
def test_bars_become_sure_and_are_right(name: str, bpm: float, beats: int) -> None:
    keys = played(with_pick_up(name, beats), bpm, Random(beats))
    first = beats * 60 / bpm  # seconds before the first bar line, which is to be at one second
    moved = [(at - first, pitch, velocity) for at, pitch, velocity in keys]
    said = list(judged(heard(moved), bpm, Meter.named(name).bar))
    sure = [each for each in said if each.bar.sure >= SURE]
    assert sure
    assert all(each.line_right for each in sure)
    assert all(each.meter_right for each in said if each.bar.sure_of_meter >= SURE)


def test_only_what_is_said_for_a_while_is_sure() -> None:
    said = list(heard(played(tune("3/4").notes, 100.0, Random(1))))
    assert said[-1].sure >= SURE
    for each in said:
        beats = (each.line - said[0].line) * 100 / 60 + 3  # told at the latest with the next bar
        assert each.sure <= beats / AGREED


def test_a_tempo_that_breathes_does_not_lose_count() -> None:
    """The player goes from 92 to 108 and back, three times."""
    moments, at = [1.0], 1.0
    for nth in range(120):
        at += 60 / (100 + 8 * (1 - abs(nth % 40 - 20) / 10))
        moments.append(at)
    keys: list[Press] = []
    for note in tune("3/4").notes:
        beat, part = divmod(note.onset / QUARTER, 1)
        if beat < 119:
            begin = moments[int(beat)] * (1 - part) + moments[int(beat) + 1] * part
            keys += [(begin, note.pitch, 80), (begin + note.length / QUARTER * 0.5, note.pitch, 0)]
    sure = [each for each in heard(sorted(keys)) if each.sure >= SURE]
    assert len(sure) > 5
    for each in sure:
        apart, nearest = min((abs(at - each.line), nth) for nth, at in enumerate(moments))
        assert nearest % 3 == 0
        assert apart < 0.15


@pytest.mark.parametrize(("beat", "by"), [(8.0, None), (9.05, 1), (9.95, 2), (3.0, 3)])
def test_bar_lines_move_by_whole_beats(beat: float, by: int | None) -> None:
    assert bar(beat).other_bar_line(CLOCK) == (by and by * QUARTER)


@pytest.mark.parametrize(
    "doubtful",
    [bar(9.0, sure=0.9), bar(9.0, bpm=60.0), bar(9.5), bar(9.0, "3/4"), bar(10.0, "2/4")],
    ids=["unsure", "other tempo", "between the beats", "other meter", "half a bar is a bar of two"],
)
def test_bar_lines_stay_where_it_is_doubtful(doubtful: HeardBar) -> None:
    assert doubtful.other_bar_line(CLOCK) is None


def test_a_meter_is_taken_where_it_sounds_otherwise() -> None:
    assert bar(8.0, "3/4").other_meter(CLOCK) == Meter(3, 4)
    assert bar(8.0, "6/8").other_meter(replace(CLOCK, meter=Meter(3, 4))) == Meter(6, 8)
    assert bar(8.0, "4/4").other_meter(replace(CLOCK, meter=Meter(2, 2))) is None
    assert bar(8.0, "3/4", sure=0.9).other_meter(CLOCK) is None


# The clock that the player's first note started


def jam(**settings: object) -> Jam:
    wished = {"tempo": 100.0, "role": "off", "follow_playing": True, **settings}
    return Jam(Scripted(*chords("Am")), Settings(**wished))  # type: ignore[arg-type]


def press(playing: Jam, notes: list[Note], bpm: float = 100.0) -> None:
    for at, pitch, velocity in played(notes, bpm, Random(5)):
        playing.midi(at, 0x90, pitch, velocity)


def surest(playing: Jam) -> float:
    """Return how sure a bar line was at most."""
    return max(float(args[3]) for args in playing.said("/antiphon/heard/downbeat"))


def place(playing: Jam, beat: int, bpm: float = 100.0) -> float:
    """Return where in the bar of the clock a beat of the player is, in beats."""
    now = playing.session.transport
    passed = now.position(Seconds(1.0 + beat * 60 / bpm)) - now.bar_line
    return (passed / QUARTER + 0.5) % (now.meter.bar / QUARTER) - 0.5


@pytest.mark.parametrize("beats", [1, 2])
def test_a_pick_up_is_found_out_and_the_bar_lines_move(beats: int) -> None:
    playing = jam()
    press(playing, with_pick_up("4/4", beats))
    playing.run(45.0)
    assert place(playing, beats + 64) == pytest.approx(0, abs=0.1)
    assert playing.session.transport.meter == Meter(4, 4)
    lines = playing.said("/antiphon/barline")
    assert lines == [(playing.session.transport.bar_line / QUARTER,)]


@pytest.mark.parametrize("beats", [0, 2])
def test_a_waltz_sets_the_meter_and_its_bar_lines(beats: int) -> None:
    playing = jam()
    press(playing, with_pick_up("3/4", beats))
    playing.run(45.0)
    assert playing.session.transport.meter == Meter(3, 4)
    assert place(playing, beats + 60) == pytest.approx(0, abs=0.1)
    assert ("meter", "3/4") in playing.said("/antiphon/setting")
    assert playing.said("/antiphon/heard/downbeat")[-1][1:3] == (3, 4)
    assert playing.session.figures["played_bar"]["meter"] == "3/4"


@pytest.mark.parametrize("again", [False, True])
def test_a_meter_that_was_set_by_hand_is_kept_until_the_ear_is_asked_anew(again: bool) -> None:
    playing = jam()
    playing.tell(0.5, "/antiphon/meter", 4, 4)
    if again:
        playing.tell(0.6, "/antiphon/set", "follow_playing", 1)
    press(playing, with_pick_up("3/4", 0))
    playing.run(45.0)
    assert playing.said("/antiphon/heard/downbeat")[-1][1:3] == (3, 4)
    assert playing.session.transport.meter == (Meter(3, 4) if again else Meter(4, 4))


def test_nothing_moves_where_nobody_wished_it_and_it_is_told() -> None:
    playing = jam(follow_playing=False)
    press(playing, with_pick_up("4/4", 1))
    playing.run(45.0)
    assert playing.session.transport.bar_line == 0
    assert surest(playing) >= SURE


def test_the_bars_move_under_an_accompaniment_that_goes_on() -> None:
    playing = jam(role="accompany", pattern="block")
    press(playing, with_pick_up("4/4", 1))
    spots = []
    for nth in range(450):
        playing.run(nth * 0.1)
        spots.append(playing.session.transport.position(Seconds(nth * 0.1)))
    playing.end()
    assert all(0 <= b - a < QUARTER / 4 for a, b in pairwise(spots))
    moved = playing.session.transport.bar_line
    begun = [tick for m, _, tick in playing.port.messages if m[0] & 0xF0 == 0x90 and m[2]]
    assert moved % (4 * QUARTER) == QUARTER
    assert {tick % (4 * QUARTER) for tick in begun if tick > 60 * QUARTER} == {QUARTER}
    assert playing.port.hanging() == {}


def test_no_decision_waits_until_the_bars_were_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    playing, spare = jam(role="accompany"), list[float]()
    listen = Pulse.passed

    def listens(pulse: Pulse, at: Seconds) -> None:
        spare.append(min(playing.session._duo.due, default=inf) - at)
        listen(pulse, at)

    monkeypatch.setattr(Pulse, "passed", listens)
    press(playing, with_pick_up("4/4", 1))
    playing.run(20.0)
    assert playing.said("/antiphon/heard/downbeat")
    assert min(spare) > 0


def test_a_call_goes_on_over_the_new_bar_lines_and_is_answered() -> None:
    playing = jam(role="answer")
    notes = with_pick_up("4/4", 1)
    press(playing, [note for note in notes if note.end <= 65 * QUARTER])
    playing.run(60.0).end()
    begun = [tick for m, _, tick in playing.port.messages if m[0] & 0xF0 == 0x90 and m[2]]
    last = [tick for tick in begun if tick >= 64 * QUARTER]
    assert last
    assert min(last) % (4 * QUARTER) == QUARTER
    assert playing.port.hanging() == {}


def test_a_call_that_is_over_is_answered_though_the_meter_changes() -> None:
    playing = jam(role="answer", call="1")
    for nth in range(4):
        playing.note(1.0 + 0.6 * nth, 72 + nth, 0.4)
    playing.tell(3.3, "/antiphon/meter", 3, 4)  # no key goes down from here on
    playing.run(10.0).end()
    assert playing.port.messages
    assert playing.port.hanging() == {}


def test_a_foot_that_taps_goes_before_what_is_played() -> None:
    playing = jam()
    press(playing, with_pick_up("4/4", 1))
    for nth in range(70):
        playing.tell(1.0 + nth * 0.6, "/antiphon/tap")
    playing.run(42.0)
    assert surest(playing) >= SURE
    assert playing.session.transport.bar_line == 0


def test_where_a_host_plays_its_bars_are_the_bars() -> None:
    playing = jam()
    playing.host(0.95, 44.0, tempo=100.0)
    press(playing, with_pick_up("4/4", 1))
    playing.run(44.0)
    assert playing.session.source == "midi"
    assert not playing.said("/antiphon/heard/downbeat")
    assert playing.session.transport.bar_line == 0


def test_a_session_that_followed_replays_to_the_same_bytes() -> None:
    playing = jam(role="accompany", pattern="block")
    press(playing, with_pick_up("3/4", 1))
    playing.run(40.0).end()
    left = [Left(tick, message) for message, _, tick in playing.port.messages]
    assert playing.said("/antiphon/barline")
    assert replay(playing.settings, [*playing.log, *left]).same
