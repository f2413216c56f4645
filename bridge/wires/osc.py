"""OSC in and out: one UDP socket on 127.0.0.1, on the daemon's own loop.

python-osc reads and writes single messages only. Bundles are taken apart here, because its
reader never comes back from an element of negative size, recurses as deep as a bundle nests,
and logs what it cannot read.
"""

import asyncio
import contextlib
import errno
import logging
import socket
import struct
import sys
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar, cast

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message import ParseError as BadOsc
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.parsing import osc_types

from bridge.errors import BadMessage, PortTrouble
from bridge.feedback import ADDRESSES
from bridge.protocol import INCOMING, OUTGOING, Args, Message, Value, understood
from bridge.wires.allowance import Allowance
from generators.music.errors import PlayerError
from generators.music.time import Seconds

log = logging.getLogger(__name__)

Reply = Callable[[str, Args], None]
OnMessage = Callable[[Message, Reply], None]
OnHost = Callable[[str, tuple[object, ...]], None]
Place = tuple[str, int]
V = TypeVar("V")

LOOPBACK = "127.0.0.1"
LISTENERS = 32  # programs that may subscribe; one more takes the place of the oldest
RECENT = 8  # senders that are answered without having subscribed
WAITING = 1024  # messages of bundles dated in the future
HORIZON = Seconds(60.0)  # how far in the future they may be dated
LONGEST = 8192  # bytes in one message: the longest we know holds a line of chord symbols
DEEPEST = 8  # bundles inside bundles
ERRORS_A_SECOND = 5
READABLE = frozenset("ihfdsTF")  # the types that any of our arguments can be read from
BUNDLE = b"#bundle\0"
NOW = struct.pack(">Q", 1)  # OSC 1.0: the time tag that means at once
EPOCH = 2_208_988_800  # seconds from 1900, where NTP counts from, to 1970
TYPES = {each.path: [arg.type for arg in each.args] for each in (*INCOMING, *OUTGOING)}


@dataclass(frozen=True, slots=True)
class Dated:
    """One OSC message as it came, and when it wants to be heard (Unix time; 0 for at once)."""

    path: str
    args: tuple[object, ...]
    due: float = 0.0


@dataclass(slots=True)
class OscCounts:
    """What passed through: messages heard and refused, answers sent, answers nobody took."""

    heard: int = 0
    refused: int = 0
    sent: int = 0
    unsent: int = 0


def unwrapped(datagram: bytes, due: float = 0.0, depth: int = 0) -> Iterator[Dated]:
    """Yield the messages of a datagram in the order they were written, bundles taken apart.

    Raises:
        BadMessage: it is not OSC, or no message that Antiphon could know. What came before the
            damage has been yielded by then.

    """
    if not datagram.startswith(BUNDLE):
        yield _read(datagram, due)
        return
    if depth >= DEEPEST or len(datagram) < 16 or len(datagram) % 4:
        raise BadMessage("an OSC bundle could not be read", "send whole bundles, not nested deep")
    date = _unix_time(datagram[8:16])
    for element in _elements(datagram):
        yield from unwrapped(element, max(due, date), depth + 1)


def _elements(bundle: bytes) -> Iterator[bytes]:
    start = 16
    while start < len(bundle):
        (size,) = struct.unpack_from(">i", bundle, start)
        start += 4
        if size <= 0 or size % 4 or start + size > len(bundle):
            raise BadMessage("an OSC bundle is cut short", "send whole bundles, up to 64 KB")
        yield bundle[start : start + size]
        start += size


def _unix_time(tag: bytes) -> float:
    if tag == NOW:
        return 0.0
    seconds, fraction = struct.unpack(">II", tag)
    return float(seconds - EPOCH + fraction / 2**32)


def _read(datagram: bytes, due: float) -> Dated:
    if len(datagram) > LONGEST:
        raise BadMessage(
            f"an OSC message of {len(datagram)} bytes is too long", f"send at most {LONGEST}"
        )
    if not datagram.startswith(b"/"):
        raise BadMessage("a packet was not OSC", "send addresses such as /antiphon/note")
    try:
        path, after = osc_types.get_string(datagram, 0)
        tags = osc_types.get_string(datagram, after)[0] if datagram[after:] else ","
        if not READABLE.issuperset(tags[1:]):
            raise BadMessage(
                f"{path[:80]} came with types {tags[1:20]!r}", "send numbers and strings only"
            )
        return Dated(path, tuple(OscMessage(datagram)), due)
    except (osc_types.ParseError, BadOsc, UnicodeDecodeError) as error:
        raise BadMessage("an OSC message is damaged", "send whole OSC 1.0 messages") from error


