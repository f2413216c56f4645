"""Programs on this machine that `doctor` and `status` may meet."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bridge.protocol import Message
from bridge.wires.http import Reply, open_http
from bridge.wires.osc import open_osc

SAID: dict[str, Any] = {
    "version": 1,
    "role": "answer",
    "uptime_s": 3725.0,
    "model": {
        "name": "leadsheet",
        "providers_asked": ["CUDAExecutionProvider", "CPUExecutionProvider"],
        "providers_got": ["CPUExecutionProvider"],
        "trouble": "",
        "restarts": 0,
        "failures": 2,
        "answer_ms": {"p50": 12.5, "p95": 30.0, "p99": None},
    },
    "transport": {
        "source": "midi", "playing": True, "beat": 17.5, "bpm": 96.0, "meter": "6/8"
    },
    "ports": [
        {"wire": "JACK", "port": "", "direction": "both", "state": "no JACK server runs",
         "remedy": "start one"},
    ],
    "sent": 120,
    "sounding": 1,
    "late": 0,
    "answers": 7,
    "rungs": {"plan": 6, "recall": 1, "rest": 0},
}  # fmt: skip


def heard(message: Message, reply: Reply) -> None:
    """Answer as the daemon does when it is asked for its status."""
    reply("/antiphon/status", ("{}",))


async def no_file(kind: str, body: bytes, wishes: object) -> tuple[bytes, str]:
    """Give a file back as it was."""
    return body, "audio/midi"


def silent(reply: Reply) -> None:
    """Greet nobody."""


@contextmanager
def antiphon() -> Iterator[tuple[int, int]]:
    """Have Antiphon's own wires answer; gives the ports of the page and of OSC."""
    ports: list[int] = []
    opened, over = threading.Event(), threading.Event()

    async def serve() -> None:
        page = await open_http(
            0, heard, status=lambda: SAID, answer_file=no_file, greet=silent, secret="s" * 40
        )
        osc = await open_osc(0, heard, ())
        ports.extend((page.port, osc.port))
        opened.set()
        await asyncio.to_thread(over.wait)
        osc.close()
        await page.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert opened.wait(20)
    try:
        yield ports[0], ports[1]
    finally:
        over.set()
        thread.join(20)


@contextmanager
def stranger(body: bytes = b'{"hello": "world"}', code: int = 200) -> Iterator[int]:
    """Have another program answer HTTP; gives its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def taken(kind: socket.SocketKind) -> Iterator[int]:
    """Have a program hold a port and say nothing on it; gives the port."""
    with socket.socket(socket.AF_INET, kind) as line:
        line.bind(("127.0.0.1", 0))
        yield line.getsockname()[1]


def free(kind: socket.SocketKind) -> int:
    """Return a port that was free a moment ago."""
    with taken(kind) as port:
        return port
