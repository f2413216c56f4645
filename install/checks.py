"""The four lines that a developer and CI run, and the plain list of what was skipped."""

import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from install import environment

LINES = (
    ("format", ("ruff", "format", "--check", ".")),
    ("lint", ("ruff", "check", ".")),
    ("types", ("mypy",)),
)
# A module's tests stay on one worker, so that they share their JACK server and their browser.
EVERYTHING = ("-n", "2", "--dist", "loadscope", "-q", "-rfEX")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the tests went: counts, and each reason for skipping with the number it cost."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        """Give the line that ends a run."""
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def check(root: Path, words: Sequence[str]) -> int:
    """Run format, lint, types and tests and give 0 if all are well; with words, pytest alone."""
    codes = {} if words else {name: _run(root, line) for name, line in LINES}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        chosen = words or EVERYTHING
        codes["tests"] = _run(root, ("pytest", *chosen, f"--junitxml={report}"))
        outcome = read(report) if report.exists() else Outcome()
    for line in summary(codes, outcome):
        print(line, flush=True)
    return 1 if any(codes.values()) else 0


def read(report: Path) -> Outcome:
    """Return the outcome that pytest wrote down."""
    suites = ElementTree.parse(report).getroot().findall("testsuite")  # noqa: S314 -- our own file
    total, bad, skipped = (
        sum(int(suite.get(kind, 0)) for suite in suites for kind in kinds)
        for kinds in (("tests",), ("failures", "errors"), ("skipped",))
    )
    notes = [note for suite in suites for note in suite.iter("skipped")]
    reasons = Counter(note.get("message", "no reason given") for note in notes)
    return Outcome(total - bad - skipped, bad, skipped, tuple(reasons.most_common()))


def summary(codes: dict[str, int], outcome: Outcome) -> list[str]:
    """Say what was skipped and why, which line failed, and the counts last."""
    skips = [f"- {count} skipped: {reason}" for reason, count in outcome.reasons]
    lines = ", ".join(f"{name} {'FAILED' if code else 'well'}" for name, code in codes.items())
    return ["", *(skips or ["Nothing was skipped."]), lines, str(outcome)]


def _run(root: Path, line: Sequence[str]) -> int:
    """Run one of the environment's programs in the project folder, its words going straight out."""
    print(f"\n$ {' '.join(line)}", flush=True)
    command = [str(environment.python(root)), "-m", *line]
    return subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL).returncode
