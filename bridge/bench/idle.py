"""What the daemon uses while nothing is played: page, OSC, MIDI ports and model open."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Event
from time import monotonic

from bridge.config import Settings
from bridge.errors import PortTrouble
from bridge.status import ask
from bridge.usage import busy

OPENS = 90.0  # seconds in which all must be open
SETTLES = 3.0  # seconds between the model's loading and the measure


def idle(settings: Settings, seconds: float) -> float | None:
    """Return the share of one core, in percent, that the daemon's processes use; None if none runs.

    It is a daemon of its own, on free ports.
    """
    words = [sys.executable, "-P", "-m", "bridge", "play", "--http-port=0", "--osc-port=0"]
    words += [f"--backend={settings.backend}", f"--model={settings.model}", "--record="]
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        with said.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603  (our own module)
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        try:
            if not _open(process, said):
                return None
            Event().wait(SETTLES)
            before, began = busy(process.pid), monotonic()
            Event().wait(seconds)
            used = busy(process.pid) - before
            return round(100 * used / (monotonic() - began), 2)
        finally:
            _end(process)


def _open(process: "subprocess.Popen[bytes]", said: Path) -> bool:
    """Wait until the model is loaded."""
    end = monotonic() + OPENS
    while monotonic() < end and process.poll() is None:
        where = re.search(r"http://127\.0\.0\.1:(\d+)", said.read_text("utf-8", "replace"))
        try:
            if where and ask(int(where[1]))["model"]["name"]:
                return True
        except PortTrouble:
            pass
        Event().wait(0.1)
    return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
