"""What a host's song positions count.

The MIDI standard counts sixteenths. Ardour 7 counts clocks, so that every position it names is
read six times too far. A single number tells nothing, so what the standard says is believed, and
held against where the song is by other evidence: its own clocks, where it goes on after a stop, and
what JACK or the DAW's OSC says meanwhile.
"""

from typing import Final

SIXTEENTH: Final = 6  # clocks
NEAR: Final = 6  # clocks within which the same place is meant
BEAT: Final = 24  # clocks
OFTEN: Final = 3  # agreements in a row, all against what is believed, that are no coincidence


class Places:
    """Reads song positions in the unit that the evidence speaks for."""

    def __init__(self) -> None:
        self._unit = SIXTEENTH
        self._off = 0  # clocks that the song is further on if positions count the other unit
        self._against = 0

    def read(self, position: int, here: int) -> int:
        """Return the clock that a song position names; `here` is the next where it stands."""
        self._weigh(
            _goes_on(position * self._unit, here),
            _goes_on(position * self._other, here + self._off),
        )
        self._off = position * (self._other - self._unit)
        return position * self._unit

    def start(self) -> None:
        """Begin at the song's start, which needs no number."""
        self._off = 0

    def moved(self, place: float, here: int) -> int:
        """Return by how many clocks the song is elsewhere, now that a source names its place."""
        by = self._off
        if not self._weigh(abs(place - here) <= NEAR, abs(place - here - by) <= NEAR):
            return 0
        self._off = -by
        return by

    @property
    def _other(self) -> int:
        return 1 if self._unit == SIXTEENTH else SIXTEENTH

    def _weigh(self, agrees: bool, otherwise: bool) -> bool:
        """Count what speaks for the other reading alone; say whether that is believed from now."""
        if agrees and otherwise:
            return False
        self._against = self._against + 1 if otherwise else 0
        if self._against < OFTEN:
            return False
        self._unit, self._against = self._other, 0
        return True


def _goes_on(there: int, here: int) -> bool:
    """Say whether a host that stopped here goes on there: at once, or, as Ardour, on its beat."""
    return abs(there - here) <= NEAR or (0 <= there - here < BEAT and there % BEAT == 0)
