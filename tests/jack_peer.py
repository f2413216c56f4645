"""Another music program on JACK, in a process of its own: it writes down and plays what it is told.

The parent talks to it in lines of JSON; run as a module it is the program itself.
"""

import json
import subprocess
import sys
from bisect import bisect
from collections import deque
from time import monotonic
from typing import Any, Self

from tests.jack_server import JackServer

Arrived = list[tuple[float, bytes]]
AROUND = 0.05  # seconds


class JackPeer:
    """The other program as its tester sees it: what it heard, and what it is to play."""

    def __init__(self, server: JackServer, name: str = "host") -> None:
        self.name = name
        self._server = server
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.jack_peer", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=server.environment,
            text=True,
        )
        assert self._read() == "ready"

    def _read(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the other program died"
        return json.loads(line)

    def _ask(self, **what: object) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return self._read()

    def heard(self) -> Arrived:
        """Return what reached it so far: the moment of its frame, by JACK, and the message."""
        return [(moment, bytes.fromhex(text)) for moment, text in self._ask(do="heard")]

    def messages(self) -> list[bytes]:
        """Return what reached it so far, without the moments."""
        return [message for _, message in self.heard()]

    def frames(self) -> list[tuple[int, bytes]]:
        """Return what reached it so far: the frame, and the message."""
        return [(frame, bytes.fromhex(text)) for frame, text in self._ask(do="frames")]

    def now(self) -> tuple[int, int]:
        """Return the first frame of its newest cycle, and how many frames a second has.

        A busy server's cycles run behind the time that JACK tells: this is comparable to `frames`.
        """
        frame, rate = self._ask(do="now")
        return frame, rate

    def xruns(self) -> int:
        """Return how often the server was not done in time."""
        return int(self._ask(do="xruns"))

    def play(self, messages: list[tuple[float, bytes]]) -> None:
        """Have it play messages at moments on the monotonic clock."""
        self._ask(do="play", what=[(at, message.hex()) for at, message in messages])

    def join(self, other: str = "Antiphon") -> None:
        """Connect it both ways with another program's `in` and `out`."""
        self._server.connect(f"{other}:out", f"{self.name}:in")
        self._server.connect(f"{self.name}:out", f"{other}:in")

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        """Have it for as long as a block lasts."""
        return self

    def __exit__(self, *error: object) -> None:
        """End it: it leaves the server as a program should, which else waits for it a while."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


class _Program:
    """The program itself.

    It knows the moment of a frame better than anyone can while it plays: of all cycles around it,
    also the later ones, the one that was called most promptly tells.
    """

    def __init__(self, name: str) -> None:
        import jack

        self._client = client = jack.Client(name, no_start_server=True)
        self._in = client.midi_inports.register("in")
        self._out = client.midi_outports.register("out")
        self._heard: list[tuple[int, float, str]] = []
        self._cycles: list[tuple[float, float]] = []
        self._xruns = self._first = 0
        self._due: deque[tuple[float, bytes]] = deque()
        client.set_process_callback(self._process)
        client.set_xrun_callback(self._xrun)
        client.activate()

    def _xrun(self, delayed: float) -> None:
        self._xruns += 1

    def _process(self, frames: int) -> None:
        now, first, rate = monotonic(), self._client.last_frame_time, self._client.samplerate
        self._first = first
        self._cycles.append((now, now - first / rate))
        for frame, event in self._in.incoming_midi_events():
            self._heard.append((first + frame, now, bytes(event).hex()))
        self._out.clear_buffer()
        last = 0
        while self._due and (frame := round((self._due[0][0] - now) * rate)) < frames:
            last = max(frame, last)
            self._out.write_midi_event(last, self._due.popleft()[1])

    def _moment(self, frame: int, near: float) -> float:
        low = bisect(self._cycles, (near - AROUND, 0.0))
        high = bisect(self._cycles, (near + AROUND, 0.0))
        apart = min(apart for _, apart in self._cycles[max(0, low - 4) : high + 4])
        return float(frame / self._client.samplerate + apart)

    def leave(self) -> None:
        """Leave the server."""
        self._client.deactivate()
        self._client.close()

    def answer(self, asked: dict[str, Any]) -> object:
        """Do one thing, and answer."""
        match asked["do"]:
            case "heard":
                return [(self._moment(frame, at), text) for frame, at, text in self._heard]
            case "frames":
                return [(frame, text) for frame, _, text in self._heard]
            case "now":
                return self._first, self._client.samplerate
            case "xruns":
                return self._xruns
        self._due.extend((at, bytes.fromhex(text)) for at, text in asked["what"])
        return "done"


def _main() -> None:
    program = _Program(sys.argv[1])
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps(program.answer(json.loads(line))), flush=True)
    program.leave()


if __name__ == "__main__":
    _main()
