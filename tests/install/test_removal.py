"""Taking Antiphon off a machine takes only what is Antiphon's."""

from pathlib import Path

import platformdirs
import pytest

from install import removal
from install.troubles import Trouble


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home folder of the test's own, without systemd."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "no programs"))
    return tmp_path


@pytest.fixture
def root(home: Path) -> Path:
    """Return a project with an environment, and a player's settings beside it."""
    folder = home / "project"
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / "song.mid").touch()
    for each in removal.folders()[:2]:
        each.mkdir(parents=True, exist_ok=True)
        (each / "settings.toml").touch()
    return folder


def test_the_environment_goes_and_the_rest_stays(root: Path) -> None:
    removal.uninstall(root, [])
    assert [path.name for path in root.iterdir()] == ["song.mid"]
    assert removal.folders()[0].exists()


def test_settings_and_data_go_when_told_to(root: Path, home: Path) -> None:
    (home / "precious").touch()
    removal.uninstall(root, ["--all"])
    assert not any(folder.exists() for folder in removal.folders())
    assert (home / "precious").exists()


def test_a_second_removal_finds_nothing_to_do(root: Path) -> None:
    removal.uninstall(root, ["--all"])
    removal.uninstall(root, ["--all"])


def test_an_unknown_word_removes_nothing(root: Path) -> None:
    with pytest.raises(Trouble, match="not know --al;"):
        removal.uninstall(root, ["--al"])
    assert (root / ".venv").exists()


def test_the_folders_are_those_that_the_daemon_uses() -> None:
    """Set-up has only the standard library, so its own list is held against platformdirs."""
    used = (
        platformdirs.user_config_path("antiphon"),
        platformdirs.user_data_path("antiphon"),
        platformdirs.user_state_path("antiphon"),
        platformdirs.user_cache_path("antiphon"),
    )
    for folder in used:
        assert any(folder.is_relative_to(each) for each in removal.folders()), folder
