"""Chords for a melody that is known: many are drawn, and the one that most agree with is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from generators.answering import chosen, yielded
from generators.asked import Asked
from generators.copying import Guard
from generators.habits import OVER, Memory
from generators.model import Decoder
from generators.music.harmony import NO_CHORD, Chord
from generators.music.notes import ChordSpan
from generators.music.time import Ticks
from generators.origins import Origins
from generators.tokens import leadsheet as words
from generators.tokens.grid import UNIT, Bar, ChordEvent, bars_of
from generators.writing import Writer, parts_of

DRAWN, LONGEST = 4, 128
"""How many harmonizations are drawn, and of how many bars at most: of more, the one that most agree
with has fewer chords than people use; what is longer is drawn once."""


def sheet_of(bars: Sequence[Bar], asked: Asked, chords_first: bool) -> list[list[int]]:
    """Return the words of a sheet that begins with these bars: its head, then bar by bar."""
    return [
        asked.header(chords_first),
        *(words.bar_tokens(bar, asked.frame, chords_first) for bar in bars),
    ]


def written_on(
    decoder: Decoder,
    asked: Asked,
    bars: Sequence[Bar],
    rng: np.random.Generator,
    memory: Memory,
    origins: Origins | None = None,
) -> Writer:
    """Return a writer that has read these bars before an answer, and remembers them.

    `memory` is one of the last answer or so: what it has of these bars is kept for the next.
    Where the pieces are known that the model has learnt from, it copies none of them for long.
    """
    memory.keep_only([parts_of(bar, asked.frame) for bar in bars])
    sheet = sheet_of(bars, asked, memory.chords_first)
    guard = None if origins is None else Guard(origins, asked.before.notes)
    return Writer(decoder, asked.limits, sheet, rng, memory.copy(), guard)


@dataclass(frozen=True, slots=True)
class Harmony:
    """One way to harmonize a melody: the chords of each bar, and what each of their words cost."""

    chords: tuple[tuple[ChordEvent, ...], ...]
    costs: tuple[float, ...]


def harmonize(
    decoder: Decoder,
    asked: Asked,
    bars: Sequence[Bar],
    rng: np.random.Generator,
    costs: list[float],
    memory: Memory,
) -> Iterator[ChordSpan]:
    """Yield chords under the melody that was heard from the answer's start on.

    `bars` are those before it, with the chords that they were given; `memory` is one of a
    sheet that has the melody first.

    Whole harmonizations are drawn, each bar's chords after its melody and all that was before,
    and the one is kept that the others agree with most (minimum Bayes risk, as in S. Kumar and
    W. Byrne, 2004): the likeliest single one would stay on the tonic nearly everywhere.
    """
    count = asked.last - asked.first + 1
    number = DRAWN if count <= LONGEST else 1
    drawn = [_drawn(decoder, asked, bars, rng, memory) for _ in range(number)]
    found = drawn[most_agreed([_by_pulse(each, asked) for each in drawn])]
    costs += found.costs
    writer = written_on(decoder, asked, bars, rng, memory)
    for number, chords in enumerate(found.chords):
        yield from yielded(writer, asked, asked.first + number, chords)


def _drawn(
    decoder: Decoder,
    asked: Asked,
    bars: Sequence[Bar],
    rng: np.random.Generator,
    memory: Memory,
) -> Harmony:
    """Draw the chords of all bars, one bar after another."""
    writer = written_on(decoder, asked, bars, rng, memory)
    writer.chord_taste = replace(writer.chord_taste, top_p=1.0)  # agreement is narrow enough
    region = asked.prompt.heard.between(Ticks(asked.first * asked.bar), asked.end)
    sung = bars_of(replace(region, chords=()), asked.last - asked.first + 1)
    found = list[tuple[ChordEvent, ...]]()
    for number, bar in enumerate(sung, asked.first):
        writer.open_bar(words.LAST if number == asked.last else words.PLAIN)
        writer.push_melody(words.melody_tokens(bar.melody, asked.frame))
        writer.memory.melody.learn(OVER)
        writer.turn()
        found.append(tuple(chosen(writer, asked, number)))
    return Harmony(tuple(found), tuple(writer.costs))


def _by_pulse(harmony: Harmony, asked: Asked) -> list[Chord]:
    """Return the chord that holds on each pulse of each bar."""
    pulse = asked.prompt.heard.meter.pulse // UNIT
    found, sounding = list[Chord](), NO_CHORD
    for chords in harmony.chords:
        for place in range(0, asked.bar // UNIT, pulse):
            sounding = next((c for at, c in reversed(chords) if at <= place), sounding)
            found.append(sounding)
    return found


def most_agreed(lines: Sequence[Sequence[Chord]]) -> int:
    """Return which line of chords the others are most like, pulse by pulse; of equals the first.

    The likeness of two chords is the share of their tones that both have.
    """
    alike = {
        (one, other): likeness(lines[one], lines[other])
        for one in range(len(lines))
        for other in range(one)
    }
    means = [sum(value for pair, value in alike.items() if at in pair) for at in range(len(lines))]
    return means.index(max(means)) if means else 0


def likeness(one: Sequence[Chord], other: Sequence[Chord]) -> float:
    """Return how alike two lines of chords are, from 0 to 1."""
    each = [_shared(a.pitch_classes, b.pitch_classes) for a, b in zip(one, other, strict=True)]
    return sum(each) / max(1, len(each))


def _shared(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0
