from itertools import pairwise

from generators.hearing.modulation import keys_of
from generators.music.harmony import Key
from generators.music.notes import Phrase
from generators.music.time import Ticks
from tests.music import line

IN_C = "C4+E4+G4:2 F4+A4+C5:2 G4+B4+D5+F5:2 C4+E4+G4+C5:2 "
IN_E = "E4+G#4+B4:2 A4+C#5+E5:2 B3+D#4+F#4+A4:2 E4+G#4+B4+E5:2 "


def test_a_song_that_stays_at_home_is_in_one_key() -> None:
    assert [span.key for span in keys_of(line(IN_C * 4))] == [Key(0)]


def test_a_song_that_moves_a_third_up_is_in_two_keys() -> None:
    spans = keys_of(line(IN_C * 3 + IN_E * 3))
    assert [span.key for span in spans] == [Key.named("C"), Key.named("E")]
    assert abs(spans[1].onset - 6 * 3840) <= 3840


def test_one_borrowed_chord_is_no_new_key() -> None:
    song = IN_C * 2 + "Ab3+C4+Eb4:2 G3+B3+D4:2 " + IN_C * 2
    assert [span.key for span in keys_of(line(song))] == [Key(0)]


def test_keys_follow_each_other_without_a_gap() -> None:
    spans = keys_of(line(IN_C + IN_E * 2 + IN_C * 2))
    assert spans[0].onset == 0
    assert all(one.end == other.onset and one.key != other.key for one, other in pairwise(spans))
    assert all(0 < span.confidence <= 1 for span in spans)


def test_a_long_stay_is_surer_than_one_bar() -> None:
    assert keys_of(line(IN_C * 4))[0].confidence > keys_of(line("C4 D4 E4 G4"))[0].confidence


def test_the_key_that_a_song_carries_holds_throughout() -> None:
    told = keys_of(line(IN_C, key="A minor"))
    assert [(span.onset, span.key, span.confidence) for span in told] == [(0, Key(9, "minor"), 1.0)]


def test_silence_has_no_key() -> None:
    assert keys_of(Phrase()) == ()
    assert keys_of(line("- - C4+E4+G4").between(Ticks(0), Ticks(960))) == ()
