"""Which Python suits, and where one is.

Written in words that old Pythons understand: see `__main__.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)
BEST = (12, 11)
"""Minor versions for which every package, python-rtmidi among them, comes ready-made."""
ASK = "import sys; print(*sys.version_info[:2], sys.implementation.name, sys.executable)"


def suits(version: tuple[int, ...], implementation: str = "cpython") -> bool:
    """Tell whether Antiphon runs on this Python; ONNX Runtime is made for CPython only."""
    return OLDEST <= version[:2] <= NEWEST and implementation == "cpython"


def another(minors: tuple[int, ...] = (*BEST, 13)) -> str:
    """Return the path of the first of these Pythons that is here; nothing where there is none."""
    for minor in minors:
        for command in _names(minor):
            path = _suitable(command)
            if path:
                return path
    return ""


def best() -> str:
    """Return the path of the Python that an environment is best made with: this one, mostly."""
    if sys.version_info[1] in BEST:
        return sys.executable
    return another(BEST) or sys.executable


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
        return "type `brew install python@3.12`"
    if sys.platform == "win32":
        return "type `winget install Python.Python.3.12`"
    return "install python3.12 with the package manager of your system"


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
