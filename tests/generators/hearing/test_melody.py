from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from hypothesis import given
from music21 import corpus, stream

from generators.hearing.melody import melody_of, top_line
from generators.music.notes import Note, Phrase
from generators.music.time import Meter, Ticks, ticks
from tests.generators.wishes import phrases
from tests.music import line


def test_a_line_is_its_own_melody() -> None:
    tune = line("C4 E4 - G4:2 C2 C6")
    assert melody_of(tune) == tune.notes


def test_the_top_of_chords_is_the_melody() -> None:
    chorale = line("C3+G3+E4+C5 B2+G3+D4+D5 C3+G3+E5:2")
    assert [note.pitch for note in melody_of(chorale)] == [72, 74, 76]


def test_the_left_hand_stays_out_of_the_rests() -> None:
    tune = line("C5 - E5 - G5 - C5 -")
    left = line("C3 G3 C3 G3 C3 G3 C3 G3")
    both = tune.plus(left, Ticks(0))
    assert [note.pitch for note in melody_of(both)] == [72, 76, 79, 72]


def test_notes_under_a_held_one_are_no_melody() -> None:
    both = line("G5:4").plus(line("C5 D5 E5 F5"), Ticks(0))
    assert [note.pitch for note in melody_of(both)] == [79]


def test_a_falling_legato_line_is_kept_whole() -> None:
    notes = [Note(n.onset, n.pitch, Ticks(n.length + 200)) for n in line("G4 F4 E4 D4").notes]
    assert [note.pitch for note in melody_of(Phrase.of(notes))] == [67, 65, 64, 62]


def test_fingers_need_not_strike_a_chord_at_once() -> None:
    rolled = [Note(Ticks(20 * i), pitch, Ticks(900)) for i, pitch in enumerate((60, 64, 67, 72))]
    assert [note.pitch for note in melody_of(Phrase.of(rolled))] == [72]


def test_silence_has_no_melody() -> None:
    assert melody_of(Phrase()) == ()


@given(phrases(Meter()))
def test_a_melody_never_sounds_two_notes(phrase: Phrase) -> None:
    melody = melody_of(phrase)
    assert all(one.end <= other.onset for one, other in pairwise(melody))
    assert {(n.onset, n.pitch) for n in melody} <= {(n.onset, n.pitch) for n in phrase.notes}


def test_a_melody_under_a_high_figure_is_followed() -> None:
    tune = line("G4:2 A4 G4 E4:2 D4:2 E4 G4 A4:2 G4:4 " * 3)
    figure = line("C3:1/2 G3:1/2 E3:1/2 G3:1/2 " * 30)
    high = line("C7:1/4 -:31/4 " * 7)
    both = tune.plus(figure, Ticks(0)).plus(high, Ticks(960))
    ours, rule = melody_of(both), top_line(both.notes)
    assert not any(note.pitch > 84 for note in ours)
    assert likeness(ours, tune.notes) > likeness(rule, tune.notes)


def likeness(heard: Sequence[Note], true: Sequence[Note]) -> float:
    both = {(n.onset, n.pitch) for n in heard} & {(n.onset, n.pitch) for n in true}
    return 2 * len(both) / (len(heard) + len(true))


@cache
def hymn() -> stream.Score:
    return corpus.parse("bach/bwv269", forceSource=True)


def voice(part: stream.Part) -> list[Note]:
    sounding = part.stripTies().flatten().notes
    return [
        Note(ticks(float(n.offset)), n.pitch.midi, ticks(float(n.quarterLength))) for n in sounding
    ]


def test_the_soprano_of_a_chorale_is_its_melody() -> None:
    voices = [voice(part) for part in hymn().parts]
    heard = melody_of(Phrase.of(note for each in voices for note in each))
    found = {(note.onset, note.pitch) for note in heard}
    true = {(note.onset, note.pitch) for note in voices[0]}
    assert len(found & true) >= 0.97 * len(true)
    assert len(found) <= 1.03 * len(true)
