from itertools import pairwise

from hypothesis import given

from generators.hearing.melody import melody_of
from generators.music.notes import Note, Phrase
from generators.music.time import Meter, Ticks
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
