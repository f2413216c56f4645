"""A cable from our output to our input, in virtual time, and who is taken for whom."""

from collections import deque
from random import Random

from bridge.echo import EchoGuard
from generators.music.time import Seconds

TRIP = (0.005, 0.011)  # seconds of a round trip: one to two JACK periods of 256 frames
SAME = 0.05  # seconds within which two equal messages may be taken for one another


class Cable:
    """Brings back what leaves, past the guard that is to know it.

    Of two equal messages at nearly one moment, one ours and one the player's, it is all the same
    which one is let through: such an exchange is no error.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._guard = EchoGuard()
        self._latest = 0.0
        self._owed: dict[bytes, deque[float]] = {}
        self.echoes = 0
        """How many of ours were taken for the player's."""
        self.swallowed = 0
        """How many of the player's were taken for ours."""

    def back(self, at: Seconds) -> Seconds:
        """Return when what leaves at a moment comes back: never before what left earlier."""
        self._latest = max(self._latest, at + self._rng.uniform(*TRIP))
        return Seconds(self._latest)

    def sent(self, message: bytes, at: Seconds) -> None:
        """Let the guard know what leaves."""
        self._guard.sent(message, at)

    def passes(self, message: bytes, at: Seconds, *, ours: bool) -> bool:
        """Say whether the guard takes a message that arrives for the player's, and keep count."""
        through = not self._guard.is_ours(message, at)
        owed = self._owed.setdefault(message, deque())
        while owed and at - owed[0] > SAME:
            owed.popleft()
            self.swallowed += 1
        if ours and through and owed:
            owed.popleft()
        elif ours and through:
            self.echoes += 1
        elif not ours and not through:
            owed.append(at)
        return through
