"""Antiphon follows Ardour by its OSC feedback alone: no MIDI goes from one to the other."""

from pathlib import Path
from typing import Any

import pytest

from tests.daemon import running
from tests.hosts.ardour import OSC, ardour
from tests.jack_server import jack_server, until

SECOND = 48000  # frames
FLAGS = ("--backend=none", "--model=rules", "--role=off", f"--ardour-port={OSC}")


@pytest.mark.timeout(600)
def test_play_tempo_locate_and_stop_are_followed(tmp_path: Path) -> None:
    with (
        jack_server(256) as server,
        ardour(server, tmp_path) as host,
        running(*FLAGS, environment=server.environment) as daemon,
    ):

        def song() -> dict[str, Any]:
            found: dict[str, Any] = daemon.status()["transport"]
            return found

        def plays_at(bpm: float) -> bool:
            now = song()
            return bool(now["playing"]) and abs(now["bpm"] - bpm) < 1.5

        until(lambda: daemon.status()["ardour_answers"], 60, "for Ardour to take us for a surface")
        host.tell("/transport_stop", 1.0)
        until(lambda: not song()["playing"], 30, "for Ardour to stand")
        host.tell("/goto_start", 1.0)
        host.tell("/transport_play", 1.0)
        until(
            lambda: song()["source"] == "daw" and plays_at(120.0), 30, "for Ardour to be followed"
        )
        host.tempo(150.0)
        until(lambda: plays_at(150.0), 30, "for the new tempo")
        host.tell("/locate", 60 * SECOND, 1)
        until(lambda: 150 <= song()["beat"] < 180, 30, "for the place that was sought")
        assert plays_at(150.0)
        host.tell("/transport_stop", 1.0)
        until(lambda: not song()["playing"], 30, "for Ardour to stop")
