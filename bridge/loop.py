"""A note to ourselves: whether what we play comes back, and how long it takes."""

from queue import Empty, SimpleQueue
from statistics import median
from time import monotonic

from bridge.errors import PortTrouble
from bridge.wire import Ends, MidiWire, PortReport
from bridge.wires.midi import SystemMidi, SystemWire
from generators.music.time import Seconds

NOTES = 5
PATIENCE = 2.0  # seconds until a note counts as lost
TITLE = "Antiphon doctor"


class Loop:
    """Plays notes into one end of a wire and waits for them at the other."""

    def __init__(self) -> None:
        self._came: SimpleQueue[tuple[bytes, float]] = SimpleQueue()
        self.ends = Ends(self._heard, lambda message, at: None, lambda: None)

    def _heard(self, message: bytes, at: Seconds, port: str) -> None:
        self._came.put((message, monotonic()))

    def report(self, out: MidiWire, wire: str) -> PortReport:
        """Play a few notes, and say what became of them."""
        trips = [self._trip(out, 60 + number) for number in range(NOTES)]
        came = [trip for trip in trips if trip is not None]
        if not came:
            what, remedy = "a note to itself did not come back", "look at `antiphon ports`"
            return PortReport(wire, TITLE, "both", what, remedy, works=False)
        lost = f", {NOTES - len(came)} of {NOTES} lost" if len(came) < NOTES else ""
        state = f"a note to itself came back after {median(came) * 1000:.1f} ms{lost}"
        return PortReport(wire, TITLE, "both", state, works=not lost)

    def _trip(self, out: MidiWire, pitch: int) -> Seconds | None:
        """Return the time from a note's moment until it is heard, None if it is not."""
        note = bytes((0x90, pitch, 1))
        due = monotonic() + out.lead + 0.02
        out.send(note, Seconds(due))
        out.send(bytes((0x80, pitch, 0)), Seconds(due))
        end = due + PATIENCE
        while (wait := end - monotonic()) > 0:
            try:
                message, moment = self._came.get(timeout=wait)
            except Empty:
                return None
            if message == note:
                return Seconds(moment - due)
        return None


def system_loop(midi: SystemMidi) -> tuple[PortReport, ...]:
    """Play a note to ourselves over a virtual pair of the system's MIDI.

    Raises:
        PortTrouble: no port can be had.

    """
    if not midi.virtual:
        midi.close()
        what = f"{midi.name} has no virtual ports, so no note can be played to itself"
        return (PortReport(midi.name, "", "both", what, "with loopMIDI, name its port"),)
    loop = Loop()
    out = SystemWire(midi, loop.ends, title=TITLE)
    try:
        name = _own(midi)
        back = SystemWire(midi, loop.ends, {"in": name}, title=TITLE)
        try:
            return (loop.report(out, midi.name),)
        finally:
            back.close()
    finally:
        out.close()
        midi.close()


def _own(midi: SystemMidi) -> str:
    for name in midi.every("in"):
        if f"{TITLE} out" in name:
            return name
    raise PortTrouble(
        f"{midi.name} does not show us our own ports", "nothing is wrong, only not tested"
    )
