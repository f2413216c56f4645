"""Antiphon beside Ardour: it follows its clock through a tempo change, a seek and a loop.

What the player plays goes through a track of Ardour's to Antiphon, whose chords are recorded beside
Ardour's clock and checked bar by bar. As a command it prints what was recorded of each bar:
`python -m tests.hosts.test_ardour`.
"""

import tempfile
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pytest

from bridge.wire import is_on
from tests.bridge.test_guard import sounding
from tests.daemon import running
from tests.hosts.ardour import CLOCK, TRACK_IN, TRACK_OUT, Ardour, ardour
from tests.jack_peer import JackPeer
from tests.jack_server import JackServer, jack_server, until

CHORDS = ({9, 0, 4}, {5, 9, 0}, {0, 4, 7}, {7, 11, 2})
FLAGS = ("--backend=jack", "--model=rules", "--role=accompany", "--pattern=pad")
PROGRESSION = "--chords=Am | F | C | G"
PER_BAR = 96  # clocks
SECOND, QUICK = 48000, 150.0  # frames; the tempo that Ardour is set to while it plays
QUICK_BAR = 4 * 60 * SECOND // int(QUICK)
SOUGHT, LOOPED = 8, 4  # the bar that is sought, the bars of the loop: chords begin anew there
FIRST = 2  # bars after a start until it must play along: it listens to the first
EARLY, NEAR = 3, 0.08  # clocks before the bar line, and seconds from it, where its chord begins


