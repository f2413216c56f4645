"""An environment of Antiphon's own, in `.venv` beside this folder; made once, kept up to date."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from install import needs, pythons
from install.needs import Purpose
from install.troubles import Trouble
from install.turns import turn

FOLDER = ".venv"
UNDER_WAY = "set-up-under-way"
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--prefer-binary")
WITHOUT = {
    "python-rtmidi": "no MIDI through the system's own ports (CoreMIDI, ALSA, WinMM); it comes"
    " ready-made for Python 3.11 and 3.12, else needs a C++ compiler and ALSA's headers",
    "jack-client": "no MIDI through JACK",
}


def folder(root: Path) -> Path:
    """Return where the environment of this project lies."""
    return root / FOLDER


def python(root: Path) -> Path:
    """Return the environment's own Python."""
    inside = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    return folder(root) / inside


def is_ready(root: Path, purpose: Purpose) -> bool:
    """Tell whether nothing is left to do; this is all that a second start pays for."""
    try:
        told = _stamp(root, purpose).read_text(encoding="ascii")
    except OSError:
        return False
    return told == needs.digest(root) and python(root).exists()


def prepare(root: Path, purpose: Purpose) -> None:
    """Make the environment ready, saying each step in a line; do nothing where it is.

    Raises:
        Trouble: something is missing that the player has to get first.

    """
    if is_ready(root, purpose):
        return
    with turn(root):
        if not is_ready(root, purpose):  # another set-up may have finished meanwhile
            _set_up(root, purpose)


def _set_up(root: Path, purpose: Purpose) -> None:
    print(f"Setting up in {folder(root)}. This is done once and takes a minute or two.", flush=True)
    if not _usable(root):
        _say(1, "a Python environment of its own")
        _make(root)
    mark = folder(root) / UNDER_WAY
    mark.touch()
    try:
        _fill(root, purpose)
    except Trouble:
        mark.unlink()  # pip ended in order: what it did install can stay
        raise
    mark.unlink()
    for ready in {Purpose.RUN, purpose}:
        _stamp(root, ready).write_text(needs.digest(root), encoding="ascii")


def _fill(root: Path, purpose: Purpose) -> None:
    packages = needs.needed(root, purpose)
    _say(2, f"{len(packages)} packages and what they need")
    if packages:
        _install(root, packages)
    _say(3, "MIDI ports")
    for package in needs.optional(root):
        _install_if_possible(root, package)
    _say(4, "Antiphon itself")
    _install(root, ["--no-deps", "--editable", str(root)])


def _say(step: int, what: str) -> None:
    print(f"  {step}/4 {what}", flush=True)


def _stamp(root: Path, purpose: Purpose) -> Path:
    return folder(root) / f"ready-to-{purpose}"


def _usable(root: Path) -> bool:
    """Tell whether an older environment can be built upon; one that was cut short cannot."""
    if (folder(root) / UNDER_WAY).exists():
        return False
    ask = "import pip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    try:
        return subprocess.run([python(root), "-I", "-c", ask], capture_output=True).returncode == 0
    except OSError:
        return False


def _make(root: Path) -> None:
    """Make it anew, whatever is left of an older one."""
    for maker in dict.fromkeys((pythons.best(), sys.executable)):
        made = subprocess.run(
            [maker, "-I", "-m", "venv", "--clear", folder(root)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace",
        )  # fmt: skip
        if made.returncode == 0:
            return
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise _no_venv() from None
    raise Trouble(
        f"{folder(root)} cannot be made ({_reason(made.stdout)})",
        "free the disk or copy the project to a folder of your own, then type the same again",
    )


def _no_venv() -> Trouble:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return Trouble(
        f"this Python {version} cannot make environments (venv is missing)",
        f"type `apt-get install python{version}-venv` as root (Debian, Ubuntu) or install"
        " Python from python.org, then type the same again",
    )


def _install(root: Path, what: Sequence[str]) -> None:
    done = _pip(root, what)
    if done.returncode:
        raise Trouble(
            f"pip could not install what Antiphon needs ({_reason(done.stdout)})",
            f"check the network and the end of {_log(root)}, then type the same again",
        )


def _install_if_possible(root: Path, package: str) -> None:
    done = _pip(root, [package])
    if done.returncode:
        name = needs.name(package)
        print(
            f"      going on without {name} ({_reason(done.stdout)}): {WITHOUT[name]}."
            f" To try again, remove {FOLDER} and type the same.",
            flush=True,
        )


def _pip(root: Path, what: Sequence[str]) -> subprocess.CompletedProcess[str]:
    # -I: nothing of the player's own Python path or of PIP_USER may lead pip elsewhere.
    done = subprocess.run(
        [python(root), "-I", *PIP, "--no-user", *what],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    with _log(root).open("a", encoding="utf-8") as log:
        log.write(f"\n$ pip install {' '.join(what)}\n{done.stdout}")
    return done


def _log(root: Path) -> Path:
    return folder(root) / "set-up.log"


def _reason(output: str) -> str:
    """Return the line in which pip says what stopped it."""
    lines = [line for line in output.splitlines() if line.strip()]
    errors = [line[6:].strip() for line in lines if line.lower().startswith("error:")]
    return (errors or lines or ["it said nothing"])[-1][:200]
