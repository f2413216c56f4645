"""Quiet periods cost little, and what comes or leaves after them is as exact as ever."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from bridge.wire import Ends
from bridge.wires import rest
from bridge.wires.jack import JackWire
from generators.music.time import Seconds
from tests.jack_peer import JackPeer
from tests.jack_server import JackServer, jack_server, until

QUIET = 0.6  # seconds: some hundred periods
ON = bytes((0x90, 60, 64))
Heard = list[tuple[bytes, Seconds]]


@pytest.fixture(params=["compiled", "Python"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Quiet periods are seen to by C code, or by Python where there is none."""
    if request.param == "Python":
        monkeypatch.setattr(rest, "COMPILED", tmp_path / "none.so")
    elif not rest.compiled():
        pytest.skip("no C compiler was at hand: Python sees to quiet periods too")
    assert (rest.compiled() is not None) is (request.param == "compiled")


@pytest.fixture
def server() -> Iterator[JackServer]:
    with jack_server(256) as server:
        yield server


@pytest.fixture
def heard() -> Heard:
    return []


@pytest.fixture
def wire(server: JackServer, heard: Heard) -> Iterator[JackWire]:
    ends = Ends(lambda message, at, _: heard.append((message, at)), lambda *_: None, lambda: None)
    wire = JackWire(ends)
    yield wire
    wire.close()


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The periods that did not rest, as the wire comes to them."""
    seen: list[int] = []
    turn = JackWire._turn

    def counted(wire: JackWire, frames: int) -> None:
        seen.append(frames)
        turn(wire, frames)

    monkeypatch.setattr(JackWire, "_turn", counted)
    return seen


def quiet() -> None:
    Event().wait(QUIET)


def test_of_quiet_periods_nearly_all_rest(turns: list[int], wire: JackWire) -> None:
    quiet()
    before = len(turns)
    quiet()
    assert 1 <= len(turns) - before <= QUIET / 0.05 + 3
    assert wire.figures().faults == 0


def test_what_was_written_before_a_rest_leaves_once(
    server: JackServer, turns: list[int], wire: JackWire
) -> None:
    with JackPeer(server) as host:
        host.join()
        wire.send(ON, Seconds(monotonic() + 0.1))
        until(host.messages)
        before = len(turns)
        quiet()
        assert host.messages() == [ON]
    assert len(turns) - before < QUIET / server.seconds / 2


def test_after_a_rest_notes_leave_and_come_at_their_moment(
    server: JackServer, wire: JackWire, heard: Heard
) -> None:
    with JackPeer(server) as host:
        host.join()
        off: list[float] = []
        for _ in range(9):
            Event().wait(QUIET / 3)
            at = monotonic() + 0.05
            wire.send(ON, Seconds(at))
            host.play([(at, ON)])
            until(lambda: min(len(host.heard()), len(heard)) > len(off))
            off.append(max(abs(host.heard()[-1][0] - at), abs(heard[-1][1] - at)))
        assert sorted(off)[len(off) // 2] < server.seconds
        assert len(host.heard()) == len(heard) == len(off)


def test_a_period_that_changes_during_a_rest_is_kept_to(server: JackServer, wire: JackWire) -> None:
    import jack

    quiet()
    client = jack.Client("changes", no_start_server=True)
    client.blocksize = 512
    client.close()
    until(lambda: wire.figures().period == pytest.approx(512 / server.rate), what="for the period")
    with JackPeer(server) as host:
        host.join()
        wire.send(ON, Seconds(monotonic() + 0.1))
        until(lambda: host.messages() == [ON])
    assert wire.figures().faults == 0
