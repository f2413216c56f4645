"""The page, its WebSocket and the files, on 127.0.0.1: one small server on the daemon's loop."""

import asyncio
import contextlib
import errno
import json
import logging
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message as Event
from starlette.websockets import WebSocket

from bridge.errors import BadMessage, PortTrouble
from bridge.protocol import KINDS, Args, Message, understood
from bridge.token import token
from bridge.wires.door import PROTOCOL, Door, Refused
from bridge.wires.listener import Listener, as_text
from bridge.wires.page_files import media_type, page_files
from generators.music.errors import PlayerError
from generators.music.time import Seconds

log = logging.getLogger(__name__)

Reply = Callable[[str, Args], None]
OnMessage = Callable[[Message, Reply], None]
AnswerFile = Callable[[str, bytes, Mapping[str, str]], Awaitable[tuple[bytes, str]]]

LOOPBACK = "127.0.0.1"
LISTENERS = 32  # pages and programs at the WebSocket at once
ANSWERS = 4  # files that are answered at once
LARGEST = 16 << 20  # bytes of a file: an orchestral MusicXML has a tenth
LONGEST = 1 << 16  # bytes of a WebSocket message
GRACE = 0.5  # seconds in which clients may leave by themselves when we close


@dataclass(slots=True)
class HttpCounts:
    """What passed through: messages heard and refused, pages given up, files answered."""

    heard: int = 0
    refused: int = 0
    given_up: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class House:
    """What stands behind the wire: who hears messages, and who answers."""

    on_message: OnMessage
    status: Callable[[], dict[str, Any]]
    answer_file: AnswerFile
    greet: Callable[[Reply], None]


class _Server(uvicorn.Server):
    """uvicorn without its own idea of signals: the daemon alone decides when to stop.

    And it waits to be told so; uvicorn itself looks ten times a second.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.leaves = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)  # it sets the headers that every answer has
        await self.leaves.wait()


@dataclass(slots=True, eq=False)
class HttpWire:
    """Pages and programs that speak HTTP: what they say is handed on, what is told reaches all."""

    house: House
    door: Door
    counts: HttpCounts = field(default_factory=HttpCounts)
    _listeners: dict[Listener, None] = field(default_factory=dict)
    _answering: int = 0
    _page: dict[str, bytes] = field(default_factory=dict)
    _server: _Server | None = None
    _serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The TCP port that it listens to."""
        return self.door.port

    @property
    def url(self) -> str:
        """What to open in a browser."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def listeners(self) -> int:
        """How many pages and programs listen."""
        return len(self._listeners)

    def tell(self, path: str, args: Args) -> None:
        """Send a message to everybody who listens."""
        if self._listeners:
            text = as_text(path, args)
            for listener in self._listeners:
                listener.put(path, args, text)

    async def open(self, line: socket.socket) -> None:
        """Serve on a socket that is bound already."""
        self._page = page_files(self.door.token)
        self._server = _Server(_quiet(self._app()))
        self._serving = asyncio.create_task(self._server.serve(sockets=[line]))
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait({ready, self._serving}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._serving.done():
            self._serving.result()

    async def close(self) -> None:
        """Send everybody home, and wait no longer than about a second for it."""
        if self._server is None or self._serving is None:
            return
        self._server.should_exit = True
        self._server.leaves.set()
        await asyncio.wait({self._serving}, timeout=GRACE)
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        await asyncio.wait({self._serving}, timeout=2 * GRACE)
        self._serving.cancel()
        await asyncio.wait({self._serving})

    def _app(self) -> Starlette:
        app = Starlette(
            routes=[
                Route("/v1/status", self._on_status),
                *(Route(f"/v1/{kind}", self._on_file, methods=["POST"]) for kind in KINDS),
                WebSocketRoute("/ws", self._on_socket),
                *(Route(f"/{name}", self._on_page) for name in ("", *self._page)),
            ],
            exception_handlers={
                PlayerError: self._refuse,
                HTTPException: self._refuse,
                Exception: self._fail,
            },
        )
        app.router.redirect_slashes = False  # what has another name is not there
        return app

    # Looking

    async def _on_page(self, request: Request) -> Response:
        self.door.let_look(request.headers)
        name = request.scope["path"].removeprefix("/") or "index.html"
        return Response(self._page[name], headers=self.door.headers, media_type=media_type(name))

    async def _on_status(self, request: Request) -> Response:
        self.door.let_look(request.headers)
        return self._json(self.house.status())

    # Acting

    async def _on_file(self, request: Request) -> Response:
        self.door.let_act(request.headers, request.query_params)
        kind = request.scope["path"].rpartition("/")[2]
        if self._answering >= ANSWERS:
            raise HTTPException(503)
        self._answering += 1
        try:
            made, media = await self._answered(kind, request)
        finally:
            self._answering -= 1
        self.counts.files += 1
        return Response(made, headers=self.door.headers, media_type=media)

    async def _answered(self, kind: str, request: Request) -> tuple[bytes, str]:
        wishes = {name: value for name, value in request.query_params.items() if name != "token"}
        return await self.house.answer_file(kind, await _body(request), wishes)

    async def _on_socket(self, page: WebSocket) -> None:
        try:
            self.door.let_act(page.headers, page.query_params)
            if self.listeners >= LISTENERS:
                raise HTTPException(503)
        except (PlayerError, HTTPException) as error:
            await page.send_denial_response(self._refusal(error))
            return
        offers = page.scope.get("subprotocols", ())
        await page.accept(subprotocol=PROTOCOL if PROTOCOL in offers else None)
        listener = Listener()
        self._listeners[listener] = None
        try:
            self.house.greet(listener.put)
            await self._attend(page, listener)
        finally:
            self._listeners.pop(listener, None)
            self._take(listener, listener.releases())

    async def _attend(self, page: WebSocket, listener: Listener) -> None:
        """Listen and tell until the page goes, or falls too far behind."""
        lives = {
            asyncio.create_task(self._hark(page, listener)),
            asyncio.create_task(listener.pour(page.send_text)),
            asyncio.create_task(listener.given_up.wait()),
        }
        try:
            await asyncio.wait(lives, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.counts.given_up += listener.given_up.is_set()
            for life in lives:
                life.cancel()
            await asyncio.gather(*lives, return_exceptions=True)

    async def _hark(self, page: WebSocket, listener: Listener) -> None:
        while (event := await page.receive())["type"] == "websocket.receive":
            self._hear(event, listener)

    def _hear(self, event: Event, listener: Listener) -> None:
        try:
            message = _read(event)
            listener.presses(message)
            self._take(listener, (message,))
        except PlayerError as error:
            self._complain(error, listener)

    def _take(self, listener: Listener, messages: tuple[Message, ...]) -> None:
        for message in messages:
            self.counts.heard += 1
            try:
                self.house.on_message(message, listener.put)
            except PlayerError as error:
                self._complain(error, listener)
            except Exception:  # the wire: a bug behind one message must not close the line
                log.exception("a message of the page could not be carried out")

    def _complain(self, error: PlayerError, listener: Listener) -> None:
        self.counts.refused += 1
        if listener.errors.spend(Seconds(time.monotonic())):
            listener.put("/antiphon/error", (error.what, error.remedy))

    # Saying no

    def _refuse(self, request: Request, error: Exception) -> Response:
        return self._refusal(error)

    def _fail(self, request: Request, error: Exception) -> Response:
        log.error("a request could not be answered", exc_info=error)
        return self._no(500, "Antiphon has a fault", "its log says more; please report it")

    def _refusal(self, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            headers = error.headers or {}
            reason = REASONS.get(error.status_code, REASONS[404])
            answer = self._no(error.status_code, *(POSTED if headers == POST else reason))
            answer.headers.update(headers)
            return answer
        if isinstance(error, PlayerError):
            code = error.code if isinstance(error, Refused) else 422
            return self._no(code, error.what, error.remedy)
        raise error

    def _no(self, code: int, what: str, remedy: str) -> Response:
        return self._json({"what": what, "remedy": remedy}, code)

    def _json(self, value: object, code: int = 200) -> Response:
        return JSONResponse(value, code, headers=self.door.headers)


REASONS = {
    404: ("there is nothing here", "the page is at /, files go to /v1/continue and the like"),
    405: ("this can only be looked at", "ask for it with GET"),
    413: ("the file is too large", f"send at most {LARGEST >> 20} MB"),
    503: ("too many ask at once", "try again in a moment"),
}
POST = {"Allow": "POST"}
POSTED = ("this can only be sent with POST", "send a MIDI or MusicXML file as the body")


async def _body(request: Request) -> bytes:
    """Keep what was sent, but never more than we would work on: uvicorn drops the rest."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > LARGEST:
        raise HTTPException(413)
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > LARGEST:
            raise HTTPException(413)
    if not parts:
        raise BadMessage("the request holds no file", "send a MIDI or MusicXML file as the body")
    return bytes(parts)


