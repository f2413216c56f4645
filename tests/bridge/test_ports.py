import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from random import Random
from time import monotonic

import psutil
import pytest

from bridge.config import Settings
from bridge.errors import PortTrouble
from bridge.ports import Ports, listing, self_loop
from generators.music.time import Seconds
from tests.jack_peer import JackPeer
from tests.jack_server import JackServer, jack_server, until

LET_GO = [bytes((0xB0 | channel, 123, 0)) for channel in range(16)]
PLAYER = """
import sys
from time import monotonic
from bridge.config import Settings
from bridge.ports import Ports
ports = Ports(Settings(backend="jack"), lambda message, at, port: None, lambda: None)
print("ready", flush=True)
for line in sys.stdin:
    ports.send(bytes.fromhex(line), monotonic() + ports.lead)
"""


class Daemon:
    """What a daemon would have of its ports."""

    def __init__(self, **settings: object) -> None:
        self.heard: list[bytes] = []
        self.names: set[str] = set()
        self.changes = 0
        self.ports = Ports(Settings(**settings), self._hear, self._changed)  # type: ignore[arg-type]

    def _hear(self, message: bytes, at: Seconds, port: str) -> None:
        self.heard.append(message)
        self.names.add(port)

    def _changed(self) -> None:
        self.changes += 1

    def send(self, *messages: bytes) -> None:
        for message in messages:
            self.ports.send(message, Seconds(monotonic() + self.ports.lead))

    def says(self, text: str) -> bool:
        return any(text in f"{r.port} {r.state}; {r.remedy}" for r in self.ports.report())


@pytest.fixture
def server() -> Iterator[JackServer]:
    with jack_server(256) as server:
        yield server


@pytest.fixture
def host(server: JackServer) -> Iterator[JackPeer]:
    with JackPeer(server) as host:
        yield host


@pytest.fixture
def daemon(server: JackServer) -> Iterator[Daemon]:
    daemon = Daemon(backend="jack")
    yield daemon
    daemon.ports.close()


def on(pitch: int) -> bytes:
    return bytes((0x90, pitch, 80))


def off(pitch: int) -> bytes:
    return bytes((0x80, pitch, 0))


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "antiphon-nobody")


@pytest.mark.usefixtures("nowhere")
def test_without_any_midi_it_starts_and_says_what_to_type() -> None:
    daemon = Daemon()
    try:
        assert not any(report.works for report in daemon.ports.report())
        assert all(report.remedy for report in daemon.ports.report())
        daemon.send(on(60))
        assert daemon.ports.sounding() == 0
    finally:
        daemon.ports.close()


def test_switched_off_it_starts_nothing() -> None:
    daemon = Daemon(backend="none")
    daemon.send(on(60))
    assert daemon.ports.process_id is None
    assert daemon.says("MIDI is switched off; set backend to auto")
    daemon.ports.close()


def test_what_is_sent_arrives_and_what_is_played_is_heard(daemon: Daemon, host: JackPeer) -> None:
    host.join()
    daemon.send(on(60), off(60))
    until(lambda: host.messages() == [on(60), off(60)])
    host.play([(monotonic() + 0.05, on(72))])
    until(lambda: daemon.heard == [on(72)])
    assert daemon.names == {"Antiphon:in"}
    until(lambda: daemon.says("Antiphon:out plays to host:in"))
    assert daemon.changes
    until(lambda: daemon.ports.figures()["JACK"].sent == 2)


