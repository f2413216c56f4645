import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.addresses import TOLD
from bridge.config import Settings
from bridge.errors import BadMessage
from bridge.protocol import INCOMING, understood
from bridge.record import Left
from bridge.replay import replay
from generators.music.notes import Note
from generators.music.time import QUARTER, Ticks
from generators.prompt import Kind
from generators.recall import Recall
from generators.rules import Rules
from tests.fakes import Scripted
from tests.jam import Jam
from tests.music import line

BAR = 4 * QUARTER
FOUR_BARS = line("C4 D4 E4 F4 G4 A4 G4 F4 E4 F4 G4 E4 D4 D4 C4:2")
REPLY = Scripted(Note(Ticks(0), 72, QUARTER), Note(Ticks(2 * BAR), 74, QUARTER))


def answered(jam: Jam) -> list[Ticks]:
    return [tick for tick, _ in jam.starts()]


def test_a_phrase_is_answered_on_the_next_bar() -> None:
    jam = Jam(REPLY)
    jam.play(FOUR_BARS, at=1.0)
    jam.run(30)
    assert jam.starts() == [(4 * BAR, 72), (6 * BAR, 74)]


def test_the_first_note_is_the_downbeat_when_no_host_plays() -> None:
    jam = Jam(REPLY)
    jam.note(3.21, 60)
    jam.run(3.3)
    assert jam.session.transport.playing
    assert jam.said("/antiphon/heard/note")[0] == (60, 80, 1, 0.0)


def test_the_clock_stands_still_again_when_nobody_plays_on() -> None:
    jam = Jam(REPLY)
    jam.play(FOUR_BARS, at=1.0)
    jam.run(60)
    assert not jam.session.transport.playing
    jam.note(61.234, 60)
    jam.run(61.3)
    assert jam.said("/antiphon/heard/note")[-1][3] % 4 == 0


def test_the_plan_is_made_from_all_that_was_played() -> None:
    jam = Jam(REPLY)
    jam.play(FOUR_BARS, at=1.0)
    jam.run(12)
    prompt = jam.asked[-1].prompt
    assert [note.pitch for note in prompt.heard.notes] == [n.pitch for n in FOUR_BARS.notes]
    assert (prompt.start, prompt.length, prompt.kind) == (4 * BAR, 4 * BAR, Kind.CONTINUE)


def test_an_answer_is_as_long_as_its_call() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, call="2"))
    jam.play(line("C4 D4 E4 F4 G4 A4 G4 F4"), at=1.0)
    jam.run(6)
    assert jam.asked[-1].prompt.length == 2 * BAR


@pytest.mark.parametrize("bars", ["1", "2", "4"])
def test_a_call_of_fixed_length_is_answered_after_it(bars: str) -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, call=bars))
    jam.play(FOUR_BARS.between(Ticks(0), Ticks(int(bars) * BAR)), at=1.0)
    jam.run(20)
    assert answered(jam)[0] == int(bars) * BAR


def test_a_rest_in_the_middle_does_not_end_a_phrase() -> None:
    jam = Jam(REPLY)
    jam.play(line("C4 D4 E4 - C4 D4 E4 - C4 D4 E4 - C4 D4 C4 -"), at=1.0)
    jam.run(8.5)
    assert answered(jam) == []
    jam.run(20)
    assert answered(jam)[0] == 4 * BAR


def test_a_pick_up_belongs_to_the_bar_that_follows() -> None:
    jam = Jam(REPLY)
    jam.tell(0.5, "/antiphon/transport/play")
    jam.play(line("G4 C5 D5 E5 F5 G5:2 E5:2 D5 E5 F5 D5 C5:3"), at=0.5 + 1.5)
    jam.run(30)
    assert answered(jam)[0] == 5 * BAR
    assert jam.asked[-1].prompt.length == 4 * BAR


def test_a_model_that_is_late_is_covered_by_what_was_played() -> None:
    jam = Jam(REPLY, latency=lambda _: None)
    jam.play(FOUR_BARS, at=1.0)
    jam.run(30)
    assert answered(jam)[0] == 4 * BAR
    assert jam.session.rungs["recall"] == 1


