"""What is said at the end of `install test`."""

import subprocess
import sys
from pathlib import Path

import pytest

from install import checks, system
from install.checks import Outcome
from tests.install.project import lay_out

ROOT = Path(__file__).resolve().parents[2]
TESTS = """
import pytest

def test_well(): pass

@pytest.mark.skip(reason="jackd is not here")
def test_ports(): pass

@pytest.mark.skip(reason="jackd is not here")
def test_more_ports(): pass
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project that borrows this Python, and has tests."""
    place = lay_out(tmp_path)
    bin_folder = "Scripts" if sys.platform == "win32" else "bin"
    (place / ".venv").mkdir()
    inside = Path(sys.executable).parent
    (place / ".venv" / bin_folder).symlink_to(inside, target_is_directory=True)
    if Path(sys.prefix, "pyvenv.cfg").exists():
        (place / ".venv" / "pyvenv.cfg").symlink_to(Path(sys.prefix, "pyvenv.cfg"))
        for lib in ("lib", "Lib"):
            if Path(sys.prefix, lib).exists():
                (place / ".venv" / lib).symlink_to(Path(sys.prefix, lib))
    (place / "test_some.py").write_text(TESTS, encoding="utf-8")
    return place


def test_what_was_skipped_and_why_is_a_plain_list(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = checks.check(root, ["test_some.py", "-p", "no:cacheprovider"])
    last = capfd.readouterr().out.rstrip().splitlines()[-3:]
    assert last == ["- 2 skipped: jackd is not here", "tests well", "1 passed, 0 failed, 2 skipped"]
    assert code == 0


def test_the_reason_for_skipping_a_whole_module_is_told(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = "import pytest\npytest.importorskip('no_such', reason='it needs a synth')\n"
    (root / "test_more.py").write_text(whole, encoding="utf-8")
    checks.check(root, [".", "-p", "no:cacheprovider"])
    assert "- 1 skipped: it needs a synth" in capfd.readouterr().out.splitlines()


def test_no_test_at_all_is_not_well(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = checks.check(root, ["test_some.py", "-k", "nothing_like_it", "-p", "no:cacheprovider"])
    assert code == 1
    assert "tests FAILED" in capfd.readouterr().out


def test_two_rounds_are_counted_together() -> None:
    """A module that is skipped as a whole is skipped in both rounds, and counts once."""
    one = Outcome(3, {"a": "no synth"}, ("test_it",))
    both = one.plus(Outcome(4, {"a": "no synth", "b": "no JACK"}))
    assert str(both) == "7 passed, 1 failed, 2 skipped"


def test_what_a_real_server_times_has_the_machine_to_itself() -> None:
    listing = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "real_time"]
    files = ["tests/bridge/wires/test_jack.py", "tests/test_docs.py"]
    done = subprocess.run([*listing, *files], cwd=ROOT, capture_output=True, text=True)
    assert "test_jack.py" in done.stdout
    assert "test_docs.py" not in done.stdout


def test_a_failing_test_fails_the_run(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (root / "test_some.py").write_text("def test_it(): assert False", encoding="utf-8")
    code = checks.check(root, ["test_some.py", "-p", "no:cacheprovider"])
    last = capfd.readouterr().out.rstrip().splitlines()[-2:]
    assert last == ["tests FAILED", "0 passed, 1 failed, 0 skipped"]
    assert code == 1


TIMED = """
import pytest
from pathlib import Path

pytestmark = pytest.mark.real_time

@pytest.mark.parametrize("number", range({failing}))
def test_late(number):
    runs = Path(__file__).with_name(f"run{{number}}")
    again = runs.exists()
    runs.touch()
    assert again and {well}

def test_in_time(): pass
"""


def timed(root: Path, failing: int, well: bool) -> int:
    """Run the whole of a project with so many tests that fail at first; `well` the second time."""
    marks = "[tool.pytest.ini_options]\nmarkers = ['real_time: against a clock']\n"
    (root / "pyproject.toml").write_text(marks, encoding="utf-8")
    text = TIMED.format(failing=failing, well=well)
    (root / "test_timed.py").write_text(text, encoding="utf-8")
    return checks.check(root, ())


@pytest.fixture
def only_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave format, lint and types out of a run."""
    monkeypatch.setattr(checks, "LINES", ())


@pytest.mark.usefixtures("only_tests")
def test_few_that_were_late_are_run_again_and_named(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert timed(root, failing=2, well=True) == 0
    last = capfd.readouterr().out.rstrip().splitlines()[-4:]
    assert last == [
        "- failed once, passed when run again: test_timed::test_late[0]",
        "- failed once, passed when run again: test_timed::test_late[1]",
        "tests well",
        "4 passed, 0 failed, 2 skipped",
    ]


@pytest.mark.usefixtures("only_tests")
def test_what_fails_twice_fails_the_run(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert timed(root, failing=1, well=False) == 1
    last = capfd.readouterr().out.rstrip().splitlines()[-2:]
    assert last == ["tests FAILED", "2 passed, 1 failed, 2 skipped"]


@pytest.mark.usefixtures("only_tests")
def test_many_that_fail_are_no_accident(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    many = checks.FEW + 1
    assert timed(root, failing=many, well=True) == 1
    assert f"2 passed, {many} failed, 2 skipped" in capfd.readouterr().out


def test_a_second_run_that_breaks_off_saves_nobody() -> None:
    assert Outcome(failures=("test_late",)).after(Outcome()).failures == ("test_late",)


def test_the_line_that_failed_is_named() -> None:
    lines = checks.summary({"lint": 1, "tests": 0}, Outcome(passed=5))
    assert lines == ["", "Nothing was skipped.", "lint FAILED, tests well", str(Outcome(passed=5))]


def test_a_program_that_is_missing_comes_with_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty path stands for a machine that has neither JACK nor a browser nor apt."""
    monkeypatch.setenv("PATH", str(tmp_path))
    system.provide()
    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(system.PROGRAMS)
    assert all(line.startswith("Not here: ") for line in said)


@pytest.mark.skipif(sys.platform == "win32", reason="programs are marked executable here")
@pytest.mark.parametrize("command", ["apt-get", "dnf", "pacman", "brew"])
def test_each_system_is_told_its_own_command(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / command).write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / command).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert all(f"{command} " in system.how(program) for program in system.PROGRAMS)
