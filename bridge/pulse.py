"""The player's own pulse: where no host gives tempo and bars, they come from taps or the notes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bridge.bar_ear import BarEar
from bridge.course import Course
from bridge.duo import Duo
from bridge.stage import Stage
from bridge.tempo_ear import SURE, Taps, TempoEar
from bridge.wishes import Wishes
from generators.music.time import QUARTER, Seconds

NEARER = 0.3  # the share of what a beat is off that is made up for at once,
STEP = QUARTER / 20  # and how many ticks at most: 25 ms at 120


class Pulse:
    """Hears tempo, beat and bars, and has the song take them."""

    def __init__(self, stage: Stage, duo: Duo, course: Course, wishes: Wishes) -> None:
        self._stage = stage
        self._duo = duo
        self._course = course
        self._wishes = wishes
        self._ear, self._bars, self._taps = TempoEar(), BarEar(), Taps()

    @property
    def figures(self) -> dict[str, Any] | None:
        """What tempo was understood last of what is played."""
        return self._ear.figures

    @property
    def bar_figures(self) -> dict[str, Any] | None:
        """Which bars were."""
        return self._bars.figures

    def pressed(self, pitch: int, velocity: int, at: Seconds) -> None:
        """Take a key that went down."""
        self._listen(at)
        self._bars.pressed(pitch, velocity, at)

    def released(self, pitch: int, at: Seconds) -> None:
        """Take a key that came up."""
        self._bars.released(pitch, at)

    def _listen(self, at: Seconds) -> None:
        """Estimate the tempo of what is played where no host gives one; take it if that is sure."""
        if self._course.led:
            return
        heard = self._ear.pressed(at)
        if heard is None:
            return
        self._stage.tell("/antiphon/heard/tempo", round(heard.bpm, 2), round(heard.sure, 3))
        self._bars.beat(heard, at)
        if self._follows(at) and heard.sure >= SURE:
            self._take_tempo(heard.bpm, at)
            if heard.sure_of_beat >= SURE:
                self._take_beat(heard.beat, at)

    def _follows(self, at: Seconds) -> bool:
        """Say whether the clock goes by what is played: a host and the foot go before that."""
        led = self._course.led or self._taps.go_on(at)
        return self._stage.settings.follow_playing and self._course.free and not led

    @property
    def due(self) -> Iterator[Seconds]:
        """The moments at which `passed` is to be called, while the song goes on."""
        if self._bars.due is not None:
            yield self._bars.due

    def wait(self, until: Seconds) -> None:
        """Estimate nothing before a moment."""
        self._bars.wait(until)

    def passed(self, at: Seconds) -> None:
        """Estimate where the bars of what is played are; take them if that is sure."""
        heard = self._bars.passed(at)
        if heard is None or self._course.led:
            return
        self._stage.tell("/antiphon/heard/downbeat", *heard.told(self._course.transport))
        if self._duo.answers or not self._follows(at):
            return
        meter = heard.other_meter(self._course.transport)
        if meter is not None and not self._wishes.meter_told:
            self._wishes.set("meter", str(meter), at, heard=True)
        line = heard.other_bar_line(self._course.transport)
        if line is not None:
            self._course.move(replace(self._course.transport, bar_line=line), at)

    def tapped(self, at: Seconds) -> None:
        """Take a tap; from the second on, the taps are the tempo and the beat."""
        bpm = self._taps.tapped(at)
        if bpm is not None and not self._course.led:
            self._stage.tell("/antiphon/heard/tempo", round(bpm, 2), 1.0)
            self._take_tempo(bpm, at)
            self._take_beat(at, at)

    def _take_beat(self, beat: Seconds, at: Seconds) -> None:
        """Come nearer to a beat that was tapped or heard, in steps that nobody hears as a jump."""
        now = self._course.transport
        off = now.position(beat) % QUARTER
        off = off if off < QUARTER / 2 else off - QUARTER
        if now.playing:
            here, step = now.anchored(at), min(STEP, max(-STEP, NEARER * off))
            self._course.move(replace(here, tick=here.tick - step), at)

    def _take_tempo(self, bpm: float, at: Seconds) -> None:
        if abs(bpm - self._stage.settings.tempo) >= 0.5:
            self._wishes.set("tempo", round(bpm, 1), at, heard=True)
