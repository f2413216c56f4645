import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from generators.card import Score, read_card, shelf
from generators.music.errors import BadModel

SHIPPED = Path(str(files("onnx_models"))) / "small"


def test_the_shelf_is_found_by_its_cards() -> None:
    assert "small" in {folder.name for folder in shelf()}


def test_a_players_own_models_come_first(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.toml").write_text("", encoding="utf-8")
    assert next(iter(shelf(tmp_path))).name == "mine"


def test_a_folder_of_models_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="there is no folder"):
        list(shelf(tmp_path / "nothing"))


@pytest.mark.parametrize(
    "text", ["", "name = ", 'name = "a"', "\x00", '[tensors]\ntokens = 1\n[proof]\nprompt = "x"']
)
def test_what_is_no_card_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadModel):
        read_card(tmp_path)


def test_a_card_without_one_of_its_lines_is_refused(tmp_path: Path) -> None:
    lines = (SHIPPED / "card.toml").read_text(encoding="utf-8").splitlines(keepends=True)
    for wanted, told in (
        ("name", "name is missing; it is text"),
        ("sha256", "sha256 is missing; it is text"),
        ("vocabulary =", "vocabulary is missing; it is text"),
        ("context", "context is missing; it is a whole number"),
        ("past", r"tensors\.past is missing; it is a list of texts"),
        ("cache_shape", r"tensors\.cache_shape is missing; it is a list of 4 numbers"),
        ("prompt", r"proof\.prompt is missing; it is a list of numbers"),
    ):
        less = "".join(line for line in lines if not line.startswith(wanted))
        (tmp_path / "card.toml").write_text(less, encoding="utf-8")
        with pytest.raises(BadModel, match=rf"does not do: {told}; write .*card\.toml as"):
            read_card(tmp_path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("context = 1024", "context = 'x'"),
        ("vocabulary_size = 294", "vocabulary_size = true"),
        ("difference = ", "difference = 'small' #"),
        ("cache_shape = [", "cache_shape = [9, "),
        ('logits = "logits"', 'logits = "logits"\nloggits = "x"'),
        ("tunes = 600", "tunes = 0.5"),
    ],
)
def test_a_line_of_another_type_is_told_by_its_key(tmp_path: Path, line: str, told: str) -> None:
    text = (SHIPPED / "card.toml").read_text(encoding="utf-8")
    assert line in text
    (tmp_path / "card.toml").write_text(text.replace(line, told, 1), encoding="utf-8")
    key = told.split("\n")[-1].split(" =")[0]
    with pytest.raises(BadModel, match=rf"does not do: (\w+\.)*{key} (cannot be|is not known)"):
        read_card(tmp_path)


def test_every_trouble_with_a_model_has_a_remedy() -> None:
    assert str(BadModel("it is broken")).startswith(
        "it is broken; put the model on its shelf again"
    )


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("cache_shape", '["a"]'), ("cache_shape", "[1, 4, 1024]"), ("past", '"past.0.key"'),
        ("context", '"1024"'), ("context", "1024.0"), ("file", "3"), ("sha256", "[]"),
        ("prompt", "[2.5]"), ("difference", '"small"'), ("default", "1"), ("vocabulary", "true"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(tmp_path: Path, line: str, wrong: str) -> None:
    text = (SHIPPED / "card.toml").read_text(encoding="utf-8")
    spoilt, count = re.subn(rf"^{line} = .*$", f"{line} = {wrong}", text, flags=re.MULTILINE)
    assert count
    (tmp_path / "card.toml").write_text(spoilt, encoding="utf-8")
    with pytest.raises(BadModel, match=rf"does not do: (\w+\.)*{line}[. ]"):
        read_card(tmp_path)


def test_a_card_that_contradicts_itself_is_refused() -> None:
    card = read_card(SHIPPED)
    with pytest.raises(BadModel, match="pair past with present"):
        replace(card, tensors=replace(card.tensors, present=card.tensors.present[1:]))
    with pytest.raises(BadModel, match="context"):
        replace(card, context=32)


def test_every_shipped_model_says_where_it_comes_from() -> None:
    for folder in shelf():
        card = read_card(folder)
        assert card.licence
        assert card.data
        assert card.scores
        assert card.proof.difference < 1e-3 or abs(card.proof.cost) < 0.01
        assert all(source.notes + source.chords and source.licence for source in card.data)
        assert all("antiphon evaluate" in score.command for score in card.scores)


def test_the_scores_of_a_card_are_told_as_evaluate_prints_them() -> None:
    card = read_card(SHIPPED)
    rows = (Score("folk / bits / model", 1.5, "x"), Score("folk / bits / human", 2.0, "x"))
    assert replace(card, scores=rows).table == {"folk": {"bits": {"model": 1.5, "human": 2.0}}}
