"""`antiphon evaluate` is a program of its own, in the workshop; what is typed is handed on."""

import subprocess
import sys
from collections.abc import Sequence

PROGRAM = "onnx_models.workshop.evaluation.cli"
FLAGS = {
    "corpora": ("FOLDER", "the corpora, in folders named as in docs/models.md"),
    "work": ("FOLDER", "where what was read of the corpora is kept (your cache folder)"),
    "models": ("FOLDER", "a folder of models of your own (the setting models)"),
    "model": ("NAME", "only this model"),
    "pieces": ("N", "at most so many pieces of each split"),
}
"""What may be said, what it is called, and what it means."""


def command(words: Sequence[str]) -> list[str]:
    """Return the command that measures the models."""
    return [sys.executable, "-m", PROGRAM, *words]


def evaluate(words: Sequence[str]) -> int:
    """Measure the models; return the exit code."""
    return subprocess.run(command(words), check=False).returncode  # noqa: S603  (our own program)