def test_an_older_plan_covers_a_newer_one_that_is_late() -> None:
    rehearsal = Jam(REPLY)
    rehearsal.play(FOUR_BARS, at=1.0)
    last = len(rehearsal.run(30).asked)
    jam = Jam(REPLY, latency=lambda nth: 0.05 if nth < last else None)
    jam.play(FOUR_BARS, at=1.0)
    jam.run(30)
    assert jam.starts()[0] == (4 * BAR, 72)
    assert jam.session.rungs["overlap"] == 1


def test_a_plan_that_comes_late_takes_over_beyond_the_committed_beat() -> None:
    jam = Jam(REPLY, latency=1.5)
    jam.play(FOUR_BARS, at=1.0)
    jam.run(30)
    assert (6 * BAR, 74) in jam.starts()
    assert jam.port.hanging() == {}


def test_a_player_who_goes_on_takes_the_floor() -> None:
    jam = Jam(REPLY)
    jam.play(FOUR_BARS, at=1.0)
    jam.note(1.0 + 8.0 + 0.6, 60)
    jam.run(1.0 + 14)
    assert jam.starts()[0] == (4 * BAR, 72)
    assert 74 not in [pitch for _, pitch in jam.starts()]


def test_an_early_downbeat_takes_the_answer_back() -> None:
    jam = Jam(REPLY)
    jam.play(FOUR_BARS, at=1.0)
    jam.note(1.0 + 8.0 - 0.03, 60)
    jam.run(1.0 + 9)
    assert jam.starts() == []


def test_the_last_short_note_of_a_call_of_fixed_length_stays_part_of_it() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, call="4"))
    jam.play(FOUR_BARS, at=1.0)
    jam.note(1.0 + 8.0 - 0.04, 60, 0.03)
    jam.run(20)
    assert jam.starts() == [(4 * BAR, 72), (6 * BAR, 74)]
    assert len(jam.asked[-1].prompt.heard.notes) == len(FOUR_BARS.notes) + 1


def test_the_host_stops_and_everything_is_silent() -> None:
    jam = Jam(Rules())
    jam.host(at=1.0, seconds=10.0)
    jam.play(FOUR_BARS, at=1.0)
    jam.run(10.9)
    assert jam.schedule.ledger
    jam.run(11.1)
    assert jam.schedule.ledger == {}
    jam.run(20)
    assert jam.port.hanging() == {}


def test_a_host_that_vanishes_is_a_host_that_stopped() -> None:
    jam = Jam(Rules())
    jam.host(at=1.0, seconds=10.0)
    jam.play(FOUR_BARS, at=1.0)
    jam.run(9.5)
    jam._coming.clear()
    jam.run(12)
    assert jam.schedule.ledger == {}
    assert "MIDI clock" in str(jam.said("/antiphon/error")[0][0])


def test_while_the_host_plays_it_is_in_charge() -> None:
    jam = Jam(REPLY)
    jam.host(at=1.0, seconds=5.0)
    jam.tell(2.0, "/antiphon/transport/stop")
    jam.run(3.0)
    assert jam.session.transport.playing
    assert jam.said("/antiphon/error") == [
        ("the host's transport is in charge", "start and stop it there")
    ]


def test_a_seek_ends_what_sounds_and_forgets_the_call() -> None:
    jam = Jam(Rules())
    jam.play(FOUR_BARS, at=1.0)
    jam.tell(9.6, "/antiphon/transport/locate", 64.0)
    jam.run(20)
    assert jam.port.hanging() == {}
    assert max(tick for _, _, tick in jam.port.messages) < 5 * BAR or all(
        tick >= 64 * QUARTER for _, _, tick in jam.port.messages if tick > 5 * BAR
    )


