import pytest

from generators.music.names import pitch_name
from generators.music.time import QUARTER
from onnx_models.workshop.abc import Part, books, parts_of
from onnx_models.workshop.tune import Refused

HEAD = "X:1\nT:A tune\nM:4/4\nL:1/4\nK:G\n"


def part(body: str, head: str = HEAD) -> Part:
    [only] = parts_of(head + body)
    return only


def sung(body: str, head: str = HEAD) -> str:
    notes = part(body, head).phrase().notes
    return " ".join(f"{pitch_name(n.pitch)}:{n.length / QUARTER:g}" for n in notes)


def test_notes_have_the_signature_their_octave_and_their_length() -> None:
    assert sung("F2 f/2f/2 =F|^c' C,2 z|") == "F#4:2 F#5:0.5 F#5:0.5 F4:1 C#6:1 C3:2"


def test_an_accidental_holds_until_the_bar_line() -> None:
    assert sung("^C C C C|C4|") == "C#4:1 C#4:1 C#4:1 C#4:1 C4:4"


def test_a_broken_pair_shares_its_time_unevenly() -> None:
    assert sung("G>A B<c|") == "G4:1.5 A4:0.5 B4:0.5 C5:1.5"


def test_a_triplet_takes_the_time_of_two() -> None:
    assert sung("(3GAB c2|").startswith("G4:0.666667 A4:0.666667 B4:0.666667 C5:2")


def test_a_tie_makes_one_note_of_two() -> None:
    assert sung("G3 A-|A4|") == "G4:3 A4:5"


def test_a_pick_up_stands_at_the_end_of_its_bar() -> None:
    first = part("D|G4|").phrase().notes[0]
    assert first.onset == 3 * QUARTER


def test_a_pick_up_inside_completes_the_bar_before_it() -> None:
    notes = part("D|G3:|A|B4|").phrase().notes
    assert [n.onset // QUARTER for n in notes] == [3, 4, 7, 8]


def test_a_short_bar_that_nothing_completes_is_filled_with_silence() -> None:
    notes = part("G4|A3|B4|").phrase().notes
    assert [n.onset // QUARTER for n in notes] == [0, 4, 8]


def test_of_two_endings_the_last_is_kept() -> None:
    assert sung("G4|[1 A4:|[2 B4||c4|]") == "G4:4 B4:4 C5:4"
    assert sung("G4|1 A4:|2 B4||") == "G4:4 B4:4"


def test_sections_end_at_double_bars_and_repeats() -> None:
    assert part("G4|A4:|B4|c4||").closes == {1, 3}


def test_chord_symbols_last_until_the_next() -> None:
    chords = part('"G"G2 "Am7"A2|"slowly"B4|').phrase().chords
    assert [(str(s.chord), s.length // QUARTER) for s in chords] == [("G", 2), ("Am7", 6)]


def test_a_new_key_or_meter_begins_a_new_part() -> None:
    found = parts_of(HEAD + "G4|\nK:Dm\nM:3/4\nA3|")
    assert [(str(p.key), str(p.meter)) for p in found] == [("G major", "4/4"), ("D minor", "3/4")]


def test_graces_ornaments_and_fingers_are_left_out() -> None:
    assert sung('{a}uG ~A "4"B .c|') == "G4:1 A4:1 B4:1 C5:1"


def test_of_notes_together_the_first_is_the_melody() -> None:
    assert sung("[GB]2 [Ac]2|") == "G4:2 A4:2"


@pytest.mark.parametrize("body", ["G5|A4|", "[M:x]G4|"])
def test_bars_that_do_not_add_up_are_refused(body: str) -> None:
    with pytest.raises(Refused):
        parts_of(HEAD + body)


def test_a_book_is_cut_at_its_numbers() -> None:
    assert len(list(books("% a book\n" + HEAD + "G4|\n" + HEAD.replace("X:1", "X:2")))) == 2
