"""The environment is made once, mended when it broke, and never half there."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from install import environment, needs, start
from install.needs import Purpose
from install.troubles import Trouble
from install.turns import turn
from tests.install.project import lay_out


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that has been set up, with a name that scripts stumble over."""
    root = lay_out(tmp_path_factory.mktemp("made") / "my song's $HOME & more")
    environment.prepare(root, Purpose.RUN)
    return root


@pytest.fixture
def made(place: Path) -> Path:
    """Return the same project as it was at first, whatever other tests did to it."""
    lay_out(place)
    environment.prepare(place, Purpose.RUN)
    return place


def test_the_daemon_starts_in_an_environment_of_its_own(made: Path) -> None:
    command = start.command(made, ["--role", "accompany"])
    done = subprocess.run(command, capture_output=True, text=True, cwd=made.parent)
    assert done.stdout.split() == ["playing", "play", "--role", "accompany"]
    assert done.returncode == 7


def test_a_second_set_up_does_nothing(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment.prepare(made, Purpose.RUN)
    assert capsys.readouterr().out == ""


def test_a_changed_project_file_is_taken_up(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (made / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write("# changed\n")
    assert not environment.is_ready(made, Purpose.RUN)
    environment.prepare(made, Purpose.RUN)
    assert environment.is_ready(made, Purpose.RUN)
    assert "1/4" not in capsys.readouterr().out  # what was there is built upon


def test_what_the_tests_need_is_enough_to_run(made: Path) -> None:
    assert not environment.is_ready(made, Purpose.TEST)
    environment.prepare(made, Purpose.TEST)
    assert environment.is_ready(made, Purpose.TEST)
    assert environment.is_ready(made, Purpose.RUN)


def test_a_set_up_that_was_cut_short_starts_over(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (environment.folder(made) / environment.UNDER_WAY).touch()
    (environment.folder(made) / "left-over").touch()
    with (made / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write("# cut short\n")
    environment.prepare(made, Purpose.RUN)
    assert "1/4" in capsys.readouterr().out
    assert not (environment.folder(made) / "left-over").exists()
    assert environment.is_ready(made, Purpose.RUN)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_an_environment_whose_python_went_away_is_not_ready(made: Path, tmp_path: Path) -> None:
    """A newer Python took the place of the one that the environment was made with."""
    python = environment.python(made)
    there = python.readlink()
    python.unlink()
    python.symlink_to(tmp_path / "gone")
    ready = environment.is_ready(made, Purpose.RUN)
    python.unlink()
    python.symlink_to(there)
    assert not ready


def test_midi_that_cannot_be_built_does_not_stop_the_set_up(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = "[build-system]\nrequires = []\nbuild-backend = 'a_compiler_that_is_not_here'\n"
    (tmp_path / "pyproject.toml").write_text(wish, encoding="utf-8")
    lay_out(made, f"python-rtmidi @ {tmp_path.as_uri()}")
    environment.prepare(made, Purpose.RUN)
    assert "going on without python-rtmidi" in capsys.readouterr().out
    assert environment.is_ready(made, Purpose.RUN)


def test_a_package_that_cannot_be_had_is_one_sentence(made: Path, tmp_path: Path) -> None:
    lay_out(made, f"mido @ {(tmp_path / 'nowhere').as_uri()}")
    with pytest.raises(Trouble, match="pip could not install") as trouble:
        environment.prepare(made, Purpose.RUN)
    assert "\n" not in str(trouble.value)
    assert not environment.is_ready(made, Purpose.RUN)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for Python")
def test_a_python_without_venv_is_told_where_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian keeps ensurepip in a package of its own; here its place is taken by an empty one."""
    root = lay_out(tmp_path / "project")
    (tmp_path / "ensurepip.py").write_text("raise ImportError", encoding="utf-8")
    (tmp_path / "venv.py").write_text("raise ImportError", encoding="utf-8")
    stripped = tmp_path / "python"
    stripped.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    stripped.chmod(0o755)
    lines = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(Path(__file__).parents[2])!r}]",
        f"sys.executable = {str(stripped)!r}",
        "from pathlib import Path; from install import environment, needs",
        f"environment.prepare(Path({str(root)!r}), needs.Purpose.RUN)",
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-I", "-c", "\n".join(lines)], capture_output=True, text=True
    )
    assert f"apt-get install python3.{sys.version_info[1]}-venv" in done.stderr


def test_two_set_ups_of_one_folder_take_turns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = lay_out(tmp_path)
    entered = threading.Event()

    def second() -> None:
        with turn(root):
            entered.set()

    with turn(root):
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.3)
    assert entered.wait(10)
    thread.join()
    assert "waiting" in capsys.readouterr().out


def test_the_needs_are_those_of_the_project_file() -> None:
    root = Path(__file__).resolve().parents[2]
    names = {needs.name(each) for each in needs.needed(root, Purpose.TEST)}
    assert {"mido", "onnxruntime", "pytest", "ruff"} <= names
    assert {needs.name(each) for each in needs.optional(root)} == set(needs.OPTIONAL)
    assert not names & set(needs.OPTIONAL)
    assert not any(name.startswith(("torch", "transformers")) for name in names)
