"""Processes that keep a core busy, or only keep time: what the machine itself gives.

    python -m bridge.bench.load busy SECONDS
    python -m bridge.bench.load loop COUNT STEP

Both end by themselves, whatever becomes of who started them.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from time import monotonic


def busy(seconds: float) -> None:
    """Do nothing useful, as fast as possible."""
    end = monotonic() + seconds
    while monotonic() < end:
        for _ in range(10_000):
            pass


def loop(count: int, step: float) -> list[float]:
    """Wait for moments as the schedule does; return by how many seconds each was missed."""
    wake, errors = Condition(), []
    due = monotonic() + 0.1
    with wake:
        for _ in range(count):
            due += step
            while (wait := due - monotonic()) > 0:
                wake.wait(wait)
            errors.append(monotonic() - due)
    return errors


def started(*words: object) -> "subprocess.Popen[bytes]":
    """Start such a process."""
    command = [sys.executable, "-P", "-m", "bridge.bench.load", *map(str, words)]
    return subprocess.Popen(  # noqa: S603  (our own module)
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )


@contextmanager
def busy_cores(count: int, seconds: float) -> Iterator[None]:
    """Keep so many cores busy for as long as a block lasts, and never longer than `seconds`."""
    processes = [started("busy", seconds) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.communicate()


@contextmanager
def timed_loop(count: int, step: float, errors: list[float]) -> Iterator[None]:
    """Have a loop keep time beside a block; what it missed is in `errors` afterwards."""
    process = started("loop", count, step)
    try:
        yield
        said, _ = process.communicate(timeout=10 + count * step)
        errors += json.loads(said)
    finally:
        process.kill()
        process.wait()


def main(words: list[str]) -> None:
    """Run one of the two."""
    if words[0] == "busy":
        busy(float(words[1]))
    else:
        print(json.dumps(loop(int(words[1]), float(words[2]))))  # noqa: T201  (its answer)


if __name__ == "__main__":
    main(sys.argv[1:])
