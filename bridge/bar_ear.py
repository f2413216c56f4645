"""Where the bars of what is played begin, with no host to tell it.

The beats that the ear for tempo hears are counted, so that each note has its place among them
though the tempo breathes. Which of the beats begin a bar is asked every now and then, between the
keys; only what was said several times over is sure.
"""

from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np

from bridge.tempo_ear import SURE as SURE_OF_BEAT
from bridge.tempo_ear import HeardTempo
from bridge.transport import Transport
from generators.hearing.downbeat import downbeat_of
from generators.music.notes import Note
from generators.music.time import QUARTER, Meter, Seconds, Ticks

SURE: Final = 0.95
"""From here on a bar line, or a meter, may be taken."""
BELIEVED: Final = 0.3  # how sure a tempo has to be for its beats to be counted
STEADY: Final = 0.08  # two tempi that differ by more are not of one count,
OFF: Final = 0.3  # nor are beats that are so far from where they were expected,
PAUSE: Final = 8.0  # nor such as so many seconds lie between
MOST: Final = 400  # keys that are heard back,
REACH: Final = 64  # and beats
SOON: Final = 0.03  # seconds after a key, so that its own way is not held up
REST: Final = 1.5  # seconds between two estimates: one takes ten milliseconds
AGREED: Final = 16  # beats over which the same has to be said for full sureness


@dataclass(slots=True)
class _Key:
    at: Seconds
    pitch: int
    velocity: int
    end: Seconds | None = None


@dataclass(frozen=True, slots=True)
class HeardBar:
    """The moment of a bar line, the meter, and how sure each is (0 to 1)."""

    line: Seconds
    meter: Meter
    sure: float
    sure_of_meter: float
    bpm: float

    def told(self, clock: Transport) -> tuple[float, int, int, float, float]:
        """Return what listeners are told: the beat of the song, the meter, how sure each is."""
        beat = round(clock.position(self.line) / QUARTER, 3)
        sure = round(self.sure, 3), round(self.sure_of_meter, 3)
        return beat, self.meter.beats, self.meter.unit, *sure

    def other_meter(self, clock: Transport) -> Meter | None:
        """Return the meter if it is sure and the clock has another; 2/2 is heard as 4/4."""
        simple = self.meter.unit == 4 and clock.meter.unit <= 4
        same = self.meter == clock.meter or (simple and self.meter.bar == clock.meter.bar)
        taken = self.sure_of_meter >= SURE and self._goes_with(clock) and not same
        return self.meter if taken else None

    def other_bar_line(self, clock: Transport) -> Ticks | None:
        """Return a bar line that the clock should have, whole beats from its own, if that is sure.

        It is not before the clock's own, so that all that was played is still in a bar.
        """
        bar, longer = sorted((clock.meter.bar, self.meter.bar))
        by = round(self._beats_on(clock)) * QUARTER % bar
        if longer % bar or by == 0 or self.sure < SURE or not self._goes_with(clock):
            return None
        return Ticks(clock.bar_line + by)

    def _beats_on(self, clock: Transport) -> float:
        return (clock.position(self.line) - clock.bar_line) / QUARTER

    def _goes_with(self, clock: Transport) -> bool:
        """Say whether the clock has the tempo and the beats that are heard."""
        beats = self._beats_on(clock)
        return abs(self.bpm / clock.tempo - 1) < STEADY and abs(beats - round(beats)) < OFF


