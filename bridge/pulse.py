"""The player's own pulse: where no host gives a tempo, it comes from taps or the notes."""

from dataclasses import replace
from typing import Any

from bridge.course import Course
from bridge.stage import Stage
from bridge.tempo_ear import SURE, Taps, TempoEar
from bridge.wishes import Wishes
from generators.music.time import QUARTER, Seconds

NEARER = 0.3  # the share of what a beat is off that is made up for at once,
STEP = QUARTER / 20  # and how many ticks at most: 25 ms at 120


class Pulse:
    """Hears tempo and beat, and has the song take them."""

    def __init__(self, stage: Stage, course: Course, wishes: Wishes) -> None:
        self._stage = stage
        self._course = course
        self._wishes = wishes
        self._ear, self._taps = TempoEar(), Taps()

    @property
    def figures(self) -> dict[str, Any] | None:
        """What was understood last of what is played."""
        return self._ear.figures

    def pressed(self, at: Seconds) -> None:
        """Estimate the tempo of what is played where no host gives one; take it if that is sure."""
        if self._course.led:
            return
        heard = self._ear.pressed(at)
        if heard is None:
            return
        self._stage.tell("/antiphon/heard/tempo", round(heard.bpm, 2), round(heard.sure, 3))
        if self._stage.settings.follow_playing and self._course.free and heard.sure >= SURE:
            self._take_tempo(heard.bpm, at)
            if heard.sure_of_beat >= SURE:
                self._take_beat(heard.beat, at)

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
            self._wishes.set("tempo", round(bpm, 1), at)
