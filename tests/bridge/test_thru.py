from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config import Settings
from bridge.echo import EchoGuard
from bridge.errors import BadSetting
from bridge.events import Event, Heard
from bridge.wire import Voice, is_off, is_on, voice_of
from generators.music.time import QUARTER, Seconds, Ticks
from generators.prompt import Generator
from tests.fakes import Scripted
from tests.jam import Jam
from tests.music import line

C4 = 60


def jam(**settings: object) -> Jam:
    """Return a jam in which Antiphon itself is silent."""
    return Jam(Scripted(), Settings(**{"role": "off", "tempo": 120.0, **settings}))  # type: ignore[arg-type]


def left(jam: Jam) -> list[tuple[int, ...]]:
    """Return the messages that left."""
    return [tuple(message) for message, _, _ in jam.port.messages]


def hanging(jam: Jam) -> dict[tuple[int, int], int]:
    """Return the notes that left and have not ended."""
    tally: Counter[Voice] = Counter()
    for message, _, _ in jam.port.messages:
        tally[voice_of(message)] += is_on(message) - is_off(message)
    return {voice: often for voice, often in tally.items() if often}


# Thru


@pytest.mark.parametrize("ports", ["9000,99999", "0", "-5", "x"])
def test_ports_that_there_are_not_get_no_osc(ports: str) -> None:
    with pytest.raises(BadSetting, match="osc_out"):
        Settings(osc_out=ports)


def test_nothing_is_passed_on_unless_it_is_wished() -> None:
    playing = jam()
    playing.note(0.1, C4)
    playing.midi(0.2, 0xB0, 74, 3)
    assert left(playing.run(1.0)) == []


def test_an_mpe_player_s_messages_go_out_unchanged_and_in_order() -> None:
    playing, messages = jam(thru=True), []
    for finger, pitch in enumerate((60, 64, 67)):
        channel = finger + 1
        messages += [
            (0xE0 | channel, 5, 60),
            (0xB0 | channel, 74, 20 + finger),
            (0x90 | channel, pitch, 90),
            (0xD0 | channel, 30),
            (0xE0 | channel, 9, 61),
        ]
    messages += [(0x80 | finger + 1, pitch, 64) for finger, pitch in enumerate((60, 64, 67))]
    for nth, message in enumerate(messages):
        playing.midi(0.1 + nth // 3 * 0.01, *message)
    assert left(playing.run(2.0)) == messages


def test_mpe_is_heard_as_notes_one_voice_a_channel() -> None:
    playing = jam(thru=True)
    for channel in (1, 2):  # one pitch on two channels is two voices
        playing.midi(0.0, 0x90 | channel, C4, 80)
    playing.midi(0.0, 0xE1, 0, 70)
    playing.midi(0.5, 0x81, C4, 0)
    playing.midi(1.0, 0x82, C4, 0)
    notes = playing.run(2.0).session.stage.capture.notes(Ticks(0), Ticks(4 * QUARTER))
    assert [(note.pitch, note.length) for note in notes] == [(C4, QUARTER), (C4, 2 * QUARTER)]


def test_the_pedal_of_an_mpe_zone_holds_the_notes_of_its_channels() -> None:
    playing = jam()
    playing.note(0.0, 40, 0.02)  # the clock starts
    for number, value in ((101, 0), (100, 6), (6, 4), (64, 127)):
        playing.midi(0.05, 0xB0, number, value)
    for channel in (2, 9):  # 9 lies beyond the zone
        playing.midi(0.1, 0x90 | channel, C4 + channel, 80)
        playing.midi(0.2, 0x80 | channel, C4 + channel, 0)
    assert playing.run(0.5).session.stage.capture.sounding == (C4 + 2,)
    playing.midi(0.6, 0xB0, 64, 0)
    assert playing.run(1.0).session.stage.capture.sounding == ()


@pytest.mark.parametrize(("name", "value"), [("thru", 0), ("listen_channels", "5")])
def test_a_setting_that_ends_the_passing_ends_what_was_passed(name: str, value: object) -> None:
    playing = jam(thru=True)
    playing.midi(0.1, 0xB0, 64, 127)
    playing.midi(0.1, 0xE0, 0, 80)
    playing.midi(0.2, 0x90, C4, 80)
    playing.tell(0.5, "/antiphon/set", name, value)  # type: ignore[arg-type]
    playing.midi(0.6, 0x80, C4, 0)
    ends = left(playing.run(1.0))[3:]
    assert ends == [(0x80, C4, 0), (0xB0, 64, 0), (0xE0, 0, 64)]


def test_panic_ends_what_was_passed_and_a_stop_does_not() -> None:
    playing = jam(thru=True)
    playing.midi(0.1, 0x90, C4, 80)
    playing.tell(0.3, "/antiphon/transport/stop")
    assert hanging(playing.run(0.4)) == {(0, C4): 1}  # the key is still down
    assert hanging(playing.end()) == {}
    playing.midi(0.6, 0x80, C4, 0)
    assert len(left(playing.run(1.0))) == 2


def test_all_notes_off_ends_each_note_by_itself() -> None:
    playing = jam(thru=True)
    playing.midi(0.1, 0x90, C4, 80)
    playing.midi(0.2, 0x91, C4, 80)
    playing.midi(0.3, 0xB0, 123, 0)
    assert left(playing.run(0.5))[2:] == [(0x80, C4, 0)]


def test_a_key_that_asks_is_not_passed_on() -> None:
    playing = jam(thru=True, ask_note=C4, ask_cc=20)
    playing.note(0.1, C4)
    playing.midi(0.2, 0xB0, 20, 127)
    assert left(playing.run(1.0)) == []


@pytest.mark.parametrize(
    ("name", "begins", "ends"),
    [
        ("ask_note", (0x91, C4, 80), (0x81, C4, 0)),
        ("tap_note", (0x91, C4, 80), (0x81, C4, 0)),
        ("ask_cc", (0xB0, 64, 127), (0xB0, 64, 0)),
        ("tap_cc", (0xB0, 64, 127), (0xB0, 64, 0)),
    ],
)
def test_what_is_down_when_it_comes_to_ask_or_tap_is_ended(
    name: str, begins: tuple[int, ...], ends: tuple[int, ...]
) -> None:
    playing = jam(thru=True)
    playing.midi(0.1, *begins)
    playing.tell(0.2, "/antiphon/set", name, begins[1])
    playing.midi(0.3, *ends)
    assert left(playing.run(0.4)) == [begins, ends]
    assert playing.session.stage.down == ()


def test_what_was_passed_on_ends_when_the_schedule_closes() -> None:
    playing = jam(thru=True)
    playing.midi(0.1, 0x90, C4, 80)
    playing.run(0.2)
    with playing.schedule:
        pass
    assert hanging(playing) == {}


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["on", "off", "bend", "pedal", "thru", "filter", "stop", "panic", "role"]),
        st.integers(0, 2),
        st.integers(60, 62),
    ),
    max_size=40,
)


