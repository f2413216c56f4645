"""Models of other people are taken in by a program of their own: it needs torch, we do not."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

PROGRAM = "onnx_models.workshop.adopt.cli"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which model is taken in: a folder or a hub's OWNER/NAME, and how."""

    source: str
    into: str = ""
    name: str = ""
    yes: bool = False


def command(wanted: Wanted) -> list[str]:
    """Return the command that takes a model in."""
    words = [sys.executable, "-m", PROGRAM, wanted.source]
    words += ["--into", wanted.into or str(models_folder())]
    words += ["--name", wanted.name] if wanted.name else []
    return [*words, "--yes"] if wanted.yes else words


def models_folder() -> Path:
    """Return where models of the player's own go where no setting says so."""
    return Path(user_data_path("antiphon", appauthor=False)) / "models"


def add(wanted: Wanted) -> int:
    """Take a model in; return the exit code."""
    return subprocess.run(command(wanted), check=False).returncode  # noqa: S603  (our own program)
