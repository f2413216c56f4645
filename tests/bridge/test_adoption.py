"""`antiphon models add` hands on what it was told, and says in a sentence what is missing."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from bridge.adoption import Wanted, command, models_folder
from bridge.cli import main


def test_what_was_told_is_handed_on() -> None:
    words = command(Wanted("somebody/music", "shelf", "mine", yes=True))
    assert words[3:] == ["somebody/music", "--into", "shelf", "--name", "mine", "--yes"]


def test_without_a_folder_the_players_own_is_used() -> None:
    assert command(Wanted("a"))[3:] == ["a", "--into", str(models_folder())]
    assert models_folder().name == "models"


def test_a_model_to_add_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "add"]) == 2
    assert "models add needs a model" in capsys.readouterr().err


def test_what_is_no_model_is_told_in_a_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ["models", "add", str(tmp_path / "nothing"), "--into", str(tmp_path / "shelf")]
    assert main(asked) == 1
    told = capfd.readouterr().err
    assert "antiphon: " in told
    assert "Traceback" not in told
    assert not (tmp_path / "shelf").exists()


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is here, so nothing is missing")
def test_without_torch_the_remedy_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "add", str(tmp_path), "--into", str(tmp_path / "shelf")]) == 1
    assert "pip install 'antiphon[train]'" in capfd.readouterr().err
