"""One way in and out for MIDI, kept open."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from time import monotonic

from bridge.errors import PortTrouble
from bridge.wire import Ends, Ledger, MidiWire, PortReport, Voice, is_off, voice_of
from generators.music.time import Seconds

BLIND = 2.0  # seconds that a wire may have been dead before it was noticed
MOST_ENDED = 1024  # note-offs that are remembered for that long


class Line:
    """One way in and out that is kept open, and what it owes when it comes back.

    `opened` makes the wire, gives None where it is not wanted now, or raises PortTrouble, which
    is kept for the report. Only one thread may call `look` and `close`; `send` is for any.
    """

    def __init__(
        self,
        name: str,
        opened: Callable[[Ends], MidiWire | None],
        ends: Ends,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self._now = now
        self.trouble: PortTrouble | None = None
        self.ledger = Ledger()
        self._opened = opened
        self._ends = replace(ends, left=self._left(ends.left))
        self._lock = Lock()
        self._wire: MidiWire | None = None
        self._missed: deque[bytes] = deque()
        self._ended: deque[tuple[float, Voice]] = deque(maxlen=MOST_ENDED)
        self._parted = False  # whether nobody is at the other end of a wire that lives

    def _left(self, left: Callable[[bytes, Seconds], None]) -> Callable[[bytes, Seconds], None]:
        def counted(message: bytes, at: Seconds) -> None:
            self._count(message)
            left(message, at)

        return counted

    def _count(self, message: bytes) -> None:
        """Count what has left the port, whether anyone heard it or not.

        Who has just been connected hears at once, though `look` comes by only now and then.
        """
        wire = self._wire
        if self._parted and wire is not None:
            self._see_who_hears(wire)
        if self._parted:
            self.ledger.missed(message)
            return
        self.ledger.left(message)
        if is_off(message):
            self._ended.append((self._now(), voice_of(message)))

    @property
    def wire(self) -> MidiWire | None:
        """The wire, while it is there."""
        return self._wire

    @property
    def names(self) -> tuple[str, ...]:
        """What the way out is called: the wire, and its port."""
        wire = self._wire
        if wire is None:
            return (self.name,)
        ports = (report.port for report in wire.reports() if report.direction != "in")
        return (self.name, wire.name, *ports)

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
            self._see_who_hears(self._wire)
            self._pay(self._wire)

    def _see_who_hears(self, wire: MidiWire) -> None:
        """Take note whether anyone is at the other end: a cable that was pulled misses ends too."""
        parted = not wire.reaches
        if parted and not self._parted:
            self._owe_of_late()
        elif self._parted and not parted:
            self.ledger.back()
        self._parted = parted

    def _bury(self, dead: MidiWire) -> None:
        with self._lock:
            self._wire = None
        dead.close()
        if not self._parted:
            self._owe_of_late()
        for message in dead.unsent():
            self.ledger.missed(message)
        self._count_missed()

    def _owe_of_late(self) -> None:
        """Owe what was ended since someone was last seen to hear it: it may have gone nowhere."""
        since = self._now() - BLIND
        self.ledger.owe([voice for moment, voice in self._ended if moment > since])
        self._ended.clear()

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
            self._wire, self._parted = wire, not wire.reaches
        self._pay(wire)

    def _pay(self, wire: MidiWire) -> None:
        """Send the note-offs that were missed, as soon as there is someone to hear them."""
        if self.ledger.owes and wire.reaches:
            # A connection just made holds from the next cycle on.
            at = Seconds(self._now() + 2 * wire.lead)
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
