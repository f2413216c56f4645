"""JACK's transport: whether it rolls and where, with bar, beat and tempo if a program gives them.

JACK knows frames; bars and beats come from the program that is its timebase master, if there is
one. What it says is read on a thread of its own, away from the process callback.
"""

import logging
import math
from collections.abc import Callable, Mapping
from threading import Event, Thread
from time import monotonic
from typing import Any, Final

from bridge.events import Stated
from generators.music.errors import BadValue
from generators.music.time import Meter, Seconds

log = logging.getLogger(__name__)
LOOK: Final = 0.05  # seconds between two looks while it rolls
MICRO: Final = 1e-6
SOURCE: Final = "jack"


class RollingWatch:
    """Tells where the transport is: often while it rolls, and when something changed if not.

    While it stands, nobody wakes to look: `glance` does so in periods in which we are awake anyway.
    """

    def __init__(self, client: Any, jack: Any, stated: Callable[[Stated], None]) -> None:
        self._client, self._jack, self._stated = client, jack, stated
        self._query = jack._lib.jack_transport_query  # with a position that no other thread fills
        self._pointer, self._position = client._ptr, jack._ffi.new("jack_position_t *")
        self._seen: tuple[object, ...] = ()
        self._wake = Event()
        self._ended = False
        self._rolls = False
        self._said: tuple[object, ...] = (False, None, None, 0)  # as JACK is when it starts
        self._frame = 0
        self._apart = math.inf
        self._thread = Thread(target=self._watch, name="antiphon-jack-transport", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def end(self) -> None:
        """Look no more; it does not wait, for it is called on JACK's threads too."""
        self._ended = True
        self._wake.set()

    def wait(self, seconds: float) -> None:
        """Wait until nobody asks the client any more, so that it can be closed."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def glance(self) -> None:
        """Have it told if the transport is not as it stood; for the process callback."""
        if self._rolls:
            return
        place = self._position
        state = self._query(self._pointer, place)
        self._compare(place.usecs)
        seen = (state, place.frame, place.valid, place.beats_per_minute, place.beats_per_bar)
        if seen != self._seen:
            self._seen = seen
            self._wake.set()

    def _compare(self, usecs: int) -> float:
        """Return when a cycle of JACK's began, by its clock, and learn how far that is from ours.

        The two are never nearer than they are, so of all looks the one that came soonest after
        its cycle began tells how far apart.
        """
        began = usecs * MICRO
        self._apart = min(self._apart, monotonic() - began)
        return began

    def _watch(self) -> None:
        while True:
            self._wake.wait(LOOK if self._rolls else None)
            self._wake.clear()
            if self._ended:
                return
            try:
                self._look()
            except (self._jack.JackError, OSError, BadValue, ArithmeticError) as error:
                log.debug("JACK's transport cannot be read: %s", error)

    def _look(self) -> None:
        state, position = self._client.transport_query()
        began = self._compare(position["usecs"])
        at = Seconds(began + self._apart)
        if self._ended:
            return
        self._rolls = rolls = state == self._jack.ROLLING
        word = stated(rolls, position, at)
        now = (rolls, word.meter, word.tempo, None if rolls else position["frame"])
        # Within one cycle the position is the same as at the last look.
        moved = rolls and position["frame"] != self._frame
        self._frame = position["frame"]
        if moved or now != self._said:
            self._stated(word)
        self._said = now


def stated(rolls: bool, position: Mapping[str, Any], at: Seconds) -> Stated:
    """Return what a position of JACK's says.

    Bars count from 1 in the meter that now holds. The tempo is given in beats of the meter's unit.

    Raises:
        BadValue: the meter is none that music knows.

    """
    seconds = position["frame"] / position["frame_rate"]
    if "bar" not in position or not position.get("beats_per_minute"):
        return Stated(SOURCE, rolls, at, seconds=seconds)
    of_quarter = 4 / position["beat_type"]
    per_bar = position["beats_per_bar"]
    done = position["tick"] / position["ticks_per_beat"]
    beats = (position["bar"] - 1) * per_bar + position["beat"] - 1 + done
    # An offset is how far the position was before the cycle's first frame.
    behind = position.get("bbt_offset", 0) / position["frame_rate"]
    beats += behind * position["beats_per_minute"] / 60
    meter = Meter(round(per_bar), round(position["beat_type"]))
    tempo = position["beats_per_minute"] * of_quarter
    return Stated(SOURCE, rolls, at, beats * of_quarter, seconds, tempo, meter)
