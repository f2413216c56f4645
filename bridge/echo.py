"""Nobody hears themselves: telling what we sent from what the player plays.

A cable, a DAW track or a virtual port may bring back what left. Nothing in a MIDI message says
where it comes from, so an echo is known by what it is and when it comes: the same channel, pitch
and velocity, one round trip after it left, and no more often than it was sent.
"""

from collections import Counter, deque
from threading import Lock

from bridge.wire import is_off, is_on
from generators.music.time import Seconds

Identity = tuple[int, ...]
ASSUMED = Seconds(0.05)  # until one is measured
EARLY = 0.02  # seconds: clocks of ports are filtered, so an echo may be stamped a little early
REMEMBERED = 16  # round trips that the window is derived from
SPREAD = 4.0  # times the longest round trip: an overrun makes a loop that much longer for once
SHORTEST, LONGEST = 0.15, 1.0  # seconds: a stalled interpreter; two overrun periods of 8192


class EchoGuard:
    """Tells echoes from the player, by count: what is sent once comes back once.

    While the player holds the same key as we do, with the same velocity, both are told apart by
    number: of two that arrive one is ours. A note-off of a key that the player holds is ours only
    if we took its note-on for ours, so that a player's key never stays down.
    """

    def __init__(self, round_trip: Seconds = ASSUMED) -> None:
        self._lock = Lock()
        self._trips: deque[float] = deque([round_trip], maxlen=REMEMBERED)
        self._sent: dict[Identity, deque[float]] = {}
        self._echoing: Counter[Identity] = Counter()
        self._held: Counter[Identity] = Counter()
        self.echoes = 0

    @property
    def window(self) -> Seconds:
        """How long after it left a message may come back, from the round trips measured."""
        return Seconds(min(max(SPREAD * max(self._trips), SHORTEST), LONGEST))

    def measured(self, round_trip: Seconds) -> None:
        """Take note of a round trip that was measured elsewhere, such as two JACK periods."""
        with self._lock:
            self._trips.append(round_trip)

    def sent(self, message: bytes, at: Seconds) -> None:
        """Remember a note message that leaves at this moment."""
        identity = _identity(message)
        if identity is None:
            return
        with self._lock:
            left = self._sent.setdefault(identity, deque())
            self._forget(left, at)
            left.append(at)

    def is_ours(self, message: bytes, at: Seconds) -> bool:
        """Say whether this is an echo of something that left; each one sent answers for one."""
        identity = _identity(message)
        if identity is None:
            return False
        with self._lock:
            left = self._sent.get(identity, deque())
            self._forget(left, at)
            there = bool(left) and left[0] <= at + EARLY
            ours = there and (self._ends(message) if is_off(message) else True)
            self._count(message, ours)
            if ours:
                self._trips.append(max(0.0, at - left.popleft()))
            return ours

    def _ends(self, message: bytes) -> bool:
        """Say whether a note-off may end an echo: the player holds no such key, or we had one."""
        voice = _end_of(message)
        return self._echoing[voice] > 0 or not self._held[voice]

    def _count(self, message: bytes, ours: bool) -> None:
        """Keep count of what is down: by the player, and as an echo of ours."""
        voice = _end_of(message)
        down = self._echoing if ours else self._held
        if not is_off(message):
            down[voice] += 1
        elif down[voice]:
            down[voice] -= 1
        self.echoes += ours

    def _forget(self, left: deque[float], now: Seconds) -> None:
        while left and left[0] < now - self.window:
            left.popleft()


def _identity(message: bytes) -> Identity | None:
    """Return what a note message is known by; ends in any spelling are one."""
    if is_on(message):
        return tuple(message)
    return _end_of(message) if is_off(message) else None


def _end_of(message: bytes) -> Identity:
    return (0x80 | message[0] & 0x0F, message[1])
