"""The ticks of a MIDI file, and those of a song."""

from bisect import bisect_right
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from generators.music.midi_events import META, TEMPO, Event
from generators.music.time import QUARTER, Ticks

USUAL_BEAT = 500_000  # microseconds of a quarter where a file names no tempo: SMF 1.0
DROP_FRAME = 29
"""29 stands for 30 frames at 29.97 frames a second (SMF 1.0, division with the top bit set)."""


class Step(NamedTuple):
    """From a tick of the file on, at a tick of the song: so many song ticks in so many of the file.

    Whole numbers, because a clock is asked twice for every note.
    """

    file: int
    song: int
    rise: int
    run: int


class Clock:
    """How the ticks of a file and those of a song go together.

    A file that counts quarters has one step. In one that counts frames of film a quarter is as
    long as the tempo says, and each tempo has its step.
    """

    def __init__(self, division: int, events: Iterable[Event] = ()) -> None:
        """Take the division as it stands in the file's header, and events with the tempi."""
        self.steps = [Step(0, 0, QUARTER, division)] if division > 0 else _film(division, events)

    def song(self, at: int) -> Ticks:
        """Return the song's tick for one of the file."""
        step = self.steps[bisect_right(self.steps, at, key=lambda step: step.file) - 1]
        return Ticks(step.song + _rounded((at - step.file) * step.rise, step.run))

    def file(self, at: Ticks) -> int:
        """Return the file's tick for one of the song."""
        found = bisect_right(self.steps, int(at), key=lambda step: step.song) - 1
        step = self.steps[max(0, found)]
        return step.file + max(0, _rounded((at - step.song) * step.run, step.rise))


def _rounded(number: int, by: int) -> int:
    return (2 * number + by) // (2 * by)


def _film(division: int, events: Iterable[Event]) -> list[Step]:
    """Return the steps of a file whose ticks are fractions of a film's frames."""
    frames = -(division >> 8)
    rate = Fraction(30_000, 1001) if frames == DROP_FRAME else Fraction(max(1, frames))
    rate *= max(1, division & 0xFF)
    tempi = {e.tick: int.from_bytes(e.data[1:4], "big") for e in events if _sets_tempo(e)}
    steps = [_step(0, 0, rate, tempi.pop(0, USUAL_BEAT))]
    for tick in sorted(tempi):
        last = steps[-1]
        song = last.song + _rounded((tick - last.file) * last.rise, last.run)
        steps.append(_step(tick, song, rate, tempi[tick]))
    return steps


def _sets_tempo(event: Event) -> bool:
    return event.status == META and event.data[0] == TEMPO and any(event.data[1:4])


def _step(file: int, song: int, rate: Fraction, beat: int) -> Step:
    length = Fraction(QUARTER * 1_000_000) / (rate * beat)
    return Step(file, song, length.numerator, length.denominator)