class BarEar:
    """Listens to the keys, and to the beats that are heard in them."""

    def __init__(self) -> None:
        self.due: Seconds | None = None
        """When to ask next; None until there is something new to go by."""
        self._keys: deque[_Key] = deque(maxlen=MOST)
        self._beats: deque[tuple[int, float]] = deque(maxlen=4 * REACH)
        self._tempo: HeardTempo | None = None
        self._asked = -REST
        self._last: HeardBar | None = None
        self._since = Seconds(0.0)

    @property
    def figures(self) -> dict[str, Any] | None:
        """Say what was understood last."""
        if self._last is None:
            return None
        last = self._last
        return {
            "meter": str(last.meter),
            "sure": round(last.sure, 3),
            "sure_of_meter": round(last.sure_of_meter, 3),
        }

    def pressed(self, pitch: int, velocity: int, at: Seconds) -> None:
        """Take a key that went down."""
        self._keys.append(_Key(at, pitch, velocity))

    def released(self, pitch: int, at: Seconds) -> None:
        """Take a key that came up."""
        down = (key for key in islice(reversed(self._keys), 32) if key.pitch == pitch)
        key = next(down, None)
        if key is not None and key.end is None:
            key.end = at

    def beat(self, tempo: HeardTempo, at: Seconds) -> None:
        """Take the beat that is heard now, and see to it that the bars are asked for."""
        if tempo.sure < BELIEVED:
            return
        self._count(tempo)
        self._tempo = tempo
        if self.due is None:
            self.due = Seconds(max(at + SOON, self._asked + REST))

    def _count(self, tempo: HeardTempo) -> None:
        """Give the beat its number; one that does not go with those before begins a new count."""
        if self._beats and self._tempo is not None:
            number, moment = self._beats[-1]
            passed = (tempo.beat - moment) * tempo.bpm / 60
            steady = abs(tempo.bpm / self._tempo.bpm - 1) < STEADY
            if steady and tempo.beat - moment < PAUSE and abs(passed - round(passed)) < OFF:
                number += round(passed)
                while self._beats and self._beats[-1][0] >= number:
                    self._beats.pop()  # it is known better now
                self._beats.append((number, tempo.beat))
                return
        self._beats.clear()
        self._beats.append((0, tempo.beat))
        self._last = None
        while self._keys and self._keys[0].at < tempo.beat - PAUSE:
            self._keys.popleft()

    def wait(self, until: Seconds) -> None:
        """Ask later, if it is time to before this."""
        if self.due is not None:
            self.due = max(self.due, until)

    def passed(self, at: Seconds) -> HeardBar | None:
        """Ask where the bars are, if it is time to."""
        if self.due is None or at < self.due:
            return None
        self.due, self._asked = None, at
        tempo = self._tempo
        notes, origin = self._notes(at)
        found = downbeat_of(notes)
        if found is None or tempo is None:
            return None
        number, moment = self._beats[-1]
        line = Seconds(moment + (origin + found.tick / QUARTER - number) * 60 / tempo.bpm)
        before, last = self._last, HeardBar(line, found.meter, 0.0, 0.0, tempo.bpm)
        if before is None or not _same(before, last):
            self._since = at
        beats = (at - self._since) * tempo.bpm / 60
        share = min(1.0, beats / AGREED) * min(1.0, tempo.sure_of_beat / SURE_OF_BEAT)
        self._last = HeardBar(
            line, found.meter, found.sure * share, found.sure_of_meter * share, tempo.bpm
        )
        return self._last

    def _notes(self, now: Seconds) -> tuple[list[Note], int]:
        """Return what was played, in ticks from a beat, and the number of that beat."""
        if not self._keys or self._tempo is None:
            return [], 0
        numbers, moments = (list(each) for each in zip(*self._beats, strict=True))
        ends = [now if key.end is None else key.end for key in self._keys]
        period = 60 / self._tempo.bpm
        early = max(0.0, moments[0] - self._keys[0].at)
        late = max(0.0, now - moments[-1])
        numbers = [numbers[0] - early / period - 1, *numbers, numbers[-1] + late / period + 1]
        moments = [moments[0] - early - period, *moments, moments[-1] + late + period]
        began = np.interp([key.at for key in self._keys], moments, numbers)
        over = np.interp(ends, moments, numbers)
        origin = int(np.floor(began[began > began[-1] - REACH][0]))
        heard = [
            Note(
                Ticks(round((one - origin) * QUARTER)),
                key.pitch,
                Ticks(max(1, round((other - one) * QUARTER))),
                key.velocity,
            )
            for key, one, other in zip(self._keys, began.tolist(), over.tolist(), strict=True)
            if one >= origin
        ]
        return heard, origin


def _same(one: HeardBar, other: HeardBar) -> bool:
    """Say whether two estimates mean the same bars."""
    bars = (other.line - one.line) * other.bpm / 60 * QUARTER / one.meter.bar
    apart = abs(bars - round(bars)) * one.meter.bar / QUARTER
    return one.meter == other.meter and apart < OFF
