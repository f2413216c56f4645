"""One set-up at a time in a folder, whoever starts it."""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    BEYOND = 1 << 30  # Windows forbids others to read what is locked: lock what is not there

    def _take(file: IO[bytes]) -> bool:
        file.seek(BEYOND)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _take(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


@contextlib.contextmanager
def turn(root: Path) -> Iterator[None]:
    """Hold this folder's set-up; wait while another holds it. Its end, however hard, frees it."""
    with (root / "pyproject.toml").open("rb") as file:
        if not _take(file):
            print("Another set-up of this folder is under way: waiting for it.", flush=True)
            while not _take(file):
                time.sleep(0.2)
        yield
