"""A wire with a partner behind it, and clients that come to it over real sockets."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bridge.protocol import Message
from bridge.wires.door import CARRIER, PROTOCOL
from bridge.wires.http import HttpWire, Reply, open_http
from generators.music.errors import BadSong, BadValue

SECRET = "a-token-of-32-characters-or-more-0"  # noqa: S105
SONG = b"MThd and so on"


@dataclass
class Partner:
    """What stands where the daemon stands: it keeps what it hears, and answers files."""

    heard: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    asked: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)
    thinking: asyncio.Event | None = None

    def take(self, message: Message, reply: Reply) -> None:
        self.heard.put_nowait(message)
        match message:
            case Message("/antiphon/status"):
                reply("/antiphon/status", ('{"version": 1}',))
            case Message("/antiphon/key", ("H minor",)):
                raise BadValue("H is no key", "write B minor")
            case Message("/antiphon/role", ("off",)):
                raise RuntimeError("a bug in the daemon")

    async def answer(self, kind: str, body: bytes, wishes: Mapping[str, str]) -> tuple[bytes, str]:
        self.asked.append((kind, body, dict(wishes)))
        if self.thinking is not None:
            await self.thinking.wait()
        if body == b"nonsense":
            raise BadSong("this is no song", "send MIDI or MusicXML")
        if body == b"bug":
            raise RuntimeError("a bug in the daemon")
        return b"MThd answer", "audio/midi"

    def greet(self, reply: Reply) -> None:
        reply("/antiphon/setting", ("role", "answer"))

    async def hears(self) -> Message:
        return await asyncio.wait_for(self.heard.get(), 5)


@dataclass
class Scene:
    """A wire with a partner behind it, and how to come to it."""

    wire: HttpWire
    partner: Partner
    web: httpx.AsyncClient

    def socket(self, secret: str = SECRET, **more: Any) -> connect:
        url = f"ws://127.0.0.1:{self.wire.port}/ws"
        protocols = [Subprotocol(PROTOCOL), Subprotocol(CARRIER + secret)]
        return connect(url, subprotocols=protocols, proxy=None, **more)

    async def post(self, path: str, body: bytes = SONG, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {SECRET}"} | more.pop("headers", {})
        return await self.web.post(path, content=body, headers=headers, **more)


def play(act: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        partner = Partner()
        wire = await open_http(
            0, partner.take, status=lambda: {"version": 1}, answer_file=partner.answer,
            greet=partner.greet, secret=SECRET,
        )  # fmt: skip
        async with httpx.AsyncClient(base_url=wire.url, timeout=10, trust_env=False) as web:
            try:
                await act(Scene(wire, partner, web))
            finally:
                await wire.close()

    asyncio.run(run())


async def told(page: ClientConnection) -> list[Any]:
    message: list[Any] = json.loads(await asyncio.wait_for(page.recv(), 5))
    return message


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  the condition has no event of its own
            await asyncio.sleep(0.005)


async def emptied(page: ClientConnection) -> None:
    """Read what is still under way, until the other side has hung up."""
    while True:
        await told(page)
