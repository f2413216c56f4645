import zipfile
from pathlib import Path

import pytest

from generators.music.time import QUARTER, Meter
from onnx_models.workshop.scores import line_of, lines_of, stretches
from onnx_models.workshop.tune import Refused
from tests.onnx_models.written import part, score


def test_the_part_with_words_is_the_melody(tmp_path: Path) -> None:
    path = score(
        tmp_path / "song.xml",
        {"Piano": part("C3:4 | C3:4", sung=False), "Voice": part("E5:4 | D5:4")},
        "Lied",
    )
    line = line_of(path)
    assert (line.title, [note.pitch for note in line.notes]) == ("Lied", [76, 74])
    assert line.syllables == 2
    assert [note.pitch for note in lines_of(path, ["piano"])[0].notes] == [48, 48]
    with pytest.raises(Refused, match="no tenor"):
        lines_of(path, ["tenor"])


def test_a_compressed_score_is_read(tmp_path: Path) -> None:
    plain = score(tmp_path / "s.xml", {"Voice": part("E5:4 | D5:4")})
    with zipfile.ZipFile(tmp_path / "s.mxl", "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
        archive.write(plain, "s.musicxml")
    assert line_of(tmp_path / "s.mxl").notes == line_of(plain).notes


def test_a_pick_up_stands_at_the_end_of_its_bar(tmp_path: Path) -> None:
    line = line_of(score(tmp_path / "s.xml", {"V": part("G4 | C5:2 E5:2 | C5:3", first=0)}))
    assert [note.onset // QUARTER for note in line.notes] == [3, 4, 6, 8]
    assert line.bars == {0: 0, 1: 4 * QUARTER, 2: 8 * QUARTER}
    assert (line.end, line.pick_up) == (12 * QUARTER, 3 * QUARTER)


def test_two_halves_of_a_bar_are_one_bar(tmp_path: Path) -> None:
    line = line_of(score(tmp_path / "s.xml", {"V": part("C5:4 | D5:3 | G4 | C5:4")}))
    assert [note.onset // QUARTER for note in line.notes] == [0, 4, 7, 8]


def test_tied_notes_are_one_and_fermatas_are_kept(tmp_path: Path) -> None:
    line = line_of(score(tmp_path / "s.xml", {"V": part("C5:4 | C5:2~ E5:2! | D5:4")}))
    assert [(note.pitch, note.length // QUARTER) for note in line.notes] == [
        (72, 6), (76, 2), (74, 4),
    ]  # fmt: skip
    assert line.held == [6 * QUARTER]


def test_of_two_endings_the_last_is_kept(tmp_path: Path) -> None:
    line = line_of(score(tmp_path / "s.xml", {"V": part("C5:4 | [1 D5:4 | E5:4")}))
    assert [note.pitch for note in line.notes] == [72, 76]
    assert (line.written, line.bars) == (3, {1: 0, 3: 4 * QUARTER})


def test_a_change_of_meter_begins_a_stretch(tmp_path: Path) -> None:
    path = score(tmp_path / "s.xml", {"V": part("C5:4 | [M 3/4] D5:3 | E5:3")})
    found = [(change.at, change.meter, end) for change, end in stretches(line_of(path))]
    assert found == [
        (0, Meter(4, 4), 4 * QUARTER),
        (4 * QUARTER, Meter(3, 4), 10 * QUARTER),
    ]


def test_a_bar_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="too long"):
        line_of(score(tmp_path / "s.xml", {"V": part("C5:4 | D5:5")}))
