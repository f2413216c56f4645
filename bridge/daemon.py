"""Opens everything, waits for a signal, closes everything in reverse; silence is last."""

import asyncio
import gc
import json
import logging
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from bridge.answers import Answered
from bridge.config import LIVE, Settings
from bridge.events import Ask, Event, Heard, Passed, Planned, Stated, Tell, Told, Tuned
from bridge.feedback import Feedback
from bridge.packages import strangers
from bridge.ports import Ports
from bridge.protocol import VERSION, Args, Message
from bridge.record import Recorder
from bridge.remote import answer_file
from bridge.schedule import Schedule
from bridge.session import Session
from bridge.stage import beats
from bridge.values import named_ports
from bridge.wires.http import HttpWire, open_http
from bridge.wires.link import LinkWire
from bridge.wires.osc import OscWire, open_osc
from bridge.wires.surface import Surface
from bridge.worker import Care, Worker
from generators.music.time import Seconds, Ticks

log = logging.getLogger(__name__)
Reply = Callable[[str, Args], None]
SOON = 0.002  # seconds: a timer in the past must not spin the loop
SPARE = 0.02  # seconds between a decision and the moment at which a port needs its messages
LAST_WORDS = 0.05  # seconds in which listeners are told how the last notes ended
LATE = 0.005  # seconds after which a message that left counts as late


def now() -> Seconds:
    """Return the moment on the clock that all wires stamp with."""
    return Seconds(monotonic())


