"""MPE: which channels are one instrument, told by the player's own controller.

An MPE controller gives each note a channel of its own, and says on the first or the last channel
how many there are (registered parameter 6, "MPE Configuration", MIDI Association, RP-053). A pedal
on that channel holds the notes of all.
"""

RPN_FINE, RPN_COARSE, DATA = 100, 101, 6
CONFIGURATION = (0, 6)  # coarse, fine
LOWER, UPPER = 0, 15
"""The master channels of the two zones."""


class Zones:
    """The zones that were configured."""

    def __init__(self) -> None:
        self._parameter = {LOWER: (127, 127), UPPER: (127, 127)}
        self._sizes = {LOWER: 0, UPPER: 0}

    def control(self, number: int, value: int, channel: int) -> None:
        """Take a controller: it may be part of a configuration."""
        if channel not in self._parameter:
            return
        coarse, fine = self._parameter[channel]
        if number == RPN_COARSE:
            self._parameter[channel] = value, fine
        elif number == RPN_FINE:
            self._parameter[channel] = coarse, value
        elif number == DATA and (coarse, fine) == CONFIGURATION:
            self._configure(channel, min(value, 15))

    def _configure(self, master: int, size: int) -> None:
        """Set a zone; the newest one takes channels from the other."""
        other = UPPER if master == LOWER else LOWER
        self._sizes[master] = size
        self._sizes[other] = max(0, min(self._sizes[other], 14 - size))

    def reached(self, channel: int) -> tuple[int, ...]:
        """Return the channels that a pedal on this one is for."""
        size = self._sizes.get(channel, 0)
        if channel == UPPER:
            return tuple(range(UPPER - size, UPPER + 1))
        return tuple(range(channel, channel + size + 1))