@dataclass
class Visit:
    """A stretch that the host played without a jump: its first bar, its clocks, our notes."""

    bar: int
    clocks: list[int] = field(default_factory=list)
    notes: list[tuple[int, int]] = field(default_factory=list)

    @property
    def bars(self) -> range:
        """The whole bars in which Antiphon must play."""
        return range(FIRST, (len(self.clocks) - 1) // PER_BAR)

    def pitches(self, bar: int) -> set[int]:
        """Return the pitch classes that began in a bar."""
        return {
            pitch % 12
            for frame, pitch in self.notes
            if (bisect(self.clocks, frame) - 1 + EARLY) // PER_BAR == bar
        }

    def error(self, bar: int) -> float:
        """Return how far from the bar line a note began, in seconds; the nearest counts."""
        line = self.clocks[bar * PER_BAR]
        return min((abs(frame - line) / SECOND for frame, _ in self.notes), default=9.0)


def visits(recorded: Sequence[tuple[int, bytes]], rest: Sequence[int]) -> list[Visit]:
    """Tell the stretches apart; `rest` are the bars at which a song that goes on was sought.

    Ardour 7 names six times the song position, so that where it goes on is told by who sent it.
    """
    found: list[Visit] = []
    sought = list(rest)
    for frame, message in recorded:
        if message == b"\xfa":
            found.append(Visit(0))
        elif message == b"\xfb":
            found.append(Visit(sought.pop(0)))
        elif message == b"\xf8" and found:
            found[-1].clocks.append(frame)
        elif is_on(message) and found:
            found[-1].notes.append((frame, message[1]))
    return found


def passes(recorder: JackPeer, seconds: float) -> None:
    """Wait so long by JACK's time: on a busy machine it runs slower than any other."""
    end = recorder.now()[0] + round(seconds * SECOND)
    until(lambda: recorder.now()[0] >= end, 8 * seconds, "for time to pass")


def played(host: Ardour, recorder: JackPeer) -> None:
    """Let Ardour play through all that hosts do."""
    host.tell("/transport_play", 1.0)
    passes(recorder, 11.0)
    host.tempo(QUICK)
    passes(recorder, 9.0)
    host.tell("/locate", SOUGHT * QUICK_BAR, 1)
    passes(recorder, 8.5)
    host.tell("/loop_location", 0, LOOPED * QUICK_BAR)
    host.tell("/loop_toggle", 1.0)
    passes(recorder, 2.5 * LOOPED * QUICK_BAR / SECOND)
    host.tell("/transport_stop", 1.0)
    passes(recorder, 1.0)


def recorded(server: JackServer, folder: Path) -> list[tuple[int, bytes]]:
    """Return what left Antiphon and Ardour's clock, by frame."""
    words = (*FLAGS, PROGRESSION)
    with (
        ardour(server, folder) as host,
        running(*words, environment=server.environment) as daemon,
        JackPeer(server) as recorder,
    ):
        until(lambda: daemon.status()["model"]["name"], 30, "for the model")
        host.tell("/transport_stop", 1.0)
        passes(recorder, 1.0)  # it starts rolling, and hears of nothing else while it stops
        host.tell("/goto_start", 1.0)
        host.tell("/strip/monitor_input", 1, 1.0)
        passes(recorder, 1.0)
        for source, sink in (
            ("host:out", TRACK_IN), (TRACK_OUT, "Antiphon:in"), (CLOCK, "Antiphon:in"),
            (CLOCK, "host:in"), ("Antiphon:out", "host:in"),
        ):  # fmt: skip
            server.connect(source, sink)
        start = monotonic() + 0.5
        for beat in range(400):
            at, pitch = start + 0.4 * beat, (69, 72, 76, 71)[beat % 4]
            recorder.play([(at, bytes((0x90, pitch, 80))), (at + 0.2, bytes((0x80, pitch, 0)))])
        played(host, recorder)
        until(lambda: not sounding([m for _, m in recorder.frames()]), 5, "for silence")
        return recorder.frames()


@pytest.mark.timeout(900)
def test_antiphon_follows_ardour_bar_by_bar(tmp_path: Path) -> None:
    with jack_server(256) as server:
        found = visits(recorded(server, tmp_path), [SOUGHT])
    assert [visit.bar for visit in found[:3]] == [0, SOUGHT, 0]
    assert len(found) >= 4, "it never came round the loop"
    assert sum(len(visit.bars) for visit in found) > 10
    for visit in found:
        for bar in visit.bars:
            chord = CHORDS[(visit.bar + bar) % len(CHORDS)]
            assert visit.pitches(bar), f"bar {visit.bar + bar} is empty"
            assert visit.pitches(bar) <= chord, f"bar {visit.bar + bar} has another chord"
            assert visit.error(bar) < NEAR


@pytest.mark.timeout(300)
@pytest.mark.parametrize("flag", ["--ardour-port=3819", "--ardour-port=0"])
def test_ardour_s_song_positions_are_understood(flag: str, tmp_path: Path) -> None:
    with (
        jack_server(256) as server,
        ardour(server, tmp_path) as host,
        running("--backend=jack", "--model=rules", flag, environment=server.environment) as daemon,
        JackPeer(server) as recorder,
    ):
        until(lambda: daemon.status()["model"]["name"], 30, "for Antiphon")
        host.tell("/transport_stop", 1.0)
        passes(recorder, 1.0)
        host.tell("/goto_start", 1.0)
        passes(recorder, 1.0)
        server.connect(CLOCK, "Antiphon:in")
        for _ in range(1 if flag.endswith("3819") else 4):  # of the clock alone it takes three
            host.tell("/transport_play", 1.0)
            passes(recorder, 2.2)
            host.tell("/transport_stop", 1.0)
            passes(recorder, 1.0)
        host.tell("/locate", 16 * SECOND, 0)  # at 120 BPM
        host.tell("/transport_play", 1.0)
        passes(recorder, 3.0)
        where = daemon.status()["transport"]
        assert where["source"] == "midi"
        assert where["playing"]
        assert 32 < where["beat"] < 48
        host.tell("/transport_stop", 1.0)


def main() -> None:
    """Print what was recorded of each bar."""
    with jack_server(256) as server, tempfile.TemporaryDirectory() as folder:
        for visit in visits(recorded(server, Path(folder)), [SOUGHT]):
            print(f"from bar {visit.bar}: {len(visit.clocks)} clocks, {len(visit.notes)} notes")
            for bar in range((len(visit.clocks) - 1) // PER_BAR):
                pitches = sorted(visit.pitches(bar))
                print(f"  bar {visit.bar + bar}: {pitches}, {visit.error(bar) * 1000:.1f} ms off")


if __name__ == "__main__":
    main()
