import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from generators.card import read_card
from generators.music.errors import BadModel, BadSong
from generators.origins import origins_of
from onnx_models.workshop.cards import write_card
from onnx_models.workshop.cli import main
from onnx_models.workshop.corpus import save
from onnx_models.workshop.pieces import FILE, index
from tests.generators.shipped import shipped_folder
from tests.music import line
from tests.onnx_models.test_corpus import SONG, tune

OTHER = line("C4 F#4:2 A3 D#5:1/2 E4:3 Bb4 C#4:2 A4:1/2 D4 G#5:2")
TUNES = [tune(title="learnt"), tune(OTHER, "test", "kept apart")]


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Return a shelf with a model that learnt from Nottingham, and one that learnt from all."""
    for name in ("folk", "all"):
        shutil.copytree(shipped_folder(), tmp_path / "shelf" / name)
        card = replace(read_card(shipped_folder()), name=name, origins=None)
        data = [source for source in card.data if source.name == "nottingham" or name == "all"]
        write_card(replace(card, data=tuple(data)), tmp_path / "shelf" / name)
    return tmp_path / "shelf"


def test_the_index_is_named_by_those_who_learnt_from_it(shelf: Path) -> None:
    assert index(TUNES, shelf) == ("folk",)
    assert read_card(shelf / "all").origins is None
    learnt = origins_of(read_card(shelf / "folk"))
    assert learnt is not None
    assert [piece.title for piece in learnt.pieces] == ["learnt"]
    assert learnt.nearest(SONG.notes)[0].share == pytest.approx(1)
    assert learnt.nearest(OTHER.notes) == []


def test_another_index_in_its_place_is_refused(shelf: Path) -> None:
    index(TUNES, shelf)
    (shelf / FILE).write_bytes(b"another")
    with pytest.raises(BadModel, match="wrong checksum"):
        origins_of(read_card(shelf / "folk"))


def test_the_workshop_makes_it_of_the_tunes_of_a_run(
    shelf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(TUNES, tmp_path / "tunes.gz")
    assert main(["origins", "--work", str(tmp_path), "--shelf", str(shelf)]) == 0
    assert f"{FILE}: folk" in capsys.readouterr().out


def test_tunes_that_were_not_learnt_make_no_index(shelf: Path) -> None:
    with pytest.raises(BadSong, match="train split"):
        index(TUNES[1:], shelf)
