from generators.music.harmony import Key
from generators.music.notes import Note
from generators.music.time import QUARTER, Ticks
from onnx_models.workshop.hearing.marks import chord_marks, f_measure, key_mark, note_counts
from tests.music import chords


def test_near_keys_are_worth_a_part() -> None:
    heard = [Key.named(name) for name in ("C", "G", "A minor", "C minor", "F", "E")]
    assert [key_mark(key, Key(0)) for key in heard] == [1.0, 0.5, 0.3, 0.2, 0.0, 0.0]


def test_a_chord_counts_for_as_long_as_it_lasts() -> None:
    marks = chord_marks(chords("C | F | G7"), chords("C | Dm | G"))
    assert marks["root"] == (2 * 3840, 3 * 3840)
    assert marks["majmin"] == (2 * 3840, 3 * 3840)
    assert marks["sevenths"] == (3840, 3 * 3840)


def test_only_major_and_minor_chords_are_asked_for_major_or_minor() -> None:
    marks = chord_marks(chords("Csus4 | F"), chords("Csus4 | F"))
    assert (marks["root"], marks["majmin"]) == ((7680, 7680), (3840, 3840))


def test_a_chord_that_nobody_heard_is_wrong() -> None:
    assert chord_marks((), chords("C"))["root"] == (0, 3840)
    assert chord_marks(chords("C"), ()) == dict.fromkeys(
        ("root", "majmin", "sevenths", "bass"), (0, 0)
    )


def test_an_inversion_has_its_own_bass() -> None:
    assert chord_marks(chords("C/E"), chords("C"))["bass"] == (0, 3840)
    assert chord_marks(chords("C/E"), chords("C/E"))["bass"] == (3840, 3840)


def test_notes_are_right_by_onset_and_pitch() -> None:
    heard = [Note(Ticks(0), 60, QUARTER), Note(Ticks(960), 62, QUARTER)]
    true = [Note(Ticks(0), 60, Ticks(10)), Note(Ticks(960), 64, QUARTER)]
    assert note_counts(heard, true) == (1, 2, 2)
    assert f_measure(1, 2, 2) == 0.5
    assert f_measure(0, 0, 0) == 0.0
