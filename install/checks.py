"""The four lines that a developer and CI run, and the plain list of what was skipped."""

import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree

from install import environment

LINES = (
    ("format", ("ruff", "format", "--check", ".")),
    ("lint", ("ruff", "check", ".")),
    ("types", ("mypy",)),
)
# A module's tests stay on one worker, so that they share their browser and their files.
TOGETHER = ("-q", "-rfEX", "-m", "not real_time", "-n", "2", "--dist", "loadscope")
# What is measured against a clock has the machine to itself.
ALONE = ("-q", "-rfEX", "-m", "real_time")
ROUNDS = (TOGETHER, ALONE)
AGAIN = (*ALONE, "--last-failed", "--last-failed-no-failures", "none")
FEW = 3
"""A shared machine may stop for a while, and real time goes on: up to so many tests against a clock
are run once more where they failed, and are named in the end. More than that is no accident."""
NOTHING_CHOSEN = 5  # pytest's exit code where no test fits


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the tests went: how many passed and failed, and why each skipped one was skipped."""

    passed: int = 0
    skips: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[str, ...] = ()
    """The names of those that failed."""
    unsteady: tuple[str, ...] = ()
    """The names of those that passed when they were run again."""

    @property
    def failed(self) -> int:
        """How many failed."""
        return len(self.failures)

    @property
    def is_empty(self) -> bool:
        """Tell whether no test was chosen at all."""
        return not (self.passed or self.failed or self.skips)

    def plus(self, other: "Outcome") -> "Outcome":
        """Return the outcome of both rounds; a module that both skipped counts once."""
        skips = {**self.skips, **other.skips}
        failures = self.failures + other.failures
        unsteady = self.unsteady + other.unsteady
        return Outcome(self.passed + other.passed, skips, failures, unsteady)

    def after(self, again: "Outcome") -> "Outcome":
        """Return the outcome when those that failed have been run again, which may break off."""
        bad = self.failures if again.is_empty else (*again.failures, *again.skips)
        failures = tuple(name for name in self.failures if name in bad)
        unsteady = tuple(name for name in self.failures if name not in bad)
        passed = self.passed + len(unsteady)
        return replace(self, passed=passed, failures=failures, unsteady=unsteady)

    def __str__(self) -> str:
        """Give the line that ends a run."""
        return f"{self.passed} passed, {self.failed} failed, {len(self.skips)} skipped"


def check(root: Path, words: Sequence[str]) -> int:
    """Run format, lint, types and tests and give 0 if all are well; with words, pytest alone."""
    codes = {} if words else {name: _run(root, line) for name, line in LINES}
    outcome = Outcome()
    for chosen in [words] if words else ROUNDS:
        code, part = _tested(root, chosen)
        if chosen is ALONE and 0 < part.failed <= FEW:
            code, again = _tested(root, AGAIN)
            part = part.after(again)
            code = code or part.failed
        outcome = outcome.plus(part)
        codes["tests"] = codes.get("tests", 0) or (code if code != NOTHING_CHOSEN else 0)
    if outcome.is_empty:
        codes["tests"] = NOTHING_CHOSEN
    for line in summary(codes, outcome):
        print(line, flush=True)
    return 1 if any(codes.values()) else 0


def _tested(root: Path, words: Sequence[str]) -> tuple[int, Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = _run(root, ("pytest", *words, f"--junitxml={report}"))
        return code, read(report) if report.exists() else Outcome()


def read(report: Path) -> Outcome:
    """Return the outcome that pytest wrote down."""
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))  # noqa: S314 -- our own file
    skips = {_name(case): _reason(note) for case in cases for note in case.iter("skipped")}
    bad = ("failure", "error")
    failed = (_name(case) for case in cases if any(case.find(kind) is not None for kind in bad))
    failures = tuple(dict.fromkeys(failed))
    passed = {_name(case) for case in cases} - {*failures, *skips}
    return Outcome(len(passed), skips, failures)


def _name(case: ElementTree.Element) -> str:
    return f"{case.get('classname')}::{case.get('name')}"


def _reason(note: ElementTree.Element) -> str:
    """Return why a test was skipped; for a whole module pytest hides it in the text."""
    whole = re.search(r"""['"]Skipped: (.*)['"]\)""", note.text or "")
    return whole[1] if whole else note.get("message", "no reason given")


def summary(codes: dict[str, int], outcome: Outcome) -> list[str]:
    """Say what was skipped and why, which line failed, and the counts last."""
    reasons = Counter(outcome.skips.values()).most_common()
    skips = [f"- {count} skipped: {reason}" for reason, count in reasons]
    lines = ", ".join(f"{name} {'FAILED' if code else 'well'}" for name, code in codes.items())
    again = [f"- failed once, passed when run again: {name}" for name in outcome.unsteady]
    return ["", *(skips or ["Nothing was skipped."]), *again, lines, str(outcome)]


def _run(root: Path, line: Sequence[str]) -> int:
    """Run one of the environment's programs in the project folder, its words going straight out."""
    print(f"\n$ {' '.join(line)}", flush=True)
    command = [str(environment.python(root)), "-m", *line]
    return subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL).returncode
