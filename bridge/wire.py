"""What a way in or out for MIDI promises, and the words that ports and wires share."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Literal, Protocol

from bridge.errors import PortTrouble
from bridge.events import Stated
from generators.music.time import Seconds

Heard = Callable[[bytes, Seconds, str], None]
"""Takes a raw message, its moment on the monotonic clock and the name of the port it came by.

It may be called on any thread; it stamps and hands over, nothing else.
"""

Left = Callable[[bytes, Seconds], None]
"""Takes a message that has just been put on a port, and its moment there."""
ALL_SOUND_OFF, ALL_NOTES_OFF = 120, 123
ALL_OFF = (ALL_SOUND_OFF, ALL_NOTES_OFF)
"""Controllers that many synths ignore: what we play is ended note by note."""


def unheard(_: Stated) -> None:
    """Take no note of what a source of the transport says."""


LENGTHS = {8: 3, 9: 3, 10: 3, 11: 3, 12: 2, 13: 2, 14: 3}
"""How many bytes a message of a channel has, by the upper half of its status."""
SYSTEM_LENGTHS = {0xF1: 2, 0xF2: 3, 0xF3: 2}
"""And the messages of the system that have more than one; a dump (0xF0) has any number."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Where a wire tells what happened at its two ends, that it died, and how JACK rolls.

    Each call is quick.
    """

    heard: Heard
    left: Left
    gone: Callable[[], None]
    stated: Callable[[Stated], None] = unheard


@dataclass(frozen=True, slots=True)
class Figures:
    """How a wire has done so far; times in seconds.

    `late` messages were handed over after their moment; `latest` is the worst of them. `lost`
    ones never reached the port. `period` is the length of JACK's cycle, 0 where there is none;
    `again` note-offs were sent a second time because an overrun may have swallowed the first, and
    `repeated` buffers were read twice and counted once.
    """

    sent: int = 0
    heard: int = 0
    late: int = 0
    latest: Seconds = Seconds(0.0)
    lost: int = 0
    period: Seconds = Seconds(0.0)
    xruns: int = 0
    faults: int = 0
    again: int = 0
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class PortReport:
    """What a player wants to know of a port: does it work, and if not, what to type."""

    wire: str
    port: str
    direction: Literal["in", "out", "both"]
    state: str
    remedy: str = ""
    works: bool = True


class MidiWire(Protocol):
    """A way in and out for MIDI; all of it may be called from any thread."""

    @property
    def name(self) -> str:
        """What the player calls it: JACK, ALSA, CoreMIDI, Windows MIDI."""

    @property
    def lead(self) -> Seconds:
        """How far ahead of its moment a message should be sent, to be exactly in time."""

    @property
    def alive(self) -> bool:
        """Whether messages still go through."""

    @property
    def reaches(self) -> bool:
        """Whether anyone is at the other end of the way out, as far as can be known."""

    def send(self, message: bytes, at: Seconds) -> None:
        """Have a message leave at a moment: never waits, never raises."""

    def tend(self) -> None:
        """Look after the connections; called about once a second."""

    @property
    def troubles(self) -> tuple[PortTrouble, ...]:
        """What keeps a port that the player named from being used."""

    def unsent(self) -> tuple[bytes, ...]:
        """Return, once, what was given to a dead wire and never left."""

    def figures(self) -> Figures:
        """Say how it has done so far."""

    def reports(self) -> tuple[PortReport, ...]:
        """Say which ports it has, and how they are."""

    def close(self) -> None:
        """End what sounds as far as it was asked for, then close; never hangs."""


Voice = tuple[int, int]
"""A channel (0 to 15) and a pitch: what a note-off names."""


def voice_of(message: bytes) -> Voice:
    """Return the channel and the pitch of a note message."""
    return (message[0] & 0x0F, message[1]) if len(message) > 1 else (0, -1)


def ending(voice: Voice) -> bytes:
    """Return the note-off of a voice."""
    return bytes((0x80 | voice[0], voice[1], 0))


def all_ending() -> tuple[bytes, ...]:
    """Return what says on each channel that no key is down any more."""
    return tuple(bytes((0xB0 | channel, ALL_NOTES_OFF, 0)) for channel in range(16))


def is_on(message: bytes) -> bool:
    """Say whether a message begins a note."""
    return len(message) == 3 and message[0] & 0xF0 == 0x90 and message[2] > 0


def is_whole(message: bytes) -> bool:
    """Say whether this is one MIDI message and all of it: a JACK client may write anything."""
    if not message or message[0] < 0x80:
        return False
    status = message[0]
    if status == 0xF0:
        return True
    long = LENGTHS[status >> 4] if status < 0xF0 else SYSTEM_LENGTHS.get(status, 1)
    return len(message) == long and max(message[1:], default=0) < 0x80


def is_off(message: bytes) -> bool:
    """Say whether a message ends a note: note-off, or note-on with velocity 0."""
    return len(message) == 3 and (
        message[0] & 0xF0 == 0x80 or (message[0] & 0xF0 == 0x90 and message[2] == 0)
    )


def settled(waiting: Iterable[bytes], sounding: Mapping[Voice, int]) -> list[bytes]:
    """Return what must still leave when the music stops, so that every note ends.

    Notes that wait to begin are dropped together with their ends; everything else stays, in
    order; what sounds and has no end waiting gets one.
    """
    kept: list[bytes] = []
    dropped: Counter[Voice] = Counter()
    open_ones = Counter(sounding)
    for message in waiting:
        voice = voice_of(message)
        if is_on(message):
            dropped[voice] += 1
        elif is_off(message) and dropped[voice]:
            dropped[voice] -= 1
        else:
            kept.append(message)
            open_ones[voice] -= is_off(message)
    return kept + [ending(voice) for voice in (+open_ones).elements()]


class Tally:
    """How often each note has begun and not ended; for one thread at a time."""

    def __init__(self) -> None:
        self.sounding: Counter[Voice] = Counter()

    def count(self, message: bytes) -> None:
        """Count a message, which may be no note at all."""
        if is_on(message):
            self.sounding[voice_of(message)] += 1
        elif is_off(message) and self.sounding[voice_of(message)] > 0:
            self.sounding[voice_of(message)] -= 1

    def endings(self, channel: int | None = None) -> list[bytes]:
        """Return the note-offs of all that has not ended, on one channel or on all."""
        voices = (+self.sounding).elements()
        return [ending(voice) for voice in voices if channel in (None, voice[0])]


class Ledger:
    """The notes that sound at the far end of a wire, and the ends that it has missed.

    A note is counted when its start has left the port, so that one whose end was asked for
    while the wire was dead is ended as soon as the wire is back, exactly as often as it began.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._tally = Tally()
        self._unheard: Counter[Voice] = Counter()
        self._owed: Counter[Voice] = Counter()

    def left(self, message: bytes) -> None:
        """Count a message that has left the port."""
        with self._lock:
            self._tally.count(message)

    def missed(self, message: bytes) -> None:
        """Count a message that was asked for and could not leave."""
        with self._lock:
            voice = voice_of(message)
            if is_on(message):
                self._unheard[voice] += 1
            elif is_off(message) and self._unheard[voice]:
                self._unheard[voice] -= 1
            elif is_off(message) and self._owed[voice] < self._tally.sounding[voice]:
                self._owed[voice] += 1

    def owe(self, voices: Iterable[Voice]) -> None:
        """Take over notes of an earlier life that sound and must be ended."""
        with self._lock:
            for voice in voices:
                self._tally.sounding[voice] += 1
                self._owed[voice] += 1

    def owed(self) -> tuple[bytes, ...]:
        """Return, once, the note-offs that the far end has missed."""
        with self._lock:
            offs = tuple(ending(voice) for voice in (+self._owed).elements())
            self._owed.clear()
            return offs

    def back(self) -> None:
        """Begin anew with what is missed: the wire is there again."""
        with self._lock:
            self._unheard.clear()

    @property
    def owes(self) -> bool:
        """Whether there is a note at the far end whose end it has missed."""
        with self._lock:
            return any(self._owed.values())

    @property
    def sounding(self) -> dict[Voice, int]:
        """How often each channel and pitch sounds at the far end."""
        with self._lock:
            return dict(+self._tally.sounding)
