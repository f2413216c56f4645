from importlib.resources import files
from pathlib import Path

import pytest

from generators.card import read_card, shelf
from onnx_models.workshop.cards import card_text, page
from onnx_models.workshop.cli import main

ROOT = Path(__file__).parents[2]
SHIPPED = Path(str(files("onnx_models"))) / "small"


def test_a_card_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    card = read_card(SHIPPED)
    (tmp_path / "card.toml").write_text(card_text(card), encoding="utf-8")
    assert read_card(tmp_path) == card


def test_the_page_about_models_is_what_the_cards_say() -> None:
    written = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    assert written == page(read_card(folder) for folder in shelf())


def test_a_folder_without_runs_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curves", "--work", str(tmp_path)]) == 2
    assert f"no run has left a curve in {tmp_path}; name" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr("onnx_models.workshop.corpus.read_all", lambda *_: [])
    assert main(["corpus", "--work", str(tmp_path / "file")]) == 1
    told = capsys.readouterr().err
    assert "cannot be read or written" in told
    assert told.count("\n") == 1


def test_the_workshop_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["corpus", "--corpora", str(tmp_path), "--work", str(tmp_path)]) == 1
    assert "nottingham is missing" in capsys.readouterr().err