def test_accompaniment_plays_chords_on_each_bar_from_the_second_on() -> None:
    jam = Jam(Rules(), Settings(tempo=120.0, role="accompany", pattern="pad"))
    jam.play(FOUR_BARS, at=1.0)
    jam.run(1 + 8)
    bars = {tick // BAR for tick, _ in jam.starts(channel=2)}
    assert {1, 2, 3} <= bars
    assert jam.starts(channel=1) == []


def test_improvising_goes_over_the_chords_that_are_locked() -> None:
    wish = Settings(tempo=120.0, role="improvise", chords="Am | F")
    jam = Jam(Rules(), wish)
    jam.tell(1.0, "/antiphon/transport/play")
    jam.run(12)
    assert len(jam.starts(channel=1)) > 3
    assert jam.starts(channel=2) == []
    symbols = [[str(s.chord) for s in ask.prompt.controls.chords] for ask in jam.asked]
    assert symbols[:3] == [["F"], ["Am"], ["F"]]


def test_suggestions_are_silent_until_one_is_auditioned() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, role="suggest"))
    jam.play(FOUR_BARS, at=1.0)
    jam.run(12)
    assert jam.port.messages == []
    assert [args[0] for args in jam.said("/antiphon/suggestion/end")] == ["s1", "s2", "s3"]
    jam.tell(12.0, "/antiphon/audition", "s2")
    jam.run(20)
    assert jam.starts()[0][1] == 72
    assert jam.starts()[0][0] % BAR == 0


def test_accept_reject_and_undo() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, role="suggest"))
    jam.play(FOUR_BARS, at=1.0)
    for at, path, *args in (
        (12, "accept", "s1"),
        (13, "reject", "s2"),
        (14, "undo"),
        (15, "undo"),
        (16, "undo"),
    ):
        jam.tell(float(at), f"/antiphon/{path}", *(str(a) for a in args))
    jam.run(20)
    states = ("s1", "accepted"), ("s2", "rejected"), ("s2", "offered"), ("s1", "offered")
    assert tuple(jam.said("/antiphon/suggestion/state")) == states
    assert jam.said("/antiphon/error")[-1][0] == "there is nothing to undo"


def test_asking_gives_three_suggestions_that_differ() -> None:
    jam = Jam(Rules())
    jam.play(FOUR_BARS, at=1.0)
    jam.tell(9.0, "/antiphon/ask", "harmonize", 4, 7)
    jam.run(12)
    asked = [(ask.prompt.seed, ask.prompt.place) for ask in jam.asked if ask.lane == "set"]
    assert asked == [(7, 0), (7, 1), (7, 2)]
    assert len(jam.said("/antiphon/suggestion/begin")) == 3
    assert jam.said("/antiphon/suggestion/chord")


def test_every_address_of_the_protocol_is_carried_out() -> None:
    wires = {"/antiphon/status", "/antiphon/subscribe"}
    assert set(TOLD) | wires == {address.path for address in INCOMING}


def test_the_key_that_is_heard_is_told_when_the_phrase_is_over() -> None:
    jam = Jam(REPLY)
    jam.play(FOUR_BARS, at=1.0)
    jam.run(12)
    assert jam.said("/antiphon/heard/key")[-1] == ("C major",)


def test_a_pedal_can_ask_for_the_answer() -> None:
    jam = Jam(REPLY, Settings(tempo=120.0, ask_cc=64))
    jam.play(line("C4 D4 E4 F4 G4 A4"), at=1.0)
    jam.midi(3.8, 0xB0, 64, 127)
    jam.run(10)
    assert answered(jam)[0] == 2 * BAR


def test_large_numbers_are_written_out() -> None:
    jam = Jam(REPLY)
    jam.tell(0.0, "/antiphon/set", "seed", -1)
    ((what, remedy),) = jam.run(0.1).said("/antiphon/error")
    assert (what, remedy) == ("seed cannot be -1", "it lies between 0 and 2147483648")
    with pytest.raises(BadMessage) as refused:
        understood("/antiphon/transport/locate", (1e9,))
    assert refused.value.remedy == "it is 0 to 10000000"


