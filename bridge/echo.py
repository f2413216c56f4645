"""Nobody hears themselves: telling what we sent from what the player plays.

A cable, a DAW track or a virtual port may bring back what left. Nothing in a MIDI message says
where it comes from, so an echo is known by what it is and when it comes: the same channel, pitch
and velocity, one round trip after it left, and no more often than it was sent.

What the player plays may be passed on (`thru`). It then leaves as it came, and a key struck again
with the same velocity, or a wheel moved back, is no echo. So what left because it had come is an
echo only where a loop is known: one of our own notes came back, or a key went down that was not
up. Until then a wheel may go round; the first note that is held longer than a round trip ends that.
"""

from collections import deque
from threading import Lock
from typing import NamedTuple

from bridge.wire import Tally, is_off, is_on, voice_of
from generators.music.time import Seconds

Identity = tuple[int, ...]
ASSUMED = Seconds(0.05)  # until one is measured
EARLY = 0.02  # seconds: clocks of ports are filtered, so an echo may be stamped a little early
REMEMBERED = 16  # round trips that the window is derived from
SPREAD = 4.0  # times the longest round trip: an overrun makes a loop that much longer for once
PASSED = 0.25  # seconds within which what came is passed on, on a busy machine
MOST = 8192  # different messages that are remembered
KNOWN = 60.0  # seconds for which a loop is believed to be there after it was seen
SHORTEST, LONGEST = 0.15, 1.0  # seconds: a stalled interpreter; two overrun periods of 8192


class _Sent(NamedTuple):
    """When a message left, and whether it only passed on what had come."""

    at: float
    passed: bool


class EchoGuard:
    """Tells echoes from the player, by count: what is sent once comes back once.

    While the player holds the same key as we do, with the same velocity, both are told apart by
    number: of two that arrive one is ours. A note-off of a key that the player holds is ours only
    if we took its note-on for ours, so that a player's key never stays down.
    """

    def __init__(self, round_trip: Seconds = ASSUMED) -> None:
        self._lock = Lock()
        self._trips: deque[float] = deque([round_trip], maxlen=REMEMBERED)
        self._sent: dict[Identity, deque[_Sent]] = {}
        self._came: dict[Identity, deque[float]] = {}
        self._loop_until = float("-inf")
        self._echoing = Tally()
        self._held = Tally()
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
        """Remember a message of a channel that leaves at this moment."""
        identity = _identity(message)
        if identity is None:
            return
        with self._lock:
            self._tidy(at)
            left = self._sent.setdefault(identity, deque())
            self._forget(left, at)
            left.append(_Sent(at, self._has_come(identity, at)))

    def is_ours(self, message: bytes, at: Seconds) -> bool:
        """Say whether this is an echo of something that left; each one sent answers for one."""
        identity = _identity(message)
        if identity is None:
            return False
        with self._lock:
            left = self._sent.get(identity, deque())
            self._forget(left, at)
            sent = self._oldest(left, at)
            ours = sent is not None and self._came_back(message, sent, at)
            if sent is not None and ours:
                left.remove(sent)
                self.echoes += 1
                self._echoing.count(message)
                self._trips.append(max(0.0, at - sent.at))
            else:
                self._player_did(message)
                self._came.setdefault(identity, deque(maxlen=REMEMBERED)).append(at)
            return ours

    def _oldest(self, left: deque[_Sent], at: Seconds) -> _Sent | None:
        """Return what may have come back: the oldest, or our own oldest while no loop is known."""
        there = [sent for sent in left if sent.at <= at + EARLY]
        own = [sent for sent in there if not sent.passed] if at >= self._loop_until else []
        return next(iter(own or there), None)

    def _player_did(self, message: bytes) -> None:
        """Count what the player did; the end of a key that was taken for an echo ends that."""
        an_echo_ends = is_off(message) and not self._held.sounding[voice_of(message)]
        (self._echoing if an_echo_ends else self._held).count(message)

    def _has_come(self, identity: Identity, now: Seconds) -> bool:
        """Say whether this came lately and has not been passed on yet; each one answers for one."""
        came = self._came.get(identity, deque())
        while came:
            if came.popleft() >= now - PASSED:
                return True
        return False

    def _came_back(self, message: bytes, sent: _Sent, at: Seconds) -> bool:
        """Say whether a message that equals one that was sent is that one."""
        if is_off(message):
            return self._ends(message)
        down_already = self._held.sounding[voice_of(message)] > 0
        if (is_on(message) and down_already) or not sent.passed:
            self._loop_until = at + KNOWN
        return at < self._loop_until

    def _ends(self, message: bytes) -> bool:
        """Say whether a note-off may end an echo: the player holds no such key, or we had one."""
        voice = voice_of(message)
        return self._echoing.sounding[voice] > 0 or not self._held.sounding[voice]

    def _tidy(self, now: Seconds) -> None:
        """Drop what is long over: a wheel has many thousand places."""
        if len(self._sent) + len(self._came) > MOST:
            old = now - LONGEST
            self._sent = {each: q for each, q in self._sent.items() if q and q[-1].at > old}
            self._came = {each: q for each, q in self._came.items() if q and q[-1] > old}

    def _forget(self, left: deque[_Sent], now: Seconds) -> None:
        while left and left[0].at < now - self.window:
            left.popleft()


def _identity(message: bytes) -> Identity | None:
    """Return what a message of a channel is known by; ends of notes in any spelling are one."""
    if is_off(message):
        return (0x80 | message[0] & 0x0F, message[1])
    return tuple(message) if 0x80 <= message[0] < 0xF0 else None
