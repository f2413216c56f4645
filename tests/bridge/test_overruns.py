from bridge.overruns import CALM, REACH, TRIES, Overruns
from bridge.wire import Tally

SPAN = 0.005
FRAMES = 256
ON, OFF = bytes((0x90, 60, 64)), bytes((0x80, 60, 0))


class Server:
    """Cycles as a server makes them, moved on by hand."""

    def __init__(self) -> None:
        self.overruns = Overruns()
        self.tally = Tally()
        self.number = 0
        self.frame = 2**32 - 5 * FRAMES  # the counter wraps on the way
        self.xruns = 0

    @property
    def now(self) -> float:
        return self.number * SPAN

    def cycle(self, cycles: int = 1, passed: int = 1, xruns: int = 0) -> list[bytes]:
        """Run cycles, each `passed` periods after the last; return what is sent again."""
        again = []
        for _ in range(cycles):
            self.number += 1
            self.frame = (self.frame + passed * FRAMES) % 2**32
            self.xruns += xruns
            self.overruns.cycle(self.now, SPAN, self.frame, FRAMES, self.xruns)
            again += self.overruns.again(self.tally, self.now)
        return again

    def rest(self, cycles: int, passed: int | None = None) -> None:
        """Let cycles rest, in which as many periods pass, or another number."""
        self.number += cycles
        self.frame = (self.frame + (cycles if passed is None else passed) * FRAMES) % 2**32
        self.overruns.rested(cycles, FRAMES)

    def leave(self, message: bytes) -> None:
        self.tally.count(message)
        self.overruns.left(message, self.now)


def test_in_quiet_times_nothing_is_sent_again() -> None:
    server = Server()
    for message in (ON, OFF):
        server.cycle(3)
        server.leave(message)
    assert server.cycle(50) == []


def test_an_end_that_an_overrun_may_have_swallowed_is_sent_once_more() -> None:
    server = Server()
    server.cycle(10)
    server.leave(ON)
    server.leave(OFF)
    assert server.cycle(1, passed=3, xruns=1) == []
    assert server.cycle(20) == [OFF]
    assert server.cycle(200) == []


def test_a_copy_that_may_be_lost_as_well_is_sent_again_but_not_for_ever() -> None:
    server = Server()
    server.cycle(10)
    server.leave(OFF)
    again = []
    for _ in range(20):
        again += server.cycle(1, passed=3, xruns=1) + server.cycle(300)
    assert again == [OFF] * TRIES


def test_each_copy_waits_for_a_longer_calm() -> None:
    server = Server()
    server.cycle(10)
    server.leave(OFF)
    assert server.cycle(1, passed=3, xruns=1) + server.cycle(CALM) == [OFF]
    assert server.cycle(1, passed=3, xruns=1) + server.cycle(CALM) == []
    assert server.cycle(CALM) == [OFF]


def test_an_overrun_of_a_server_that_waits_loses_nothing() -> None:
    server = Server()
    server.cycle(10)
    server.leave(OFF)
    assert server.cycle(40, xruns=1) == []


def test_a_note_that_sounds_again_is_not_cut() -> None:
    server = Server()
    server.cycle(10)
    server.leave(ON)
    server.leave(OFF)
    server.leave(ON)
    server.cycle(1, passed=2, xruns=1)
    assert server.cycle(20) == []


def test_ends_of_long_ago_are_not_doubted() -> None:
    server = Server()
    server.cycle(10)
    server.leave(OFF)
    server.cycle(int(REACH / SPAN) + 1)
    server.cycle(1, passed=2, xruns=1)
    assert server.cycle(20) == []


def test_a_buffer_that_is_read_twice_counts_once() -> None:
    server = Server()
    server.cycle(10)
    came = [(17, ON)]
    assert not server.overruns.repetition(came, server.now, SPAN)
    server.cycle(1, passed=0, xruns=1)
    assert server.overruns.repetition(came, server.now, SPAN)
    assert server.overruns.repeated == 1


def test_a_clock_that_ticks_alike_in_each_cycle_is_no_repetition() -> None:
    server = Server()
    server.cycle(1, passed=2, xruns=1)
    tick = [(0, bytes((0xF8,)))]
    assert not server.overruns.repetition(tick, server.now, SPAN)
    server.cycle()
    assert not server.overruns.repetition(tick, server.now, SPAN)


def test_without_an_overrun_the_same_note_twice_is_two_notes() -> None:
    server = Server()
    for _ in range(2):
        server.cycle()
        assert not server.overruns.repetition([(0, ON)], server.now, SPAN)


def test_cycles_that_rested_are_not_taken_for_skipped_ones() -> None:
    server = Server()
    server.cycle(10)
    server.rest(12)
    server.leave(OFF)
    server.cycle(50)
    assert not server.overruns.lossy(server.now, 1.0)


def test_a_cycle_that_was_skipped_while_others_rested_is_noticed() -> None:
    server = Server()
    server.cycle(10)
    server.rest(12, passed=13)
    server.cycle(1)
    assert server.overruns.lossy(server.now, 1.0)


def test_every_cycle_is_watched_as_long_as_an_end_may_be_lost() -> None:
    server = Server()
    server.cycle(3)
    assert not server.overruns.watches
    server.leave(ON)
    assert not server.overruns.watches
    server.leave(OFF)
    server.cycle(round(REACH / SPAN) - 1)
    assert server.overruns.watches
    server.cycle(2)
    assert not server.overruns.watches
