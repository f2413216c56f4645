"""JACK's transport, as a real server and a real timebase master give it."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest

from bridge.events import Stated
from bridge.wire import Ends
from bridge.wires.jack import JackWire
from bridge.wires.rolling import stated
from generators.music.time import Meter, Seconds
from tests.jack_server import jack_server, until


class Timebase:
    """A program that gives JACK's transport bars and beats, and rolls it."""

    def __init__(self, bpm: float, beats: int, unit: int, *, master: bool = True) -> None:
        import jack

        self._jack = jack
        self.bpm, self.beats, self.unit = bpm, beats, unit
        self.client = jack.Client("Timebase", no_start_server=True)
        self.client.set_process_callback(lambda frames: None)
        if master:
            self.client.set_timebase_callback(self._place)
        self.client.activate()

    def _place(self, state: Any, frames: int, position: Any, new: bool) -> None:
        beats = position.frame / position.frame_rate * self.bpm / 60
        whole = int(beats)
        position.beats_per_minute, position.ticks_per_beat = self.bpm, 1920
        position.beats_per_bar, position.beat_type = self.beats, self.unit
        position.bar, position.beat = whole // self.beats + 1, whole % self.beats + 1
        position.tick = int((beats - whole) * 1920)
        position.bar_start_tick = whole // self.beats * self.beats * 1920
        position.valid = self._jack._lib.JackPositionBBT


@contextmanager
def followed(
    bpm: float, beats: int, unit: int, *, leads: bool = True
) -> Iterator[tuple[Timebase, list[Stated]]]:
    master = Timebase(bpm, beats, unit, master=leads)
    words: list[Stated] = []
    ends = Ends(lambda *_: None, lambda *_: None, lambda: None, words.append)
    wire = JackWire(ends)
    try:
        yield master, words
    finally:
        wire.close()
        master.client.close()


def test_a_timebase_master_gives_beat_tempo_and_meter() -> None:
    with jack_server(), followed(90.0, 3, 4) as (master, words):
        client = master.client
        client.transport_frame = 48000 * 4  # six beats: the third bar
        until(lambda: any(not word.playing and word.beat == 6.0 for word in words), what="locate")
        client.transport_start()
        until(lambda: sum(word.playing for word in words) > 20, what="rolling")
        client.transport_stop()
        until(lambda: not words[-1].playing, what="the stop")
        rolling = [word for word in words if word.playing]
        assert {word.meter for word in rolling} == {Meter(3, 4)}
        assert {word.tempo for word in rolling} == {90.0}
        assert {word.source for word in words} == {"jack"}
        for word in rolling:
            assert word.beat == pytest.approx((word.seconds or 0.0) * 90 / 60, abs=1 / 1920)
        moments = [word.at for word in rolling]
        assert moments == sorted(moments)


def test_without_a_timebase_master_there_are_only_seconds() -> None:
    with jack_server(), followed(90.0, 4, 4, leads=False) as (master, words):
        client = master.client
        client.transport_start()
        until(lambda: sum(word.playing for word in words) > 3, what="rolling")
        client.transport_stop()
        assert all(word.beat is None and word.tempo is None for word in words)
        assert (words[3].seconds or 0.0) > (words[0].seconds or 0.0)


def test_beats_of_another_unit_are_told_in_quarters() -> None:
    position = {
        "frame": 0, "frame_rate": 48000, "bar": 2, "beat": 4, "tick": 960,
        "ticks_per_beat": 1920.0, "beats_per_bar": 6.0, "beat_type": 8.0,
        "beats_per_minute": 180.0,
    }  # fmt: skip
    word = stated(True, position, Seconds(monotonic()))
    assert (word.beat, word.tempo, word.meter) == (4.75, 90.0, Meter(6, 8))
