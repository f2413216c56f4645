from pathlib import Path

import pytest

from generators.music.errors import BadValue
from generators.music.harmony import Key
from generators.music.notes import Phrase
from generators.music.time import Ticks
from onnx_models.workshop.cli import main
from onnx_models.workshop.hearing import rivals, scores
from onnx_models.workshop.hearing.pieces import Piece, first_bars
from tests.music import chords, line

TUNE = line("E5:2 G5 E5 A5:2 F5:2 D5:2 B4 D5 C5:4 " * 2)
HANDS = line("C3+E3+G3:4 F3+A3+C4:4 G3+B3+D4:4 C3+E3+G3:4 " * 2)
SONG = Piece(
    "a song",
    "here",
    "test",
    TUNE.plus(HANDS, Ticks(0)),
    ((0, Key(0)),),
    chords("C | F | G | C | C | F | G | C"),
    TUNE.notes,
    accompanied=True,
)


def test_a_song_in_c_is_heard_right_in_every_way() -> None:
    found = {line.what: line.ours for line in scores.harmony([SONG], "here")}
    assert found["chords, root"] == pytest.approx(1.0)
    assert found["chords, root, live"] >= 0.9
    found = {line.what: line.ours for line in scores.regions([SONG], "here")}
    assert found["key of each bar"] == 1.0


def test_the_key_table_names_the_best_of_music21() -> None:
    found = list(scores.keys([SONG], "here"))
    assert found[0].ours == found[0].rival == 1.0
    assert all(line.against.startswith("music21") for line in found[:6])


def test_a_source_that_nobody_can_hear_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="a street cannot be heard"):
        list(scores.measure(tmp_path, sources=["a street"]))


def test_a_promise_is_compared_with_what_was_kept() -> None:
    sure = [(0.85, True), (0.85, False), (0.95, True)]
    found = list(scores.calibration(sure, "key", "x"))
    assert [(line.pieces, line.ours) for line in found] == [(2, 0.5), (1, 1.0)]
    assert [line.rival for line in found] == pytest.approx([0.85, 0.95])


def test_rivals_hear_plain_chords() -> None:
    for read in (rivals.template_chords, rivals.music21_chords, rivals.struck_chords):
        assert [span.chord.root for span in read(HANDS)[::4]] == [0, 5, 7, 0] * 2


def test_a_skyline_is_the_highest_of_notes_that_begin_together() -> None:
    assert [n.pitch for n in rivals.skyline(line("C4+E4+G4 D4 C4+C5"))] == [67, 62, 72]


def test_the_first_bars_begin_where_something_sounds() -> None:
    late = Piece("late", "here", "test", line("- - - - C4 D4 E4 F4 G4:4 C4:4"))
    assert [n.pitch for n in first_bars(late, 1).notes] == [60, 62, 64, 65]


def test_the_table_has_a_line_for_each_figure() -> None:
    lines = list(scores.meters([SONG], "here"))
    assert len(list(scores.page(lines))) == len(lines) + 1
    assert scores.as_json(lines)[0]["corpus"] == "here"


def test_missing_corpora_are_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hearing", "--corpora", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "is missing" in said.err
    assert not said.out


@pytest.mark.parametrize("words", [("--count", "0"), ("--count", "x"), ("--seed", "x")])
def test_a_number_that_is_none_is_said_in_one_sentence(
    words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hearing", *words]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"antiphon-workshop: {words[0]} cannot be {words[1]!r}; it is a whole")
    assert told.count("\n") == 1


def test_silence_is_measured_without_a_fall() -> None:
    nothing = Piece("", "here", "test", Phrase())
    assert list(scores.regions([nothing], "here")) == []
