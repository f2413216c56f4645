"""The session among hosts, wishes and suggestions: what once went wrong, and must not again."""

import pytest

from bridge.config import Settings
from generators.music.harmony import Key
from generators.music.notes import Note
from generators.music.time import QUARTER, Ticks
from generators.rules import Rules
from tests.fakes import Scripted
from tests.jam import Jam
from tests.music import line

BAR = 4 * QUARTER
FOUR_BARS = line("C4 D4 E4 F4 G4 A4 G4 F4 E4 F4 G4 E4 D4 D4 C4:2")
REPLY = Scripted(Note(Ticks(0), 72, QUARTER), Note(Ticks(2 * BAR), 74, QUARTER))


def test_changing_the_role_in_an_answer_leaves_a_sane_conversation() -> None:
    jam = Jam(Rules())
    jam.play(FOUR_BARS, at=1.0)
    jam.tell(9.8, "/antiphon/role", "accompany")
    jam.play(FOUR_BARS, at=11.0)
    jam.run(25).end()
    assert jam.said("/antiphon/error") == []
    assert jam.session.rungs["plan"] < 10
    assert jam.port.hanging() == {}


def test_an_audition_after_the_host_has_stopped_is_heard() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, role="suggest"))
    jam.host(at=1.0, seconds=12.0)
    jam.play(FOUR_BARS, at=1.0)
    jam.tell(15.0, "/antiphon/audition", "s1")
    jam.run(40)
    assert [pitch for _, pitch in jam.starts()] == [72, 74]
    assert not jam.session.transport.playing


def test_a_keyboard_that_clocks_beside_the_host_is_not_followed() -> None:
    jam = Jam(REPLY)
    jam.host(at=1.0, seconds=20.0)
    for nth in range(900):
        jam.from_port(0.5 + nth / 48 + 0.005, "keyboard", 0xF8)
    jam.run(10)
    assert jam.session.transport.tempo == pytest.approx(120, abs=0.5)
    assert jam.session.transport.position(jam.clock.moment) == pytest.approx(18 * QUARTER, abs=30)


def test_a_host_that_starts_counts_its_bars_from_the_start_of_the_song() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, call="2"))
    jam.play(FOUR_BARS, at=1.0)
    jam.tell(30.0, "/antiphon/meter", 3, 4)
    jam.host(at=31.0, seconds=20.0)
    jam.play(line("C4 D4 E4 F4 G4 A4", meter="3/4"), at=31.0)
    jam.run(40)
    assert 6 * QUARTER in [tick for tick, _ in jam.starts()[2:]]
    assert len(jam.asked[-1].prompt.heard.notes) == 6


def test_a_stop_from_a_host_does_not_end_free_playing() -> None:
    jam = Jam(REPLY)
    jam.midi(0.5, 0xFC)
    jam.midi(0.6, 0xF2, 0, 0)
    jam.play(FOUR_BARS, at=1.0)
    jam.run(20)
    assert jam.starts()[0][0] == 4 * BAR


def test_what_was_accepted_is_known_to_later_answers() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, role="suggest"))
    jam.tell(0.9, "/antiphon/transport/play")
    jam.play(FOUR_BARS, at=0.9)
    jam.tell(12.0, "/antiphon/accept", "s1")
    jam.tell(16.0, "/antiphon/ask", "continue", 4)
    jam.run(18)
    pitches = [note.pitch for note in jam.asked[-1].prompt.heard.notes]
    assert pitches == [*(note.pitch for note in FOUR_BARS.notes), 72, 74]


def test_what_was_played_can_be_harmonized_after_the_clock_stands_still() -> None:
    jam = Jam(Rules(), Settings(tempo=120.0, role="off"))
    jam.play(FOUR_BARS, at=1.0)
    jam.run(40)
    assert not jam.session.transport.playing
    jam.tell(40.0, "/antiphon/ask", "harmonize", 4)
    jam.run(45)
    assert len(jam.asked[-1].prompt.heard.notes) == len(FOUR_BARS.notes)
    assert len(jam.said("/antiphon/suggestion/end")) == 3


