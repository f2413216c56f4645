"""Which chord is heard from the player's hands, live."""

from bridge.config import Settings
from bridge.events import Passed
from bridge.record import Left, Taken
from bridge.replay import replay
from generators.music.notes import Note, Phrase
from generators.music.time import QUARTER, Ticks
from generators.rules import Rules
from tests.fakes import Scripted
from tests.jam import Jam
from tests.music import line

BAR = 4 * QUARTER
EIGHTH = QUARTER // 2
OFF = Settings(tempo=120.0, role="off")
C, F = (48, 55, 60, 64), (53, 57, 60, 65)
LEFT = (48, 55, 60, 64, 60, 55, 52, 55), (45, 52, 57, 60, 57, 52, 48, 52)
RIGHT = line("C5 D5 E5 F5 E5 D5 C5 B4").notes


def two_hands() -> Phrase:
    """Return a broken C and a broken A minor in the left hand, under a melody: a bar each."""
    broken = [pitch for bar in LEFT for pitch in bar]
    left = [Note(Ticks(n * EIGHTH), pitch, Ticks(EIGHTH)) for n, pitch in enumerate(broken)]
    return Phrase.of([*left, *RIGHT])


def struck(jam: Jam, at: float, pitches: tuple[int, ...], length: float = 1.9) -> None:
    """Strike a chord as hands do, its keys some milliseconds apart."""
    for place, pitch in enumerate(pitches):
        jam.note(at + 0.004 * place, pitch, length)


def symbols(jam: Jam) -> list[str]:
    return [str(args[0]) for args in jam.said("/antiphon/heard/chord")]


def test_a_chord_that_is_struck_is_told_at_once_and_once() -> None:
    jam = Jam(Scripted(), OFF)
    struck(jam, 1.0, C)
    jam.run(1.1)
    assert symbols(jam) == ["C"]
    struck(jam, 3.0, F)
    jam.run(3.1)
    assert symbols(jam) == ["C", "F"]
    jam.run(8)
    assert symbols(jam) == ["C", "F"]


def test_broken_chords_under_a_melody_are_told_on_the_beats() -> None:
    jam = Jam(Scripted(), OFF)
    jam.play(two_hands(), at=1.0)
    jam.run(2.95)
    assert {symbol.partition("/")[0] for symbol in symbols(jam)} >= {"C"}
    jam.run(6)
    assert symbols(jam)[-1].partition("/")[0] == "Am"
    assert len(symbols(jam)) <= 8


def test_a_chord_that_is_held_for_long_still_stands_under_a_melody() -> None:
    jam = Jam(Scripted(), OFF)
    struck(jam, 1.0, C, length=20.0)
    for place, note in enumerate(RIGHT * 4):
        jam.note(3.0 + 0.5 * place, note.pitch)
    jam.run(20)
    assert set(symbols(jam)) <= {"C", "C6", "Cmaj7"}
    assert jam.session.stage.chord is not None
    assert jam.session.stage.chord.root == 0


def test_a_melody_alone_makes_no_chord() -> None:
    jam = Jam(Scripted(), OFF)
    jam.play(line("C4 E4 G4 C5 A3 C4 E4 A4"), at=1.0)
    jam.run(8)
    assert symbols(jam) == []


def test_while_the_host_stands_still_what_sounds_is_told() -> None:
    jam = Jam(Scripted(), Settings(tempo=120.0, role="off", clock="midi"))
    struck(jam, 1.0, (45, 52, 57, 60))
    jam.run(4)
    assert symbols(jam)[-1] == "Am"
    assert not jam.session.transport.playing


def test_a_melody_is_improvised_over_what_two_hands_play() -> None:
    jam = Jam(Rules(), Settings(tempo=120.0, role="improvise"))
    jam.play(two_hands(), at=1.0)
    jam.run(5)
    over = [ask.prompt.controls.chords for ask in jam.asked]
    assert {str(span.chord.root) for spans in over for span in spans} >= {"0", "9"}
    assert over[-1][0].chord.root == 9
    assert len(jam.starts(channel=1)) > 0


def test_what_was_heard_is_forgotten_where_the_song_jumps() -> None:
    jam = Jam(Scripted(), OFF)
    struck(jam, 1.0, C)
    jam.tell(3.5, "/antiphon/transport/locate", 64.0)
    jam.run(4)
    assert jam.session.stage.chord is None
    struck(jam, 4.5, C)
    jam.run(6)
    assert symbols(jam) == ["C", "C"]


def test_a_jam_of_two_hands_replays_to_the_same_bytes() -> None:
    jam = Jam(Rules(), Settings(tempo=120.0, role="improvise"), latency=0.07)
    jam.play(two_hands(), at=1.013)
    struck(jam, 5.1, F)
    jam.run(12).end()
    left = [Left(tick, message) for message, _, tick in jam.port.messages]
    assert left
    assert replay(jam.settings, [*jam.log, *left]).same


def test_many_keys_are_listened_to_no_oftener_than_the_beat() -> None:
    jam = Jam(Scripted(), OFF)
    for place in range(40):
        jam.note(1.0 + 0.05 * place, 60 + place % 5, 0.04)
        jam.note(1.0 + 0.05 * place, 72 + place % 7, 0.04)
    jam.run(3.4)
    events = [each.event for each in jam.log if isinstance(each, Taken)]
    assert 4 <= sum(isinstance(event, Passed) for event in events) <= 6
