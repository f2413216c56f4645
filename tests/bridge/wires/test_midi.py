"""RtMidi's own ports, played for real.

Where there is no ALSA, CoreMIDI or WinMM to play to, RtMidi's JACK side stands in: the code is
the same for each of its ways. Antiphon itself never uses that one (see bridge/wires/jack.py).
"""

import os
import sys
from collections.abc import Iterator
from threading import Event
from time import monotonic

import pytest
import rtmidi

from bridge.errors import PortTrouble
from bridge.wire import Ends
from bridge.wires.midi import SEQUENCER, SystemMidi, SystemWire, quiet
from generators.music.time import Seconds
from tests.jack_peer import JackPeer
from tests.jack_server import JackServer, jack_server, until
from tests.stand_in import StandIn, skip_without_stand_in


class Notes:
    """What a wire told: what it heard, what left, and whether it died."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, Seconds, str]] = []
        self.left: list[bytes] = []
        self.gone = Event()
        self.ends = Ends(
            lambda message, at, port: self.heard.append((message, at, port)),
            lambda message, at: self.left.append(message),
            self.gone.set,
        )


@pytest.fixture
def server() -> Iterator[JackServer]:
    skip_without_stand_in()
    with jack_server(256) as server:
        yield server


@pytest.fixture
def midi(server: JackServer) -> Iterator[SystemMidi]:
    midi = StandIn()
    yield midi
    midi.close()


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def keyboard(server: JackServer) -> Iterator[JackPeer]:
    with JackPeer(server, "Keystation") as keyboard:
        yield keyboard


@pytest.fixture
def virtual(midi: SystemMidi, notes: Notes) -> Iterator[SystemWire]:
    wire = SystemWire(midi, notes.ends)
    yield wire
    wire.close()


def on(pitch: int) -> bytes:
    return bytes((0x90, pitch, 80))


def off(pitch: int) -> bytes:
    return bytes((0x80, pitch, 0))


def test_a_virtual_port_is_heard_and_hears(
    server: JackServer, keyboard: JackPeer, virtual: SystemWire, notes: Notes
) -> None:
    server.connect("Antiphon out:Antiphon out", "Keystation:in")
    server.connect("Keystation:out", "Antiphon in:Antiphon in")
    virtual.send(on(60), Seconds(monotonic() + 0.05))
    until(lambda: keyboard.messages() == [on(60)])
    keyboard.play([(monotonic() + 0.05, on(72)), (monotonic() + 0.06, bytes((0xF8,)))])
    until(lambda: len(notes.heard) == 2)
    assert [message for message, _, _ in notes.heard] == [on(72), bytes((0xF8,))]
    assert {port for _, _, port in notes.heard} == {"Antiphon in"}
    assert abs(notes.heard[0][1] - monotonic()) < 10


def test_half_a_message_is_not_heard(
    server: JackServer, keyboard: JackPeer, virtual: SystemWire, notes: Notes
) -> None:
    server.connect("Keystation:out", "Antiphon in:Antiphon in")
    soon = monotonic() + 0.05
    keyboard.play([(soon, on(72)[:2]), (soon + 0.01, bytes((72, 80))), (soon + 0.02, on(60))])
    until(lambda: notes.heard)
    assert [message for message, _, _ in notes.heard] == [on(60)]


def test_messages_wait_for_their_moment_and_keep_their_order(
    virtual: SystemWire, notes: Notes
) -> None:
    now = monotonic()
    virtual.send(on(62), Seconds(now + 0.2))
    virtual.send(on(60), Seconds(now + 0.1))
    virtual.send(off(60), Seconds(now + 0.2))
    until(lambda: len(notes.left) == 3)
    assert notes.left == [on(60), on(62), off(60)]
    assert monotonic() >= now + 0.2


def test_what_is_late_leaves_at_once_and_is_counted(virtual: SystemWire, notes: Notes) -> None:
    virtual.send(on(60), Seconds(monotonic() - 0.5))
    until(lambda: notes.left)
    assert virtual.figures().late == 1
    assert virtual.figures().latest >= 0.5


def test_closing_ends_every_note_that_has_begun(
    server: JackServer, keyboard: JackPeer, midi: SystemMidi, notes: Notes
) -> None:
    wire = SystemWire(midi, notes.ends)
    server.connect("Antiphon out:Antiphon out", "Keystation:in")
    for message in (on(60), on(64), on(64)):
        wire.send(message, Seconds(monotonic()))
    wire.send(off(60), Seconds(monotonic() + 60))
    wire.send(on(67), Seconds(monotonic() + 60))
    until(lambda: len(notes.left) == 3)
    wire.close()
    assert notes.left == [on(60), on(64), on(64), off(60), off(64), off(64)]
    assert not wire.alive


def test_a_port_is_found_by_name_and_missed_when_it_is_unplugged(
    server: JackServer, midi: SystemMidi, notes: Notes
) -> None:
    with JackPeer(server, "Keystation") as keyboard:
        source, sink = "Keystation:out", "Keystation:in"
        assert source in midi.ports("in")
        assert sink in midi.ports("out")
        heard = SystemWire(midi, notes.ends, {"in": source})
        played = SystemWire(midi, notes.ends, {"out": sink})
        keyboard.play([(monotonic() + 0.05, on(61))])
        until(lambda: notes.heard)
        assert notes.heard[0][::2] == (on(61), "Keystation:out")
        played.send(on(62), Seconds(monotonic()))
        until(lambda: keyboard.messages() == [on(62)])
        played.tend()
        assert played.alive
        assert played.reports()[0].state == "open"
    until(lambda: sink not in server.ports())
    played.tend()
    assert not played.alive
    assert notes.gone.is_set()
    assert played.reports()[0].state == "it was unplugged"
    played.send(off(62), Seconds(monotonic() + 60))
    played.close()
    heard.close()
    assert played.unsent() == (off(62),)


def test_a_port_that_is_not_there_is_trouble_and_no_crash(midi: SystemMidi, notes: Notes) -> None:
    with pytest.raises(PortTrouble, match="'Nobody' cannot be opened"):
        SystemWire(midi, notes.ends, {"out": "Nobody"})


def test_our_own_ports_are_not_listed(virtual: SystemWire, midi: SystemMidi) -> None:
    assert not [name for name in (*midi.ports("in"), *midi.ports("out")) if "Antiphon" in name]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be without MIDI")
@pytest.mark.skipif(SEQUENCER.exists(), reason="this machine has ALSA")
def test_without_alsa_it_says_what_to_type() -> None:
    with pytest.raises(PortTrouble, match="no ALSA sequencer; type `sudo modprobe snd-seq`"):
        SystemMidi.here()


def test_remarks_of_c_libraries_are_kept_and_others_pass(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with quiet():
        os.write(2, b"ALSA lib seq_hw.c:466: open /dev/snd/seq failed\n")
        os.write(2, b"what another thread has to say\n")
    os.write(2, b"and later\n")
    assert capfd.readouterr().err == "what another thread has to say\nand later\n"


def test_rtmidi_without_a_back_end_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    if rtmidi.API_LINUX_ALSA not in rtmidi.get_compiled_api() or SEQUENCER.exists():
        pytest.skip("this machine has ALSA, or RtMidi without it")
    with pytest.raises(PortTrouble, match="ALSA cannot be used"):
        SystemMidi(rtmidi.API_LINUX_ALSA, "ALSA")
    assert capfd.readouterr().err == ""
