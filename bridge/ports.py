"""All ways in and out for MIDI, kept open: what there is, what is missing, and what to type."""

import logging
from collections import deque
from collections.abc import Callable
from threading import Event, Lock, Thread
from time import monotonic
from typing import Literal, Self

from bridge.config import Settings
from bridge.echo import EchoGuard
from bridge.errors import PortTrouble
from bridge.portnames import Doubt, missing, the_one
from bridge.wire import Ends, Figures, Heard, Ledger, MidiWire, PortReport
from bridge.wires.jack import JackWire, Patch
from bridge.wires.midi import SystemMidi, SystemWire
from generators.music.time import Seconds

log = logging.getLogger(__name__)
LOOK = 1.0  # seconds between two looks at what came and went
Direction = Literal["in", "out"]


class Line:
    """One way in and out that is kept open, and what it owes when it comes back.

    `opened` makes the wire, gives None where it is not wanted now, or raises PortTrouble, which
    is kept for the report. Only one thread may call `look` and `close`; `send` is for any.
    """

    def __init__(self, name: str, opened: Callable[[Ends], MidiWire | None], ends: Ends) -> None:
        self.name = name
        self.trouble: PortTrouble | None = None
        self.ledger = Ledger()
        self._opened = opened
        self._ends = Ends(ends.heard, self._left(ends.left), ends.gone)
        self._lock = Lock()
        self._wire: MidiWire | None = None
        self._missed: deque[bytes] = deque()

    def _left(self, left: Callable[[bytes, Seconds], None]) -> Callable[[bytes, Seconds], None]:
        def counted(message: bytes, at: Seconds) -> None:
            self.ledger.left(message)
            left(message, at)

        return counted

    @property
    def wire(self) -> MidiWire | None:
        """The wire, while it is there."""
        return self._wire

    def send(self, message: bytes, at: Seconds) -> None:
        """Have a message leave at a moment; while the wire is away it counts as missed."""
        with self._lock:
            if self._wire is None:
                self._missed.append(message)
            else:
                self._wire.send(message, at)

    def look(self) -> None:
        """Bury a dead wire, open a missing one, look after a living one."""
        if self._wire is not None and not self._wire.alive:
            self._bury(self._wire)
        if self._wire is None:
            self._open()
        else:
            self._wire.tend()
            self._pay(self._wire)

    def _bury(self, dead: MidiWire) -> None:
        with self._lock:
            self._wire = None
        dead.close()
        for message in dead.unsent():
            self.ledger.missed(message)
        self._count_missed()

    def _count_missed(self) -> None:
        while self._missed:
            self.ledger.missed(self._missed.popleft())

    def _open(self) -> None:
        self._count_missed()
        self.trouble = None
        try:
            wire = self._opened(self._ends)
        except PortTrouble as trouble:
            self.trouble = trouble
            return
        if wire is None:
            return
        wire.tend()
        with self._lock:
            self._count_missed()
            self.ledger.back()
            self._pay(wire)
            self._wire = wire

    def _pay(self, wire: MidiWire) -> None:
        """Send the note-offs that were missed, as soon as there is someone to hear them."""
        if self.ledger.owes and wire.reaches:
            # A connection just made holds from the next cycle on.
            at = Seconds(monotonic() + 2 * wire.lead)
            for off in self.ledger.owed():
                wire.send(off, at)

    def reports(self) -> tuple[PortReport, ...]:
        """Say how its ports are, or why there are none."""
        if self._wire is not None:
            return self._wire.reports()
        if self.trouble is None:
            return ()
        what, remedy = self.trouble.what, self.trouble.remedy
        return (PortReport(self.name, "", "both", what, remedy, works=False),)

    def close(self) -> None:
        """Let what sounds end, then close."""
        with self._lock:
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()