@given(DEEDS)
def test_whatever_happens_nothing_that_was_passed_hangs(
    deeds: list[tuple[str, int, int]],
) -> None:
    playing = jam(thru=True)
    for nth, (deed, channel, pitch) in enumerate(deeds):
        at = 0.05 * nth
        match deed:
            case "on" | "off":
                playing.midi(at, 0x90 | channel, pitch, 80 if deed == "on" else 0)
            case "bend" | "pedal":
                playing.midi(at, *((0xE0 | channel, 0, pitch) if deed == "bend" else (0xB0, 64, 1)))
            case "thru" | "filter":
                value = pitch % 2 if deed == "thru" else ("all", "1", "2-3")[channel]
                name = "thru" if deed == "thru" else "listen_channels"
                playing.tell(at, "/antiphon/set", name, value)
            case "stop":
                playing.tell(at, "/antiphon/transport/stop")
            case "panic" | "role":
                playing.tell(at, f"/antiphon/{deed}", *(["answer"] if deed == "role" else []))
    playing.run(3.0).end()
    assert hanging(playing) == {}
    assert playing.schedule.ledger == {}


class Cabled(Jam):
    """A jam whose output is wired to its input."""

    def __init__(self, generator: Generator, settings: Settings, delay: float) -> None:
        super().__init__(generator, settings)
        self.guard = EchoGuard()
        self._delay = delay
        self.schedule._pass_on = self.schedule._send = self._out

    def _out(self, message: bytes, at: Seconds, tick: Ticks) -> None:
        self.port(message, at, tick)
        self.guard.sent(message, at)
        self.event(at + self._delay, Heard(message, Seconds(at + self._delay)))

    def take(self, event: Event) -> None:
        if not (isinstance(event, Heard) and self.guard.is_ours(event.message, event.at)):
            super().take(event)


