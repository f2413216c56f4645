"""The hard wishes as masks: where an answer may have notes and chords, and which."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from generators.music.harmony import Key
from generators.music.time import Meter, Ticks
from generators.prompt import Controls
from generators.sampling import Allowed
from generators.tokens import leadsheet as words
from generators.tokens.grid import PLACES, UNIT, grid_bar
from generators.tokens.leadsheet import Frame

PLACE_TICKS = np.array(PLACES, np.int64) * UNIT
MOST_EVENTS = 48
"""More than this happens in no bar that anyone would play."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an answer from `start` to `end` may hold; ticks are those of the heard phrase."""

    meter: Meter
    start: Ticks
    end: Ticks
    controls: Controls
    frame: Frame
    closes: bool = False
    """Whether the answer comes to rest in its last bar: no upbeat to what will not follow."""

    def last_onset(self, bar: int) -> int:
        """Return the last token of a place where a note may begin."""
        line = (bar + 1) * self.bar
        if not self.closes or self.end != line:
            return words.FIRST_PITCH
        pulses = self.bar // self.meter.pulse
        rest = self.meter.pulse * (2 if pulses >= 4 else 1)
        return words.place_token(max(0, self.bar - rest) // UNIT)

    def closes_in(self, bar: int) -> bool:
        """Whether the answer comes to rest in this bar."""
        return self.closes and self.end == (bar + 1) * self.bar

    def comes_to_rest(self, bar: int, place: int) -> bool:
        """Whether a note at the token of a place is one that the answer may end on."""
        return self.closes_in(bar) and place >= words.place_token(self.bar // 2 // UNIT)

    @property
    def bar(self) -> Ticks:
        """The bar of the grid."""
        return grid_bar(self.meter)

    def _places(self, bar: int) -> tuple[Allowed, Allowed]:
        """Return the ticks and the tokens of the places of a bar that lie in the answer."""
        ticks = PLACE_TICKS + bar * self.bar
        inside = (self.bar > PLACE_TICKS) & (ticks >= self.start) & (ticks < self.end)
        return ticks[inside], np.flatnonzero(inside) + words.FIRST_PLACE

    def melody_places(self, bar: int) -> Allowed:
        """Return the tokens of the places where a note may begin."""
        ticks, tokens = self._places(bar)
        grid = self.controls.grid or 1
        on: Allowed = tokens[(ticks % self.meter.bar) % grid == 0]
        return on

    def chord_places(self, bar: int) -> Allowed:
        """Return the tokens of the places where a chord may begin: the beats."""
        ticks, tokens = self._places(bar)
        on: Allowed = tokens[(ticks % self.meter.bar) % self.meter.pulse == 0]
        return on

    def chord_roots(self) -> Allowed:
        """Return the tokens of the roots that a drawn chord may have."""
        return _roots(self._mode)

    def chord_kinds(self, root: int) -> Allowed:
        """Return the tokens of the kinds that it may have on the root of a token."""
        return _kinds(self._mode, root)

    def chord_basses(self, root: int, kind: int) -> Allowed:
        """Return the tokens of the basses that it may have."""
        return _basses(self._mode, root, kind)

    @property
    def _mode(self) -> str | None:
        """The mode that holds every drawn chord, None where it may be any."""
        return self.frame.key.mode if self.controls.in_key else None

    def first_place(self, bar: int) -> Allowed:
        """Return the token of the first place of a bar that lies in the answer, if any does."""
        return self._places(bar)[1][:1]

    def pitches(self) -> Allowed:
        """Return the tokens of the pitches that a melody may use."""
        tokens = np.arange(words.FIRST_PITCH, words.REST_TOKEN)
        allowed = self.controls.allowed_pitches
        return tokens[[self.frame.pitch(int(token)) in allowed for token in tokens]]

    def quota(self) -> int:
        """Return how many notes may begin in a bar of the meter."""
        if self.controls.density is None:
            return MOST_EVENTS
        return min(MOST_EVENTS, int(self.controls.density * self.meter.beats + 1e-9))


@cache
def _roots(mode: str | None) -> Allowed:
    return np.flatnonzero(_names(mode).any(axis=(1, 2))) + words.FIRST_ROOT


@cache
def _kinds(mode: str | None, root: int) -> Allowed:
    return np.flatnonzero(_names(mode)[root - words.FIRST_ROOT].any(axis=1)) + words.FIRST_KIND


@cache
def _basses(mode: str | None, root: int, kind: int) -> Allowed:
    basses = _names(mode)[root - words.FIRST_ROOT, kind - words.FIRST_KIND]
    return np.flatnonzero(basses) + words.FIRST_BASS


@cache
def _names(mode: str | None) -> npt.NDArray[np.bool_]:
    """Return which chords a mode holds, by root, kind and bass, the first and last from the tonic.

    Where no mode is given, any name will do.
    """
    found = np.ones((12, len(words.KINDS), 13), np.bool_)
    if mode is not None:
        frame = Frame(Key(0, mode))
        for root, kind, bass in np.ndindex(found.shape):
            chord = frame.chord(
                [words.FIRST_ROOT + root, words.FIRST_KIND + kind, words.FIRST_BASS + bass]
            )
            found[root, kind, bass] = frame.key.holds(chord)
    return found


def frame_within(natural: Frame, controls: Controls) -> Frame:
    """Return the frame nearest to the natural one in which enough allowed pitches are at home.

    At home is where melodies lie in the language: from a fourth below the tonic to a sixth above
    its octave.
    """
    allowed = controls.allowed_pitches
    enough = min(6, len(allowed))
    frames = sorted(
        (Frame(natural.key, octaves) for octaves in range(-6, 7)),
        key=lambda frame: abs(frame.octaves - natural.octaves),
    )

    def at_home(frame: Frame) -> int:
        return sum(-5 <= pitch - frame.zero <= 21 for pitch in allowed)

    most = max(at_home(frame) for frame in frames)
    return next(frame for frame in frames if at_home(frame) >= min(enough, most))
