"""RtMidi's JACK side, which stands in for the system's MIDI where there is no ALSA."""

from threading import Event
from typing import Any, Literal

import pytest
import rtmidi

from bridge.wires.midi import SystemMidi, quiet

JOINS = 0.1
"""Seconds until a connection on JACK holds: from the cycle after it was made, or from a later one
where the machine is busy. ALSA's hold at once, so nothing that is sent to those is lost."""


class Joined(rtmidi.MidiOut):  # type: ignore[misc]  # rtmidi has no types
    """A way out that returns when its connection holds, as ALSA's does."""

    def open_port(self, *where: Any) -> Any:
        """Connect to a port of another program."""
        port = super().open_port(*where)
        Event().wait(JOINS)
        return port


class StandIn(SystemMidi):
    """The system's MIDI, on a JACK server."""

    def __init__(self) -> None:
        """Go by the name of what it stands in for."""
        super().__init__(rtmidi.API_UNIX_JACK, "ALSA")

    def made(self, direction: Literal["in", "out"], client: str) -> Any:
        """Return a new client without a port."""
        if direction == "in":
            return super().made(direction, client)
        with quiet():
            return Joined(self.api, client)


def skip_without_stand_in() -> None:
    """Skip a test, with a plain reason, where RtMidi was built without JACK."""
    if rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api():
        pytest.skip("this RtMidi has no JACK side to stand in for the system's MIDI")
