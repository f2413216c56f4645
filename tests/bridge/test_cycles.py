"""When cycles began, by counting frames, also where not every one is counted."""

import pytest

from bridge import cycles
from bridge.cycles import CYCLES, CountedCycle

RATE, FRAMES = 48000, 256
SPAN = FRAMES / RATE
LATE = 0.003


class Server:
    """Cycles that begin at even moments, in each of which we are called a little late."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.number = 0
        self.begins = 100.0
        self.counted = CountedCycle(RATE)
        monkeypatch.setattr(cycles, "monotonic", lambda: self.now)

    def turn(self, late: float, after: int = 1, xruns: int = 0) -> float:
        """Go on by cycles, the last of which is told; return how far the answer is off."""
        self.number += after
        self.begins += after * SPAN
        self.now = self.begins + late
        self.counted.rested(after - 1)
        self.counted.begin(self.number * FRAMES % 2**32, FRAMES, xruns)
        return self.counted.exact()[0] - self.begins

    def stall(self, seconds: float) -> None:
        """Let time go on while frames do not."""
        self.begins += seconds


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return Server(monkeypatch)


def test_one_call_in_time_tells_of_all(server: Server) -> None:
    server.turn(0.0)
    assert [server.turn(LATE) for _ in range(10)] == [pytest.approx(0.0, abs=1e-9)] * 10


@pytest.mark.parametrize("rest", [5, 20, 100])
def test_after_cycles_that_rested_a_late_call_is_still_known_as_late(
    server: Server, rest: int
) -> None:
    for _ in range(CYCLES):
        server.turn(0.0001, after=rest)
    assert server.turn(LATE, after=rest) == pytest.approx(0.0001, abs=1e-9)
    assert server.turn(LATE) == pytest.approx(0.0001, abs=1e-9)


def test_frames_that_were_skipped_while_nothing_rested_begin_a_new_count(server: Server) -> None:
    server.turn(0.0)
    server.counted.rested(0)
    server.number += 50
    server.begins += 50 * SPAN
    assert server.turn(LATE) == pytest.approx(LATE, abs=1e-9)


def test_what_an_overrun_has_moved_is_forgotten_at_once(server: Server) -> None:
    server.turn(0.0)
    server.stall(0.02)
    assert server.turn(0.001, after=10, xruns=1) == pytest.approx(0.001, abs=1e-9)


def test_old_calls_count_no_more_when_every_cycle_is_told_again(server: Server) -> None:
    for _ in range(20):
        server.turn(0.0, after=20)
    server.stall(0.004)  # which nobody told
    off = [server.turn(0.0) for _ in range(40)]
    assert off[0] == pytest.approx(-0.004, abs=1e-9)
    assert off[-1] == pytest.approx(0.0, abs=1e-9)
