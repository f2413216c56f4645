"""Bars between what was heard before and after: several are drawn, the best bridge is kept."""

from collections.abc import Iterator

import numpy as np

from generators.answering import write_answer
from generators.asked import Asked
from generators.motifs import Motifs
from generators.music.notes import ChordSpan
from generators.music.time import Ticks
from generators.prompt import Item
from generators.sampling import log_chances
from generators.tokens import leadsheet as words
from generators.tokens.grid import Bar, bars_of
from generators.writing import BAR_ROOM, Writer

CANDIDATES = 6
USUAL_BAR = 40
"""The tokens that a bar usually takes."""
LISTENED = 3
"""How many bars of what follows are listened to."""


def infill(writer: Writer, asked: Asked, motifs: Motifs) -> Iterator[Item]:
    """Yield the bars after which what was heard next is the likeliest.

    Where the gap is too long to be tried several times, or nothing follows it, one is drawn.
    """
    following = after(asked)
    gap = (asked.last - asked.first + 1 + len(following)) * USUAL_BAR
    if not following or gap + 2 * BAR_ROOM > writer.stream.room:
        yield from write_answer(writer, asked, motifs)
        return
    yield from sorted(_best(writer, asked, motifs, following), key=_by_onset)


def _by_onset(item: Item) -> tuple[int, bool]:
    return item.onset, not isinstance(item, ChordSpan)


def _best(writer: Writer, asked: Asked, motifs: Motifs, following: list[Bar]) -> list[Item]:
    start, readings = writer.mark(), writer.readings
    found: list[tuple[float, list[Item], list[float]]] = []
    for _ in range(CANDIDATES):
        del writer.costs[:]
        items = list(write_answer(writer, asked, motifs))
        if writer.readings != readings:  # bars were forgotten on the way: there is no way back
            return items
        found.append((_listen(writer, asked, following), items, list(writer.costs)))
        writer.back(start)
    _, items, writer.costs[:] = max(found, key=lambda each: each[0])
    return items


def _listen(writer: Writer, asked: Asked, following: list[Bar]) -> float:
    """Return how likely what follows is after what was written, per token."""
    tokens = [
        token
        for bar in following
        for token in words.bar_tokens(bar, asked.frame, chords_first=True)
    ][: max(1, writer.stream.room - 1)]
    before = writer.stream.logits
    rows = np.vstack([before[None], writer.stream.push(*tokens)[:-1]])
    chances = log_chances(rows)[np.arange(len(tokens)), tokens]
    return float(chances.mean())


def after(asked: Asked) -> list[Bar]:
    """Return the first whole bars that were heard after the gap."""
    first = -(-asked.end // asked.bar)
    start, end = Ticks(first * asked.bar), Ticks((first + LISTENED) * asked.bar)
    bars = bars_of(asked.prompt.heard.between(start, end), LISTENED)
    while bars and not bars[-1].melody:
        bars.pop()
    return bars
