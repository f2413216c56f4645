"""`antiphon calibrate`: how long a note is on its way, out of Antiphon and in again.

A cable leads from a way out back to a way in, and what left is matched with what came back. The
whole round trip is what is kept, not half of it: a host's beat reaches us late by the way in, and
our note reaches the host late by the way out, so a note that is meant for the host's beat is late
by both. (Where no host is followed, all that we play is early by the way in, and nobody plays
along with anything else.)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from threading import Event, Lock
from time import monotonic

from bridge.config import Settings
from bridge.errors import BadSetting, PortTrouble
from bridge.keeping import keep
from bridge.latency import MOST, with_port
from bridge.patch import Direction, Patch
from bridge.portnames import missing, the_one
from bridge.wire import Ends, MidiWire, is_off, is_on
from bridge.wires.jack import NAME, JackWire
from bridge.wires.midi import SystemMidi, SystemWire
from generators.music.time import Seconds

NOTES = 16
STEPS = (0.06, 0.07, 0.05, 0.08)  # seconds between notes: uneven, so that none fits another's place
LENGTH = 0.03  # seconds of a note
AFTER = 1.5  # seconds in which the last must have come back
SETTLES = 0.3  # seconds between a connection and the first note
TITLE = f"{NAME} calibrate"
LOOP = "lead a cable from it back to an input, and name both with midi_out and midi_in"


@dataclass(frozen=True, slots=True)
class Trips:
    """The way that was measured, the seconds of each round trip, and how many went missing."""

    port: str
    seconds: tuple[float, ...]
    lost: int

    @property
    def milliseconds(self) -> float:
        """The round trip: the median of all, in milliseconds."""
        return round(median(self.seconds) * 1000, 2)

    def __str__(self) -> str:
        """Say it in a sentence."""
        low, high = min(self.seconds) * 1000, max(self.seconds) * 1000
        lost = f", {self.lost} lost" if self.lost else ""
        return (
            f"{self.port}: a note is back after {self.milliseconds:g} ms "
            f"({len(self.seconds)} messages, {low:.2f} to {high:.2f} ms{lost})"
        )


class Matching:
    """Pairs what left with what came back, by what it is."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: dict[bytes, float] = {}
        self.trips: list[float] = []
        self.ends = Ends(self._heard, lambda message, at: None, lambda: None)

    def sent(self, message: bytes, at: Seconds) -> None:
        """Take note of a message and its moment at the port."""
        with self._lock:
            self._left[_identity(message)] = at

    def _heard(self, message: bytes, at: Seconds, port: str) -> None:
        with self._lock:
            left = self._left.pop(_identity(message), None)
            if left is not None:
                self.trips.append(at - left)


def _identity(message: bytes) -> bytes:
    """Return what a note is known by; drivers spell ends in two ways, and change velocities."""
    return bytes((is_on(message), message[1])) if is_on(message) or is_off(message) else message


def calibrate(settings: Settings, port: str = "", typed: float | None = None) -> str:
    """Measure a way out, or take what was typed, and keep it; return what to print.

    Raises:
        PortTrouble: there is no such way, or nothing comes back.
        BadSetting: it cannot be kept, or MIDI is switched off.

    """
    if typed is not None:
        name = port or "JACK"
        return _kept(settings, name, typed, f"{name}: {typed:g} ms, as you typed it")
    if settings.backend == "none":
        raise BadSetting("the way is not measured where MIDI is switched off", "type it with --ms")
    trips = measured(settings, port)
    return _kept(settings, trips.port, trips.milliseconds, str(trips))


def _kept(settings: Settings, port: str, milliseconds: float, said: str) -> str:
    place = keep("latency", with_port(settings.latency, port, milliseconds))
    return f"{said}; kept in {place}, and used from the next start on"


def measured(settings: Settings, port: str = "") -> Trips:
    """Play a pattern by a way out, and wait for it at the way in.

    Raises:
        PortTrouble: there is no such way, or less than half of it comes back.

    """
    jack = settings.backend in ("auto", "jack") and port.casefold() in ("", "jack")
    matching = Matching()
    if jack:
        try:
            with _jack(settings, matching) as wire:
                return _played(wire, matching, "JACK")
        except PortTrouble:
            if port or settings.backend == "jack":
                raise
    with _system(settings, matching, port) as (wire, name):
        return _played(wire, matching, name)


@contextmanager
def _jack(settings: Settings, matching: Matching) -> Iterator[JackWire]:
    """Have a JACK client whose way out leads to its way in: by the named ports, or directly."""
    patch = Patch(settings.midi_in, settings.midi_out)
    wire = JackWire(matching.ends, patch, name=f"{NAME}-calibrate")
    try:
        wire.tend()
        for trouble in wire.troubles:
            raise trouble
        if not (settings.midi_in or settings.midi_out):
            wire.loop()
        yield wire
    finally:
        wire.close()


@contextmanager
def _system(settings: Settings, matching: Matching, port: str) -> Iterator[tuple[MidiWire, str]]:
    """Have the system's ports that the player named, or a virtual pair joined to itself."""
    midi = SystemMidi.here()
    opened: list[SystemWire] = []
    try:
        out = port or settings.midi_out
        if out or settings.midi_in:
            sink, source = _named(midi, out, "out"), _named(midi, settings.midi_in, "in")
            opened.append(SystemWire(midi, matching.ends, {"out": sink}, TITLE))
            opened.append(SystemWire(midi, matching.ends, {"in": source}, TITLE))
            yield opened[0], out
            return
        if not midi.virtual:
            raise PortTrouble(f"{midi.name} has no virtual ports", f"type a port's name; {LOOP}")
        opened.append(SystemWire(midi, matching.ends, title=TITLE))
        own = next((name for name in midi.every("in") if f"{TITLE} out" in name), None)
        if own is None:
            raise PortTrouble(f"{midi.name} does not show us our own ports", LOOP)
        opened.append(SystemWire(midi, matching.ends, {"in": own}, TITLE))
        yield opened[0], midi.name
    finally:
        for wire in opened:
            wire.close()
        midi.close()


def _named(midi: SystemMidi, part: str, direction: Direction) -> str:
    names = midi.ports(direction)
    name = the_one(part, names, midi.name, direction)
    if name is None:
        raise (
            missing(part, names, direction)
            if part
            else PortTrouble(f"no way {direction} is named", LOOP)
        )
    return name


def _played(wire: MidiWire, matching: Matching, name: str) -> Trips:
    Event().wait(SETTLES)
    due = monotonic() + wire.lead + 0.1
    for nth in range(NOTES):
        for message, at in (
            (bytes((0x90, 40 + nth, 1)), due),
            (bytes((0x80, 40 + nth, 0)), due + LENGTH),
        ):
            matching.sent(message, Seconds(at))
            wire.send(message, Seconds(at))
        due += STEPS[nth % len(STEPS)]
    _wait(lambda: len(matching.trips) == 2 * NOTES, due + AFTER)
    trips = tuple(matching.trips)
    if len(trips) < NOTES or not 0 <= median(trips) * 1000 <= MOST:
        what = f"{len(trips)} of {2 * NOTES} messages that left by {name} came back"
        raise PortTrouble(what, f"{LOOP}; or type it: `antiphon calibrate {name} --ms 12`")
    return Trips(name, trips, 2 * NOTES - len(trips))


def _wait(done: Callable[[], bool], end: float) -> None:
    while not done() and monotonic() < end:
        Event().wait(0.02)
