from fractions import Fraction

import pytest

from generators.music import files
from generators.music.errors import BadSong
from generators.music.harmony import NO_CHORD, Chord
from generators.music.humdrum import chord_of, length_of
from generators.music.song import Form
from tests.songs.made import HUMDRUM


def test_spines_are_parts_and_chords_stand_between_the_notes() -> None:
    song = files.read(HUMDRUM.encode())
    assert song.form is Form.HUMDRUM
    assert [[note.pitch for note in part.notes] for part in song.parts] == [
        [60, 62, 64, 65, 67, 71], [48, 55],
    ]  # fmt: skip
    assert [(span.onset, str(span.chord)) for span in song.chords] == [
        (0, "C"), (1920, "Am"), (3840, "G7"),
    ]  # fmt: skip


def test_humdrum_is_answered_in_musicxml() -> None:
    song = files.read(HUMDRUM.encode())
    assert files.written_form(song) is Form.MUSICXML
    again = files.read(files.write(song, [], Form.MUSICXML))
    assert [part.notes for part in again.parts] == [part.notes for part in song.parts]
    with pytest.raises(BadSong, match="humdrum is not written"):
        files.write(song, [], Form.HUMDRUM)


@pytest.mark.parametrize(
    ("token", "quarters"),
    [
        ("4c", Fraction(1)),
        ("2.GG#", Fraction(3)),
        ("8..e", Fraction(7, 8)),
        ("0d", Fraction(8)),
        ("3%2f", Fraction(8, 3)),
        ("16cq", Fraction(0)),
        (".", None),
        ("r", Fraction(1)),
    ],
)
def test_a_token_tells_how_long_it_is(token: str, quarters: Fraction | None) -> None:
    assert length_of(token) == quarters


@pytest.mark.parametrize(
    ("token", "chord"),
    [
        ("B-:maj/5", Chord(10, "", 5)),
        ("C#:min7", Chord(1, "m7")),
        ("E- dominant", Chord(3, "7")),
        ("G minor/B-", Chord(7, "m", 10)),
        ("N", NO_CHORD),
        (".", None),
        ("?", None),
    ],
)
def test_chord_tokens_of_both_kinds_are_read(token: str, chord: Chord | None) -> None:
    assert chord_of(token) == chord


def test_rows_without_lengths_are_refused() -> None:
    counted = "**kern\t**harte\n*tb16\t*\nc\tC:maj\n.\t.\n*-\t*-\n"
    with pytest.raises(BadSong, match="no lengths"):
        files.read(counted.encode())


OVERFULL = """**kern\t**kern\t**harte
*M4/4\t*M4/4\t*
=1\t=1\t=1
1C\t1c\tC:maj
=2\t=2\t=2
1D\t4c\tD:min
.\t4d\t.
.\t4e\t.
.\t4f\t.
.\t4g\tG:maj
=3\t=3\t=3
1E\t1a\tA:min
=4\t=4\t=4
1C\t1c\tC:maj
==\t==\t==
*-\t*-\t*-
"""


def test_after_a_bar_that_holds_too_much_all_spines_go_on_together_and_it_is_told() -> None:
    song = files.read(OVERFULL.encode())
    quarters = [[note.onset / 960 for note in part.notes] for part in song.parts]
    assert quarters == [[0, 4, 5, 6, 7, 8, 9, 13], [0, 4, 9, 13]]
    assert [(span.onset / 960, str(span.chord)) for span in song.chords] == [
        (0, "C"), (4, "Dm"), (8, "G"), (9, "Am"), (13, "C"),
    ]  # fmt: skip
    assert [section.start / 960 for section in song.sections] == [0, 9]
    assert song.notices == ("1 bar holds more than the meter, and what follows is later: 2 (4/4)",)
    again = files.read(files.write(song, [], Form.MUSICXML))
    assert (again.notices, again.sections) == (song.notices, song.sections)


def test_full_and_short_bars_are_not_told() -> None:
    assert files.read(HUMDRUM.encode()).notices == ()
    short = OVERFULL.replace(".\t4f\t.\n.\t4g\tG:maj\n", "").replace("1D", "2.D")
    assert files.read(short.encode()).notices == ()
