"""The MIDI ports as the daemon sees them: they live in a process of their own, kept alive."""

import logging
import pickle
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import IO, Any, Literal, Self

from bridge.config import Settings
from bridge.errors import PortTrouble
from bridge.events import Stated
from bridge.latency import latencies
from bridge.lines import Standing, Wish
from bridge.loop import Loop, system_loop
from bridge.patch import Direction, port_names
from bridge.portnames import the_one
from bridge.priority import hurry_thread
from bridge.wire import Figures, Heard, Ledger, Left, PortReport, all_ending, unheard
from bridge.wires.jack import NAME, JackWire, connected
from bridge.wires.midi import SystemMidi
from generators.music.time import Seconds

log = logging.getLogger(__name__)
PIPE = 0.003  # seconds: the way to the other process, with a busy machine's share
FIRST_WORD = 10.0  # seconds to wait for the ports at the start, before going on without
PATIENCE = 8.0  # seconds for every note to end before the process is ended itself
FIRST_WAIT, LONGEST_WAIT = 0.2, 10.0  # seconds before a process that died is started again
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows a console would open
WAYS: tuple[Direction, Direction] = ("in", "out")
OFF = PortReport("MIDI", "", "both", "MIDI is switched off", "set backend to auto")
AWAY = PortReport(
    "MIDI", "", "both", "the process with the ports ended", "it is started again", works=False
)


class Ports:
    """Every way in and out for MIDI that the settings ask for and the system has.

    It starts with whatever is there; what vanishes and comes back is taken up again, and gets the
    note-offs that it missed. `heard` is called on a thread of ours and never with what we sent
    ourselves; `changed` whenever `report` says something new.
    """

    def __init__(
        self,
        settings: Settings,
        heard: Heard,
        changed: Callable[[], None],
        left: Left = lambda message, at: None,
        stated: Callable[[Stated], None] = unheard,
    ) -> None:
        """Open what there is; `left` is told of each message that leaves, and when.

        Raises:
            PortTrouble: a part of a name that the player gave matches two ports.

        """
        early = latencies(settings.latency)
        self._wish = Wish(settings.backend, settings.midi_in, settings.midi_out, ahead=early)
        self._heard = heard
        self._changed = changed
        self._left = left
        self._stated = stated
        self._orders: SimpleQueue[bytes | None] = SimpleQueue()
        self._ledgers: defaultdict[int, Ledger] = defaultdict(Ledger)
        self._standing = Standing(reports=(AWAY,))
        self._process: subprocess.Popen[bytes] | None = None
        self._closing = Event()
        self._first = Event()
        self._refused: PortTrouble | None = None
        self._thread = Thread(target=self._keep_alive, name="antiphon-ports", daemon=True)
        if settings.backend == "none":
            self._standing = Standing(reports=(OFF,))
            return
        self._thread.start()
        if not self._first.wait(FIRST_WORD):
            log.warning("the MIDI ports are slow to open; going on without them for now")
        if self._refused is not None:
            self.close()
            raise self._refused

    # The process

    def _keep_alive(self) -> None:
        """Start the process, take what it says, and start it again when it dies."""
        wait = FIRST_WAIT
        while not self._closing.is_set():
            began = monotonic()
            self._live()
            if self._closing.is_set() or self._refused is not None:
                return
            wait = FIRST_WAIT if monotonic() - began > LONGEST_WAIT else min(2 * wait, LONGEST_WAIT)
            log.warning("the process with the MIDI ports ended; starting it again in %.1f s", wait)
            self._stand(Standing(reports=(AWAY,), known=self._standing.known))
            for silence in all_ending():  # a key that comes up now comes up unheard
                self._heard(silence, Seconds(monotonic()), "")
            self._closing.wait(wait)

    def _live(self) -> None:
        """Have one process for as long as it lives."""
        orders: SimpleQueue[bytes | None] = SimpleQueue()
        orders.put(pickle.dumps(self._will()))
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bridge.port_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=NO_WINDOW,
        )
        assert process.stdin is not None  # noqa: S101 - they were asked for as pipes
        assert process.stdout is not None  # noqa: S101
        writer = Thread(target=_write, args=(process.stdin, orders), daemon=True)
        writer.start()
        self._orders, self._process = orders, process
        if self._closing.is_set():
            orders.put(None)
        for letter in _letters(process.stdout):
            self._take(*letter)
        orders.put(None)
        writer.join(1.0)
        process.stdout.close()
        process.wait()

    def _will(self) -> Wish:
        """Return what is wished, with what the process before left behind.

        Its notes are ended, all of them: their own ends may have gone down with it.
        """
        wish = self._wish
        owed = {
            line: tuple(v for v, often in ledger.sounding.items() for _ in range(often))
            for line, ledger in self._ledgers.items()
        }
        self._ledgers.clear()
        known = self._standing.known
        return replace(wish, known=known, owed=owed)

    def _take(self, kind: str, *what: Any) -> None:
        match kind:
            case "heard":
                self._heard(*what)
            case "stated":
                self._stated(what[0])
            case "left":
                line, message, at = what
                self._ledgers[line].left(message)
                self._left(message, at)
            case "standing":
                self._stand(what[0])
            case "log":
                log.log(*what)
            case "refused":
                self._refused = PortTrouble(*what)
                self._first.set()

    def _stand(self, standing: Standing) -> None:
        before, self._standing = self._standing, standing
        if self._first.is_set() and before.reports != standing.reports:
            self._changed()
        self._first.set()

    # What everyone calls

    def send(self, message: bytes, at: Seconds) -> None:
        """Have a message leave by every way at a moment: never waits, never raises."""
        if self._process is not None:
            self._orders.put(pickle.dumps((message, at)))

    @property
    def lead(self) -> Seconds:
        """How far ahead of its moment a message should be sent, to be exactly in time."""
        return Seconds(self._standing.lead + PIPE)

    @property
    def echoes(self) -> int:
        """How many of our own notes came back and were not taken for the player's."""
        return self._standing.echoes

    @property
    def process_id(self) -> int | None:
        """The process that holds the ports, if there is one now."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def report(self) -> tuple[PortReport, ...]:
        """Say which ports there are, how they are, what is missing and what to type."""
        return self._standing.reports

    def figures(self) -> dict[str, Figures]:
        """Say how each wire has done since it was opened, as of about a second ago."""
        return dict(self._standing.figures)

    def sounding(self) -> int:
        """Return how many notes have left and not ended, on the way where they are most."""
        ledgers = list(self._ledgers.values())
        return max((sum(ledger.sounding.values()) for ledger in ledgers), default=0)

    def close(self) -> None:
        """End what sounds on every wire, then close; a dead server does not hang it."""
        self._closing.set()
        self._orders.put(None)
        if self._process is not None:
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                log.warning("the MIDI ports do not close; ending their process")
                self._process.kill()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def __enter__(self) -> Self:
        """Have the ports for as long as a block lasts."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close them."""
        self.close()