def test_a_burst_of_400_is_neither_lost_nor_doubled(daemon: Daemon, host: JackPeer) -> None:
    host.join()
    notes = [bytes((0x90, k % 128, 1 + k // 128)) for k in range(400)]
    daemon.send(*notes)
    until(lambda: len(host.messages()) >= 400)
    assert host.messages() == notes
    host.play([(monotonic() + 0.05, bytes((0x91, *note[1:]))) for note in notes])
    until(lambda: len(daemon.heard) >= 400)
    assert daemon.heard == [bytes((0x91, *note[1:])) for note in notes]


def test_over_a_cable_from_out_to_in_only_the_player_is_heard(
    server: JackServer, daemon: Daemon, host: JackPeer
) -> None:
    server.connect("Antiphon:out", "Antiphon:in")
    host.join()
    start = monotonic() + 0.2
    for k in range(100):
        daemon.ports.send(on(60 + k % 12), Seconds(start + 0.01 * k))
        daemon.ports.send(off(60 + k % 12), Seconds(start + 0.01 * k + 0.008))
    played = [(start + 0.1 * k + 0.003, on(60 + k)) for k in range(10)]
    host.play(played)
    until(lambda: len(host.messages()) >= 200)
    until(lambda: len(daemon.heard) >= 10)
    until(lambda: daemon.ports.echoes >= 200)
    assert sorted(daemon.heard) == sorted(message for _, message in played)


@pytest.mark.parametrize("seed", range(3))
def test_over_a_cable_a_player_of_the_very_same_notes_is_heard_as_often_as_they_play(
    server: JackServer, daemon: Daemon, host: JackPeer, seed: int
) -> None:
    server.connect("Antiphon:out", "Antiphon:in")
    host.join()
    rng = Random(seed)
    start, ours, played = monotonic() + 0.3, [], []
    for k in range(200):  # the player's notes begin before, with and after ours, and end likewise
        at, pitch = start + 0.03 * k, 60 + rng.randrange(8)
        ours += [(at, on(pitch)), (at + 0.028, off(pitch))]
        if k % 2:
            late, longer = rng.uniform(-0.02, 0.02), rng.uniform(0.005, 0.04)
            played += [(at + late, on(pitch)), (at + late + longer, off(pitch))]
    host.play(sorted(played))
    for at, message in ours:
        daemon.ports.send(message, Seconds(at))
    until(lambda: len(host.messages()) >= len(ours))
    until(lambda: len(daemon.heard) + daemon.ports.echoes >= len(ours) + len(played))
    assert Counter(daemon.heard) == Counter(message for _, message in played)
    assert daemon.ports.echoes == len(ours)


def test_closing_ends_what_sounds(daemon: Daemon, host: JackPeer) -> None:
    host.join()
    daemon.send(on(60), on(60), on(64))
    until(lambda: daemon.ports.sounding() == 3)
    daemon.ports.close()
    until(lambda: len(host.messages()) == 6)
    assert host.messages()[3:] == [off(60), off(60), off(64)]
    assert daemon.ports.sounding() == 0


def test_when_the_server_comes_back_so_do_the_ports_and_the_missed_ends(
    server: JackServer, daemon: Daemon
) -> None:
    with JackPeer(server) as first:
        first.join()
        daemon.send(on(60), on(64))
        until(lambda: first.messages() == [on(60), on(64)])
        until(lambda: daemon.says("Antiphon:out plays to host:in"))
        server.kill()
        until(lambda: daemon.says("no JACK server runs"))
        daemon.send(off(60), on(67), off(67))
        first.kill()
    server.start()
    with JackPeer(server) as second:
        until(lambda: daemon.says("Antiphon:out plays to host:in"), 30)
        until(lambda: second.messages() == [off(60)])
        daemon.send(off(64))
        until(lambda: second.messages() == [off(60), off(64)])
        second.play([(monotonic() + 0.05, on(72))])
        until(lambda: len(daemon.heard) > len(LET_GO))
        # With the server every keyboard had gone, and with this program it goes again.
        assert daemon.heard == [*LET_GO, on(72)]
    assert daemon.ports.sounding() == 0


def test_when_the_daemon_is_killed_every_note_ends(server: JackServer, host: JackPeer) -> None:
    player = subprocess.Popen(
        [sys.executable, "-c", PLAYER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert player.stdin is not None
    assert player.stdout is not None
    with player.stdin, player.stdout:
        assert player.stdout.readline() == "ready\n"
        host.join()
        player.stdin.write(f"{on(60).hex()}\n{on(64).hex()}\n")
        player.stdin.flush()
        until(lambda: host.messages() == [on(60), on(64)])
        player.kill()
        player.wait()
    until(lambda: sorted(host.messages()[2:]) == [off(60), off(64)])
    until(lambda: "Antiphon:out" not in server.ports())


def test_when_the_process_with_the_ports_is_killed_a_new_one_ends_its_notes(
    daemon: Daemon, host: JackPeer
) -> None:
    host.join()
    daemon.send(on(60))
    until(lambda: host.messages() == [on(60)])
    until(lambda: daemon.says("Antiphon:out plays to host:in"))
    first = daemon.ports.process_id
    assert first is not None
    psutil.Process(first).kill()
    until(lambda: host.messages() == [on(60), off(60)], 30)
    assert daemon.ports.process_id != first
    daemon.send(on(62), off(62))
    until(lambda: host.messages()[2:] == [on(62), off(62)])


def test_when_the_process_with_the_ports_is_killed_the_keys_that_were_down_are_let_go(
    daemon: Daemon, host: JackPeer
) -> None:
    host.join()
    host.play([(monotonic() + 0.05, on(72))])
    until(lambda: daemon.heard == [on(72)])
    first = daemon.ports.process_id
    assert first is not None
    psutil.Process(first).kill()
    until(lambda: len(daemon.heard) == 17, 30)
    assert daemon.heard[1:] == [bytes((0xB0 | channel, 123, 0)) for channel in range(16)]
    until(lambda: daemon.ports.process_id not in (None, first), 30)


def test_a_frozen_server_does_not_hang_the_end(server: JackServer, daemon: Daemon) -> None:
    until(lambda: "Antiphon:out" in server.ports())
    server.freeze()
    try:
        begun = monotonic()
        daemon.send(on(60))
        daemon.ports.close()
        assert monotonic() - begun < 30
        assert daemon.ports.process_id is None
    finally:
        server.thaw()


def test_a_name_that_two_ports_have_is_refused_with_both(server: JackServer) -> None:
    with JackPeer(server, "synth-a"), JackPeer(server, "synth-b"):
        with pytest.raises(PortTrouble, match=r"'synth-a:in' and 'synth-b:in'; write more of"):
            Daemon(backend="jack", midi_out="synth")
        until(lambda: "Antiphon:out" not in server.ports())


def test_a_named_port_is_taken_up_whenever_it_appears(server: JackServer) -> None:
    daemon = Daemon(backend="jack", midi_out="Synth", midi_in="Synth")
    try:
        assert daemon.says("no port to play to matches 'Synth'")
        for _ in range(2):
            with JackPeer(server, "My Synth") as synth:
                until(lambda: daemon.says("Antiphon:out plays to My Synth:in"))
                daemon.send(on(60), off(60))
                until(lambda: synth.messages() == [on(60), off(60)])
            until(lambda: daemon.says("no port to play to matches 'Synth'"))
    finally:
        daemon.ports.close()


def test_the_list_shows_what_can_be_named(server: JackServer, host: JackPeer) -> None:
    found = {(r.port, r.direction): r for r in listing(Settings(backend="jack", midi_in="host"))}
    assert found["host:out", "in"].state == "can be listened to; midi_in names it"
    assert found["host:in", "out"].state == "can be played to"
    until(lambda: "Antiphon-list" not in " ".join(server.ports()))


@pytest.mark.usefixtures("server")
def test_a_note_to_ourselves_comes_back() -> None:
    (report,) = self_loop(Settings(backend="jack"))
    assert report.works
    assert "a note to itself came back after" in report.state


@pytest.mark.usefixtures("nowhere")
def test_a_list_without_anything_says_what_to_type() -> None:
    for report in (*listing(Settings(backend="jack")), *self_loop(Settings(backend="jack"))):
        assert not report.works
        assert report.remedy
    assert self_loop(Settings(backend="none"))[0].state == "MIDI is switched off"


def test_nothing_is_left_running_after_the_end(server: JackServer, daemon: Daemon) -> None:
    process = daemon.ports.process_id
    assert process is not None
    daemon.ports.close()
    assert not psutil.pid_exists(process)
    assert "Antiphon:out" not in server.ports()
