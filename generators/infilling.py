"""Bars between what was heard before and after: the model reads both sides and fills the gap.

Several bridges are drawn; the likeliest is kept.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from statistics import fmean

from generators.answering import new_line, write_bars
from generators.asked import Asked
from generators.music.notes import ChordSpan, Note
from generators.music.time import Ticks
from generators.prompt import Item
from generators.tokens import leadsheet as words
from generators.tokens.grid import Bar, bars_of
from generators.writing import BAR_ROOM, Line, Writer

CANDIDATES = 4
LISTENED = 16
"""How many bars of what follows are read."""
LONGEST = 8
"""The model learnt to fill gaps up to this many bars."""


def infill(writer: Writer, asked: Asked) -> Iterator[Item]:
    """Yield bars that lead from what was heard before to what was heard after.

    Where nothing follows, they go on from what was before. The first bars of a long gap go on
    as well, and its last ones lead to what follows.
    """
    following = after(asked)
    line, filled = new_line(asked), min(LONGEST, asked.last - asked.first + 1)
    bridge = range(asked.last - filled + 1, asked.last + 1)
    waiting = deque[ChordSpan]()
    yield from write_bars(writer, asked, range(asked.first, bridge.start), line, waiting)
    if not following or (filled + 2) * BAR_ROOM // 2 > writer.stream.room:
        found = [*write_bars(writer, asked, bridge, line, waiting), *_last(line, asked)]
    else:
        _read_both_sides(writer, asked, following, filled)
        found = _best(writer, asked, bridge, line)
    yield from sorted((*found, *waiting), key=_by_onset)


def _last(line: Line, asked: Asked) -> list[Note]:
    ended = line.over(asked.end, asked.start)
    return [] if ended is None else [ended]


def _read_both_sides(writer: Writer, asked: Asked, following: list[Bar], count: int) -> None:
    """Tell the model that bars are missing here, and what follows them."""
    left = words.FIRST_LEFT + min(count, words.COUNTED + 1)
    room = writer.stream.room - (count + 1) * BAR_ROOM // 2
    told = [words.GAP_TOKEN, left]
    for bar in following:
        tokens = words.bar_tokens(bar, asked.frame, chords_first=True)
        room -= len(list(words.events(tokens)))
        if room < 0:
            break
        told += tokens
        writer.remember(bar)
    writer.begin_bar([*told, words.FILL_TOKEN])


def _by_onset(item: Item) -> tuple[int, bool]:
    return item.onset, not isinstance(item, ChordSpan)


def _best(writer: Writer, asked: Asked, bridge: range, line: Line) -> list[Item]:
    start, readings, known = writer.mark(), writer.readings, len(writer.costs)
    found: list[tuple[float, list[Item], list[float]]] = []
    for _ in range(CANDIDATES):
        del writer.costs[known:]
        mine = replace(line)
        waiting = deque[ChordSpan]()
        items = [*write_bars(writer, asked, bridge, mine, waiting), *_last(mine, asked), *waiting]
        if writer.readings != readings:  # bars were forgotten on the way: there is no way back
            return items
        drawn = writer.costs[known:]
        found.append((fmean([*drawn, writer.weigh_end()]), items, drawn))
        writer.back(start)
    _, items, writer.costs[known:] = max(found, key=lambda each: each[0])
    return items


def after(asked: Asked) -> list[Bar]:
    """Return the first whole bars that were heard after the gap."""
    first = -(-asked.end // asked.bar)
    start, end = Ticks(first * asked.bar), Ticks((first + LISTENED) * asked.bar)
    bars = bars_of(asked.prompt.heard.between(start, end), LISTENED)
    while bars and not bars[-1].melody:
        bars.pop()
    return bars
