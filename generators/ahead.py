"""Chords ahead of a player, who has not played yet what they will sound with.

Several ways are drawn in which the bar may go: chords, and what the player may play over them. One
of these is drawn again, the rather the more the time of all these melodies is on tones of its
chords. That is near to the best that can be done without leaving what the model knows of chords
(the optimum under a penalty on leaving it, as in T. Korbak et al., RL with KL penalties is better
viewed as Bayesian inference, 2022): where chords suit alike, the model's own choice stays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from generators.answering import begun_in, chosen, new_line, yielded
from generators.asked import Asked
from generators.habits import OVER
from generators.music.notes import ChordSpan, Note
from generators.music.time import Ticks
from generators.tokens import leadsheet as words
from generators.tokens.grid import ChordEvent
from generators.writing import Line, Writer

IMAGINED: Final = 6
"""In how many ways a bar is imagined."""
HEED: Final = 0.06
"""A share of the time on chord tones that is more by this makes chords e times as likely."""
BOLDNESS: Final = {"pop": 0.95, "standard": 1.15}
USUALLY: Final = 1.2
"""How much bolder than asked for chords are drawn, by style: to choose what suits makes them fewer
than people's. So they are about as diverse as people's on valid tunes: 24 beside people's 23 on
openewld, 21 beside 22 on pop909, 10 beside 11 on rs200, 11 beside 13 on Nottingham (means of two to
four draws, within 0.03 of it; a single draw lies up to a quarter off).
"""


@dataclass(frozen=True, slots=True)
class Way:
    """How a bar may go."""

    chords: list[ChordEvent]
    chord_words: list[int]
    melody_words: list[int]
    notes: list[Note]
    """The melody that is imagined, counted from the answer's start."""
    line: Line
    """The melody's line at the end of the bar."""
    costs: list[float]
    """Of the words of the chords."""


def write_ahead(writer: Writer, asked: Asked, first: int | None = None) -> Iterator[ChordSpan]:
    """Write chords from a bar on; what the player may play under them is imagined."""
    line, taste = new_line(asked), writer.chord_taste
    boldness = BOLDNESS.get(asked.controls.style, USUALLY)
    writer.chord_taste = replace(taste, temperature=taste.temperature * boldness)
    for bar in range(asked.first if first is None else first, asked.last + 1):
        writer.open_bar(asked.wished(bar))
        given = asked.given_bars[bar - asked.first].chords
        if given is not None and bar == asked.last:
            yield from yielded(writer, asked, bar, [])
            return
        best = _best(writer, asked, bar, line) if given is None else _way(writer, asked, bar, line)
        yield from yielded(writer, asked, bar, best.chords)
        line = best.line


def _best(writer: Writer, asked: Asked, bar: int, line: Line) -> Way:
    """Write a bar in one of several ways, rather in one whose chords suit all melodies."""
    mark, before = writer.mark(), len(writer.costs)
    ways = list[Way]()
    for _ in range(IMAGINED):
        ways.append(_way(writer, asked, bar, line))
        writer.back(mark)
    known = begun_in(asked, bar).chords or ()
    chords = [[*writer.spans(bar, [*known[-1:], *way.chords])] for way in ways]
    suits = suited(chords, [way.notes for way in ways])
    best = ways[drawn_by(suits, writer.rng)]
    writer.costs[before:] = best.costs
    if bar < asked.last:
        writer.push_chords(best.chord_words)
        writer.memory.harmony.learn(OVER)
        writer.turn()
        writer.push_melody(best.melody_words)
        writer.memory.melody.learn(OVER)
    return best


def _way(writer: Writer, asked: Asked, bar: int, line: Line) -> Way:
    """Write the chords of a bar, and a melody over them that goes on with a line."""
    line, before = replace(line), len(writer.costs)
    opened = len(writer.last_bar)
    chords = chosen(writer, asked, bar)
    costs, turned = writer.costs[before:], len(writer.last_bar)
    writer.turn()
    writer.push_melody(words.melody_tokens(begun_in(asked, bar).melody, asked.frame))
    notes = list(writer.draw_melody(bar, line, silent=True))
    end = Ticks(min((bar + 1) * asked.bar, asked.end))
    if (sounding := replace(line).over(end, asked.start)) is not None:
        notes.append(sounding)
    bare = writer.last_bar[turned + 1 :]
    return Way(chords, writer.last_bar[opened:turned], bare, notes, line, costs)


def suited(ways: Sequence[Sequence[ChordSpan]], melodies: Sequence[Sequence[Note]]) -> list[float]:
    """Return the share of all melodies' time that is on tones of the chords of each way."""
    time = sum(note.length for notes in melodies for note in notes)
    return [sum(on_tones(chords, notes) for notes in melodies) / max(1, time) for chords in ways]


def drawn_by(suits: Sequence[float], rng: np.random.Generator) -> int:
    """Draw one of several ways by how well they suit."""
    chances = np.exp((np.array(suits) - max(suits)) / HEED)
    return int(rng.choice(len(suits), p=chances / chances.sum()))


def on_tones(chords: Sequence[ChordSpan], notes: Sequence[Note]) -> int:
    """Return for how many ticks notes are on tones of the chord that sounds with them."""
    return sum(
        max(0, min(note.end, span.end) - max(note.onset, span.onset))
        for span in chords
        for note in notes
        if note.pitch % 12 in span.chord.pitch_classes
    )
