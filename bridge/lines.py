"""All ways in and out for MIDI, looked after: what there is, what is missing, and what to type.

This is the inside of the process that `bridge.ports` starts.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from typing import Self

from bridge.echo import EchoGuard
from bridge.errors import PortTrouble
from bridge.events import Stated
from bridge.latency import ahead
from bridge.line import Line
from bridge.patch import Direction, Patch
from bridge.portnames import Doubt, missing, the_one
from bridge.wire import Ends, Figures, Heard, MidiWire, PortReport, Voice, all_ending, unheard
from bridge.wires.jack import JackWire
from bridge.wires.midi import SystemMidi, SystemWire
from generators.music.time import Seconds

log = logging.getLogger(__name__)
LOOK = 1.0  # seconds between two looks at what came and went


@dataclass(frozen=True, slots=True)
class Wish:
    """Which ports are wanted, and what is left over from an earlier life.

    `known` are JACK ports that were connected; `owed` are voices that still sound, by line.
    `ahead` is how much earlier is sent by each way out, by a part of its name.
    """

    backend: str = "auto"
    midi_in: str = ""
    midi_out: str = ""
    known: Mapping[Direction, frozenset[str]] = field(default_factory=dict)
    owed: Mapping[int, tuple[Voice, ...]] = field(default_factory=dict)
    ahead: Mapping[str, Seconds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """How all ports are at one moment."""

    reports: tuple[PortReport, ...] = ()
    lead: Seconds = Seconds(0.0)
    echoes: int = 0
    figures: Mapping[str, Figures] = field(default_factory=dict)
    known: Mapping[Direction, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told: what was heard and left, how the ports are now, and how JACK rolls."""

    heard: Heard
    left: Callable[[int, bytes, Seconds], None]
    standing: Callable[[Standing], None]
    stated: Callable[[Stated], None] = unheard


