"""The entries with which a system starts Antiphon."""

import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from install import service
from install.troubles import Trouble

COMMAND = ["/home/a b/it's 100%/$HOME/<&>/python", "-P", "-m", "bridge", "play"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every entry inside the test's own folder, and every system deaf."""
    for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "no programs"))


def test_launchd_reads_the_command_as_it_was_meant(tmp_path: Path) -> None:
    system = service.macos()
    agent = plistlib.loads(system.entry(COMMAND).encode())
    assert agent["ProgramArguments"] == COMMAND
    assert agent["RunAtLoad"] is True
    assert agent["StandardErrorPath"].startswith(str(tmp_path))
    assert system.place == tmp_path / "Library/LaunchAgents/antiphon.daemon.plist"


def test_systemd_is_told_to_take_percent_and_dollar_as_they_are(tmp_path: Path) -> None:
    system = service.linux()
    expected = 'ExecStart="/home/a b/it\'s 100%%/$$HOME/<&>/python" "-P" "-m" "bridge" "play"'
    assert expected in system.entry(COMMAND).splitlines()
    assert system.place == tmp_path / "systemd/user/antiphon.service"


def test_systemd_finds_nothing_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    unit = tmp_path / "antiphon.service"
    unit.write_text(service.linux().entry([sys.executable, "-P"]), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", unit], capture_output=True, text=True
    )
    assert "antiphon.service" not in done.stderr
    assert done.returncode == 0


def test_windows_starts_it_from_the_startup_folder(tmp_path: Path) -> None:
    system = service.windows()
    line = system.entry(["C:\\a b\\100%\\python.exe", "-P"]).splitlines()[-1]
    assert line == 'start "Antiphon" /min "C:\\a b\\100%%\\python.exe" "-P"'
    assert system.place.parts[-2:] == ("Startup", "antiphon.cmd")


@pytest.mark.skipif(sys.platform not in service.SYSTEMS, reason="no entry for this system")
def test_an_entry_goes_on_and_off_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service.turn_on(tmp_path)
    service.turn_on(tmp_path)
    place = service.here().place
    assert "bridge" in place.read_text(encoding="utf-8")
    assert [path.name for path in place.parent.iterdir()] == [place.name]
    service.turn_off()
    assert not place.exists()
    service.turn_off()
    assert "does not start with the system" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="the line is systemd's")
def test_where_systemd_is_not_the_line_to_type_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.turn_on(tmp_path)
    assert "systemctl --user enable --now antiphon.service" in capsys.readouterr().out


def test_showing_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service.show(tmp_path)
    assert capsys.readouterr().out.startswith("Off: ")
    assert not service.here().place.exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    places = reversed(service.here().place.parents)
    obstacle = next(place for place in places if not place.exists())
    obstacle.write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(Trouble, match="cannot be written"):
        service.turn_on(tmp_path)
