"""Which packages an environment is made of, read from pyproject.toml."""

import hashlib
import re
import tomllib
from enum import StrEnum
from pathlib import Path

BUILT_FROM = ("pyproject.toml", "hatch_build.py", "bridge/wires/rest.c")
OPTIONAL = ("python-rtmidi", "jack-client")
"""What Antiphon plays without (its page and OSC still do), so a failure here stops nothing."""


class Purpose(StrEnum):
    """What an environment is for."""

    RUN = "run"
    TEST = "test"


def needed(root: Path, purpose: Purpose) -> list[str]:
    """Return the packages that have to be there."""
    return [each for each in _all(root, purpose) if name(each) not in OPTIONAL]


def optional(root: Path) -> list[str]:
    """Return the packages whose absence costs a wire, not the program."""
    return [each for each in _all(root, Purpose.RUN) if name(each) in OPTIONAL]


def name(requirement: str) -> str:
    """Return the package that a requirement names, spelled in the one official way (PEP 503)."""
    word = re.match(r"[\w.-]+", requirement)
    return re.sub(r"[-_.]+", "-", word.group() if word else requirement).lower()


def digest(root: Path) -> str:
    """Return what an environment depends on: what it is built from, and where the project lies."""
    parts = (root / name for name in BUILT_FROM)
    told = b"".join(part.read_bytes() for part in parts if part.exists()) + str(root).encode()
    return hashlib.sha256(told).hexdigest()


def _all(root: Path, purpose: Purpose) -> list[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    running: list[str] = project["project"]["dependencies"]
    testing: list[str] = project["dependency-groups"]["dev"]
    return running + testing if purpose is Purpose.TEST else running
