"""Ardour without a window: a session with one MIDI track, steered by OSC and its WebSocket."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Literal

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder
from websockets.sync.client import connect

from tests.jack_server import JackServer, until

OSC, SOCKET = 3819, 3818  # Ardour's own: no setting on its command line moves them
TRIES = 6  # three starts in eight lost JACK at once
HALTED = "JACK HALTED"
TRACK_IN, TRACK_OUT = "ardour:Melody/midi_in 1", "ardour:Melody/midi_out 1"
CLOCK = "ardour:MIDI Clock out"
CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<Ardour>
  <Config>
    <Option name="osc-port" value="3819"/>
    <Option name="send-midi-clock" value="1"/>
    <Option name="auto-connect-standard-busses" value="0"/>
    <Option name="try-autostart-engine" value="1"/>
  </Config>
  <ControlProtocols>
    <Protocol name="Open Sound Control (OSC)" active="1"/>
    <Protocol name="WebSockets Server (Experimental)" active="1"/>
  </ControlProtocols>
</Ardour>
"""
SESSION = """
AudioEngine:set_backend("JACK", "ardour", "")
local s = create_session(arg[1], arg[2], 48000)
if not s then os.exit(2) end
local midi = ARDOUR.DataType("midi")
s:new_midi_track(ARDOUR.ChanCount(midi, 1), ARDOUR.ChanCount(midi, 1), true, ARDOUR.PluginInfo(),
  nil, nil, 1, "Melody", ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, false)
s:save_state("", false, false, false, false, false)
close_session()
quit()
"""


def library() -> Path | None:
    """Return where Ardour 7's programs are, None where it is not installed."""
    places = sorted(Path("/usr/lib/ardour7").glob("hardour-*"))
    return places[0].parent if places and shutil.which("ardour7-lua") else None


class Ardour:
    """An Ardour that runs."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    @property
    def said(self) -> str:
        """What it wrote to its log."""
        return self._log.read_text(errors="replace")

    @property
    def lost_jack(self) -> bool:
        """Whether it has lost its JACK server, after which it never plays again."""
        return HALTED in self.said

    def tell(self, address: str, *args: float) -> None:
        """Send it a message by OSC."""
        builder = OscMessageBuilder(address)
        for arg in args:
            builder.add_arg(arg)
        self._socket.sendto(builder.build().dgram, ("127.0.0.1", OSC))

    def tempo(self, tempo: float) -> None:
        """Change its tempo."""
        with connect(f"ws://127.0.0.1:{SOCKET}", proxy=None) as page:
            page.send(json.dumps({"node": "transport_tempo", "val": [tempo]}))
            Event().wait(0.2)  # it takes no message whose sender has gone

    def stop(self) -> None:
        """End it."""
        self._socket.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _environment(server: JackServer, home: Path, place: Path) -> dict[str, str]:
    settings = home / ".config" / "ardour7"
    settings.mkdir(parents=True)
    (settings / "config").write_text(CONFIG, encoding="utf-8")
    data = Path("/usr/share/ardour7")
    kinds: dict[str, Path | str] = {
        "DATA": data, "CONFIG": f"/etc/ardour7:{data}", "DLL": place,
        "BACKEND": place / "backends", "SURFACES": place / "surfaces",
        "PANNER": place / "panners", "MIDI_PATCH": data / "patchfiles",
    }  # fmt: skip
    paths = {f"ARDOUR_{kind}_PATH": str(path) for kind, path in kinds.items()}
    return {
        **server.environment, **paths, "HOME": str(home), "LD_LIBRARY_PATH": str(place),
        "XDG_CONFIG_HOME": str(home / ".config"), "VAMP_PATH": str(place / "vamp"),
    }  # fmt: skip


def _taken(port: int, kind: Literal["udp", "tcp"]) -> bool:
    with socket.socket(type=socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


@contextmanager
def ardour(server: JackServer, folder: Path) -> Iterator[Ardour]:
    """Run Ardour on a JACK server with a new session, stopped at its start."""
    place = library()
    if place is None:
        pytest.skip("Ardour 7 is not installed: no DAW can be followed here")
    if _taken(OSC, "udp"):
        pytest.skip(f"UDP port {OSC} is in use: Ardour takes no other")
    environment = _environment(server, folder / "home", place)
    script, session = folder / "session.lua", folder / "session"
    script.write_text(SESSION, encoding="utf-8")
    made = subprocess.run(
        ["ardour7-lua", str(script), str(session), "test"],
        env=environment, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (session / "test.ardour").exists(), made.stdout + made.stderr
    running = _started(server, next(place.glob("hardour-*")), session, environment)
    try:
        yield running
    except AssertionError as error:
        error.add_note(f"Ardour's log: {running.said}")
        raise
    finally:
        running.stop()


def _started(
    server: JackServer, program: Path, session: Path, environment: dict[str, str]
) -> Ardour:
    said = session.parent / "ardour.log"
    for _ in range(TRIES):
        with said.open("wb") as log:
            process = subprocess.Popen(
                [program, "-P", str(session), "test"],
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        running = Ardour(process, said)
        try:
            until(lambda: _taken(OSC, "udp") and _has_ports(server), 30, "for Ardour")
        except AssertionError:
            running.stop()
            continue
        Event().wait(1.5)  # where it loses JACK, it does so at once
        if not running.lost_jack and _has_ports(server):
            return running
        running.stop()
    raise AssertionError(f"Ardour lost JACK {TRIES} times: {said.read_text(errors='replace')}")


def _has_ports(server: JackServer) -> bool:
    words = ["jack_lsp", "-s", server.name]
    told = subprocess.run(words, env=server.environment, capture_output=True, check=False)
    return TRACK_OUT in told.stdout.decode().splitlines()
