"""Each role stays on the host's beat and bar, whatever the host does."""

from typing import Any

import pytest

from bridge.config import Settings
from bridge.events import Stated
from generators.music.time import QUARTER, Meter, Seconds, Ticks
from tests.fakes import Scripted
from tests.jam import Jam
from tests.music import chords, line

BAR = 4 * QUARTER
ROLES = {
    "answer": {"call": "1"},
    "accompany": {"pattern": "block"},
    "improvise": {"chords": "Am | F"},
}


def jam(role: str, latency: float | None = 0.05, **settings: Any) -> Jam:
    script = Scripted(*line("E5 D5 C5 B4").notes, *chords("Am"))
    wished = Settings(tempo=120.0, role=role, **{**ROLES[role], **settings})
    return Jam(script, wished, latency=lambda _: latency)


def sent(playing: Jam) -> list[tuple[float, Ticks]]:
    """Return the moment and the tick of all that began."""
    return [(at, tick) for message, at, tick in playing.port.messages if message[0] & 0xF0 == 0x90]


# A plan survives what is small, and is made anew after what is large


def test_a_plan_survives_a_key_that_comes_up_a_hair_before_the_bar() -> None:
    playing = jam("answer")
    playing.note(0.0, 72, 0.9)
    playing.note(1.0, 74, 0.97)  # held until 30 ms before the bar
    asked = len(playing.run(1.9).asked)
    playing.run(4.0)
    assert len(playing.asked) == asked
    assert playing.session.rungs["plan"] == 1


@pytest.mark.parametrize("length", [0.4, 0.7])
def test_a_plan_is_made_anew_where_a_note_is_much_shorter(length: float) -> None:
    playing = jam("answer")
    playing.note(0.0, 72, 0.9)
    playing.midi(1.0, 0x90, 74, 80)
    asked = len(playing.run(1.01).asked)
    playing.midi(1.0 + length, 0x80, 74, 0)
    assert len(playing.run(1.0 + length).asked) == asked + 1


def test_many_small_changes_are_a_large_one() -> None:
    """What is played is compared with what was asked, not with what came last."""
    playing = jam("accompany")
    for nth in range(6):
        playing.note(0.25 * nth, 72 + nth, 0.2)
    playing.run(1.9)
    last = playing.asked[-1].prompt.heard.notes
    assert [note.pitch for note in last] == [72, 73, 74, 75, 76, 77]


# Tempo, meter, count-in


@pytest.mark.parametrize("role", ROLES)
def test_a_tempo_change_in_the_middle_of_an_answer_keeps_it_on_the_beat(role: str) -> None:
    playing = jam(role)
    for beat in range(4):
        playing.note(0.5 * beat, 72, 0.4)
    playing.tell(2.8, "/antiphon/tempo", 60.0)  # beat 5.6 of the song
    playing.run(6.0).end()
    late = [(at, tick) for at, tick in sent(playing) if at > 2.82]
    assert late
    for at, tick in late:
        assert at == pytest.approx(2.8 + (tick / QUARTER - 5.6), abs=0.001)
    assert playing.port.hanging() == {}


@pytest.mark.parametrize("role", ROLES)
def test_a_meter_change_moves_the_bars_from_the_bar_that_is_played(role: str) -> None:
    playing = jam(role)
    playing.note(0.0, 72, 0.4)
    playing.tell(2.6, "/antiphon/meter", 3, 4)  # in the second bar
    for beat in range(6, 24):
        playing.note(0.5 * beat, 72, 0.4)
    playing.run(12.0).end()
    later = [tick for at, tick in sent(playing) if at > 4.95]  # bars of three are at 3.5, 5.0 ...
    assert later
    assert (min(later) - BAR) % (3 * QUARTER) == 0
    assert playing.port.hanging() == {}


def test_after_a_meter_change_an_answer_still_leaves_the_player_the_floor() -> None:
    playing = jam("answer", commit=0.0)
    for beat in range(4):
        playing.note(0.5 * beat, 72, 0.4)
    playing.tell(2.1, "/antiphon/meter", 3, 4)
    playing.note(2.2, 60, 0.2)
    playing.run(4.0)
    melody = [at for m, at, _ in playing.port.messages if m[0] == 0x90 and at < 3.4]
    assert len(melody) == 1  # the next bar line is at 3.5


def hosted(role: str, *changes: tuple[float, int, float], **settings: Any) -> Jam:
    """Return a jam with JACK's transport, which names other beats to the bar from some moments on.

    A change is the moment, the beats to the bar, and by how many beats it counts anew there: bars
    are counted on as if all before had been as long.
    """
    playing = jam(role, **settings)
    for nth in range(500):
        at = Seconds(0.02 * nth)
        beats, anew = 4, 0.0
        for since, named, by in changes:
            if at >= since - 0.001:
                beats, anew = named, anew + by
        word = Stated("jack", True, at, 2 * at + anew, float(at), 120.0, Meter(beats, 4))
        playing.event(at, word)
    return playing


@pytest.mark.parametrize("anew", [0.0, -1.0])
def test_after_a_hosts_meter_change_an_answer_still_leaves_the_player_the_floor(
    anew: float,
) -> None:
    playing = hosted("answer", (2.6, 3, anew), commit=0.0)
    for beat in range(4):
        playing.note(0.01 + 0.5 * beat, 72, 0.4)
    playing.note(2.75, 60, 0.2)
    playing.run(4.0)
    began = [at for m, at, _ in playing.port.messages if m[0] == 0x90 and at < 3.4]
    assert began == pytest.approx([2.0, 2.5])


