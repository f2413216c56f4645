from collections import Counter
from typing import Any

import pytest

from bridge.config import Settings
from bridge.wire import Tally, Voice
from generators.music.time import QUARTER
from tests.fakes import Scripted
from tests.jam import Jam
from tests.music import chords, line

BAR = 4 * QUARTER


def looping(rounds: int, latency: float | None = 0.05, **settings: Any) -> Jam:
    """Return a jam whose host goes round bars 3 and 4 of the song, 4 seconds each time."""
    tune = line("E5 D5 C5 B4 A4 B4 C5 D5").notes
    script = Scripted(*(tune if settings["role"] == "answer" else tune[:4]), *chords("Am"))
    playing = Jam(script, Settings(tempo=120.0, **settings), latency=lambda _: latency)
    playing.tell(0.0, "/antiphon/transport/locate", 8.0)
    playing.tell(0.01, "/antiphon/transport/play", 8.0)
    for nth in range(1, rounds):
        playing.tell(0.01 + 4.0 * nth, "/antiphon/transport/locate", 8.0)
    return playing


def sounding(jam: Jam, start: float) -> list[bool]:
    """Say whether anything sounds within each beat of the round that began at a moment."""
    return [bool(_tally(jam, start + 0.5 * beat + 0.2)) for beat in range(8)]


def _tally(jam: Jam, until: float) -> Counter[Voice]:
    tally = Tally()
    for message, at, _ in jam.port.messages:
        if at <= until:
            tally.count(message)
    return +tally.sounding


@pytest.mark.parametrize(
    ("role", "settings"),
    [("accompany", {"pattern": "pad"}), ("improvise", {"chords": "Am | F"})],
    ids=["accompany", "improvise"],
)
def test_from_the_second_jump_on_there_is_no_gap_at_the_start_of_the_loop(
    role: str, settings: dict[str, Any]
) -> None:
    playing = looping(4, role=role, **settings)
    for at in range(64):
        playing.note(0.1 + at * 0.25, 72, 0.2)
    playing.run(16.0)
    assert sounding(playing, 4.01) == [False] * 4 + [True] * 4  # this jump was a surprise
    assert sounding(playing, 8.01) == sounding(playing, 12.01) == [True] * 8


def test_what_begins_the_loop_begins_once_and_in_time() -> None:
    playing = looping(4, role="improvise", chords="Am | F")
    playing.run(15.0).end()
    for start in (8.01, 12.01):
        near = [at for m, at, _ in playing.port.messages if m[0] == 0x90 and abs(at - start) < 0.2]
        assert near == [pytest.approx(start, abs=0.001)]
    assert playing.port.hanging() == {}


def test_the_plan_for_the_start_of_the_loop_is_made_over_its_chords() -> None:
    playing = looping(3, role="improvise", chords="Am | F | C | G")
    playing.run(7.9)  # in the second round, before its end
    over = [str(span.chord) for span in playing.asked[-1].prompt.controls.chords]
    assert over == ["C"]  # bar 3, not the F of bar 6 or the Am of bar 5


def test_an_answer_goes_on_round_the_loop() -> None:
    """The call is bar 3, its answer two bars long: it ends in the first bar of the next round."""
    playing = looping(3, role="answer", call="1", bars=2)
    playing.play(line("A4 B4 C5 D5"), 4.02)
    playing.run(8.5)
    assert playing.session.stage.loop.length == 2 * BAR
    playing.run(11.0).end()
    begun = [at for m, at, _ in playing.port.messages if m[0] == 0x90 and at > 5.9]
    assert begun == pytest.approx([6.01 + 0.5 * n for n in range(8)], abs=0.001)
    assert playing.port.hanging() == {}


@pytest.mark.parametrize("stops", [False, True], ids=["continue", "stop and continue"])
def test_a_host_that_goes_round_by_midi_clock_is_followed_without_a_gap(stops: bool) -> None:
    playing = Jam(
        Scripted(*line("E5 D5 C5 B4").notes),
        Settings(tempo=120.0, role="improvise", chords="Am | F"),
    )
    clocked(playing, rounds=4, stops=stops)
    playing.run(19.0).end()
    assert sounding(playing, 8.01) == sounding(playing, 12.01) == [True] * 8
    for start in (8.01, 12.01):
        near = [at for m, at, _ in playing.port.messages if m[0] == 0x90 and abs(at - start) < 0.2]
        assert near == [pytest.approx(start, abs=0.003)]
    assert not playing.session.transport.playing
    assert playing.port.hanging() == {}


def clocked(playing: Jam, rounds: int, *, stops: bool) -> None:
    """Let a host go round bars 3 and 4 by MIDI clock, and stop at their end the last time."""
    step = 60 / 120 / 24
    for nth in range(rounds):
        start = 0.01 + 4.0 * nth
        if stops and nth:
            playing.midi(start - 0.002, 0xFC)
        playing.midi(start - 0.001, 0xF2, 32, 0)
        playing.midi(start - 0.0005, 0xFB)
        for clock in range(192):
            playing.midi(start + clock * step, 0xF8)
    playing.midi(0.01 + 4.0 * rounds - 0.002, 0xFC)


def test_a_host_that_plays_on_has_left_the_loop() -> None:
    playing = looping(2, role="improvise", chords="Am | F")
    playing.run(6.0)
    assert playing.session.stage.loop.length == 2 * BAR
    playing.run(12.0)
    assert playing.session.stage.loop.length == 0
    assert all(sounding(playing, 6.01) + sounding(playing, 8.01))


def test_a_jump_into_the_middle_of_a_bar_is_no_loop() -> None:
    playing = Jam(Scripted(), Settings(tempo=120.0))
    playing.tell(0.0, "/antiphon/transport/play", 0.0)
    playing.tell(4.3, "/antiphon/transport/locate", 1.5)
    assert playing.run(5.0).session.stage.loop.length == 0


def test_a_model_that_never_answers_leaves_no_gap_in_the_loop_either() -> None:
    playing = looping(4, latency=None, role="improvise", chords="Am | F")
    playing.run(16.0).end()
    assert sounding(playing, 8.01) == sounding(playing, 12.01)
    assert any(sounding(playing, 8.01)[:4])
    assert playing.session.rungs["plan"] == 0
    assert playing.port.hanging() == {}
