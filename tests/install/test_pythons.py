"""Which Python a set-up takes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from install import pythons

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_the_pythons_that_the_packages_are_made_for_suit(version: tuple[int, int]) -> None:
    assert pythons.suits(version)


@pytest.mark.parametrize("version", [(2, 7), (3, 8), (3, 10), (3, 14), (4, 0)])
def test_older_and_newer_pythons_do_not_suit(version: tuple[int, int]) -> None:
    assert not pythons.suits(version)


def test_an_interpreter_without_onnx_runtime_does_not_suit() -> None:
    assert not pythons.suits((3, 12), "pypy")


def test_the_bounds_are_those_of_the_project_file() -> None:
    wanted = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    newest = f"{pythons.NEWEST[0]}.{pythons.NEWEST[1] + 1}"
    assert f'requires-python = ">={pythons.OLDEST[0]}.{pythons.OLDEST[1]},<{newest}"' in wanted


def test_the_refusal_names_what_is_wanted_in_one_line() -> None:
    said = pythons.refusal()
    assert "3.11, 3.12 or 3.13" in said
    assert "\n" not in said


@pytest.mark.skipif(os.name != "posix", reason="stand-ins for Python are shell scripts here")
def test_a_python_that_does_not_start_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version managers put names on the path whose Python is not there."""
    _script(tmp_path / "python3.12", "exit 127")
    _script(tmp_path / "python3.11", f'exec "{sys.executable}" "$@"')
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Path(pythons.another()).samefile(sys.executable)


def test_a_python_for_which_everything_is_ready_made_is_best() -> None:
    ask = "import sys; print(sys.version_info[1])"
    found = subprocess.run([pythons.best(), "-c", ask], capture_output=True, text=True)
    assert int(found.stdout) in pythons.BEST or not pythons.another(pythons.BEST)


def test_nothing_is_found_on_an_empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pythons.another() == ""


def test_the_first_words_read_on_an_old_python() -> None:
    """What has to say which Python is wanted may not fail on grammar."""
    import ast

    for name in ("__main__.py", "pythons.py", "__init__.py"):
        ast.parse((ROOT / "install" / name).read_text(encoding="utf-8"), feature_version=(3, 7))


def test_help_is_given_without_any_environment() -> None:
    done = subprocess.run(
        [sys.executable, "-S", ROOT / "install", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "install test" in done.stdout


def test_an_unknown_word_is_a_usage_error() -> None:
    done = subprocess.run([sys.executable, ROOT / "install", "rnu"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "install run" in done.stderr


def _script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(0o755)
