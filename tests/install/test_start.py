"""The daemon takes the place of its set-up, so that signals reach it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A handler that raises, since one that sets a threading.Event may wait for ever for the lock that
# the thread it interrupts holds.
DAEMON = """
import signal, sys, time
def leave(number, frame):
    sys.exit(3)
for each in (signal.SIGINT, signal.SIGTERM):
    signal.signal(each, leave)
try:
    print("ready", flush=True)
    time.sleep(30)
finally:
    print("silence", flush=True)
"""


@contextmanager
def _started(how: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process that hands over to a daemon, and give it when the daemon plays."""
    words = [sys.executable, "-c", DAEMON]
    line = f"import sys; from install import start; sys.exit(start.{how}({words!r}))"
    with subprocess.Popen(
        [sys.executable, "-c", line], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no exec that stays in place")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_daemon_itself(number: signal.Signals) -> None:
    with _started("become") as process:
        process.send_signal(number)
        said, _ = process.communicate(timeout=20)
    assert said == "silence\n"
    assert process.returncode == 3


@pytest.mark.skipif(sys.platform == "win32", reason="there is no group to send Ctrl-C to")
def test_ctrl_c_ends_the_daemon_first_where_it_is_a_child() -> None:
    with _started("accompany") as process:
        os.kill(-process.pid, signal.SIGINT)  # what a console does: it tells the whole group
        said, _ = process.communicate(timeout=20)
    assert said == "silence\n"
    assert process.returncode == 3
