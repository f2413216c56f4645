"""Chord progressions as they are written on a lead sheet: `Am | F | C G | %`."""

import re

from generators.music.errors import BadValue
from generators.music.harmony import Chord
from generators.music.notes import ChordSpan
from generators.music.time import Meter, Ticks

REPEAT = "%"
BAR_LINE = re.compile(r"\|{1,2}")
LONGEST = 512  # bars: more than a song, so that a broken message is found out
REMEDY = "write bars between | with their chords, as in Am | F | C G | %"


def progression(text: str, meter: Meter | None = None) -> tuple[ChordSpan, ...]:
    """Read a chord progression, one bar after the other from tick 0.

    Bars stand between `|`; the chords of a bar share its beats, earlier ones taking what is
    over; `%` alone repeats the bar before.

    Raises:
        BadValue: a chord is not known, a bar is empty or holds more chords than beats, or a
            repeat has nothing to repeat.

    """
    meter = meter or Meter()
    spans: list[ChordSpan] = []
    for number, chords in enumerate(_bars(text)):
        if len(chords) > meter.beats:
            raise BadValue(f"bar {number + 1} has more chords than the beats of {meter}", REMEDY)
        spans.extend(_shared(chords, Ticks(number * meter.bar), meter))
    return tuple(spans)


def _bars(text: str) -> list[list[Chord]]:
    """Return the chords of each bar, repeats written out."""
    bars: list[list[Chord]] = []
    for bar in BAR_LINE.split(text.strip().strip("|")):
        words = bar.split()
        if not words:
            raise BadValue(f"bar {len(bars) + 1} of the chords is empty", REMEDY)
        if words == [REPEAT]:
            if not bars:
                raise BadValue("% has nothing before it to repeat", REMEDY)
            bars.append(bars[-1])
        else:
            bars.append([Chord.named(word) for word in words])
    if len(bars) > LONGEST:
        raise BadValue(f"more than {LONGEST} bars of chords", REMEDY)
    return bars


def _shared(chords: list[Chord], start: Ticks, meter: Meter) -> list[ChordSpan]:
    """Spread a bar's chords over the beats that are felt, or the written ones if they are many."""
    unit = meter.pulse if len(chords) <= meter.bar // meter.pulse else meter.beat
    each, over = divmod(meter.bar // unit, len(chords))
    spans = []
    for index, chord in enumerate(chords):
        length = Ticks((each + (index < over)) * unit)
        spans.append(ChordSpan(start, length, chord))
        start = Ticks(start + length)
    return spans
