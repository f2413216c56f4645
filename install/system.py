"""Programs of the system that the tests use where they are, and how to get them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Program:
    """A program that some tests need: its names, what it is for, how each system brings it."""

    names: tuple[str, ...]
    used_for: str
    brought_by: Mapping[str, str]

    @property
    def is_here(self) -> bool:
        """Tell whether one of its names starts something."""
        return any(shutil.which(name) for name in self.names)


PROGRAMS = (
    Program(
        ("jackd",),
        "tests with real JACK ports",
        {
            "apt-get install": "jackd2",
            "dnf install": "jack-audio-connection-kit",
            "pacman -S": "jack2",
            "brew install": "jack",
        },
    ),
    Program(
        ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge"),
        "tests of the page in a real browser",
        {
            "apt-get install": "chromium",
            "dnf install": "chromium",
            "pacman -S": "chromium",
            "brew install": "--cask chromium",
            "winget install": "Google.Chrome",
        },
    ),
)


def missing() -> list[Program]:
    """Return the programs that are not here."""
    return [program for program in PROGRAMS if not program.is_here]


def provide() -> None:
    """Bring what is missing where that is allowed, and say in a line each what is not here."""
    wanted = [p.brought_by["apt-get install"] for p in missing()]
    if wanted and _may_install():
        _apt(wanted)
    for program in missing():
        print(f"Not here: {program.names[0]}, so {program.used_for} are skipped; {how(program)}.")


def how(program: Program) -> str:
    """Say what to type to get a program on this system."""
    for command, package in program.brought_by.items():
        if shutil.which(command.split()[0]):
            alone = command.startswith(("brew", "winget")) or _is_root()
            return f"type `{'' if alone else 'sudo '}{command} {package}`"
    return f"get {program.names[0]} from the people who make your system"


def _may_install() -> bool:
    return _is_root() and shutil.which("apt-get") is not None


def _is_root() -> bool:
    if sys.platform == "win32":
        return False
    return os.geteuid() == 0


def _apt(packages: list[str]) -> None:
    """Let Debian bring packages; where it cannot, the tests that want them are skipped."""
    print(f"Installing {', '.join(packages)} (Debian)", flush=True)
    for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        try:
            done = subprocess.run(
                ["apt-get", "-qq", *words], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"  apt-get {words[0]} did not finish ({error})")
            return
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["no reason given"]
            print(f"  apt-get {words[0]} failed: {said[-1]}")
