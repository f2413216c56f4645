"""The way of a note, measured over a real JACK server with the output wired to the input."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from bridge.calibrate import NOTES, calibrate, measured
from bridge.config import Settings, load
from bridge.errors import PortTrouble
from bridge.ports import Ports
from generators.music.time import Seconds
from tests.jack_peer import JackPeer
from tests.jack_server import JackServer, jack_server, until

EARLY = 0.2


@pytest.fixture(params=[256, 1024])
def server(request: pytest.FixtureRequest) -> Iterator[JackServer]:
    with jack_server(request.param) as server:
        yield server


def test_a_loop_through_jack_takes_one_period(server: JackServer) -> None:
    trips = measured(Settings(backend="jack"))
    assert trips.port == "JACK"
    assert len(trips.seconds) + trips.lost == 2 * NOTES
    # Frames are exact; our clock and JACK's are compared within a millisecond.
    assert trips.milliseconds == pytest.approx(server.seconds * 1000, abs=1.5)


def test_what_was_measured_is_kept_and_said(
    server: JackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    said = calibrate(Settings(backend="jack"), "JACK")
    assert said.startswith("JACK: a note is back after ")
    assert load().latency.startswith("JACK=")
    assert not {port for port in server.ports() if "calibrate" in port}


def test_where_nothing_comes_back_the_remedy_is_told() -> None:
    told = pytest.raises(PortTrouble, match=r"0 of 32 messages .* came back.*--ms")
    with jack_server(256) as server, JackPeer(server, "synth"), told:
        measured(Settings(backend="jack", midi_out="synth"))


def moment(synth: JackPeer, latency: str) -> float:
    """Return by how much a message is heard after the moment that it was meant for."""
    wish = Settings(backend="jack", midi_out="synth", latency=latency)
    with Ports(wish, lambda message, at, port: None, lambda: None) as ports:
        until(lambda: ports.lead > (EARLY if latency else 0), 20, "for the ports")
        until(lambda: "synth" in str(ports.report()), 20, "for the connection")
        before = len(synth.heard())
        due = Seconds(monotonic() + ports.lead + 0.1)
        ports.send(b"\x90\x3c\x01", due)
        ports.send(b"\x80\x3c\x00", due)
        until(lambda: len(synth.heard()) >= before + 2, 20, "for the note")
        return synth.heard()[before][0] - due


def test_a_message_leaves_earlier_by_the_latency_of_its_way_out() -> None:
    with jack_server(256) as server, JackPeer(server, "synth") as synth:
        early = moment(synth, "") - moment(synth, f"JACK={EARLY * 1000:g}")
    assert early == pytest.approx(EARLY, abs=0.02)
