"""A partner for the page that needs no model: it plays back an octave higher what it heard."""

import asyncio
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Self

from bridge.protocol import Args, Message
from bridge.wires.http import HttpWire, Reply, open_http
from generators.music.errors import BadValue

SECRET = "a-token-of-32-characters-or-more-0"  # noqa: S105
OCTAVE = 12


@dataclass
class EchoPartner:
    """Answers every phrase of the page on the next bar, over one chord, in real time."""

    bpm: float = 240.0
    beats: int = 4
    port: int = 0
    secret: str = SECRET
    heard: list[Message] = field(default_factory=list)
    call: list[tuple[int, float]] = field(default_factory=list)
    down: set[int] = field(default_factory=set)
    began: float | None = None
    _wire: HttpWire | None = None
    _answer: asyncio.Task[None] | None = None
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def __aenter__(self) -> Self:
        """Open the page."""
        self._wire = await open_http(
            self.port, self.take, status=self.status, answer_file=self.answer_file,
            greet=self.greet, secret=self.secret,
        )  # fmt: skip
        self.port = self.wire.port
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the page."""
        if self._answer is not None:
            self._answer.cancel()
        await self.wire.close()

    @property
    def wire(self) -> HttpWire:
        """The way to the page."""
        assert self._wire is not None
        return self._wire

    @property
    def beat(self) -> float:
        """Where the song is."""
        return 0.0 if self.began is None else (monotonic() - self.began) * self.bpm / 60

    def said(self, path: str) -> list[Args]:
        """Return the arguments of all messages of one kind that came from the page."""
        return [message.args for message in self.heard if message.path == path]

    def take(self, message: Message, reply: Reply) -> None:
        """Do what the page asks for, as far as an echo can."""
        self.heard.append(message)
        match message:
            case Message("/antiphon/note", (int(pitch), int(velocity), *_)):
                self._play(pitch, velocity)
            case Message("/antiphon/status"):
                reply("/antiphon/status", (json.dumps(self.status()),))
            case Message("/antiphon/set", (name, value)):
                self._set(str(name), value, reply)
            case Message("/antiphon/ask", (kind, bars)):
                self._offer(str(kind), int(bars))
            case Message("/antiphon/accept" | "/antiphon/reject" as path, (name,)):
                state = "accepted" if path.endswith("accept") else "rejected"
                self.wire.tell("/antiphon/suggestion/state", (name, state))
            case Message("/antiphon/transport/play"):
                self._start()
            case Message("/antiphon/transport/stop"):
                self._stop()

    def greet(self, reply: Reply) -> None:
        """Say how things stand."""
        reply("/antiphon/transport", self._transport())
        settings: dict[str, str | float] = {
            "role": "answer", "key": "auto", "tempo": self.bpm, "melody_channel": 1,
            "chord_channel": 2, "temperature": 0.9, "chords": "auto", "meter": f"{self.beats}/4",
        }  # fmt: skip
        for name, value in settings.items():
            reply("/antiphon/setting", (name, value))
        reply("/antiphon/status", (json.dumps(self.status()),))

    def status(self) -> dict[str, object]:
        """Return what the page's last line is made from."""
        model = {"name": "echo", "providers_got": ["CPUExecutionProvider"], "trouble": ""}
        port = {"wire": "MIDI", "port": "", "state": "no MIDI here", "remedy": "plug one in"}
        return {"version": 1, "model": model, "ports": [port], "late": 0, "answers": 1}

    async def answer_file(
        self, kind: str, body: bytes, wishes: Mapping[str, str]
    ) -> tuple[bytes, str]:
        """Give a file back as it came: the echo of a file."""
        return body, "audio/midi"

    # Inside

    def _play(self, pitch: int, velocity: int) -> None:
        if velocity:
            if self.began is None:
                self._start()
            self.call.append((pitch, self.beat))
            self.down.add(pitch)
        else:
            self.down.discard(pitch)
        self.wire.tell("/antiphon/heard/note", (pitch, velocity, 1, self.beat))
        if not self.down and self._answer is None:
            self._answer = asyncio.create_task(self._echo())

    async def _echo(self) -> None:
        bar = (self.beat // self.beats + 1) * self.beats
        self.wire.tell("/antiphon/played/chord", ("Am7", bar, float(self.beats)))
        await self._until(bar)
        call, self.call = self.call, []
        for pitch in (57, 60, 64):
            self.wire.tell("/antiphon/played/note", (pitch, 60, 2, bar))
        for pitch, _ in call:
            self.wire.tell("/antiphon/played/note", (pitch + OCTAVE, 80, 1, self.beat))
            await self._until(self.beat + 1)
            self.wire.tell("/antiphon/played/note", (pitch + OCTAVE, 0, 1, self.beat))
        for pitch in (57, 60, 64):
            self.wire.tell("/antiphon/played/note", (pitch, 0, 2, self.beat))
        self._answer = None

    async def _until(self, beat: float) -> None:
        await asyncio.sleep(max(0.0, (beat - self.beat) * 60 / self.bpm))

    def _start(self) -> None:
        self.began = monotonic()
        self.wire.tell("/antiphon/transport", self._transport())

    def _stop(self) -> None:
        self.began = None
        self.wire.tell("/antiphon/transport", self._transport())

    def _transport(self) -> Args:
        playing = int(self.began is not None)
        return (playing, self.beat, self.bpm, self.beats, 4, "internal")

    def _set(self, name: str, value: str | float, reply: Reply) -> None:
        if value == "H7":
            raise BadValue("'H7' is no chord", "write it as in Am | F | C G")
        self.wire.tell("/antiphon/setting", (name, value))

    def _offer(self, kind: str, bars: int) -> None:
        name, tell = f"s{next(self._ids)}", self.wire.tell
        tell("/antiphon/suggestion/begin", (name, kind, bars, 4.0))
        for step, symbol in enumerate(("Am", "F")):
            tell("/antiphon/suggestion/chord", (name, 4.0 + 2 * step, 2.0, symbol))
        for step, pitch in enumerate((69, 72, 76, 74)):
            tell("/antiphon/suggestion/note", (name, 4.0 + step, 1.0, pitch, 80))
        tell("/antiphon/suggestion/end", (name, 0.8, "it stays close to what was played"))
