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


def test_the_workshop_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["corpus", "--corpora", str(tmp_path), "--work", str(tmp_path)]) == 1
    assert "nottingham is missing" in capsys.readouterr().err
