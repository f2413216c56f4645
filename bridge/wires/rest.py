"""The periods of JACK's in which nothing happens: nearly all of them, so they must cost little.

JACK waits for its clients in each period. Where a C compiler was at hand when Antiphon was set up,
quiet periods are seen to by the few lines of `rest.c`, and Python is called only when a message
came, one is to leave, or it is time to look at the clocks. That costs half as much (docs/bench.md
has the figures), and no thread of Python's can make JACK wait. Elsewhere Python does the same.
"""

import ctypes
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)
LONGEST = 0.05  # seconds after which clocks, overruns and the transport are looked at all the same
COMPILED = Path(__file__).with_name("librest.so")
"""Where hatch_build.py puts `rest.c`, compiled."""


class Shared(ctypes.Structure):
    """What both ways know; `struct rest` in rest.c has the same fields in the same order."""

    _fields_ = (
        ("buffer", ctypes.c_void_p),
        ("clear", ctypes.c_void_p),
        ("count", ctypes.c_void_p),
        ("way_in", ctypes.c_void_p),
        ("way_out", ctypes.c_void_p),
        ("turn", ctypes.c_void_p),
        ("frames", ctypes.c_uint32),
        ("left", ctypes.c_uint32),
        ("rested", ctypes.c_uint32),
        ("wanted", ctypes.c_uint32),
    )


def compiled() -> Any:
    """Return the loaded library of `rest.c`, or None where there is none that fits."""
    if sys.platform == "win32" or not COMPILED.exists():
        return None
    try:
        loaded = ctypes.CDLL(str(COMPILED))
        size = ctypes.c_uint32.in_dll(loaded, "antiphon_rest_size").value
    except (OSError, ValueError) as error:
        log.debug("%s cannot be used: %s", COMPILED, error)
        return None
    return loaded if size == ctypes.sizeof(Shared) else None


class Rest:
    """Sees to a period by itself where nothing came and nothing is to leave.

    JACK asks two things of every period, and no more is done: that the way out is cleared and
    that the way in is looked at. Every other period is handed to `turn`, on JACK's thread.
    """

    def __init__(self, jack: Any, way_in: Any, way_out: Any, turn: Callable[[int], None]) -> None:
        """Watch two ports of JACK-Client's; `turn` gets the frames of the period."""
        self._jack = jack
        # What JACK-Client itself calls, without its look-up of the period and its generator.
        self._buffer = jack._lib.jack_port_get_buffer
        self._clear = jack._lib.jack_midi_clear_buffer
        self._count = jack._lib.jack_midi_get_event_count
        self._in, self._out = way_in._ptr, way_out._ptr
        self._turn = turn
        self._shared = Shared()
        self._called: Any = None

    def attend(self, client: Any) -> None:
        """Have JACK call for each period of a client that is not active yet."""
        library = compiled()
        if library is None:
            client.set_process_callback(self._process)
        else:
            self._hand_over(client, library)

    def _hand_over(self, client: Any, library: Any) -> None:
        ffi, shared = self._jack._ffi, self._shared

        def address(of: Any) -> int:
            return int(ffi.cast("uintptr_t", of))

        # JACK-Client keeps what it gives to JACK alive; so must we.
        self._called = (library, ffi.callback("JackProcessCallback", self._called_by_c))
        for name in ("buffer", "clear", "count"):
            setattr(shared, name, address(ffi.addressof(self._jack._lib, NAMES[name])))
        shared.way_in, shared.way_out = address(self._in), address(self._out)
        shared.turn = address(self._called[1])
        entry = ctypes.cast(library.antiphon_rest, ctypes.c_void_p).value
        self._jack._lib.jack_set_process_callback(
            client._ptr,
            ffi.cast("JackProcessCallback", entry),
            ffi.cast("void *", ctypes.addressof(shared)),
        )

    def _called_by_c(self, frames: int, _: object) -> int:
        self._turn(frames)
        return 0

    def _process(self, frames: int) -> None:
        if not self._passes(frames):
            self._turn(frames)

    def _passes(self, frames: int) -> bool:
        """Say whether this period may rest; it is seen to if so, and untouched if not."""
        shared = self._shared
        if not shared.left or shared.wanted or frames != shared.frames:
            return False
        # The way in is looked at first: over a loop both are one buffer.
        if self._count(self._buffer(self._in, frames)):
            return False
        self._clear(self._buffer(self._out, frames))
        shared.left -= 1
        shared.rested += 1
        return True

    def disturb(self) -> None:
        """Have the next period handed to `turn`; from any thread, after what it is to find."""
        self._shared.wanted = 1

    def begin(self, frames: int, rate: int) -> None:
        """Let the periods that follow rest, for as long as each has so many frames."""
        self._shared.frames, self._shared.left = frames, int(LONGEST * rate / frames)

    def end(self) -> tuple[int, int]:
        """Rest no more; return how many periods have rested, and how many frames each had.

        To be called in `turn` before it looks for what `disturb` told of.
        """
        shared = self._shared
        rested, frames = shared.rested, shared.frames
        shared.wanted = shared.rested = shared.left = 0
        return rested, frames


NAMES = {
    "buffer": "jack_port_get_buffer",
    "clear": "jack_midi_clear_buffer",
    "count": "jack_midi_get_event_count",
}