@pytest.mark.parametrize("anew", [0.0, -1.0])
def test_an_answer_goes_on_through_a_hosts_meter_change(anew: float) -> None:
    playing = hosted("answer", (2.6, 3, anew))
    for beat in range(4):
        playing.note(0.01 + 0.5 * beat, 72, 0.4)
    playing.run(6.0).end()
    began = [at for m, at, _ in playing.port.messages if m[0] == 0x90]
    assert began == pytest.approx([2.0, 2.5, 3.0, 3.5])
    assert playing.port.hanging() == {}


@pytest.mark.parametrize("role", ["accompany", "improvise"])
def test_after_a_hosts_meter_change_it_goes_along_from_the_next_bar_line_on(role: str) -> None:
    playing = hosted(role, (2.6, 3, 0.0))
    playing.note(0.01, 72, 0.4)
    playing.note(2.1, 72, 0.4)  # and nothing after the change
    playing.run(5.0).end()
    ticks = [tick / QUARTER for at, tick in sent(playing) if at > 2.65]
    assert ticks[0] <= 6
    assert 6 in ticks
    assert playing.port.hanging() == {}


@pytest.mark.parametrize("role", ROLES)
def test_a_host_that_counts_its_bars_anew_after_a_meter_change_plays_on(role: str) -> None:
    """In 3/4, JACK's masters let bar 3 begin at six quarters, though eight have passed."""
    playing = hosted(role, (4.0, 3, -2.0))
    for beat in range(16):
        playing.note(0.01 + 0.5 * beat, 72, 0.4)
    playing.run(4.1)
    assert playing.session.transport.position(Seconds(4.1)) == pytest.approx(8.2 * QUARTER)
    assert playing.session.transport.bar_line == 2 * QUARTER
    assert not [at for m, at, _ in playing.port.messages if m[0] == 0x80 and 3.91 < at < 3.98]
    playing.run(8.0).end()
    assert len(playing.asked[-1].prompt.heard.notes) > 10  # it remembers what was played before
    assert playing.port.hanging() == {}


def test_a_seek_of_a_host_that_counted_anew_is_one() -> None:
    playing = hosted("answer", (2.0, 3, -1.0))
    playing.run(5.9)
    assert playing.session.transport.position(Seconds(5.9)) == pytest.approx(11.8 * QUARTER)
    playing.event(6.001, Stated("jack", True, Seconds(6.001), 60.0, 33.0, 120.0, Meter(3, 4)))
    playing.run(6.0015)
    assert playing.session.transport.position(Seconds(6.001)) == pytest.approx(60 * QUARTER)
    assert playing.session.transport.bar_line == 0


def test_a_key_that_goes_down_with_a_host_in_another_meter_begins_the_call() -> None:
    playing = jam("answer", clock="jack")
    playing.note(0.95, 72, 0.5)
    for nth in range(200):
        at = Seconds(1.0 + 0.02 * nth)
        word = Stated("jack", True, at, 2 * (at - 1.0), at - 1.0, 120.0, Meter(3, 4))
        playing.event(at, word)
    playing.run(3.0)
    assert min(at for at, _ in sent(playing)) == pytest.approx(2.5)


@pytest.mark.parametrize("role", ROLES)
def test_a_host_that_counts_in_is_followed_from_where_it_starts(role: str) -> None:
    """The host sends its clock through a count-in and starts after it: bar 1 is where it starts."""
    playing = jam(role)
    step = 60 / 120 / 24
    for nth in range(96):
        playing.midi(0.01 + nth * step, 0xF8)
    playing.host(2.01, 8.0)
    for beat in range(4):
        playing.note(2.02 + 0.5 * beat, 72, 0.4)
    playing.run(9.5).end()
    assert min(tick for _, tick in sent(playing)) % BAR == 0
    first = min(at for at, _ in sent(playing))
    assert (first - 2.01) % 2.0 == pytest.approx(0.0, abs=0.01)
    assert playing.port.hanging() == {}


# Commit and lookahead


@pytest.mark.parametrize(("commit", "kept"), [(0.0, 1), (2.0, 3)])
def test_commit_changes_live_how_much_of_an_answer_stays(commit: float, kept: int) -> None:
    playing = jam("answer")
    for beat in range(4):
        playing.note(0.5 * beat, 72, 0.4)
    playing.tell(1.0, "/antiphon/set", "commit", commit)
    playing.note(2.2, 60, 0.2)  # the player takes the floor after the answer's first note
    playing.run(4.0)
    melody = [m for m, at, _ in playing.port.messages if m[0] == 0x90 and at < 4.0]
    assert len(melody) == kept


def test_lookahead_changes_live_how_much_is_planned() -> None:
    playing = jam("improvise")
    playing.tell(0.0, "/antiphon/transport/play", 0.0)
    playing.tell(3.0, "/antiphon/set", "lookahead", 8.0)
    playing.run(8.0)
    assert {ask.prompt.length for ask in playing.asked[:1]} == {BAR}
    assert playing.asked[-1].prompt.length == 2 * BAR


# Every rung is counted


@pytest.mark.parametrize(
    ("role", "settings", "rung"),
    [
        ("answer", {}, "recall"),
        ("accompany", {}, "recall"),
        ("improvise", {}, "recall"),
    ],
)
def test_a_role_whose_model_never_answers_goes_down_the_ladder(
    role: str, settings: dict[str, Any], rung: str
) -> None:
    playing = jam(role, latency=None, **settings)
    for beat in range(16):
        playing.note(0.5 * beat, 72 + beat % 4, 0.4)
    playing.run(8.0).end()
    rungs = playing.session.rungs
    assert rungs["plan"] == rungs["overlap"] == 0
    assert rungs[rung] > 0
    assert sum(rungs.values()) == rungs["recall"] + rungs["chord_tones"] + rungs["rest"]
    assert sent(playing)
