"""Chord progressions as players write them: `Am | F | C G`."""

from generators.music.errors import BadValue
from generators.music.harmony import Chord
from generators.music.notes import ChordSpan
from generators.music.time import Meter, Ticks


def progression(text: str, meter: Meter) -> tuple[ChordSpan, ...]:
    """Read bars split by `|`; the chords of a bar share its beats, `%` repeats the bar before.

    Raises:
        BadValue: a bar is empty, holds more chords than beats, or a symbol is not known.

    """
    bars: list[list[Chord]] = []
    for written in text.strip().strip("|").split("|"):
        symbols = written.split()
        if not symbols or (symbols == ["%"] and not bars):
            raise BadValue(f"{text!r} has an empty bar", "write bars as Am | F | C G")
        bars.append(bars[-1] if symbols == ["%"] else [Chord.named(each) for each in symbols])
    return tuple(
        span for at, bar in enumerate(bars) for span in _bar(bar, Ticks(at * meter.bar), meter)
    )


def _bar(chords: list[Chord], start: Ticks, meter: Meter) -> list[ChordSpan]:
    """Share a bar's beats among its chords; earlier ones get the beats that are left over."""
    if len(chords) > meter.beats:
        raise BadValue(f"a bar of {meter} holds no {len(chords)} chords", "write fewer to the bar")
    cuts = [-(-meter.beats * index // len(chords)) for index in range(len(chords) + 1)]
    return [
        ChordSpan(Ticks(start + cut * meter.beat), Ticks((end - cut) * meter.beat), chord)
        for chord, cut, end in zip(chords, cuts, cuts[1:], strict=False)
    ]
