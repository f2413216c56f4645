"""Song positions: of hosts that count sixteenths, as they should, and of Ardour 7, which does not.

What Ardour 7.3 sends was recorded from it: its song positions count clocks. Where it goes on after
a stop it waits for its next beat; a seek while it plays is stop, position, continue at once.
"""

from hypothesis import given
from hypothesis import strategies as st

from bridge.clock import PER_QUARTER
from bridge.config import Settings
from bridge.events import Stated
from generators.music.time import QUARTER, Seconds
from tests.fakes import Scripted
from tests.jam import Jam

STEP = 60 / 120.0 / PER_QUARTER


class Host:
    """A host at 120 BPM whose song positions count so many clocks."""

    def __init__(self, unit: int) -> None:
        self.jam = Jam(Scripted(), Settings(tempo=120.0, role="off"))
        self.now, self.place, self._unit = 1.0, 0, unit

    def send(self, *message: int) -> None:
        self.jam.midi(self.now, *message)
        self.now += 0.001

    def start(self, clock: int, clocks: int) -> None:
        """Play from a clock of the song for so many clocks, and stop."""
        position = clock // self._unit
        self.send(*((0xFA,) if not clock else (0xF2, position & 127, position >> 7)))
        if clock:
            self.send(0xFB)
        self.place = clock
        self.go_on(clocks)
        self.send(0xFC)

    def go_on(self, clocks: int) -> None:
        for _ in range(clocks):
            self.jam.midi(self.now, 0xF8)
            self.now += STEP
        self.place += clocks
        self.jam.run(self.now)

    def told(self, source: str, off: float = 0.0) -> None:
        """Let another source say where the song is, beside it by so many beats."""
        beat = self.place / PER_QUARTER + off
        at = Seconds(self.now)
        self.jam.event(self.now, Stated(source, True, at, beat=beat, tempo=120.0))
        self.jam.run(self.now)

    @property
    def beat(self) -> float:
        """Where Antiphon stands, in beats."""
        return self.jam.session.transport.position(Seconds(self.now)) / QUARTER

    @property
    def off(self) -> float:
        """By how many beats Antiphon is elsewhere."""
        return self.beat - self.place / PER_QUARTER


def seek(host: Host, clock: int) -> None:
    """Seek while it plays, as Ardour does in its loop too."""
    host.send(0xFC)
    position = clock // host._unit
    host.send(0xF2, position & 127, position >> 7)
    host.send(0xFB)
    host.place = clock
    host.go_on(1)


def test_ardour_that_goes_on_after_a_stop_is_understood_the_third_time() -> None:
    ardour = Host(unit=1)
    ardour.start(0, 159)
    ardour.start(168, 87)
    assert ardour.off > 30  # once may be a seek to just there,
    ardour.start(264, 96)
    assert ardour.off > 50  # and twice
    ardour.start(360, 20)
    assert abs(ardour.off) < 0.1
    for clock in (96, 768, 384, 24):  # and from now on every seek
        ardour.start(clock, 96)
        assert abs(ardour.off) < 0.1


def test_what_the_daw_or_jack_says_shows_within_three_words_what_positions_count() -> None:
    for source in ("daw", "jack"):
        ardour = Host(unit=1)
        ardour.send(0xFA)
        ardour.go_on(48)
        seek(ardour, 768)
        ardour.go_on(3)
        assert ardour.off > 150
        for _ in range(3):
            ardour.told(source)
            ardour.go_on(3)
        assert abs(ardour.off) < 0.1
        for clock in (192, 384, 24, 768):  # its loop, and other places
            seek(ardour, clock)
            assert abs(ardour.off) < 0.1


def test_link_whose_beats_begin_anywhere_shows_nothing() -> None:
    ardour = Host(unit=1)
    ardour.send(0xFA)
    seek(ardour, 768)
    for _ in range(9):
        ardour.told("link")
        ardour.go_on(3)
    assert ardour.off > 150


def test_a_host_that_was_misunderstood_is_understood_again() -> None:
    host = Host(unit=6)
    host.start(0, 90)
    for clock in (96, 192, 288):  # it seeks six times as far as it has come, each time
        host.start(clock * 6, 90)
    assert host.off < -10
    host.start(host.place // 6 * 6, 30)
    host.start(host.place // 6 * 6, 30)
    host.start(host.place // 6 * 6, 30)
    assert abs(host.off) < 0.3


def test_a_host_that_seeks_six_times_as_far_now_and_then_is_followed() -> None:
    host = Host(unit=6)
    host.start(0, 90)
    for _ in range(9):
        host.start(96 * 6, 90)
        host.start(192 * 6, 90)
        host.start(host.place // 6 * 6, 30)
        assert abs(host.off) < 0.3
        host.start(0, 90)


DEED = st.one_of(
    st.tuples(st.just("seek"), st.integers(1, 1600)),
    st.tuples(st.just("on"), st.integers(-24, 24)),
    st.tuples(st.just("said"), st.sampled_from(["daw", "jack"])),
    st.tuples(st.just("play"), st.integers(1, 60)),
)


@given(st.lists(DEED, max_size=20))
def test_a_host_that_counts_sixteenths_is_followed_to_the_letter(
    deeds: list[tuple[str, int]],
) -> None:
    host = Host(unit=6)
    host.start(0, 50)
    for what, value in deeds:
        if what == "seek":
            host.start(value * 6, 20)
        elif what == "on":
            host.start(max(1, (host.place + value) // 6) * 6, 30)
        elif what == "play":
            host.send(0xFB)
            host.go_on(value)
            host.send(0xFC)
        else:
            host.send(0xFB)
            host.go_on(2)
            host.told(str(value))
            host.go_on(2)
            host.send(0xFC)
        assert abs(host.off) < 0.1
