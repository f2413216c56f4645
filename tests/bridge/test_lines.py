"""The system's ports that come and go; RtMidi's JACK side stands in for ALSA where it is not."""

from collections.abc import Iterator
from time import monotonic
from typing import cast

import pytest

from bridge.errors import PortTrouble
from bridge.lines import Lines, Listener, Standing, Wish
from bridge.loop import system_loop
from bridge.wires.midi import SystemMidi
from generators.music.time import Seconds
from tests.jack_peer import JackPeer
from tests.jack_server import JackServer, jack_server, until
from tests.stand_in import StandIn, skip_without_stand_in


class Owner:
    """What the owner of the lines was told."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, str]] = []
        self.left: list[tuple[int, bytes]] = []
        self.standing = Standing()
        self.listener = Listener(
            lambda message, at, port: self.heard.append((message, port)),
            lambda line, message, at: self.left.append((line, message)),
            self._stand,
        )

    def _stand(self, standing: Standing) -> None:
        self.standing = standing

    def says(self, text: str) -> bool:
        return any(text in f"{r.port}: {r.state}; {r.remedy}" for r in self.standing.reports)


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def server() -> Iterator[JackServer]:
    skip_without_stand_in()
    with jack_server(256) as server:
        yield server


def on(pitch: int) -> bytes:
    return bytes((0x90, pitch, 80))


def off(pitch: int) -> bytes:
    return bytes((0x80, pitch, 0))


def now() -> Seconds:
    return Seconds(monotonic())


def test_a_device_that_is_plugged_in_again_gets_the_ends_that_it_missed(
    server: JackServer, owner: Owner
) -> None:
    wish = Wish(backend="system", midi_in="synth", midi_out="Synth")
    with Lines(wish, owner.listener, StandIn) as lines:
        assert owner.says("no port to play to matches 'Synth'")
        with JackPeer(server, "Synth") as synth:
            until(lambda: owner.says("Synth:in: open"))
            for message in (on(60), on(64)):
                lines.send(message, now())
            until(lambda: synth.messages() == [on(60), on(64)])
            synth.play([(monotonic() + 0.02, on(72))])
            until(lambda: owner.heard == [(on(72), "Synth:out")])
        lines.send(off(64), now())  # it is not noticed yet that nobody hears this
        until(lambda: not owner.says("Synth:in: open"))
        lines.send(off(60), now())
        lines.send(on(62), now())
        with JackPeer(server, "Synth") as synth:
            until(lambda: sorted(synth.messages()) == [off(60), off(64)])
            lines.send(off(62), now())


def test_a_cable_that_is_pulled_and_put_back_brings_the_ends_that_it_missed(
    server: JackServer, owner: Owner
) -> None:
    cable = "Antiphon:out", "Synth:in"
    with JackPeer(server, "Synth") as synth, Lines(Wish(backend="jack"), owner.listener) as lines:
        server.connect(*cable)
        until(lambda: owner.says("plays to Synth:in"))
        for message in (on(60), on(64), on(67)):
            lines.send(message, now())
        until(lambda: synth.messages() == [on(60), on(64), on(67)])
        server.disconnect(*cable)
        lines.send(off(64), now())  # it is not noticed yet that nobody hears this
        until(lambda: owner.says("ready, not connected") and not owner.says("plays to"))
        for message in (off(60), on(62), off(62), on(65)):
            lines.send(message, now())
        until(lambda: len(owner.left) == 8)
        server.connect(*cable)
        until(lambda: sorted(synth.messages()[3:]) == [off(60), off(64)])
        for message in (off(67), off(65)):
            lines.send(message, now())
        until(lambda: len(synth.messages()) == 7)
        assert synth.messages()[5:] == [off(67), off(65)]


def test_what_leaves_before_a_new_cable_is_noticed_is_known_to_sound(
    server: JackServer, owner: Owner
) -> None:
    cable = "Antiphon:out", "Synth:in"
    with JackPeer(server, "Synth") as synth, Lines(Wish(backend="jack"), owner.listener) as lines:
        server.connect(*cable)
        lines.send(on(60), now())
        until(lambda: synth.messages() == [on(60)])
        until(lambda: owner.says("plays to Synth:in"))
        server.disconnect(*cable)
        until(lambda: not owner.says("plays to"))
        lines.send(off(60), now())
        until(lambda: len(owner.left) == 2)
        server.connect(*cable)
        until(lambda: synth.messages() == [on(60), off(60)])


class Windows:
    """MIDI without virtual ports, which shows the same device as JACK does."""

    name = "Windows MIDI"
    virtual = False

    def ports(self, direction: str) -> tuple[str, ...]:
        return (f"Synth:{'out' if direction == 'in' else 'in'}",)

    def close(self) -> None:
        """Let go of nothing."""


def test_of_two_ways_to_one_port_only_jack_is_taken(server: JackServer, owner: Owner) -> None:
    """Every note would sound twice: JACK and the system often show the same device."""
    with JackPeer(server, "Synth") as synth:
        wish = Wish(midi_in="Synth", midi_out="Synth")
        with Lines(wish, owner.listener, lambda: cast(SystemMidi, Windows())) as lines:
            assert owner.says("plays to Synth:in")
            lines.send(on(60), Seconds(now() + 0.05))
            lines.send(off(60), Seconds(now() + 0.06))
            until(lambda: synth.messages() == [on(60), off(60)])
        assert {line for line, _ in owner.left} == {0}


def test_where_there_are_no_virtual_ports_it_says_what_to_install(owner: Owner) -> None:
    with Lines(Wish(backend="system"), owner.listener, lambda: cast(SystemMidi, Windows())):
        assert owner.says("Windows has no virtual MIDI ports of its own; install loopMIDI")


def test_a_name_that_two_ports_have_opens_neither(server: JackServer, owner: Owner) -> None:
    with (
        JackPeer(server, "synth-a"),
        JackPeer(server, "synth-b"),
        pytest.raises(PortTrouble, match="matches more than one ALSA port"),
    ):
        Lines(Wish(backend="system", midi_out="synth"), owner.listener, StandIn)
    until(lambda: not [name for name in server.ports() if name.startswith("Antiphon")])


def test_a_second_port_of_that_name_opens_neither_when_it_is_too_late_to_refuse(
    server: JackServer, owner: Owner
) -> None:
    wish = Wish(backend="jack", midi_out="synth")
    with JackPeer(server, "synth-b"), Lines(wish, owner.listener):
        assert owner.says("plays to synth-b:in")
        with JackPeer(server, "synth-a"):
            until(lambda: owner.says("matches more than one JACK port"))
        until(lambda: owner.says("plays to synth-b:in"))


def test_a_virtual_pair_plays_a_note_to_itself(server: JackServer) -> None:
    assert server.period == 256
    (report,) = system_loop(StandIn())
    assert report.works
    assert "came back after" in report.state


def test_notes_of_an_earlier_life_are_ended_at_once(server: JackServer, owner: Owner) -> None:
    with JackPeer(server, "Synth") as synth:
        wish = Wish(backend="system", midi_out="Synth", owed={3: ((0, 60), (1, 64))})
        with Lines(wish, owner.listener, StandIn):
            until(lambda: len(synth.messages()) == 2)
        assert synth.messages() == [off(60), bytes((0x81, 64, 0))]
