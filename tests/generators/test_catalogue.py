import logging
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from generators.catalogue import cards, default_name, generator, names
from generators.music.errors import BadModel, BadValue

SHIPPED = Path(str(files("onnx_models"))) / "small"
DEFAULT = "base"


def other_model(folder: Path, **changes: str) -> Path:
    shutil.copytree(SHIPPED, folder)
    text = (folder / "card.toml").read_text(encoding="utf-8")
    text = text.replace("default = false", "default = true", 1)
    for name, value in changes.items():
        lines = [
            f'{name} = "{value}"' if line.startswith(f"{name} =") else line
            for line in text.splitlines()
        ]
        text = "\n".join(lines)
    (folder / "card.toml").write_text(text, encoding="utf-8")
    return folder.parent


def test_the_model_and_the_rules_are_in_the_catalogue() -> None:
    assert {"small", "rules", "recall"} <= set(names())
    assert default_name() == DEFAULT


@pytest.mark.parametrize("name", ["small", "rules", "recall"])
def test_a_generator_answers_to_its_name(name: str) -> None:
    assert generator(name).name == name


def test_the_next_model_drops_in_by_its_card_alone(tmp_path: Path) -> None:
    shelf = other_model(tmp_path / "shelf" / "next", name="next")
    assert "next" in names(shelf)
    assert default_name(shelf) == "next"
    assert generator("next", shelf).name == "next"


def test_a_players_model_takes_the_place_of_ours(tmp_path: Path) -> None:
    shelf = other_model(tmp_path / "shelf" / "mine", about="mine")
    assert [card.about for card in cards(shelf) if card.name == "small"] == ["mine"]


def test_a_wrong_name_is_told_with_the_nearest_one() -> None:
    with pytest.raises(BadValue, match="did you mean 'small'"):
        generator("smal")
    with pytest.raises(BadValue, match="there are base"):
        generator("zzzz")


def test_a_model_of_another_vocabulary_is_refused(tmp_path: Path) -> None:
    shelf = other_model(tmp_path / "shelf" / "old", name="old", vocabulary="sha256:0")
    with pytest.raises(BadModel, match="another vocabulary"):
        generator("old", shelf)


def test_a_model_of_an_unknown_family_is_refused_and_is_not_the_default(tmp_path: Path) -> None:
    shelf = other_model(tmp_path / "shelf" / "poet", name="poet", family="lyrics")
    assert default_name(shelf) == DEFAULT
    with pytest.raises(BadModel, match="of the family 'lyrics'"):
        generator("poet", shelf)


def test_a_broken_card_is_logged_and_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "card.toml").write_text("name = ", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert "small" in names(tmp_path)
    assert "the card in broken cannot be read" in caplog.text


def test_a_broken_model_that_is_asked_for_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other_model(tmp_path / "shelf" / "mine", name="mine")
    card = tmp_path / "shelf" / "mine" / "card.toml"
    card.write_text(card.read_text(encoding="utf-8").replace("licence", "license", 1), "utf-8")
    with caplog.at_level(logging.WARNING):
        with pytest.raises(BadModel, match=r"mine does not do: license is not known; did you mean"):
            generator("mine", tmp_path / "shelf")
        with pytest.raises(BadValue, match="no generator is called 'zzzz'; there are base"):
            generator("zzzz", tmp_path / "shelf")
        assert generator("rules", tmp_path / "shelf").name == "rules"
        assert caplog.text == ""
        assert default_name(tmp_path / "shelf") == DEFAULT
    assert caplog.text.count("license is not known") == 1


def test_a_players_broken_model_does_not_give_way_to_ours(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "card.toml").write_text("name = 'small'", encoding="utf-8")
    with pytest.raises(BadModel, match="family is missing"):
        generator("small", tmp_path)


def installed(folder: Path, name: str, code: str) -> None:
    """Put a package with an entry point where Python finds it."""
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[antiphon.generators]\n{name} = {name}:made\n")
    (folder / f"{name}.py").write_text(code)


def test_other_peoples_generators_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "class Silence:\n    name = 'hush'\n    def __call__(self, prompt): return iter(())\n"
    installed(tmp_path, "hush", code + "made = Silence\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "hush" in names()
    assert generator("hush").name == "hush"


def test_a_broken_generator_of_others_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "crash", "raise RuntimeError('no')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(BadModel, match="'crash' does not load"):
        generator("crash")
    assert generator("rules").name == "rules"


def test_the_catalogue_is_quick_to_import() -> None:
    heavy = "{'numpy', 'onnxruntime', 'music21', 'torch'}"
    code = (
        f"import sys, generators.catalogue as c; c.names(); assert not {heavy} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
