"""Which Python suits, and where one is.

Written in words that old Pythons understand: see `__main__.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)  # the newest that every package we need has a wheel for
ASK = "import sys; print(*sys.version_info[:2], sys.implementation.name, sys.executable)"


def suits(version: tuple[int, ...], implementation: str = "cpython") -> bool:
    """Tell whether Antiphon runs on this Python; ONNX Runtime is made for CPython only."""
    return OLDEST <= version[:2] <= NEWEST and implementation == "cpython"


def another() -> str:
    """Return the path of a Python that suits, newest first; nothing where there is none."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        for command in _names(minor):
            path = _suitable(command)
            if path:
                return path
    return ""


def start_with_another(folder: str, words: list[str]) -> int:
    """Start over with a Python that suits, or say in one line which is wanted."""
    found = another()
    if not found:
        sys.stderr.write(refusal() + "\n")
        return 2
    command = [found, folder, *words]
    if os.name == "posix":
        os.execv(found, command)  # noqa: S606
    return subprocess.run(command, check=False).returncode


def refusal() -> str:
    """Say which Python is here, which is wanted and how to get it."""
    major, minor = sys.version_info[:2]
    here = f"{sys.implementation.name} {major}.{minor}"
    wanted = f"Antiphon needs CPython 3.11, 3.12 or 3.13, and this is {here}"
    return f"{wanted}; {_remedy()}, then type the same again."


def _remedy() -> str:
    if sys.platform == "darwin":
        return "type `brew install python@3.13`"
    if sys.platform == "win32":
        return "type `winget install Python.Python.3.13`"
    return "install python3.13 with the package manager of your system"


def _names(minor: int) -> list[list[str]]:
    plain = [[f"python3.{minor}"]]
    return [*plain, ["py", f"-3.{minor}"]] if os.name == "nt" else plain


def _suitable(command: list[str]) -> str:
    """Return the real path behind a name; version managers leave names that start nothing."""
    try:
        done = subprocess.run([*command, "-c", ASK], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    if done.returncode:
        return ""
    major, minor, implementation, path = done.stdout.strip().split(" ", 3)
    return path if suits((int(major), int(minor)), implementation) else ""
