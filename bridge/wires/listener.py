"""What one page has yet to be told, and what it still holds down."""

import asyncio
import itertools
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bridge.protocol import Args, Message
from bridge.wires.allowance import Allowance

MOST = 512  # messages that may wait: about ten seconds of a busy song
ERRORS_A_SECOND = 5
STATES = frozenset(
    {
        "/antiphon/transport",
        "/antiphon/status",
        "/antiphon/heard/key",
        "/antiphon/heard/chord",
        "/antiphon/heard/tempo",
        "/antiphon/heard/downbeat",
    }
)
Key = tuple[str, object]


def as_text(path: str, args: Args) -> str:
    """Return a message as the WebSocket carries it: a JSON array, the address first."""
    return json.dumps([path, *args], ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True, eq=False)
class Listener:
    """One page: messages wait for it in order, of a state only the newest.

    A page that falls too far behind is given up: it comes back and is greeted anew, which is
    better than a roll full of notes whose ends it missed.
    """

    waiting: OrderedDict[Key, str] = field(default_factory=OrderedDict)
    given_up: asyncio.Event = field(default_factory=asyncio.Event)
    held: OrderedDict[Message, None] = field(default_factory=OrderedDict)
    errors: Allowance = field(default_factory=lambda: Allowance(ERRORS_A_SECOND))
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _count: "itertools.count[int]" = field(default_factory=itertools.count)

    def put(self, path: str, args: Args, text: str | None = None) -> None:
        """Have this told as soon as the page takes it; `text` if it has been written already."""
        key = self._key(path, args)
        self.waiting.pop(key, None)
        self.waiting[key] = text or as_text(path, args)
        if len(self.waiting) > MOST:
            self.waiting.clear()
            self.given_up.set()
        self._more.set()

    async def pour(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Tell the page all that comes, for ever."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self.waiting:
                await send(self.waiting.popitem(last=False)[1])

    def presses(self, message: Message) -> None:
        """Remember which keys, and whether the pedal, the page holds down."""
        if message.path not in ("/antiphon/note", "/antiphon/pedal"):
            return
        *which, how = message.args[:2]
        end = Message(message.path, (*which, 0, *message.args[2:]))
        down = int(how) > 63 if message.path == "/antiphon/pedal" else int(how) > 0
        if down:
            self.held[end] = None
        else:
            self.held.pop(end, None)

    def releases(self) -> tuple[Message, ...]:
        """Return, once, the ends of all that is still held: the page has gone."""
        ends = tuple(self.held)
        self.held.clear()
        return ends

    def _key(self, path: str, args: Args) -> Key:
        if path == "/antiphon/setting" and args:
            return path, args[0]
        return path, None if path in STATES else next(self._count)
