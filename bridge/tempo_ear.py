"""The tempo of what is played, with no host to tell it: from taps, and from the notes.

A comb of beats is laid through the onsets of the last seconds. For each period the share of the
onsets that lie on it is their mean direction on a circle that goes round once a beat (Rayleigh's
statistic), taken at the quarter, the half and the fourth of a beat, for tunes move in eighths and
sixteenths as well. Periods near those that people tap (Parncutt 1994: around 100 to 120 a minute)
are preferred, since a rhythm alone does not say which of its levels is the beat. How sure it is
comes from how tightly the onsets lie on the comb, from how much better it does than periods that
are not simple multiples of it, and from whether it has said the same for a while.
"""

import math
from cmath import phase
from collections import deque
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any, Final

import numpy as np

from generators.music.time import Seconds

SURE: Final = 0.8
"""From here on a tempo may be taken."""
REACH: Final = 8.0  # seconds that are listened back
LEAST: Final = 8  # onsets
REST: Final = 0.4  # seconds between two estimates: one takes a few milliseconds
TOGETHER: Final = 0.045  # seconds: keys that go down in it are one onset
SLOWEST, FASTEST = 60.0, 200.0
PREFERRED, WIDTH = 112.0, 0.45  # quarters a minute, and octaves around it (standard deviation)
FINE: Final = 1.005  # the ratio of two tempi that are tried one after the other
SAME: Final = 0.03  # two estimates that differ by less say the same
PATIENCE: Final = 6  # estimates that have to say the same for full sureness
SHARES: Final = (0.4, 0.35, 0.25)
"""How much once, twice and four times round in a beat count."""
CHANCE, ABOVE = 1.8, 0.2
"""Onsets without a beat agree on their best comb about by the first over the root of their number;
so much above that they are on it: on real tunes nearly all such estimates were right."""
CLEAR: Final = 0.12  # a share by which the best comb has to be better than all others
DOUBTFUL, DOUBT = 140.0, 0.5
"""Faster tempi are never sure: of such, half were twice what was played (60 tunes, 70 to 170)."""
PLACED: Final = 0.25
"""Where so many onsets agree on the beat, it never was the offbeat instead on these tunes."""
ABOUT: Final = 0.2  # beats
PAUSE: Final = 2.0  # seconds after which taps begin anew
LEAST_TAPPED, MOST_TAPPED = 30.0, 300.0  # quarters a minute
TAPS: Final = 8
TEMPI: Final = np.geomspace(SLOWEST, FASTEST, 1 + round(math.log(FASTEST / SLOWEST, FINE)))
LIKED: Final = np.exp(-0.5 * (np.log2(TEMPI / PREFERRED) / WIDTH) ** 2)


@dataclass(frozen=True, slots=True)
class HeardTempo:
    """A tempo in quarters a minute, the moment of a beat, and how sure each is (0 to 1)."""

    bpm: float
    beat: Seconds
    sure: float
    sure_of_beat: float


class TempoEar:
    """Listens to the onsets of what is played."""

    def __init__(self) -> None:
        self._onsets: deque[float] = deque(maxlen=64)
        self._agreed = 0
        self._asked = -REST
        self._last: HeardTempo | None = None

    @property
    def figures(self) -> dict[str, Any] | None:
        """Say what was understood last."""
        if self._last is None:
            return None
        last = self._last
        return {
            "bpm": round(last.bpm, 2),
            "sure": round(last.sure, 3),
            "sure_of_beat": round(last.sure_of_beat, 3),
        }

    def pressed(self, at: Seconds) -> HeardTempo | None:
        """Take a key that went down; return the tempo, None where there is too little to go by."""
        if self._onsets and at - self._onsets[-1] < TOGETHER:
            return None
        if self._onsets and at - self._onsets[-1] > REACH / 2:
            self._onsets.clear()
            self._agreed = 0
        self._onsets.append(at)
        recent = [onset for onset in self._onsets if onset > at - REACH]
        if len(recent) < LEAST or at - self._asked < REST:
            return None
        self._asked = at
        found = estimated(recent)
        same = self._last is not None and abs(found.bpm / self._last.bpm - 1) < SAME
        self._agreed = min(self._agreed + 1, PATIENCE) if same else 0
        agreed = self._agreed / PATIENCE
        self._last = replace(
            found, sure=found.sure * agreed, sure_of_beat=found.sure_of_beat * agreed
        )
        return self._last


def estimated(onsets: list[float]) -> HeardTempo:
    """Return the tempo and a beat of these onsets, and how sure they alone make it."""
    turns = np.exp(2j * np.pi / 60 * np.outer(TEMPI, np.asarray(onsets) - onsets[0]))
    twice = turns * turns
    combs = [each.mean(axis=1) for each in (turns, twice, twice * twice)]
    tight = sum(share * np.abs(comb) for share, comb in zip(SHARES, combs, strict=True))
    scores = tight * LIKED
    best = int(scores.argmax())
    bpm = float(TEMPI[best])
    others = float(scores[np.abs(TEMPI / bpm - 1) > 2 * SAME].max())
    margin = 1 - others / float(scores[best])
    late = _late(complex(combs[0][best]), [(each - onsets[0]) * bpm / 60 for each in onsets])
    beat = onsets[0] + (math.floor((onsets[-1] - onsets[0]) * bpm / 60 - late) + late) * 60 / bpm
    chance = CHANCE / math.sqrt(len(onsets))
    tight_enough = min(1.0, max(0.0, (float(tight[best]) - chance) / ABOVE))
    sure = tight_enough * min(1.0, margin / CLEAR) * (1.0 if bpm < DOUBTFUL else DOUBT)
    return HeardTempo(bpm, Seconds(beat), sure, sure * min(1.0, abs(combs[0][best]) / PLACED))


def _late(comb: complex, beats: list[float]) -> float:
    """Return by how much the beats are late, in beats: the onsets about where all of them point.

    Those further off are others than the beat's, and would draw it to their side.
    """
    late = phase(comb) / (2 * math.pi)
    off = [(each - late + 0.5) % 1 - 0.5 for each in beats]
    near = [each for each in off if abs(each) < ABOUT]
    return late + (fmean(near) if near else 0.0)


class Taps:
    """A foot that taps the beat: two taps are a tempo, and more make it better.

    Between two taps lie as many beats as the usual time between taps goes into theirs, so that one
    that was missed or bounced does not mislead.
    """

    def __init__(self) -> None:
        self._taps: deque[float] = deque(maxlen=TAPS)

    def go_on(self, at: Seconds) -> bool:
        """Say whether the foot taps, or did until a moment ago."""
        return bool(self._taps) and at - self._taps[-1] <= REACH

    def tapped(self, at: Seconds) -> float | None:
        """Take a tap; return the tempo in quarters a minute, None where it is none yet."""
        if self._taps and at - self._taps[-1] > PAUSE:
            self._taps.clear()
        self._taps.append(at)
        steps = np.diff(self._taps)
        usual = float(np.median(steps)) if len(steps) else 0.0
        if usual <= 0:
            return None
        beats = np.concatenate([[0.0], np.cumsum(np.rint(steps / usual))])
        slope = float(np.polyfit(beats, np.asarray(self._taps), 1)[0])
        return min(MOST_TAPPED, max(LEAST_TAPPED, 60 / slope))