def written(path: str, args: Args) -> bytes:
    """Return a message as OSC bytes, each argument in the type that the table promises."""
    message = OscMessageBuilder(path)
    kinds = TYPES.get(path, [])
    for place, value in enumerate(args):
        kind = kinds[place] if place < len(kinds) else "*"
        message.add_arg(_cast(value, kind))
    return bytes(message.build().dgram)


def _cast(value: Value, kind: str) -> Value:
    if kind == "s" or isinstance(value, str):
        return str(value).replace("\0", " ")
    if kind == "f":
        return float(value)
    return int(value) if kind == "i" or isinstance(value, bool) else value


@dataclass(slots=True, eq=False)
class OscWire(asyncio.DatagramProtocol):
    """Programs that speak OSC: what they say is handed on, what is told reaches them all.

    A program that has subscribed is answered at the port it named. The last few that have not
    are answered where they send from, which is all that a patch with one socket needs.
    """

    on_message: OnMessage
    always: tuple[int, ...] = ()
    on_host: OnHost | None = None
    """Takes what a DAW tells its control surfaces (`bridge.feedback.ADDRESSES`)."""
    counts: OscCounts = field(default_factory=OscCounts)
    port: int = 0
    _line: asyncio.DatagramTransport | None = None
    _subscribed: OrderedDict[Place, None] = field(default_factory=OrderedDict)
    _homes: OrderedDict[Place, Place] = field(default_factory=OrderedDict)
    _recent: OrderedDict[Place, None] = field(default_factory=OrderedDict)
    _hosts: OrderedDict[Place, None] = field(default_factory=OrderedDict)
    _waiting: deque[asyncio.TimerHandle] = field(default_factory=deque)
    _errors: Allowance = field(default_factory=lambda: Allowance(ERRORS_A_SECOND))

    @property
    def listeners(self) -> tuple[int, ...]:
        """The UDP ports that everything is told to."""
        return tuple(port for _, port in self._told())

    def tell(self, path: str, args: Args) -> None:
        """Send a message to everybody who listens."""
        places = self._told()
        if places:
            datagram = written(path, args)
            for place in places:
                self._send(datagram, place)

    def close(self) -> None:
        """Stop listening; what was dated in the future is forgotten."""
        for timer in self._waiting:
            timer.cancel()
        self._waiting.clear()
        if self._line is not None:
            self._line.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin: asyncio has the socket."""
        self._line = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def error_received(self, exc: Exception) -> None:
        """Live on when a listener has gone: its port refuses, and systems tell us here."""
        self.counts.unsent += 1

    def datagram_received(self, data: bytes, addr: Place) -> None:
        """Take one datagram: hand its messages on, or tell its sender what is wrong with it."""
        self._remember(addr)
        try:
            for dated in unwrapped(data):
                self._hear(dated, addr)
        except PlayerError as error:
            self._refuse(error, addr)

    def _hear(self, dated: Dated, addr: Place) -> None:
        wait = dated.due - time.time() if dated.due else 0.0
        if wait <= 0:
            self._deliver(dated, addr)
            return
        self._waiting = deque(each for each in self._waiting if _is_pending(each))
        if wait > HORIZON or len(self._waiting) >= WAITING:
            raise BadMessage(
                f"a bundle is dated {wait:.0f} s ahead, or too many wait",
                f"date bundles at most {HORIZON:.0f} s ahead, {WAITING} messages in all",
            )
        loop = asyncio.get_running_loop()
        self._waiting.append(loop.call_later(wait, self._deliver, dated, addr))

    def _deliver(self, dated: Dated, addr: Place) -> None:
        def reply(path: str, args: Args) -> None:
            self._answer(path, args, addr)

        if self._is_hosts(dated, addr):
            return
        try:
            message = understood(dated.path, dated.args)
            self.counts.heard += 1
            if message.path == "/antiphon/subscribe":
                self._subscribe((addr[0], int(message.args[0])), addr)
            self.on_message(message, reply)
        except PlayerError as error:
            self._refuse(error, addr)
        except Exception:  # the wire: a bug behind one message must not close the line
            log.exception("an OSC message could not be carried out")

    def _is_hosts(self, dated: Dated, addr: Place) -> bool:
        """Take what a DAW says; all else that it tells its surfaces is not for us."""
        if self.on_host is not None and dated.path in ADDRESSES:
            _renew(self._hosts, addr, None, RECENT)
            self._recent.pop(addr, None)
            self.counts.heard += 1
            self.on_host(dated.path, dated.args)
            return True
        return addr in self._hosts and not dated.path.startswith("/antiphon/")

    def say(self, port: int, path: str, args: Args) -> None:
        """Send a message to a port of this machine, whoever listens there."""
        self._send(written(path, args), (LOOPBACK, port))

    def _subscribe(self, place: Place, addr: Place) -> None:
        _renew(self._subscribed, place, None, LISTENERS)
        _renew(self._homes, addr, place, LISTENERS)
        self._recent.pop(addr, None)

    def _remember(self, addr: Place) -> None:
        if addr not in self._homes and addr not in self._hosts:
            _renew(self._recent, addr, None, RECENT)

    def _refuse(self, error: PlayerError, addr: Place) -> None:
        if addr in self._hosts:
            return
        self.counts.refused += 1
        self._answer("/antiphon/error", (error.what, error.remedy), addr)

    def _answer(self, path: str, args: Args, addr: Place) -> None:
        if path == "/antiphon/error" and not self._errors.spend(Seconds(time.monotonic())):
            return
        self._send(written(path, args), self._homes.get(addr, addr))

    def _told(self) -> tuple[Place, ...]:
        fixed = ((LOOPBACK, port) for port in self.always)
        return tuple(dict.fromkeys((*fixed, *self._subscribed, *self._recent)))

    def _send(self, datagram: bytes, place: Place) -> None:
        if self._line is None or self._line.is_closing():
            return
        with contextlib.suppress(OSError):
            self._line.sendto(datagram, place)
            self.counts.sent += 1


def _is_pending(timer: asyncio.TimerHandle) -> bool:
    return not timer.cancelled() and timer.when() > asyncio.get_running_loop().time()


def _renew(kept: OrderedDict[Place, V], key: Place, value: V, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


async def open_osc(
    port: int,
    on_message: OnMessage,
    always: tuple[int, ...] = (),
    on_host: OnHost | None = None,
) -> OscWire:
    """Listen to OSC on this UDP port of 127.0.0.1 (0 takes a free one).

    `always` are ports of this machine that get every answer without having asked.

    Raises:
        PortTrouble: the port cannot be had.

    """
    line = _bound(port)
    loop = asyncio.get_running_loop()
    wire = OscWire(on_message, always, on_host)
    await loop.create_datagram_endpoint(lambda: wire, sock=line)
    return wire


def _bound(port: int) -> socket.socket:
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        _prepare(line)
        line.bind((LOOPBACK, port))
    except OSError as error:
        line.close()
        taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
        why = "is in use" if taken else f"cannot be opened ({error.strerror})"
        raise PortTrouble(
            f"UDP port {port} for OSC {why}",
            f"stop the program that has it, or choose another: --osc-port {port % 65000 + 10}",
        ) from error
    return line


def _prepare(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # room for a burst: a bundled song arrives at once
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    if sys.platform == "win32":
        line.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        _ignore_refusals(line)


def _ignore_refusals(line: socket.socket) -> None:
    """Keep Windows from failing the next read because an answer found nobody (WSA 10054).

    asyncio's proactor loop stops reading after such a failure in some versions of Python.
    """
    if sys.platform == "win32":
        import ctypes

        off, got = ctypes.c_ulong(0), ctypes.c_ulong(0)
        connreset = ctypes.c_ulong(0x9800000C)  # SIO_UDP_CONNRESET, mstcpip.h
        ctypes.windll.ws2_32.WSAIoctl(
            ctypes.c_size_t(line.fileno()), connreset, ctypes.byref(off), 4,
            None, 0, ctypes.byref(got), None, None,
        )  # fmt: skip
