"""MIDI clock: counted for the position, fitted for the tempo.

Hosts send clock at the edges of audio blocks, so single intervals say little. Position comes
from counting; tempo and phase from a least-squares line through the last two quarters, which
is cut short when the newest clocks leave the line (a change of tempo).
"""

from collections import deque
from dataclasses import replace
from statistics import fmean
from typing import Final

from bridge.transport import FASTEST, SLOWEST, Transport
from generators.music.time import QUARTER, Seconds

CLOCK = 0xF8
PER_QUARTER: Final = 24
TICKS: Final = QUARTER // PER_QUARTER
WINDOW = 48
SHORT = 6  # clocks that are enough to believe a new tempo
ASTRAY = 0.003  # seconds off the line, again and again on one side: a new tempo
PATIENCE = Seconds(5.0)  # a host that was held up for longer has to start anew
LOST = Seconds(0.5)  # without a clock for so long while playing, the host is gone: 5 BPM


class MidiClock:
    """A host's clock, fed message by message; it gives the transport when that changes."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, float]] = deque(maxlen=WINDOW)
        self._count = 0  # clocks since the start of the song
        self._next = 0  # where the next clock will be when the song starts
        self._armed = False
        self._held_up: Seconds | None = None
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
                self._arm()
            case 0xFB:
                self._arm()
            case 0xFC:
                return self._stop(at, transport)
            case 0xF2 if len(message) == 3:
                self._next = (message[1] | message[2] << 7) * 6
                if not self.playing:
                    tick = float(self._next * TICKS)
                    return replace(transport, tick=tick, at=at, playing=False)
        return None

    def lost(self, now: Seconds) -> bool:
        """Say whether a playing host has fallen silent."""
        return self.playing and self.last is not None and now - self.last > LOST

    @property
    def armed(self) -> bool:
        """Whether the song starts with the next clock."""
        return self._armed

    def pause(self) -> None:
        """Stand still until clocks come again: a host that was held up goes on where it was."""
        self.playing, self._armed, self._next = False, True, self._count + 1
        self._held_up = self.last

    def _arm(self) -> None:
        """Start with the next clock, as the MIDI specification says."""
        self._armed = True
        self._held_up = None

    def _stop(self, at: Seconds, transport: Transport) -> Transport:
        if self.playing:
            self._next = self._count + 1
        self.playing = self._armed = False
        return replace(transport.anchored(at), playing=False)

    def _clock(self, at: Seconds, transport: Transport) -> Transport | None:
        self._count += 1
        if self._armed and self._held_up and at - self._held_up > PATIENCE:
            self._armed = False  # that was no hiccup: the host has stopped without saying so
        if self._armed:
            self._held_up = None
            self._count, self._armed, self.playing = self._next, False, True
            self._renumber(at)
        if self.last is not None and at - self.last > LOST:
            self._seen.clear()
        self.last = at
        self._seen.append((self._count, at))
        line = self._line()
        if line is not None:
            self.tempo = min(max(60 / (line[1] * PER_QUARTER), SLOWEST), FASTEST)
        if not self.playing:
            tempo = self.tempo or transport.tempo
            return None if line is None else replace(transport.anchored(at), tempo=tempo)
        moment = at if line is None else line[0]
        return replace(
            transport,
            playing=True,
            tempo=self.tempo or transport.tempo,
            tick=float(self._count * TICKS),
            at=Seconds(moment),
        )

    def _renumber(self, at: Seconds) -> None:
        """Keep the tempo that clocks before the start have shown."""
        by = self._count - self._seen[-1][0] - 1 if self._seen else 0
        self._seen = deque(((n + by, moment) for n, moment in self._seen), maxlen=WINDOW)

    def _line(self) -> tuple[float, float] | None:
        """Return the fitted moment of the newest clock and seconds a clock, None if too early."""
        if len(self._seen) < SHORT:
            return None
        points = list(self._seen)
        if len(points) == WINDOW and _has_turned(points[:-SHORT], points[-SHORT:]):
            points = points[-SHORT:]
            self._seen = deque(points, maxlen=WINDOW)
        return _least_squares(points)


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


def _has_turned(older: list[tuple[int, float]], newer: list[tuple[int, float]]) -> bool:
    """Say whether the newest clocks have all left the line of those before, on one side.

    How far is told by how much those before waver: the edges of audio blocks are no new tempo.
    """
    moment, step = _least_squares(older)
    last = older[-1][0]

    def off(point: tuple[int, float]) -> float:
        return point[1] - moment - step * (point[0] - last)

    far = max(ASTRAY, 3 * fmean(off(point) ** 2 for point in older) ** 0.5)
    leaving = [off(point) for point in newer[-4:]]
    return all(each > far for each in leaving) or all(each < -far for each in leaving)


def _least_squares(points: list[tuple[int, float]]) -> tuple[float, float]:
    """Return the line's value at the newest point, and its slope."""
    last = points[-1][0]
    xs = [n - last for n, _ in points]
    ys = [moment - points[-1][1] for _, moment in points]
    size, sx, sy = len(xs), sum(xs), sum(ys)
    spread = size * sum(x * x for x in xs) - sx * sx
    slope = (size * sum(x * y for x, y in zip(xs, ys, strict=True)) - sx * sy) / spread
    return points[-1][1] + (sy - slope * sx) / size, max(slope, 60 / (FASTEST * PER_QUARTER))