def _read(event: Event) -> Message:
    """Return the message of a WebSocket frame.

    Raises:
        BadMessage: it is no JSON array with an address first, or the table does not know it.

    """
    try:
        path, *args = json.loads(event.get("text") or "")
    except (ValueError, TypeError, RecursionError):
        raise BadMessage(
            "a message was no JSON array", 'send ["/antiphon/key", "A minor"] and the like'
        ) from None
    if not isinstance(path, str):
        raise BadMessage("a message has no address", "an array begins with one")
    return understood(path, tuple(args))


def _quiet(app: Starlette) -> uvicorn.Config:
    """Return a set-up that logs nothing of its own: its lines would hold queries, and tokens."""
    return uvicorn.Config(
        app, http="h11", ws="websockets-sansio", lifespan="off", interface="asgi3",
        log_config=None, log_level="critical", access_log=False, proxy_headers=False,
        server_header=False, date_header=False, ws_max_size=LONGEST, ws_per_message_deflate=False,
        limit_concurrency=200, timeout_graceful_shutdown=1,
    )  # fmt: skip


async def open_http(
    port: int,
    on_message: OnMessage,
    *,
    status: Callable[[], dict[str, Any]],
    answer_file: AnswerFile,
    greet: Callable[[Reply], None],
    secret: str | None = None,
) -> HttpWire:
    """Serve the page, its WebSocket and the files on this port of 127.0.0.1 (0: a free one).

    `greet` tells a new listener how things stand. `secret` is what whoever acts must know; left
    out, it is the token of this installation.

    Raises:
        PortTrouble: the port cannot be had, or the token cannot be kept.

    """
    line = _bound(port)
    try:
        house = House(on_message, status, answer_file, greet)
        # after binding: of two starts at once only the one that has the port makes a token
        wire = HttpWire(house, Door(line.getsockname()[1], secret or token()))
        await wire.open(line)
    except BaseException:
        line.close()
        raise
    return wire


def _bound(port: int) -> socket.socket:
    line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            line.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # so that a restart need not wait for old connections to be forgotten
            line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        line.bind((LOOPBACK, port))
        line.listen(64)
    except OSError as error:
        line.close()
        taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
        why = "is in use" if taken else f"cannot be opened ({error.strerror})"
        raise PortTrouble(
            f"port {port} for the page {why}",
            "if Antiphon runs already, open its page; else choose another port: "
            f"--http-port {port % 65000 + 10}",
        ) from error
    return line