def test_an_unknown_setting_is_an_error_with_a_hint() -> None:
    jam = Jam(REPLY)
    jam.tell(1.0, "/antiphon/set", "temprature", 1.0)
    jam.run(2)
    assert "did you mean 'temperature'" in str(jam.said("/antiphon/error")[0][1])


def test_an_address_in_capitals_is_an_error_with_a_hint() -> None:
    with pytest.raises(BadMessage) as refused:
        understood("/antiphon/NOTE", (60, 90))
    assert refused.value.remedy == "did you mean /antiphon/note?"


def test_a_recorded_jam_replays_to_the_same_bytes() -> None:
    jam = Jam(Rules(), latency=0.3)
    jam.host(at=1.0, seconds=40.0, tempo=117.0)
    jam.play(FOUR_BARS, at=1.0, tempo=117.0)
    jam.note(9.9, 61)
    jam.tell(12.0, "/antiphon/role", "accompany")
    jam.play(FOUR_BARS, at=13.0, tempo=117.0)
    jam.tell(25.0, "/antiphon/role", "answer")
    jam.play(FOUR_BARS, at=26.0, tempo=117.0)
    jam.run(38).end()
    left = [Left(tick, message) for message, _, tick in jam.port.messages]
    replayed = replay(jam.settings, [*jam.log, *left], Rules())
    assert len(left) > 50
    assert replayed.same
    assert replayed.differing == ()
    assert jam.port.hanging() == {}


ROLES = ("answer", "accompany", "improvise", "suggest", "off")


def deed(jam: Jam, at: float, name: str, value: int) -> None:
    """Do one of the things that players and hosts do."""
    told: dict[str, tuple[str, tuple[float | str, ...]]] = {
        "role": ("role", (ROLES[value % 5],)),
        "tempo": ("tempo", (60.0 + 20 * value,)),
        "meter": ("meter", (2 + value % 6, 4)),
        "locate": ("transport/locate", (4.0 * value,)),
        "ask": ("ask", ("continue", 1 + value % 4)),
        "panic": ("panic", ()),
        "audition": ("audition", (f"s{1 + value % 4}",)),
        "accept": ("accept", (f"s{1 + value % 4}",)),
        "chords": ("chords", (("auto", "Am | F", "C | N.C.")[value % 3],)),
        "call": ("set", ("call", ("phrase", "1", "2", "4")[value % 4])),
        "stop": ("transport/stop", ()),
        "play": ("transport/play", ()),
    }
    played = {
        "on": (0x90, 60 + value, 80),
        "off": (0x80, 60 + value, 0),
        "pedal": (0xB0, 64, 127 * (value % 2)),
        "clock": (0xF8,),
        "start": (0xFA,),
        "continue": (0xFB,),
        "halt": (0xFC,),
        "position": (0xF2, 16 * value % 128, 0),
    }
    if name == "host":
        jam.host(at, 1.0 + value, 60.0 + 20 * value)
    elif name in played:
        jam.midi(at, *played[name])
    else:
        jam.tell(at, f"/antiphon/{told[name][0]}", *told[name][1])


PLAYER = ["on", "off", "pedal", "role", "tempo", "meter", "locate", "ask", "panic", "stop", "play"]
WISHES = ["audition", "accept", "chords", "call"]
HOST = ["host", "clock", "start", "continue", "halt", "position"]
DEED = st.tuples(st.floats(0, 30), st.sampled_from(PLAYER + WISHES + HOST), st.integers(0, 11))


@settings(max_examples=40, deadline=None)
@given(st.lists(DEED, max_size=60), st.sampled_from([0.01, 0.5, 5.0]))
def test_no_note_hangs_whatever_the_player_and_the_host_do(
    deeds: list[tuple[float, str, int]], latency: float
) -> None:
    jam = Jam(Recall(), latency=latency)
    for at, name, value in deeds:
        deed(jam, at, name, value)
    jam.run(40).end()
    assert jam.port.hanging() == {}
    assert jam.schedule.ledger == {}
    left = [Left(tick, message) for message, _, tick in jam.port.messages]
    assert replay(jam.settings, [*jam.log, *left]).same