@pytest.mark.parametrize("delay", [0.005, 0.02, 0.045])
def test_over_a_cable_thru_does_not_go_round_and_round(delay: float) -> None:
    """Each key is passed on once; a wheel goes round until the first key tells of the loop."""
    answers = line("E4 F4 G4").notes
    playing = Cabled(Scripted(*answers), Settings(tempo=120.0, thru=True, call="1"), delay)
    playing.midi(0.97, 0xE0, 0, 80)
    for beat in range(16):
        playing.note(1.0 + beat * 0.5, C4 + beat % 3, 0.3)
    played = left(playing.run(12.0).end())
    melody = [m for m in played if m[0] == 0x90 and m[1] <= C4 + 2 and m[2]]
    assert len(melody) == 16
    assert sum(m[0] == 0xE0 and m != (0xE0, 0, 64) for m in played) <= 10
    assert hanging(playing) == {}


# Keys that go down just before a start belong to its first bar


def test_a_key_that_is_up_again_at_the_start_is_not_down_for_another_channel_s_sake() -> None:
    playing = jam(clock="osc")
    playing.midi(0.0, 0x90, C4, 80)
    playing.midi(0.9, 0x92, C4, 80)
    playing.midi(0.92, 0x82, C4, 0)
    playing.tell(0.95, "/antiphon/transport/play")
    playing.midi(1.5, 0x80, C4, 0)
    assert playing.run(2.0).session.stage.down == ()


def test_a_key_that_is_struck_twice_before_the_start_is_down_once() -> None:
    playing = jam(clock="osc")
    playing.note(0.9, C4, 0.02)
    playing.midi(0.94, 0x90, C4, 80)
    playing.tell(0.95, "/antiphon/transport/play")
    assert playing.run(1.0).session.stage.keys == {(0, C4): 1}
    playing.midi(1.5, 0x80, C4, 0)
    assert playing.run(2.0).session.stage.down == ()


# Which channels are heard


def test_only_the_channels_that_are_listened_to_are_heard() -> None:
    playing = jam(listen_channels="1, 3-4", thru=True)
    for channel in range(6):
        playing.midi(0.1, 0x90 | channel, C4 + channel, 80)
    assert playing.run(0.2).session.stage.capture.down == (60, 62, 63)
    assert [message[1] for message in left(playing)] == [60, 62, 63]


def test_a_key_on_a_channel_no_longer_listened_to_is_let_go() -> None:
    playing = jam()
    playing.midi(0.1, 0x91, C4, 80)
    playing.tell(0.2, "/antiphon/set", "listen_channels", 1)
    assert playing.run(0.3).session.stage.down == ()


@pytest.mark.parametrize("text", ["", "0", "17", "5-3", "1;2", "drums", "1,,2", "-1"])
def test_channels_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings(listen_channels=text)
    assert "1,3-5" in refused.value.remedy


# The left hand


@pytest.mark.parametrize(
    ("settings", "channel"),
    [({"split_note": 60}, 0), ({"left_channel": 4}, 3)],
    ids=["key", "channel"],
)
def test_the_left_hand_is_heard_as_chords_and_the_rest_as_melody(
    settings: dict[str, object], channel: int
) -> None:
    playing = Jam(Scripted(), Settings(tempo=120.0, call="2", **settings))  # type: ignore[arg-type]
    for bar, root in enumerate((45, 41)):  # Am, F
        for tone in (0, 3 + bar, 7):
            playing.midi(2.0 * bar, 0x90 | channel, root + tone, 70)
            playing.midi(2.0 * bar + 1.9, 0x80 | channel, root + tone, 0)
    playing.play(line("A4 B4 C5 D5 C5 B4 A4:2"), 0.01)
    playing.run(4.2)
    heard = playing.asked[-1].prompt.heard
    assert min(note.pitch for note in heard.notes) >= 69
    spans = [(span.onset // QUARTER, str(span.chord)) for span in heard.chords]
    assert spans == [(0, "Am"), (4, "F")]
    assert playing.said("/antiphon/heard/chord") == [("Am",), ("F",)]


def test_the_left_hand_alone_begins_no_call() -> None:
    playing = Jam(Scripted(), Settings(tempo=120.0, split_note=60))
    for at in range(4):
        playing.note(float(at), 45, 0.9)
    assert playing.run(4.0).asked == []


def test_a_melody_is_improvised_over_the_left_hand() -> None:
    playing = Jam(Scripted(), Settings(tempo=120.0, role="improvise", split_note=60))
    for pitch in (45, 48, 52):
        playing.midi(0.0, 0x90, pitch, 70)
    playing.run(1.5)
    assert [str(span.chord) for span in playing.asked[-1].prompt.controls.chords] == ["Am"]
    assert playing.asked[-1].prompt.heard.notes == ()


def test_moving_the_split_leaves_no_key_down() -> None:
    playing = jam(split_note=60)
    playing.midi(0.1, 0x90, 50, 80)
    playing.tell(0.2, "/antiphon/set", "split_note", 40)
    assert playing.run(0.3).session.stage.down == ()
