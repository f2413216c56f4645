"""The host's loop, learnt from its jumps: what is planned for its end is played at its start."""

from bridge.transport import Transport
from generators.music.time import QUARTER, Seconds, Ticks

NEAR = QUARTER // 4  # a jump is noticed some ticks after it was made
GRACE = 0.05  # seconds within which a host that stops at the end of its loop starts anew
ANEW = 0.5  # seconds within which a host that stopped and starts earlier has jumped


class Loop:
    """Where the host jumps back, and where to; both are bar lines, or nothing is learnt.

    One jump back is enough to expect the next. A host that plays on past the end, or jumps
    elsewhere, has left the loop.
    """

    def __init__(self) -> None:
        self.start = self.end = Ticks(0)
        self.grace: Seconds | None = None
        """Until when a stop at the end of the loop is taken for the first half of a jump."""
        self._stopped = (0.0, float("-inf"))

    @property
    def length(self) -> Ticks:
        """How long it is; 0 while none is known."""
        return Ticks(self.end - self.start)

    def leads(self, here: float, there: float) -> bool:
        """Say whether a jump from here to there is the one that was expected."""
        near = max(abs(here - self.end), abs(there - self.start)) <= NEAR
        return self.length > 0 and near

    def stops(self, here: float, at: Seconds) -> bool:
        """Say whether a stop here is to be believed now: at the end of the loop it may be a jump.

        Some hosts go round by stop, song position and continue.
        """
        self._stopped = here, at
        if self.length and abs(here - self.end) <= NEAR:
            self.grace = self.grace or Seconds(at + GRACE)
        return self.grace is None

    def started(self, there: float, at: Seconds, transport: Transport) -> None:
        """Learn from a start soon after a stop: it may be the other half of a jump."""
        here, stopped = self._stopped
        if at - stopped <= ANEW and there < here:
            self.jumped(here, there, transport)

    def jumped(self, here: float, there: float, transport: Transport) -> None:
        """Learn from a jump: back to an earlier bar line is a loop, anything else is none."""
        end, start = _bar_line(here, transport), _bar_line(there, transport)
        if end is None or start is None or start >= end:
            self.forget()
        else:
            self.start, self.end = start, end

    def passed(self, tick: Ticks) -> None:
        """Drop the loop where the host has played on past its end."""
        if tick > self.end + NEAR:
            self.forget()

    def forget(self) -> None:
        """Know of none."""
        self.start = self.end = Ticks(0)
        self.grace = None

    def place(self, tick: Ticks) -> Ticks:
        """Return what the song will be at when it reaches a tick: the end is the start."""
        return self.start if self.length and tick == self.end else tick


def _bar_line(tick: float, transport: Transport) -> Ticks | None:
    """Return the bar line that is meant, if one is near."""
    line = transport.bar_at(Ticks(round(tick) + NEAR))
    return line if abs(line - tick) <= NEAR else None
