"""Likely chords for bars that were played without any, so that an answer knows where it is.

The latest bars are gone through in order: chords that are known are read, missing ones are drawn
after the melody of their bar, nearly always the likeliest. Bars that begin as those of the last
answer did are not gone through again; what they are given depends on nothing but themselves and
the bars before them.
"""

from dataclasses import replace
from itertools import takewhile
from operator import eq

import numpy as np

from generators.asked import Asked
from generators.habits import OVER, Memory
from generators.limits import Limits
from generators.model import Decoder
from generators.music.time import Ticks
from generators.sampling import Taste
from generators.tokens import leadsheet as words
from generators.tokens.grid import Bar
from generators.writing import Writer, parts_of

FILLED = 12
"""How many bars before an answer are given chords, at least."""
TOGETHER = 4
"""By so many bars at once the first of them moves on, so that the others begin alike for longer."""
SURE = Taste(0.1, 0.5)


class Filler:
    """Gives bars chords, and keeps what it gave."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._head: tuple[object, ...] = ()
        self._asked: list[Bar] = []
        self._given: list[Bar] = []
        self._memory = Memory.blank(chords_first=False)

    def fill(self, asked: Asked) -> list[Bar]:
        """Return the bars before an answer, the latest with likely chords where none are known."""
        bars = asked.whole_bars
        first = max(0, len(bars) - FILLED) // TOGETHER * TOGETHER
        late = bars[first:]
        if all(bar.chords is not None for bar in late):
            return bars
        return [*bars[:first], *self._late(asked, late)]

    def _late(self, asked: Asked, late: list[Bar]) -> list[Bar]:
        head = asked.header(chords_first=False), asked.frame, asked.controls.closeness
        alike = takewhile(bool, map(eq, self._asked, late)) if head == self._head else ()
        same = sum(1 for _ in alike)
        given = self._given[:same]
        if same < len(late):
            writer = self._writer(asked, given, len(late))
            given += [_filled(writer, number, late[number]) for number in range(same, len(late))]
        self._head, self._asked, self._given = head, late, given
        return given

    def _writer(self, asked: Asked, given: list[Bar], count: int) -> Writer:
        """Return a writer that has read the bars that were given chords before."""
        controls = replace(
            asked.controls,
            chords=(),
            in_key=False,  # what was heard may have left the key
            temperature=SURE.temperature,
            top_p=SURE.top_p,
        )
        meter, end = asked.prompt.heard.meter, Ticks(count * asked.bar)
        limits = Limits(meter, Ticks(0), end, controls, asked.frame)
        read = [words.bar_tokens(bar, asked.frame, chords_first=False) for bar in given]
        self._memory.keep_only([parts_of(bar, asked.frame) for bar in given])
        sheet = [asked.header(chords_first=False), *read]
        rng = np.random.Generator(np.random.PCG64(0))
        return Writer(self._decoder, limits, sheet, rng, self._memory.copy())


def _filled(writer: Writer, number: int, bar: Bar) -> Bar:
    writer.rng = np.random.Generator(np.random.PCG64(number))  # whatever was drawn before it
    writer.open_bar()
    writer.push_melody(words.melody_tokens(bar.melody, writer.frame))
    writer.memory.melody.learn(OVER)
    writer.turn()
    if bar.chords is not None:
        writer.push_chords(words.chords_tokens(bar.chords, writer.frame))
        writer.memory.harmony.learn(OVER)
        return bar
    return Bar(bar.melody, tuple(writer.draw_chords(number, ())) or None)
