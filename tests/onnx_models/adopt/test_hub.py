"""Nothing is fetched from a hub unless its size was said and allowed. No hub is asked here."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from generators.music.errors import BadModel
from onnx_models.workshop.adopt.cli import called
from onnx_models.workshop.adopt.hub import located, snapshot, wanted

FILES = {
    "config.json": 1000,
    "README.md": 2000,
    "LICENSE": 500,
    "model.safetensors": 930_000_000,
    "pytorch_model.bin": 931_000_000,
    "modeling_midi.py": 4000,
    "onnx/model_base.onnx": 800_000_000,
}


class Shelf:
    """A hub that is a folder; it keeps what was fetched."""

    def __init__(self, folder: Path, files: dict[str, int] = FILES) -> None:
        self.folder, self.files = folder, files
        self.fetched: list[str] = []

    def sizes(self, name: str) -> dict[str, int]:
        return self.files

    def fetch(self, name: str, files: Sequence[str]) -> Path:
        self.fetched += files
        return self.folder


def refuse(size: str) -> bool:
    return False


def test_a_hub_name_is_not_fetched_without_permission(tmp_path: Path) -> None:
    hub = Shelf(tmp_path)
    with pytest.raises(BadModel, match=r"somebody/music \(0\.93 GB\) was not fetched"):
        located("somebody/music", refuse, hub)
    assert hub.fetched == []


def test_the_size_is_said_before_it_is_fetched(tmp_path: Path) -> None:
    hub, said = Shelf(tmp_path), list[str]()

    def allow(size: str) -> bool:
        said.append(size)
        return not hub.fetched

    folder = located("somebody/music", allow, hub)
    assert folder == tmp_path
    assert said == ["somebody/music is 0.93 GB on the hub"]


def test_only_plain_files_are_fetched(tmp_path: Path) -> None:
    hub = Shelf(tmp_path)
    located("somebody/music", lambda size: True, hub)
    assert sorted(hub.fetched) == ["LICENSE", "README.md", "config.json", "model.safetensors"]


def test_old_weights_are_taken_where_there_are_no_safe_ones() -> None:
    assert "pytorch_model.bin" in wanted(["config.json", "pytorch_model.bin"])


def test_a_hub_name_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="has no weights"):
        located("somebody/music", lambda size: True, Shelf(tmp_path, {"config.json": 3}))


@pytest.mark.parametrize("source", ["nowhere", "./a/b", "../x", "a/b/c", "-x/y", ""])
def test_what_is_neither_a_folder_nor_a_hub_name_is_refused(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(BadModel, match="there is no folder"):
        located(source, lambda size: True, Shelf(tmp_path))


def test_a_folder_is_never_asked_about(tmp_path: Path) -> None:
    assert located(str(tmp_path), refuse, Shelf(tmp_path)) == tmp_path


def test_the_folder_of_the_hubs_own_client_is_understood(tmp_path: Path) -> None:
    kept = tmp_path / "models--somebody--music"
    for each in ("aaa", "bbb"):
        (kept / "snapshots" / each).mkdir(parents=True)
    assert snapshot(kept).name == "bbb"
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("aaa\n", encoding="utf-8")
    assert snapshot(kept).name == "aaa"
    assert called(str(kept)) == "somebody--music"


def test_an_empty_folder_of_the_client_holds_no_model(tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir()
    with pytest.raises(BadModel, match="holds no model"):
        snapshot(tmp_path)


def test_a_model_is_called_as_the_hub_calls_it() -> None:
    assert called("somebody/midi-model-tv2o-medium") == "midi-model-tv2o-medium"
