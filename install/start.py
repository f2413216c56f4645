"""Handing over to the daemon."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from install import environment


def command(root: Path, words: Sequence[str]) -> list[str]:
    """Return what starts the daemon.

    -P: a folder called `bridge` elsewhere is not ours. -u: a log has each line when it is said.
    """
    return [str(environment.python(root)), "-P", "-u", "-m", "bridge", "play", *words]


def become(words: Sequence[str]) -> int:
    """Be replaced by a command, so that Ctrl-C and SIGTERM reach it and nobody else."""
    if sys.platform != "win32":  # where exec would start a stranger and let the console go
        sys.stdout.flush()
        os.execv(words[0], list(words))  # noqa: S606
    return accompany(words)


def accompany(words: Sequence[str]) -> int:
    """Run a command to its end and give its exit code; Ctrl-C is the command's affair."""
    child = subprocess.Popen(words)
    # The console tells both of us; whoever waits must not go first.
    before = [(each, signal.signal(each, signal.SIG_IGN)) for each in _interruptions()]
    try:
        return child.wait()
    finally:
        for each, handler in before:
            signal.signal(each, handler)


def _interruptions() -> list[signal.Signals]:
    names = ("SIGINT", "SIGBREAK")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]