class Ports:
    """Every way in and out for MIDI that the settings ask for and the system has.

    It starts with whatever is there. One thread of its own takes up again what vanished and came
    back, and calls `changed` when `report` says something new. What we sent ourselves is never
    handed to `heard`, whichever way it comes back.
    """

    def __init__(self, settings: Settings, heard: Heard, changed: Callable[[], None]) -> None:
        """Open what there is.

        Raises:
            PortTrouble: a part of a name that the player gave matches two ports.

        """
        self._settings = settings
        self._hand_over = heard
        self._changed = changed
        self._guard = EchoGuard()
        self._wake = Event()
        self._closing = False
        self._system: SystemMidi | None = None
        self._patch = Patch(settings.midi_in, settings.midi_out)
        ends = Ends(self._heard, self._guard.sent, self._wake.set)
        self._by_name: dict[Direction, Line] = {}
        self._lines = self._wanted(settings.backend, ends)
        self._report: tuple[PortReport, ...] = ()
        self._thread = Thread(target=self._watch, name="antiphon-ports", daemon=True)
        self._look()
        self._refuse_doubt()
        self._thread.start()

    def _wanted(self, backend: str, ends: Ends) -> tuple[Line, ...]:
        lines: list[Line] = []
        if backend in ("auto", "jack"):
            lines.append(Line("JACK", lambda to: JackWire(to, self._patch), ends))
        if backend in ("auto", "system"):
            lines.append(Line("system", self._virtual, ends))
            self._by_name["in"] = Line("system", lambda to: self._named("in", to), ends)
            self._by_name["out"] = Line("system", lambda to: self._named("out", to), ends)
            lines.extend(self._by_name.values())
        return tuple(lines)

    def _midi(self) -> SystemMidi:
        self._system = self._system or SystemMidi.here()
        return self._system

    def _virtual(self, ends: Ends) -> MidiWire:
        midi = self._midi()
        if not midi.virtual:
            raise PortTrouble(
                "Windows has no virtual MIDI ports of its own",
                "install loopMIDI, make a port in it, and give its name as midi_in and midi_out",
            )
        return SystemWire(midi, ends)

    def _named(self, direction: Direction, ends: Ends) -> MidiWire | None:
        """Open the port that the player named, unless JACK has it: it would be heard twice."""
        part = self._part(direction)
        if not part or any(w.has(direction) for w in self._wires() if isinstance(w, JackWire)):
            return None
        try:
            midi = self._midi()
        except PortTrouble:
            return None  # the line of virtual ports says so already
        name = the_one(part, midi.ports(direction), midi.name, direction)
        return SystemWire(midi, ends, {direction: name}) if name else None

    def _part(self, direction: Direction) -> str:
        return self._settings.midi_in if direction == "in" else self._settings.midi_out

    def _wires(self) -> list[MidiWire]:
        return [line.wire for line in self._lines if line.wire is not None]

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
            before = self._report
            try:
                self._look()
            except Exception:
                log.exception("looking after the MIDI ports failed; it is tried again")
            if self._report != before:
                self._changed()

    def _look(self) -> None:
        for line in self._lines:
            line.look()
        said = [report for line in self._lines for report in line.reports()]
        self._report = (*said, *self._absent("in"), *self._absent("out"), *self._off())

    def _absent(self, direction: Direction) -> tuple[PortReport, ...]:
        """Say that the port that the player named is not there, and what is."""
        part = self._part(direction)
        if not part or self._settings.backend == "none" or self._has(direction):
            return ()
        trouble = missing(part, self._offered(direction), direction)
        return (PortReport("MIDI", part, direction, trouble.what, trouble.remedy, works=False),)

    def _has(self, direction: Direction) -> bool:
        jack = any(wire.has(direction) for wire in self._wires() if isinstance(wire, JackWire))
        line = self._by_name.get(direction)
        return jack or (line is not None and (line.wire is not None or line.trouble is not None))

    def _offered(self, direction: Direction) -> list[str]:
        names = list(self._system.ports(direction)) if self._system else []
        for wire in self._wires():
            if isinstance(wire, JackWire):
                names += wire.offers(direction)
        return names

    def _off(self) -> tuple[PortReport, ...]:
        if self._lines:
            return ()
        return (PortReport("MIDI", "", "both", "MIDI is switched off", "set backend to auto"),)

    # What everyone calls

    def _heard(self, message: bytes, at: Seconds, port: str) -> None:
        if not self._guard.is_ours(message, at):
            self._hand_over(message, at, port)

    def send(self, message: bytes, at: Seconds) -> None:
        """Have a message leave by every way at a moment: never waits, never raises."""
        for line in self._lines:
            line.send(message, at)

    @property
    def lead(self) -> Seconds:
        """How far ahead of its moment a message should be sent, to be exactly in time."""
        return Seconds(max((wire.lead for wire in self._wires()), default=0.0))

    @property
    def echoes(self) -> int:
        """How many of our own notes came back and were not taken for the player's."""
        return self._guard.echoes

    def report(self) -> tuple[PortReport, ...]:
        """Say which ports there are, how they are, what is missing and what to type."""
        return self._report

    def figures(self) -> dict[str, Figures]:
        """Say how each wire has done since it was opened."""
        return {wire.name: wire.figures() for wire in self._wires()}

    def sounding(self) -> int:
        """Return how many notes have left and not ended, on the way where they are most."""
        return max((sum(line.ledger.sounding.values()) for line in self._lines), default=0)

    def close(self) -> None:
        """Let what sounds end on every wire, then close; a dead server does not hang it."""
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
