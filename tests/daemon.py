"""The daemon as players run it: a process of its own, with its page on a free port."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.jack_server import until


class Running:
    """A daemon that runs."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self.process = process
        self._said = said

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self._said.read_text(encoding="utf-8", errors="replace")

    @property
    def url(self) -> str:
        """Where its page is."""
        until(lambda: "http://" in self.said or self.process.poll() is not None, 20, "for the page")
        found = re.search(r"http://127\.0\.0\.1:\d+", self.said)
        assert found is not None, self.said
        return found.group()

    @property
    def token(self) -> str:
        """The secret of this daemon's installation."""
        return next(self._said.parent.rglob("token")).read_text(encoding="ascii").strip()

    def status(self) -> dict[str, Any]:
        """Return what it says of itself."""
        with urllib.request.urlopen(f"{self.url}/v1/status", timeout=10) as answer:  # noqa: S310
            told: dict[str, Any] = json.load(answer)
            return told

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(by)
        return self.process.wait(15)


@contextmanager
def running(
    *flags: str, environment: Mapping[str, str] | None = None, command: Sequence[str] = ("play",)
) -> Iterator[Running]:
    """Run a daemon with these flags; its folders are its own, so that no setting gets in."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        own = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"), folder)
        words = [sys.executable, "-m", "bridge", *command, "--http-port=0", "--osc-port=0", *flags]
        with said.open("wb") as out:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env={**(environment or os.environ), **own},
            )  # fmt: skip
        daemon = Running(process, said)
        try:
            yield daemon
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
