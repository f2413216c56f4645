from hypothesis import given
from hypothesis import strategies as st

from bridge.events import Action, Cancel, Follow, Play, Silence, Sounding
from bridge.schedule import Schedule
from bridge.transport import Transport
from generators.music.time import Seconds, Ticks
from tests.fakes import Hands, RecordingPort, playing


def sounding(start: int, end: int, pitch: int = 60) -> Sounding:
    return Sounding(Ticks(start), Ticks(end), pitch, 80, 0)


class Desk:
    """A schedule with a clock moved by hand and an output that keeps everything."""

    def __init__(self, lead: float = 0.0) -> None:
        self.clock, self.port = Hands(), RecordingPort()
        self.schedule = Schedule(self.port, self.clock, lambda: Seconds(lead))
        self.schedule.apply([Follow(playing())])

    def play(self, *notes: Sounding) -> None:
        self.schedule.apply([Play(notes)])

    def wait(self, seconds: float) -> None:
        self.clock.forward(seconds)
        self.schedule.send_due()


def test_a_note_begins_and_ends_at_its_ticks() -> None:
    desk = Desk()
    desk.play(sounding(960, 1920))
    desk.wait(0.49)
    assert desk.port.notes == []
    desk.wait(0.6)
    assert desk.port.notes == [(960, 60), (1920, -60)]
    assert [at for _, at, _ in desk.port.messages] == [0.5, 1.0]


def test_it_says_when_to_come_again() -> None:
    desk = Desk(lead=0.1)
    desk.play(sounding(960, 1920))
    assert desk.schedule.send_due() == 0.4


def test_a_port_that_needs_lead_gets_messages_early_with_their_moment() -> None:
    desk = Desk(lead=0.1)
    desk.play(sounding(960, 1920))
    desk.wait(0.41)
    assert [(m[1], at) for m, at, _ in desk.port.messages] == [(60, 0.5)]


def test_at_one_tick_ends_go_before_starts() -> None:
    desk = Desk()
    desk.play(sounding(960, 1920), sounding(0, 960))
    desk.wait(0.5)
    assert desk.port.notes == [(0, 60), (960, -60), (960, 60)]


def test_of_a_key_that_begins_anew_the_end_goes_first() -> None:
    desk = Desk()
    desk.play(sounding(0, 1920), sounding(960, 2880))
    desk.wait(3)
    assert desk.port.notes == [(0, 60), (960, -60), (960, 60), (2880, -60)]


def test_a_key_twice_at_one_tick_is_one_long_note() -> None:
    desk = Desk()
    desk.play(sounding(0, 960), sounding(0, 1920), sounding(0, 480))
    desk.wait(3)
    assert desk.port.notes == [(0, 60), (1920, -60)]


def test_a_tempo_change_moves_what_waits() -> None:
    desk = Desk()
    desk.play(sounding(1920, 2880))
    desk.clock.forward(0.5)
    desk.schedule.apply([Follow(playing().at_tempo(60, desk.clock()))])
    desk.wait(0.6)
    assert desk.port.notes == []
    desk.wait(0.4)
    assert desk.port.notes == [(1920, 60)]


def test_silence_ends_each_note_that_sounds_and_forgets_the_rest() -> None:
    desk = Desk()
    desk.play(sounding(0, 9600), sounding(0, 9600, 64), sounding(960, 1920, 67))
    desk.wait(0.1)
    desk.schedule.apply([Silence(desk.clock())])
    desk.wait(9)
    assert sorted(pitch for _, pitch in desk.port.notes) == [-64, -60, 60, 64]
    assert desk.schedule.ledger == {}


def test_silence_comes_after_what_was_sent_ahead() -> None:
    desk = Desk(lead=0.2)
    desk.play(sounding(192, 960))
    desk.wait(0.0)
    desk.schedule.apply([Silence(desk.clock())])
    (start, on_at, _), (end, off_at, _) = desk.port.messages
    assert (start[0] >> 4, end[0] >> 4) == (9, 8)
    assert on_at <= off_at


def test_a_cancel_lets_what_has_begun_end_as_it_would() -> None:
    desk = Desk()
    desk.play(sounding(0, 1920), sounding(960, 1920, 64))
    desk.wait(0.1)
    desk.schedule.apply([Cancel(Ticks(0))])
    desk.wait(2)
    assert desk.port.notes == [(0, 60), (1920, -60)]


def test_nothing_is_sent_while_the_song_stands_still() -> None:
    desk = Desk()
    desk.play(sounding(0, 960))
    desk.schedule.apply([Follow(Transport(playing=False))])
    desk.wait(5)
    assert desk.port.notes == []


def test_leaving_ends_what_sounds_and_stops_the_thread() -> None:
    clock, port = Hands(), RecordingPort()
    with Schedule(port, clock) as schedule:
        schedule.apply([Follow(playing()), Play((sounding(0, 9600),))])
        schedule.send_due()
    assert port.notes[0] == (0, 60)
    assert port.hanging() == {}


NOTES = st.builds(
    lambda start, length, pitch: sounding(start, start + length, pitch),
    st.integers(0, 9600),
    st.integers(0, 4800),
    st.integers(60, 63),
)
DEEDS: st.SearchStrategy[Action | float] = st.one_of(
    st.lists(NOTES, max_size=4).map(lambda notes: Play(tuple(notes))),
    st.integers(0, 9600).map(lambda since: Cancel(Ticks(since))),
    st.just(Silence(Seconds(0.0))),
    st.floats(10, 400).map(lambda tempo: Follow(playing(tempo))),
    st.booleans().map(lambda on: Follow(Transport(playing=on))),
    st.floats(0, 2),
)


@given(st.lists(DEEDS, max_size=30))
def test_every_note_on_has_its_note_off_whatever_happens(deeds: list[Action | float]) -> None:
    desk = Desk(lead=0.02)
    for deed in deeds:
        if isinstance(deed, float):
            desk.wait(deed)
        else:
            desk.schedule.apply([deed])
            desk.schedule.send_due()
    desk.schedule.apply([Silence(desk.clock())])
    assert desk.port.hanging() == {}
    assert desk.schedule.ledger == {}
    moments = [at for _, at, _ in desk.port.messages]
    assert moments == sorted(moments)


@given(st.lists(NOTES, min_size=1, max_size=20))
def test_no_pitch_is_ended_more_often_than_begun(notes: list[Sounding]) -> None:
    desk = Desk()
    desk.play(*notes)
    desk.wait(60)
    counts: dict[int, int] = {}
    for _, pitch in desk.port.notes:
        counts[abs(pitch)] = counts.get(abs(pitch), 0) + (1 if pitch > 0 else -1)
        assert counts[abs(pitch)] >= 0
