"""Where a DAW's song is, from what its OSC control surface is told.

Ardour and REAPER tell a surface when they play and stop and, about ten times a second, the bar and
beat; where these move on steadily it plays, whatever was said. Ardour names neither tempo nor
meter: the tempo is the slope of a line through the beats of the last seconds, the meter ours, made
longer where a later beat of a bar is named. REAPER names its tempo. Messages may be late, lost,
doubled or out of order, so each is held against that line.

The addresses are those of Ardour's manual (Controlling Ardour with OSC, feedback) and of REAPER's
pattern file Default.ReaperOSC.
"""

import re
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from bridge.events import Stated
from bridge.transport import FASTEST, SLOWEST, Transport
from generators.music.time import LONGEST_BAR, Meter, Seconds

SOURCE: Final = "daw"
REACH: Final = 3.0  # seconds of beats that the line goes through
LEAST: Final = 0.45  # seconds that are enough for a tempo
JUMP: Final = 0.3  # beats off the line that are another place in the song,
UNKNOWN: Final = 1.5  # and where no tempo is known yet
OFTEN: Final = 2  # words off the line on the same side that are another tempo
OFF: Final = 0.06  # beats that a late message is off at most
STEADY: Final = 5  # places on a line, `LEAST` or more apart, show that it plays
OTHERWISE: Final = 0.4  # the share by which that may be at another tempo: more is winding
BARS: Final = re.compile(r"^\s*(-?\d{1,6})[|.](\d{1,6})[|.](\d{1,6})\s*$")
PLAYS: Final = {"/transport_play": True, "/play": True, "/transport_stop": False, "/stop": False}
ARDOUR_TICKS, HUNDREDTHS = 1920, 100  # to a beat

Args = tuple[object, ...]


class Feedback:
    """A DAW's song, from what it tells."""

    def __init__(self, ours: Callable[[], Transport]) -> None:
        """Begin with nothing known; `ours` gives our own song, for what the DAW does not tell."""
        self._ours = ours
        self._plays = False
        self._told: float | None = None
        self._line: deque[tuple[float, float]] = deque(maxlen=64)
        self._tempo: float | None = None
        self._beat: float | None = None
        self._known: Meter | None = None  # our meter, and
        self._longest = 0  # the last beat of a bar that was named since we had it

    def heard(self, path: str, args: Args, at: Seconds) -> Stated | None:
        """Take a message; return what it says of the song, None where it says nothing new."""
        if path in PLAYS:
            return self._turned(PLAYS[path] is _is_on(args), at) if args else None
        value = args[0] if args else None
        if path == "/tempo/raw" and isinstance(value, int | float) and SLOWEST <= value <= FASTEST:
            self._told = float(value)
        elif path in PLACES and isinstance(value, str):
            return self._placed(value, PLACES[path], at)
        return None

    def _turned(self, plays: bool, at: Seconds) -> Stated | None:
        if plays == self._plays:
            return None
        stopped_at = self._expected(at)
        self._beat = self._beat if stopped_at is None else stopped_at
        self._plays = plays
        self._line.clear()
        return None if self._beat is None else self._stated(self._beat, at)

    def _placed(self, text: str, parts: int, at: Seconds) -> Stated | None:
        found = BARS.match(text)
        if found is None:
            return None
        bar, beat, part = (int(each) for each in found.groups())
        if beat > LONGEST_BAR:
            return None  # no meter has so many: the word is damaged
        meter = self._meter(beat)
        # Beats are those of the meter; the song counts quarters.
        beats = (bar - 1) * meter.beats + beat - 1 + part / parts
        self._beat = self._kept(beats * 4 / meter.unit, at)
        self._plays = self._plays or self._moves(at)
        return self._stated(self._beat, at)

    def _meter(self, beat: int) -> Meter:
        """Return the meter: ours, or one of more beats where a later beat was named."""
        meter = self._ours().meter
        if meter != self._known:
            self._known, self._longest = meter, 0
        self._longest = max(self._longest, beat)
        return meter if self._longest <= meter.beats else Meter(self._longest, meter.unit)

    def _kept(self, beats: float, at: Seconds) -> float:
        """Lay a place on the line, or begin a new one; return where the song is on it."""
        line = self._line
        while line and at - line[0][0] > REACH:
            line.popleft()
        expected = self._expected(at)
        near = JUMP if self._told or self._tempo else UNKNOWN
        if expected is not None and abs(beats - expected) > near:
            if at - line[0][0] < LEAST:  # twice off within so little is another tempo
                self._tempo = None
            line.clear()
        line.append((at, beats))
        if self._plays and at - line[0][0] >= LEAST:
            self._bend()
        after = self._expected(at)
        return beats if after is None or not self._plays else after

    def _bend(self) -> None:
        """Find the line through the places; where the last lie beside it, through them alone."""
        moments, beats = (np.array(each) for each in zip(*self._line, strict=True))
        slope, first = np.polyfit(moments - moments[0], beats, 1)
        off = (beats - first - slope * (moments - moments[0]))[-OFTEN:]
        if len(off) == OFTEN and (np.abs(off) > OFF).all() and len(set(np.sign(off))) == 1:
            for _ in range(len(self._line) - OFTEN - 1):
                self._line.popleft()
            return
        if SLOWEST <= slope * 60 <= FASTEST:
            self._tempo = float(slope) * 60

    def _moves(self, at: Seconds) -> bool:
        """Say whether the song plays though nobody said so.

        Ardour 7 says nothing where it is told to play while it still goes to another place.
        """
        line = [(moment, beats) for moment, beats in self._line if at - moment <= 2 * LEAST]
        if len(line) < STEADY or at - line[0][0] < LEAST:
            return False
        moments, beats = (np.array(each) for each in zip(*line, strict=True))
        slope, first = np.polyfit(moments - at, beats, 1)
        if np.abs(beats - first - slope * (moments - at)).max() > OFF:
            return False
        share = slope * 60 / (self._told or self._tempo or self._ours().tempo)
        return bool(abs(share - 1) <= OTHERWISE)

    def _expected(self, at: Seconds) -> float | None:
        """Return where the song should be by the line."""
        if not self._line or not self._plays:
            return None
        moments, beats = (np.array(each) for each in zip(*self._line, strict=True))
        step = (self._told or self._tempo or self._ours().tempo) / 60
        return float((beats + step * (at - moments)).mean())

    def _stated(self, beat: float, at: Seconds) -> Stated:
        tempo = self._told or self._tempo
        return Stated(SOURCE, self._plays, at, beat=beat, tempo=tempo)


PLACES: Final = {"/position/bbt": ARDOUR_TICKS, "/beat/str": HUNDREDTHS}
ADDRESSES: Final = frozenset((*PLAYS, *PLACES, "/tempo/raw", "/heartbeat"))
"""What a DAW tells that is listened to."""


def _is_on(args: Args) -> bool:
    return isinstance(args[0], int | float) and args[0] > 0