class Lines:
    """Every way in and out that is wished for and that the system has.

    It starts with whatever is there. One thread of its own takes up again what vanished and came
    back. What we sent ourselves is never told as heard, whichever way it comes back.
    """

    def __init__(
        self,
        wish: Wish,
        listener: Listener,
        system: Callable[[], SystemMidi] = SystemMidi.here,
    ) -> None:
        """Open what there is; `system` opens the MIDI of the system.

        Raises:
            Doubt: a part of a name that the player gave matches two ports.

        """
        self._wish = wish
        self._listener = listener
        self._guard = EchoGuard()
        self._wake = Event()
        self._closing = False
        self._here = system
        self._system: SystemMidi | None = None
        self._patch = Patch(wish.midi_in, wish.midi_out, wish.known)
        self._by_name: dict[Direction, Line] = {}
        self._lines = tuple(self._wanted())
        self._ahead = dict.fromkeys(self._lines, Seconds(0.0))
        self._standing = Standing()
        self._sources: frozenset[tuple[MidiWire, str]] = frozenset()
        self._thread = Thread(target=self._watch, name="antiphon-ports", daemon=True)
        self._look()
        self._refuse_doubt()
        self._listener.standing(self._standing)
        self._thread.start()

    def _wanted(self) -> Iterable[Line]:
        if self._wish.backend in ("auto", "jack"):
            yield self._line(0, "JACK", lambda ends: JackWire(ends, self._patch))
        if self._wish.backend in ("auto", "system"):
            yield self._line(1, "system", self._virtual)
            self._by_name["in"] = self._line(2, "system", lambda ends: self._named("in", ends))
            self._by_name["out"] = self._line(3, "system", lambda ends: self._named("out", ends))
            yield from self._by_name.values()

    def _line(self, number: int, name: str, opened: Callable[[Ends], MidiWire | None]) -> Line:
        def left(message: bytes, at: Seconds) -> None:
            self._guard.sent(message, at)
            self._listener.left(number, message, at)

        line = Line(name, opened, Ends(self._heard, left, self._wake.set, self._listener.stated))
        line.ledger.owe(self._wish.owed.get(number, ()))
        return line

    def _heard(self, message: bytes, at: Seconds, port: str) -> None:
        if not self._guard.is_ours(message, at):
            self._listener.heard(message, at, port)

    # What is opened

    def _midi(self) -> SystemMidi:
        self._system = self._system or self._here()
        return self._system

    def _virtual(self, ends: Ends) -> MidiWire | None:
        midi = self._midi()
        if not midi.virtual and (self._wish.midi_in or self._wish.midi_out):
            return None  # the player named ports: what is wrong with those is said elsewhere
        if not midi.virtual:
            raise PortTrouble(
                "Windows has no virtual MIDI ports of its own",
                "install loopMIDI, make a port in it, and give its name as midi_in and midi_out",
            )
        return SystemWire(midi, ends)

    def _named(self, direction: Direction, ends: Ends) -> MidiWire | None:
        """Open the port that the player named, unless JACK has it: it would be heard twice."""
        part = self._part(direction)
        if not part or self._on_jack(direction):
            return None
        try:
            midi = self._midi()
        except PortTrouble:
            return None  # the line of virtual ports says so already
        name = the_one(part, midi.ports(direction), midi.name, direction)
        return SystemWire(midi, ends, {direction: name}) if name else None

    def _part(self, direction: Direction) -> str:
        return self._wish.midi_in if direction == "in" else self._wish.midi_out

    def _wires(self) -> list[MidiWire]:
        return [line.wire for line in self._lines if line.wire is not None]

    def _jack(self) -> list[JackWire]:
        return [wire for wire in self._wires() if isinstance(wire, JackWire)]

    def _on_jack(self, direction: Direction) -> bool:
        return any(wire.has(direction) for wire in self._jack())

    def _refuse_doubt(self) -> None:
        """Raise what the player has to decide: which of two ports is meant."""
        troubles = [trouble for wire in self._wires() for trouble in wire.troubles]
        troubles += [line.trouble for line in self._lines if line.trouble is not None]
        doubts = [trouble for trouble in troubles if isinstance(trouble, Doubt)]
        if doubts:
            self._close_all()
            raise doubts[0]

    # Looking after them

    def _watch(self) -> None:
        while not self._closing:
            self._wake.wait(LOOK)
            self._wake.clear()
            if self._closing:
                return
            before = self._standing
            try:
                self._look()
            except Exception:
                log.exception("looking after the MIDI ports failed; it is tried again")
            if self._standing != before:
                self._listener.standing(self._standing)

    def _look(self) -> None:
        for line in self._lines:
            line.look()
            self._ahead[line] = ahead(self._wish.ahead, line.names)
        self._let_go()
        said = [report for line in self._lines for report in line.reports()]
        wires = self._wires()
        self._standing = Standing(
            reports=(*said, *self._absent("in"), *self._absent("out")),
            lead=Seconds(max((self._lead(line) for line in self._lines), default=0.0)),
            echoes=self._guard.echoes,
            figures={wire.name: wire.figures() for wire in wires},
            known={way: frozenset(names) for way, names in self._patch.known.items()},
        )

    def _lead(self, line: Line) -> float:
        """Return how early a line needs its messages, with what they are sent ahead."""
        return line.wire.lead + self._ahead[line] if line.wire is not None else 0.0

    def _let_go(self) -> None:
        """Where a port that was heard has gone, say in its place that no key is down any more."""
        before = self._sources
        named = {(wire, name) for wire in self._jack() for name in wire.sources}
        self._sources = frozenset(named | {(wire, "") for wire in self._wires()})
        if before - self._sources:
            for silence in all_ending():
                self._listener.heard(silence, Seconds(monotonic()), "")

    def _absent(self, direction: Direction) -> tuple[PortReport, ...]:
        """Say that the port that the player named is not there, and what is."""
        part, line = self._part(direction), self._by_name.get(direction)
        taken = line is not None and (line.wire is not None or line.trouble is not None)
        if not part or taken or self._on_jack(direction):
            return ()
        trouble = missing(part, self._offered(direction), direction)
        return (PortReport("MIDI", part, direction, trouble.what, trouble.remedy, works=False),)

    def _offered(self, direction: Direction) -> list[str]:
        names = list(self._system.ports(direction)) if self._system else []
        for wire in self._jack():
            names += wire.offers(direction)
        return names

    # What its owner calls

    def send(self, message: bytes, at: Seconds) -> None:
        """Have a message leave by every way at a moment: never waits, never raises."""
        for line in self._lines:
            line.send(message, Seconds(at - self._ahead[line]))

    def close(self) -> None:
        """End what sounds on every wire, then close; a dead server does not hang it."""
        self._closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(5.0)
        self._close_all()

    def _close_all(self) -> None:
        for line in self._lines:
            line.close()
        if self._system is not None:
            self._system.close()
            self._system = None

    def __enter__(self) -> Self:
        """Have the ports for as long as a block lasts."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close them."""
        self.close()