def test_a_wish_just_before_the_bar_holds_for_the_answer() -> None:
    jam = Jam(Rules())
    jam.play(FOUR_BARS, at=1.0)
    wishes = ("key", "F# major"), ("in_key", 1), ("low", 60), ("high", 72), ("bars", 1)
    for name, value in wishes:
        jam.tell(8.6, "/antiphon/set", name, value)
    jam.run(20)
    scale = Key.named("F# major").scale
    starts = jam.starts()
    assert starts
    assert all(60 <= pitch <= 72 and pitch % 12 in scale for _, pitch in starts)
    assert max(tick for tick, _ in starts) < 5 * BAR


def test_no_chord_can_be_locked() -> None:
    wish = Settings(tempo=120.0, role="accompany", chords="C | N.C.", pattern="pad")
    jam = Jam(Rules(), wish)
    jam.play(FOUR_BARS, at=1.0)
    jam.run(9)
    assert {tick // BAR for tick, _ in jam.starts(channel=2)} == {2, 4}


def test_the_pedal_does_not_hide_the_end_of_a_phrase() -> None:
    jam = Jam(REPLY)
    jam.midi(0.9, 0xB0, 64, 127)
    jam.play(FOUR_BARS, at=1.0)
    jam.run(20)
    assert jam.starts()[0][0] == 4 * BAR


@pytest.mark.parametrize("deed", [("meter", (3, 4)), ("panic", ()), ("chords", ("Am | G",))])
def test_improvising_goes_on_after(deed: tuple[str, tuple[str | int, ...]]) -> None:
    jam = Jam(Rules(), Settings(tempo=120.0, role="improvise", chords="Am | F"))
    jam.tell(1.0, "/antiphon/transport/play")
    jam.tell(5.0, f"/antiphon/{deed[0]}", *deed[1])
    jam.run(15)
    assert max(tick for tick, _ in jam.starts()) > 20 * QUARTER


def test_a_late_last_note_does_not_make_the_answer_longer() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, call="4"))
    jam.host(at=1.0, seconds=60.0)
    jam.play(FOUR_BARS, at=1.0 + 16)
    jam.note(1.0 + 24 - 0.04, 60, 0.03)
    jam.run(40)
    assert jam.asked[-1].prompt.length == 4 * BAR


def test_an_audition_begins_on_a_bar_line_of_the_meter_in_force() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, role="suggest"))
    jam.tell(1.0, "/antiphon/transport/play")
    jam.play(FOUR_BARS, at=1.0)
    jam.tell(13.0, "/antiphon/meter", 3, 4)  # at beat 24, a bar line
    jam.tell(14.0, "/antiphon/audition", "s1")
    jam.run(30)
    assert jam.starts()[0][0] == 27 * QUARTER


def test_the_first_note_with_the_start_of_the_host_is_kept() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, clock="midi"))
    jam.midi(1.0, 0x90, 60, 80)
    jam.host(at=1.001, seconds=20.0)
    jam.midi(1.4, 0x80, 60, 0)
    jam.play(line("- D4 E4 F4 G4 A4 B4 C5:2"), at=1.001)
    jam.run(12)
    assert jam.asked[-1].prompt.heard.notes[0].pitch == 60


def test_a_jig_ends_on_a_dotted_quarter() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, meter="6/8"))
    jam.play(line("C4:1/2 D4:1/2 E4:1/2 " * 7 + "C4:3/2", meter="6/8"), at=1.0)
    jam.run(20)
    assert jam.starts()[0][0] == 4 * 3 * QUARTER


def test_a_range_without_a_note_of_the_key_is_refused() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, key="C major", in_key=True, low=61))
    jam.tell(1.0, "/antiphon/set", "high", 61)
    jam.run(2)
    assert "no note of C major" in str(jam.said("/antiphon/error")[0][0])
    assert jam.session.settings.high == 88


def test_a_fault_in_the_session_ends_in_silence_and_it_plays_on() -> None:
    jam = Jam(Rules())
    jam.play(FOUR_BARS, at=1.0)
    jam.midi(9.5, 0x90)  # no driver sends half a message, but nothing may hang if one does
    jam.play(FOUR_BARS, at=20.0)
    jam.run(50).end()
    assert jam.port.hanging() == {}
    assert max(tick for _, _, tick in jam.port.messages) > 8 * BAR
