"""The daemon takes the place of its set-up, so that signals reach it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAEMON = """
import signal, sys, threading
over = threading.Event()
for each in (signal.SIGINT, signal.SIGTERM):
    signal.signal(each, lambda number, frame: over.set())
print("ready", flush=True)
over.wait(30)
print("silence", flush=True)
sys.exit(3)
"""


def _started(how: str) -> subprocess.Popen[str]:
    """Start a process that hands over to a daemon; return when the daemon plays."""
    words = [sys.executable, "-c", DAEMON]
    line = f"import sys; from install import start; sys.exit(start.{how}({words!r}))"
    process = subprocess.Popen(
        [sys.executable, "-c", line], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no exec that stays in place")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_daemon_itself(number: signal.Signals) -> None:
    process = _started("become")
    process.send_signal(number)
    said, _ = process.communicate(timeout=20)
    assert said == "silence\n"
    assert process.returncode == 3


@pytest.mark.skipif(sys.platform == "win32", reason="there is no group to send Ctrl-C to")
def test_ctrl_c_ends_the_daemon_first_where_it_is_a_child() -> None:
    process = _started("accompany")
    os.kill(-process.pid, signal.SIGINT)  # what a console does: it tells the whole group
    said, _ = process.communicate(timeout=20)
    assert said == "silence\n"
    assert process.returncode == 3
