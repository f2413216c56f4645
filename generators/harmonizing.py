"""Chords for a melody that is known: several are drawn, and the best of them is kept.

That is one under which the melody is likely (the noisy channel of P. Brown et al., 1993), and that
the others agree with (minimum Bayes risk, as in S. Kumar and W. Byrne, 2004). The likeliest single
one would stay on the tonic nearly everywhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from generators.answering import chosen, yielded
from generators.asked import Asked
from generators.copying import Guard
from generators.habits import OVER, Memory
from generators.model import Decoder
from generators.music.harmony import NO_CHORD, Chord
from generators.music.notes import ChordSpan
from generators.origins import Origins
from generators.tokens import leadsheet as words
from generators.tokens.grid import UNIT, Bar, ChordEvent
from generators.writing import Writer, parts_of

DRAWN, LONGEST = 6, 128
"""How many harmonizations are drawn, and of how many bars at most; what is longer is drawn once."""
AGREED = 0.4
"""How much it counts that others agree, beside how likely the melody is: with more of it there are
fewer different chords than people use, with less there are more (CHE and CC of valid tunes)."""


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
    decoders: tuple[Decoder, Decoder],
    asked: Asked,
    bars: Sequence[Bar],
    rng: np.random.Generator,
    costs: list[float],
    memory: Memory,
) -> Iterator[ChordSpan]:
    """Yield chords under the melody that was heard from the answer's start on.

    `bars` are those before it, with the chords that they were given; `memory` is one of a
    sheet that has the melody first. The decoders are for such sheets, and for those that have the
    chords first.
    """
    decoder, other = decoders
    count = asked.last - asked.first + 1
    number = DRAWN if count <= LONGEST else 1
    drawn = [_drawn(decoder, asked, bars, rng, memory) for _ in range(number)]
    agreed = agreements([by_pulse(each.chords, asked) for each in drawn])
    sung = [likeliness(other, asked, bars, each) for each in drawn] if number > 1 else agreed
    found = drawn[int((in_spreads(sung) + AGREED * in_spreads(agreed)).argmax())]
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
    found = list[tuple[ChordEvent, ...]]()
    for number, bar in enumerate(asked.sung, asked.first):
        writer.open_bar(words.LAST if number == asked.last else words.PLAIN)
        writer.push_melody(words.melody_tokens(bar.melody, asked.frame))
        writer.memory.melody.learn(OVER)
        writer.turn()
        found.append(tuple(chosen(writer, asked, number)))
    return Harmony(tuple(found), tuple(writer.costs))


def likeliness(decoder: Decoder, asked: Asked, bars: Sequence[Bar], harmony: Harmony) -> float:
    """Return how likely the melody is under these chords: the sum of its words' logarithms."""
    sheet = sheet_of(bars, asked, chords_first=True)
    writer = Writer(decoder, asked.limits, sheet, np.random.Generator(np.random.PCG64(0)))
    total = 0.0
    for number, (bar, chords) in enumerate(zip(asked.sung, harmony.chords, strict=True)):
        writer.open_bar(words.LAST if asked.first + number == asked.last else words.PLAIN)
        writer.push(*words.chords_tokens(chords, asked.frame), words.TURN_TOKEN)
        total += writer.weigh(words.melody_tokens(bar.melody, asked.frame))
    return total


def in_spreads(merits: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return how far above the mean each is, in standard deviations; 0 where all are alike."""
    values = np.array(merits)
    apart: npt.NDArray[np.float64] = (values - values.mean()) / (values.std() or 1.0)
    return apart


def agreements(lines: Sequence[Sequence[Chord]]) -> list[float]:
    """Return how much the others are like each line of chords, pulse by pulse, from 0 to 1.

    The likeness of two chords is the share of their tones that both have.
    """
    alike = {
        (one, other): likeness(lines[one], lines[other])
        for one in range(len(lines))
        for other in range(one)
    }
    others = max(1, len(lines) - 1)
    return [
        sum(value for pair, value in alike.items() if at in pair) / others
        for at in range(len(lines))
    ]


def likeness(one: Sequence[Chord], other: Sequence[Chord]) -> float:
    """Return how alike two lines of chords are, from 0 to 1."""
    each = [_shared(a.pitch_classes, b.pitch_classes) for a, b in zip(one, other, strict=True)]
    return sum(each) / max(1, len(each))


def _shared(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


def by_pulse(bars: Sequence[Sequence[ChordEvent]], asked: Asked) -> list[Chord]:
    """Return the chord that holds on each pulse of each bar."""
    pulse = asked.prompt.heard.meter.pulse // UNIT
    found, sounding = list[Chord](), NO_CHORD
    for chords in bars:
        for place in range(0, asked.bar // UNIT, pulse):
            sounding = next((c for at, c in reversed(chords) if at <= place), sounding)
            found.append(sounding)
    return found
