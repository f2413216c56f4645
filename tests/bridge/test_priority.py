"""What plays goes first, where the system lets it; what thinks never does."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from bridge.config import Settings
from bridge.ports import Ports
from bridge.priority import hurry_process, hurry_thread
from bridge.worker import Worker
from generators.music.time import Seconds
from tests.jack_server import JackServer, jack_server, until

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what was granted")


def granted() -> bool:
    """Say whether this system lets us go first at all."""
    return in_a_thread(hurry_thread)


def in_a_thread(ask: object) -> bool:
    said: list[bool] = []
    assert callable(ask)
    thread = Thread(target=lambda: said.append(bool(ask())))
    thread.start()
    thread.join()
    return said[0]


@pytest.fixture
def server() -> Iterator[JackServer]:
    with jack_server(256) as server:
        yield server


@linux
def test_a_thread_goes_first_and_no_other_with_it() -> None:
    here: list[int] = []

    def hurry() -> bool:
        hurried = hurry_thread()
        here.append(os.sched_getscheduler(0))
        return hurried

    hurried = in_a_thread(hurry)
    assert here == [os.SCHED_RR if hurried else os.SCHED_OTHER]
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


@linux
def test_a_thread_that_goes_first_already_is_left_as_it_is() -> None:
    if not granted():
        pytest.skip("real-time priority is not granted here (`ulimit -r`)")

    def hurry() -> bool:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(4))
        return hurry_thread() and os.sched_getscheduler(0) == os.SCHED_FIFO

    assert in_a_thread(hurry)


@linux
@pytest.mark.parametrize("hurry", [hurry_thread, hurry_process])
def test_where_it_is_not_granted_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, hurry: object
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert not in_a_thread(hurry)


@linux
def test_the_ports_go_first_and_neither_the_daemon_nor_the_model_does(server: JackServer) -> None:
    with (
        Ports(Settings(backend="jack"), lambda *_: None, lambda: None) as ports,
        Worker("", "", lambda _: None) as worker,
    ):
        ports.send(bytes((0x90, 60, 64)), Seconds(0.0))  # the thread that hands over is there
        until(lambda: worker.process_id, what="for the model's process")
        holder = ports.process_id
        assert holder is not None
        wanted = os.SCHED_RR if granted() else os.SCHED_OTHER
        assert os.sched_getscheduler(holder) == wanted
        # The first thread, those that tell, watch and look, and JACK's own with the callback.
        until(lambda: tasks(holder).count(wanted) >= 5, what="for every thread that runs Python")
        assert set(tasks(worker.process_id)) == {os.SCHED_OTHER}
        assert os.sched_getscheduler(os.getpid()) == os.SCHED_OTHER


def tasks(process: int) -> list[int]:
    """Return how each thread of a process is scheduled."""
    names = [task.name for task in Path(f"/proc/{process}/task").iterdir()]
    return [os.sched_getscheduler(int(name)) for name in names]
