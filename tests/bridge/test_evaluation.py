import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bridge import cli, evaluation
from onnx_models.workshop.evaluation.cli import parser


def words_of(monkeypatch: pytest.MonkeyPatch, *typed: str) -> list[str]:
    """Return what is handed on of what was typed."""
    told = list[list[str]]()

    def evaluate(words: Sequence[str]) -> int:
        told.append(list(words))
        return 0

    monkeypatch.setattr(evaluation, "evaluate", evaluate)
    assert cli.main(["evaluate", *typed]) == 0
    return told[0]


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "own"))


def test_the_help_tells_what_may_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["evaluate", "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert all(f"--{name}" in told for name in (*evaluation.FLAGS, "keep", "json"))


def test_what_is_typed_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert words_of(monkeypatch) == []
    typed = ["--corpora", "books", "--model", "small", "--pieces", "3", "--json", "--keep"]
    assert words_of(monkeypatch, *typed) == typed


def test_the_workshop_understands_all_that_is_handed_on() -> None:
    words = [word for name in evaluation.FLAGS for word in (f"--{name}", "1")]
    options = vars(parser().parse_args([*words, "--json", "--keep"]))
    assert {*evaluation.FLAGS, "json", "keep"} == set(options)


def test_the_program_runs_by_itself_and_its_exit_code_is_ours(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert evaluation.command(["--json"])[0] == sys.executable
    assert evaluation.evaluate(["--model", "nobody"]) == 1
    assert capfd.readouterr().err.startswith("antiphon evaluate: no model is called 'nobody'")