def _write(pipe: IO[bytes], orders: SimpleQueue[bytes | None]) -> None:
    """Write orders as they come, several at a time; None ends it. A pipe may make it wait."""
    hurry_thread()
    open_ = True
    with suppress(OSError), pipe:
        while open_:
            batch = [orders.get()]
            with suppress(Empty):
                while True:
                    batch.append(orders.get_nowait())
            open_ = None not in batch
            pipe.write(b"".join(letter for letter in batch if letter is not None))
            pipe.flush()


def _letters(pipe: IO[bytes]) -> Iterator[tuple[Any, ...]]:
    while True:
        try:
            yield pickle.load(pipe)  # noqa: S301 - our own child's pipe
        except (EOFError, OSError, pickle.UnpicklingError):
            return


# Without the daemon: what `antiphon ports` and `antiphon doctor` look at


def listing(settings: Settings) -> tuple[PortReport, ...]:
    """List every MIDI port of others, and what keeps a named one from being used."""
    jack = _within(_jack_listing, settings) if settings.backend in ("auto", "jack") else ()
    system = _within(_system_listing, settings) if settings.backend in ("auto", "system") else ()
    return (*jack, *system) or (OFF,)


def self_loop(settings: Settings) -> tuple[PortReport, ...]:
    """Play a note to ourselves on each way that allows it, and say how long it took."""
    jack = _within(_jack_loop, settings) if settings.backend in ("auto", "jack") else ()
    system = _within(_system_loop, settings) if settings.backend in ("auto", "system") else ()
    return (*jack, *system) or (OFF,)


Look = Callable[[Settings], tuple[PortReport, ...]]


def _within(look: Look, settings: Settings) -> tuple[PortReport, ...]:
    """Look in a thread: a server that is stopped, not dead, never answers."""
    found: SimpleQueue[tuple[PortReport, ...]] = SimpleQueue()
    wire = "JACK" if look in (_jack_listing, _jack_loop) else "system"

    def safely() -> None:
        try:
            found.put(look(settings))
        except PortTrouble as trouble:
            found.put((_no(wire, trouble),))

    Thread(target=safely, daemon=True).start()
    try:
        return found.get(timeout=FIRST_WORD)
    except Empty:
        return (_no(wire, PortTrouble(f"{wire} does not answer", "restart it")),)


def _no(
    wire: str, trouble: PortTrouble, direction: Direction | Literal["both"] = "both", port: str = ""
) -> PortReport:
    return PortReport(wire, port, direction, trouble.what, trouble.remedy, works=False)


def _jack_listing(settings: Settings) -> tuple[PortReport, ...]:
    client = connected(f"{NAME}-list")
    try:
        names = {way: port_names(client, way) for way in WAYS}
    finally:
        client.close()
    return tuple(r for way in WAYS for r in _listed("JACK", way, names[way], settings))


def _system_listing(settings: Settings) -> tuple[PortReport, ...]:
    midi = SystemMidi.here()
    try:
        names = {way: dict.fromkeys(midi.ports(way), ()) for way in WAYS}
    finally:
        midi.close()
    return tuple(r for way in WAYS for r in _listed(midi.name, way, names[way], settings))


def _listed(
    wire: str, way: Direction, names: Mapping[str, tuple[str, ...]], settings: Settings
) -> Iterator[PortReport]:
    """Report each port, and doubt about the one that the player named."""
    can = "can be listened to" if way == "in" else "can be played to"
    part = settings.midi_in if way == "in" else settings.midi_out
    named = None
    try:
        named = the_one(part, names, wire, way)
    except PortTrouble as doubt:
        yield _no(wire, doubt, way, part)
    for name, aliases in names.items():
        also = f" (also called {', '.join(aliases)})" if aliases else ""
        chosen = f"; midi_{way} names it" if name == named else ""
        yield PortReport(wire, name, way, f"{can}{also}{chosen}")


def _jack_loop(settings: Settings) -> tuple[PortReport, ...]:
    loop = Loop()
    wire = JackWire(loop.ends, name=f"{NAME}-doctor")
    try:
        wire.loop()
        return (loop.report(wire, "JACK"),)
    finally:
        wire.close()


def _system_loop(settings: Settings) -> tuple[PortReport, ...]:
    return system_loop(SystemMidi.here())
