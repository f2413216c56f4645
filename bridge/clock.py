"""MIDI clock: counted for the position, fitted for the tempo.

Hosts send clock at the edges of audio blocks, so single intervals say little. Position comes
from counting; tempo and phase from a line through the last four quarters (`bridge.regression`).
"""

from dataclasses import replace
from typing import Final

from bridge.places import Places
from bridge.regression import Regression
from bridge.transport import FASTEST, SLOWEST, Transport
from generators.music.time import QUARTER, Seconds

CLOCK = 0xF8
PER_QUARTER: Final = 24
TICKS: Final = QUARTER // PER_QUARTER
PATIENCE = Seconds(5.0)  # a host that was held up for longer has to start anew
LOST = Seconds(0.5)  # without a clock for so long while playing, the host is gone: 5 BPM


class MidiClock:
    """A host's clock, fed message by message; it gives the transport when that changes."""

    def __init__(self) -> None:
        self._line = Regression()
        self._places = Places()
        self._count = 0  # clocks since the start of the song
        self._next = 0  # where the next clock will be when the song starts
        self._armed_at: Seconds | None = None  # since when the next clock starts the song
        self._held_up = False  # whether that is because the clocks stopped coming
        self._placed = False  # whether a song position came since the song started
        self.playing = False
        self.last: Seconds | None = None
        self.tempo: float | None = None

    def feed(self, message: bytes, at: Seconds, transport: Transport) -> Transport | None:
        """Take a real-time or song-position message; return the transport where it changed."""
        match message[0]:
            case 0xF8:
                return self._clock(at, transport)
            case 0xFA:
                self._next = 0
                self._places.start()
                self._arm(at)
            case 0xFB:
                if self._placed or not self.playing:  # else it goes on already
                    self._arm(at)
            case 0xFC:
                return self._stop(at, transport)
            case 0xF2 if len(message) == 3:
                here = self._count + 1 if self.playing else self._next
                self._next = self._places.read(message[1] | message[2] << 7, here)
                self._placed = True
                if not self.playing:
                    tick = float(self._next * TICKS)
                    return replace(transport, tick=tick, at=at, playing=False)
        return None

    def compare(self, tick: float) -> None:
        """Hold a place that another source names for this moment against our own.

        Where it shows that the host's song positions count something else, the song is there from
        the next clock on.
        """
        if self.playing and not self._placed:
            by = self._places.moved(tick / TICKS, self._count)
            if by:
                self._count += by
                self._line.renumber(self._count + 1)

    def lost(self, now: Seconds) -> bool:
        """Say whether a playing host has fallen silent."""
        return self.playing and self.last is not None and now - self.last > LOST

    @property
    def jitter(self) -> float:
        """By how much clocks come beside their moment, in seconds (root mean square)."""
        return self._line.jitter

    def starts_soon(self, at: Seconds) -> bool:
        """Say whether the song starts with the next clock, and it is not overdue."""
        return self._armed_at is not None and at - self._armed_at <= PATIENCE

    def pause(self) -> None:
        """Stand still until clocks come again: a host that was held up goes on where it was."""
        self.playing, self._next = False, self._count + 1
        self._armed_at, self._held_up = self.last, True

    def _arm(self, at: Seconds) -> None:
        """Start with the next clock, as the MIDI specification says."""
        self._armed_at, self._held_up = at, False

    def _stop(self, at: Seconds, transport: Transport) -> Transport:
        if self.playing:
            self._next = self._count + 1
        self.playing, self._armed_at = False, None
        return replace(transport.anchored(at), playing=False)

    def _clock(self, at: Seconds, transport: Transport) -> Transport | None:
        self._count += 1
        if self._held_up and not self.starts_soon(at):
            self._armed_at = None  # that was no hiccup: the host has stopped without saying so
        if self._armed_at is not None:
            self._count, self._armed_at, self.playing = self._next, None, True
            self._placed = False
            self._line.renumber(self._count)  # clocks before the start have shown the tempo
        if self.last is not None and at - self.last > LOST:
            self._line.clear()
        self.last = at
        line = self._line.add(self._count, at)
        if line is not None:
            step = max(line.step, 60 / (FASTEST * PER_QUARTER))
            self.tempo = max(60 / (step * PER_QUARTER), SLOWEST)
        if not self.playing:
            tempo = self.tempo or transport.tempo
            return None if line is None else replace(transport.anchored(at), tempo=tempo)
        moment = at if line is None else line.moment
        return replace(
            transport,
            playing=True,
            tempo=self.tempo or transport.tempo,
            tick=float(self._count * TICKS),
            at=Seconds(moment),
        )


class Host:
    """The one that is followed, of all ports that send a clock: keyboards do so all the time."""

    def __init__(self) -> None:
        self.clock = MidiClock()
        self._port = ""

    def feed(
        self, message: bytes, at: Seconds, port: str, transport: Transport
    ) -> Transport | None:
        """Take a message of any port; return the transport where the host has changed it.

        A port that starts the song is the host, until another one does while it stands still.
        """
        last = self.clock.last
        free = last is None or at - last > LOST or message[0] in (0xFA, 0xFB)
        if port != self._port and free and not self.clock.playing:
            self._port, self.clock = port, MidiClock()
        return self.clock.feed(message, at, transport) if port == self._port else None
