"""A real JACK server without sound hardware, one for each test that wants it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic
from typing import IO, Literal, Self

import pytest

MISSING = "jackd is not installed: nothing can be played over JACK here"
Mode = Literal["synchronous", "asynchronous"]
STARTS = 15.0  # seconds until a server must answer, on a machine that does other things as well
# JACK remembers eight servers by name, also those that crashed: so the names are used again.
NAMES = tuple(f"antiphon-test-{number}" for number in range(5))


def until(condition: Callable[[], object], seconds: float = 15.0, what: str = "") -> None:
    """Wait until something is so; fail if it is not in time."""
    end = monotonic() + seconds
    pause = Event()
    while not condition():
        assert monotonic() < end, f"waited {seconds:g} s in vain {what}"
        pause.wait(0.005)


class JackServer:
    """A JACK server with the dummy driver, under a name of its own."""

    def __init__(self, period: int = 256, rate: int = 48000, mode: Mode = "synchronous") -> None:
        self.name = NAMES[0]
        self.mode = mode
        self.period = period
        self.rate = rate
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def seconds(self) -> float:
        """How long a period lasts."""
        return self.period / self.rate

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to find this server."""
        return {**os.environ, "JACK_DEFAULT_SERVER": self.name, "JACK_NO_START_SERVER": "1"}

    @property
    def log(self) -> Path:
        """Where it writes what it has to say."""
        return Path(tempfile.gettempdir()) / f"{self.name}.log"

    def claim(self) -> Self:
        """Start it under the first name that no other test has at the moment."""
        for name in NAMES:
            self.name = name
            if self._runs():
                return self
        pytest.skip(f"all of {', '.join(NAMES)} are taken by other tests")

    def start(self) -> Self:
        """Start it under its name, and wait until it answers."""
        assert self._runs(), f"jackd does not start as {self.name}"
        return self

    def _runs(self) -> bool:
        if self._answers():
            return False  # somebody else's
        with self.log.open("ab") as log:
            self._process = self._started(log)
        until(lambda: self._ended() or self._answers(), STARTS, "for jackd")
        # If two start at the same moment under one name, one of them gives up a little later.
        return not self._ended() and not self._ends_soon()

    def _ends_soon(self) -> bool:
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)
        return self._ended()

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _started(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        # -S: an asynchronous server goes on without a client that is late, and messages are lost
        # or doubled; on a machine that does other things nobody's code could pass that.
        waits = ["-S"] if self.mode == "synchronous" else []
        words = ["jackd", *waits, "-n", self.name, "-r", "-d", "dummy"]
        return subprocess.Popen(
            [*words, "-r", str(self.rate), "-p", str(self.period)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "JACK_NO_AUDIO_RESERVATION": "1"},
        )

    def _answers(self) -> bool:
        told = subprocess.run(
            ["jack_lsp", "-s", self.name], env=self.environment, capture_output=True, check=False
        )
        return told.returncode == 0

    def ports(self) -> set[str]:
        """Return the names of all ports on it."""
        told = subprocess.run(
            ["jack_lsp", "-s", self.name], env=self.environment, capture_output=True, check=False
        )
        return set(told.stdout.decode().split())

    def connect(self, source: str, sink: str) -> None:
        """Connect two ports, as a patchbay does."""
        words = ["jack_connect", "-s", self.name, source, sink]
        subprocess.run(words, env=self.environment, capture_output=True, check=True)

    def disconnect(self, source: str, sink: str) -> None:
        """Pull a cable, as a patchbay does."""
        words = ["jack_disconnect", "-s", self.name, source, sink]
        subprocess.run(words, env=self.environment, capture_output=True, check=True)

    def kill(self) -> None:
        """End it as a crash does."""
        self._send("SIGKILL")
        assert self._process is not None
        self._process.wait()

    def freeze(self) -> None:
        """Stop it without ending it."""
        self._send("SIGSTOP")

    def thaw(self) -> None:
        """Let it go on."""
        self._send("SIGCONT")

    def _send(self, name: str) -> None:
        assert self._process is not None
        self._process.send_signal(getattr(signal, name))

    def stop(self) -> None:
        """End it for good; one that was killed runs once more, to tidy up after itself."""
        if self._ended():
            self._runs()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
        self.log.unlink(missing_ok=True)


def skip_without_jack() -> None:
    """Skip a test, with a plain reason, where JACK is not installed."""
    if shutil.which("jackd") is None or shutil.which("jack_lsp") is None:
        pytest.skip(MISSING)
    try:
        import jack  # noqa: F401 - it raises where the C library is missing
    except OSError:
        pytest.skip(MISSING)


@contextmanager
def jack_server(
    period: int = 256, rate: int = 48000, mode: Mode = "synchronous"
) -> Iterator[JackServer]:
    """Have a JACK server, and be its client, for as long as a block lasts."""
    skip_without_jack()
    before = os.environ.get("JACK_DEFAULT_SERVER")
    server = JackServer(period, rate, mode)
    try:
        os.environ["JACK_DEFAULT_SERVER"] = server.claim().name
        yield server
    finally:
        if before is None:
            os.environ.pop("JACK_DEFAULT_SERVER", None)
        else:
            os.environ["JACK_DEFAULT_SERVER"] = before
        server.stop()
