"""Processes that keep a core busy, or only keep time: what the machine itself gives.

    python -m bridge.bench.load busy SECONDS
    python -m bridge.bench.load loop COUNT STEP
    python -m bridge.bench.load cycles SECONDS

All end by themselves, whatever becomes of who started them.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from threading import Condition, Event
from time import monotonic

from bridge.errors import PortTrouble
from bridge.wires.jack import NAME, connected


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


def cycles(seconds: float) -> list[float]:
    """Be an empty JACK client; return by how many seconds each cycle began too late.

    That is, later than a period after the one before: a cycle that JACK lost counts in full.
    """
    calls: list[float] = []
    client = connected(f"{NAME}-bench")
    span = client.blocksize / client.samplerate
    client.set_process_callback(lambda frames: calls.append(monotonic()))
    client.activate()
    Event().wait(seconds)
    client.close()
    return [max(0.0, after - before - span) for before, after in pairwise(calls)]


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
    with _beside(started("loop", count, step), count * step, errors):
        yield


@contextmanager
def empty_client(seconds: float, errors: list[float]) -> Iterator[None]:
    """Have an empty JACK client beside a block; what its cycles missed is in `errors` afterwards.

    Where there is no JACK, nothing is.
    """
    with _beside(started("cycles", seconds), seconds, errors):
        yield


@contextmanager
def _beside(
    process: "subprocess.Popen[bytes]", seconds: float, errors: list[float]
) -> Iterator[None]:
    try:
        yield
        said, _ = process.communicate(timeout=10 + seconds)
        errors += json.loads(said or "[]")
    finally:
        process.kill()
        process.wait()


def main(words: list[str]) -> None:
    """Run one of the three."""
    match words:
        case ["busy", seconds]:
            busy(float(seconds))
        case ["loop", count, step]:
            print(json.dumps(loop(int(count), float(step))))  # noqa: T201  (its answer)
        case ["cycles", seconds]:
            with suppress(PortTrouble):
                print(json.dumps(cycles(float(seconds))))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
