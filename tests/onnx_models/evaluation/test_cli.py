import shutil
from pathlib import Path

import pytest

from generators.music.errors import BadSong
from onnx_models.workshop import corpus
from onnx_models.workshop.evaluation.cli import (
    SHIPPED,
    kept_tunes,
    main,
    sources,
    wanted,
    writable,
)
from onnx_models.workshop.tune import Tune
from tests.generators.shipped import shipped_card, shipped_folder
from tests.onnx_models.evaluation.books import book


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a folder of models of the player's own, with a copy of the smallest."""
    shutil.copytree(shipped_folder(), tmp_path / "models" / "mine")
    return tmp_path / "models"


def said(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err.strip()


def test_without_corpora_what_music21_ships_is_measured(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert sources(tmp_path / "nowhere") == (list(SHIPPED), False)
    assert "only what music21 ships is measured" in caplog.text
    assert "antiphon-workshop fetch" in caplog.text


def test_corpora_are_measured_where_they_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("nottingham", "rs200", "holiday pictures", SHIPPED[0]):
        (tmp_path / name).mkdir()
    assert sources(tmp_path) == (["nottingham", "rs200", *SHIPPED], True)
    assert not caplog.text


def test_tunes_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[list[str]]()

    def read(_: Path, names: list[str]) -> list[Tune]:
        asked.append(names)
        return book()

    monkeypatch.setattr(corpus, "read_all", read)
    first = kept_tunes(tmp_path / "nowhere", tmp_path)
    assert first == kept_tunes(tmp_path / "nowhere", tmp_path)
    assert corpus.load(first) == book()
    assert len(asked) == 1
    (tmp_path / "nottingham").mkdir()
    with_corpora = kept_tunes(tmp_path, tmp_path)
    assert with_corpora != first
    assert asked[1:] == [["nottingham", *SHIPPED]]


def test_a_model_that_nobody_knows_is_told_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--model", "nobody"]) == 1
    told = said(capsys)
    assert told.startswith("antiphon evaluate: no model is called 'nobody'")
    assert "small" in told
    assert "\n" not in told


def test_models_that_cannot_be_found_are_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--models", str(tmp_path / "nowhere")]) == 1
    assert "there is no folder" in said(capsys)


@pytest.mark.parametrize("pieces", ["0", "-3", "x", "2.5", ""])
def test_a_number_of_pieces_that_is_none_is_told(
    pieces: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--pieces", pieces]) == 2
    told = f"antiphon evaluate: --pieces cannot be {pieces!r}; it is a whole number, 1 or more"
    assert said(capsys) == told


def test_corpora_that_are_named_must_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = tmp_path / "nowhere"
    assert main(["--corpora", str(nowhere)]) == 2
    told = said(capsys)
    assert told.startswith(f"antiphon evaluate: there is no folder {nowhere} of corpora; name")
    monkeypatch.setenv("ANTIPHON_CORPORA", str(nowhere))
    assert main([]) == 2
    assert said(capsys) == told


@pytest.mark.parametrize("content", [b"", b"no tunes", b"\x1f\x8b\x08\x00"])
def test_tunes_that_cannot_be_read_are_told_in_a_sentence(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tunes.gz").write_bytes(content)
    assert main(["--work", str(tmp_path)]) == 1
    told = said(capsys)
    assert "tunes.gz cannot be read" in told
    assert "\n" not in told


def test_tunes_without_a_test_piece_are_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus.save([tune for tune in book() if tune.split == "train"], tmp_path / "tunes.gz")
    assert main(["--work", str(tmp_path)]) == 1
    assert "no test pieces were found" in said(capsys)


def test_a_players_own_model_is_measured_in_place_of_one_of_the_same_name(own: Path) -> None:
    found = wanted(own, ["small"])
    assert [Path(str(card.folder)) for card in found] == [own / "mine"]
    assert len({card.name for card in wanted(None, None)}) == len(wanted(None, None))


def test_a_card_that_cannot_be_written_is_told_before_anything_is_measured(own: Path) -> None:
    assert writable(wanted(own, ["small"])[0]) == own / "mine"
    (own / "mine" / "card.toml").rename(own / "card.toml")
    card = shipped_card()
    object.__setattr__(card, "folder", own / "mine")
    with pytest.raises(BadSong, match="the card of small cannot be written"):
        writable(card)
