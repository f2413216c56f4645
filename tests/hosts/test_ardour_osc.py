"""Antiphon follows Ardour by its OSC feedback alone: no MIDI goes from one to the other."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.daemon import Running, running
from tests.hosts.ardour import OSC, Ardour, ardour
from tests.jack_server import jack_server, until

SECOND = 48000  # frames
FLAGS = ("--backend=none", "--model=rules", "--role=off", f"--ardour-port={OSC}")
AGAIN = 8.0  # seconds after which a key is pressed again


@dataclass
class Beside:
    """Antiphon beside an Ardour."""

    host: Ardour
    daemon: Running

    @property
    def song(self) -> dict[str, Any]:
        """The song that Antiphon follows."""
        found: dict[str, Any] = self.daemon.status()["transport"]
        return found

    def plays_at(self, bpm: float) -> bool:
        """Tell whether the song plays at a tempo."""
        song = self.song
        return bool(song["playing"]) and abs(song["bpm"] - bpm) < 1.5

    def press(self, key: str, shown: Callable[[], object], what: str) -> None:
        """Press a key of Ardour's until it shows: it heeds none while it is busy."""
        due = monotonic()

        def shows() -> object:
            nonlocal due
            if monotonic() >= due:
                self.host.tell(key, 1.0)
                due = monotonic() + AGAIN
            return shown()

        self.wait(shows, what)

    def wait(self, shown: Callable[[], object], what: str) -> None:
        """Wait until something shows."""
        try:
            until(shown, 40, what)
        except AssertionError as error:
            error.add_note(f"Antiphon's status: {self.daemon.status()}")
            if self.host.lost_jack:  # Antiphon has no port there, and no part in it
                pytest.skip("Ardour lost its JACK server in the middle of the test")
            raise


@pytest.mark.timeout(600)
def test_play_tempo_locate_and_stop_are_followed(tmp_path: Path) -> None:
    with (
        jack_server(256) as server,
        ardour(server, tmp_path) as host,
        running(*FLAGS, environment=server.environment) as daemon,
    ):
        beside = Beside(host, daemon)
        beside.wait(lambda: daemon.status()["ardour_answers"], "for Ardour to see a surface")
        host.tell("/transport_stop", 1.0)
        beside.wait(lambda: not beside.song["playing"], "for Ardour to stand")
        host.tell("/goto_start", 1.0)
        beside.press("/transport_play", lambda: beside.plays_at(120.0), "for Ardour to play")
        assert beside.song["source"] == "daw"
        host.tempo(150.0)
        beside.wait(lambda: beside.plays_at(150.0), "for the new tempo")
        host.tell("/locate", 60 * SECOND, 1)
        beside.wait(lambda: 150 <= beside.song["beat"] < 180, "for the place that was sought")
        beside.wait(lambda: beside.plays_at(150.0), "for the tempo there")
        host.tell("/transport_stop", 1.0)
        beside.wait(lambda: not beside.song["playing"], "for Ardour to stop")
        host.tell("/locate", 20 * SECOND, 0)
        host.tell("/transport_play", 1.0)  # at once: Ardour does, and never says that it plays
        beside.wait(lambda: beside.plays_at(150.0), "for Ardour to play without saying so")
        host.tell("/transport_stop", 1.0)
        beside.wait(lambda: not beside.song["playing"], "for Ardour to stop again")