class Daemon:
    """The session, between the wires and the clock."""

    def __init__(self, settings: Settings) -> None:
        self.session = Session(settings)
        self._recorder: Recorder | None = None
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._began = now()
        self._late = 0
        self._closing = False
        self.stopping = asyncio.Event()
        self.ports: Ports | None = None
        self.osc: OscWire | None = None
        self.surface: Surface | None = None
        self._feedback = Feedback(lambda: self.session.transport)
        self.http: HttpWire | None = None
        care = Care(memory=settings.model_memory)
        self.worker = Worker(settings.model, settings.models, self._answered, self._troubled, care)
        self.schedule = Schedule(self._send, now, self._lead, self._pass_on)

    # From other threads: stamp, hand over, nothing else

    def heard(self, message: bytes, at: Seconds, port: str) -> None:
        """Take a MIDI message from a wire, on whatever thread."""
        self._hand_over(Heard(message, at, port))

    def stated(self, word: Stated) -> None:
        """Take what a source says of the transport, on whatever thread."""
        self._hand_over(word)

    def host_said(self, path: str, args: tuple[object, ...]) -> None:
        """Take what a DAW tells its control surfaces."""
        if self.surface is not None:
            self.surface.heard(path)
        word = self._feedback.heard(path, args, now())
        if word is not None:
            self.take(word)

    def changed(self) -> None:
        """Take note that a port came or went, on whatever thread."""
        self._loop.call_soon_threadsafe(self._ports_changed)

    def _answered(self, said: Answered) -> None:
        self._hand_over(Planned(said.id, said.suggestion, now()))

    def _troubled(self, what: str, remedy: str) -> None:
        """Tell every listener what happened to the model's process."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._say_trouble, what, remedy)

    def _hand_over(self, event: Event) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.take, event)

    def _send(self, message: bytes, at: Seconds, tick: Ticks) -> None:
        self._pass_on(message, at, tick)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._sounded, message, tick)

    def _pass_on(self, message: bytes, at: Seconds, tick: Ticks) -> None:
        if now() > at + LATE:
            self._late += 1
        if self.ports is not None:
            self.ports.send(message, at)
        if self._recorder is not None:
            self._recorder.left(message, tick)

    def _lead(self) -> Seconds:
        return Seconds(0.0) if self.ports is None else self.ports.lead

    # On the loop

    def take(self, event: Event) -> None:
        """Let the session take an event, and do what it wants."""
        if self._closing:
            return
        actions = self.session.take(event)
        sent = self.schedule.apply(actions)
        if self._recorder is not None:
            self._recorder.took(event, sent)
        for action in actions:
            if isinstance(action, Ask):
                self.worker.ask(action)
            elif isinstance(action, Tell):
                self.tell(action.path, action.args)
        self._set_timer()

    def told(self, message: Message, reply: Reply) -> None:
        """Take a message of the protocol."""
        if message.path == "/antiphon/status":
            reply("/antiphon/status", (json.dumps(self.status()),))
        elif message.path != "/antiphon/subscribe":  # the wires have seen to that
            self.take(Told(message, now()))

    def tell(self, path: str, args: Args) -> None:
        """Say this to every listener."""
        if self.osc is not None:
            self.osc.tell(path, args)
        if self.http is not None:
            self.http.tell(path, args)

    def greet(self, reply: Reply) -> None:
        """Tell a new listener how things stand."""
        transport = self.session.transport
        where = beats(transport.position(now()))
        meter = transport.meter
        source = self.session.source
        playing = int(transport.playing)
        state = (playing, where, transport.tempo, meter.beats, meter.unit, source)
        reply("/antiphon/transport", state)
        if transport.bar_line:
            reply("/antiphon/barline", (beats(transport.bar_line),))
        for name in sorted(LIVE):
            value = getattr(self.session.settings, name)
            reply("/antiphon/setting", (name, int(value) if isinstance(value, bool) else value))
        reply("/antiphon/status", (json.dumps(self.status()),))

    def status(self) -> dict[str, Any]:
        """Return the truth about ourselves."""
        transport = self.session.transport
        ports = () if self.ports is None else self.ports.report()
        wires = {} if self.ports is None else self.ports.figures()
        return {
            "version": VERSION,
            "role": self.session.settings.role,
            "uptime_s": round(now() - self._began, 1),
            "model": self.worker.report(),
            "transport": {
                "source": self.session.source,
                "playing": transport.playing,
                "beat": round(beats(transport.position(now())), 3),
                "bpm": round(transport.tempo, 2),
                "meter": str(transport.meter),
                **self.session.sources.figures(transport),
            },
            "http_port": 0 if self.http is None else self.http.port,
            "osc_port": 0 if self.osc is None else self.osc.port,
            "ardour_answers": None if self.surface is None else self.surface.answers,
            "ports": [asdict(port) for port in ports],
            "wires": {name: asdict(wire) for name, wire in wires.items()},
            "echoes": 0 if self.ports is None else self.ports.echoes,
            "sent": self.schedule.sent,
            "sounding": sum(self.schedule.ledger.values()),
            "late": self._late,
            **self.session.figures,
        }

    def _say_trouble(self, what: str, remedy: str) -> None:
        self.tell("/antiphon/error", (what, remedy))
        self.tell("/antiphon/status", (json.dumps(self.status()),))

    def _ports_changed(self) -> None:
        """Decide early enough for the slowest port, and say how the ports are."""
        self.take(Tuned(self._lead() + SPARE, now()))
        self.tell("/antiphon/status", (json.dumps(self.status()),))

    def _sounded(self, message: bytes, tick: Ticks) -> None:
        velocity = message[2] if message[0] & 0xF0 == 0x90 else 0
        self.tell(
            "/antiphon/played/note", (message[1], velocity, (message[0] & 15) + 1, beats(tick))
        )

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wake = self.session.wake
        if wake is not None:
            self._timer = self._loop.call_at(max(wake, now() + SOON), self._pass)

    def _pass(self) -> None:
        self.take(Passed(now()))

    # Life

    async def live(self, say: Callable[[str], None]) -> None:
        """Open all, wait until told to stop, close all in reverse."""
        settings = self.session.settings
        async with AsyncExitStack() as stack:
            if settings.record:
                self._record(stack, Path(settings.record), say)
            await self._open_network(stack, settings)
            stack.push_async_callback(asyncio.sleep, LAST_WORDS)
            say(f"Antiphon is at http://127.0.0.1:{self.http.port if self.http else 0}")
            ports = await asyncio.to_thread(
                Ports, settings, self.heard, self.changed, stated=self.stated
            )
            stack.callback(ports.close)
            self.ports = ports
            if settings.link:
                link = LinkWire(settings.tempo, self.take, lambda: beats(self.session.stage.bar))
                stack.callback(link.close)
            self._ports_changed()
            stack.enter_context(self.schedule)
            stack.enter_context(self.worker)
            for report in ports.report():
                say(f"{report.state}; {report.remedy}" if report.remedy else report.state)
            stack.callback(self._fall_silent)
            gc.freeze()  # what is here stays: looking it all through would stop the schedule
            await self.stopping.wait()

    def _record(self, stack: AsyncExitStack, path: Path, say: Callable[[str], None]) -> None:
        self._recorder = recorder = Recorder(path, self.session.settings, self._troubled)
        stack.callback(recorder.close)
        if recorder.path != path:
            say(f"{path} is there already: the session is recorded to {recorder.path}")

    async def _open_network(self, stack: AsyncExitStack, settings: Settings) -> None:
        http = await open_http(
            settings.http_port,
            self.told,
            status=self.status,
            answer_file=answer_file,
            greet=self.greet,
        )
        stack.push_async_callback(http.close)
        always = named_ports(settings.osc_out)
        osc = await open_osc(settings.osc_port, self.told, always, self.host_said)
        stack.callback(osc.close)
        self.http, self.osc = http, osc
        if settings.ardour_port:
            self.surface = Surface(partial(osc.say, settings.ardour_port))
            stack.callback(self.surface.close)

    def _fall_silent(self) -> None:
        """End everything through the session, so that a log holds it too."""
        self.take(Told(Message("/antiphon/panic"), now()))
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()


def run(settings: Settings, say: Callable[[str], None] = log.info) -> int:
    """Run until a signal says stop; return the exit code.

    Raises:
        PlayerError: a network port is in use, or a port that was named cannot be had.

    """
    sys.setswitchinterval(0.0005)  # a thread that is busy in Python delays others by this at most
    for room, place in strangers().items():  # two programs with one name of a package
        say(f"the package {room} comes from {place}; `python3 install run` sets Antiphon up apart")
    asyncio.run(_run(settings, say))
    return 0


async def _run(settings: Settings, say: Callable[[str], None]) -> None:
    daemon = Daemon(settings)
    stop = _on_signals(daemon.stopping)
    try:
        await daemon.live(say)
    finally:
        stop()


def _on_signals(stopping: asyncio.Event) -> Callable[[], None]:
    """Let the first signal ask for the end, and the second force it."""
    loop = asyncio.get_running_loop()
    signals = [signal.SIGINT, signal.SIGTERM]
    signals += [getattr(signal, name) for name in ("SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before: Mapping[signal.Signals, Any] = {each: signal.getsignal(each) for each in signals}

    def stop(number: int, _: object) -> None:
        if stopping.is_set():
            raise KeyboardInterrupt
        loop.call_soon_threadsafe(stopping.set)

    for each in signals:
        signal.signal(each, stop)

    def restore() -> None:
        for each, handler in before.items():
            signal.signal(each, handler)

    return restore
