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
