"""Chords for a melody that is known: a small search for the likeliest whole harmonization."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from generators.answering import begun_in, held, locked_in
from generators.asked import Asked
from generators.habits import OVER
from generators.limits import Limits
from generators.model import Decoder
from generators.music.notes import ChordSpan
from generators.music.time import Ticks
from generators.sampling import Taste
from generators.tokens import leadsheet as words
from generators.tokens.grid import Bar, ChordEvent, bars_of
from generators.writing import BAR_ROOM, Mark, Writer

REMEMBERED = 12
"""How many bars without chords are given some before an answer."""
SURE = Taste(0.1, 0.5)
WIDTHS = ((32, 3, 3), (128, 1, 3))
"""Up to so many bars, how many harmonizations are kept, and how many ways each is tried."""

HABIT = 0.4
"""How much the likelihood of the chords counts beside that of the melody with them.

At 1 the tonic chord is likeliest nearly everywhere; here more roots are those of the books.
"""


def sheet_of(bars: Sequence[Bar], asked: Asked, chords_first: bool) -> list[list[int]]:
    """Return the words of a sheet that begins with these bars: its head, then bar by bar."""
    return [
        asked.header(chords_first),
        *(words.bar_tokens(bar, asked.frame, chords_first) for bar in bars),
    ]


def fill_chords(decoder: Decoder, asked: Asked) -> list[Bar]:
    """Return the bars before an answer, the latest with likely chords where none are known."""
    bars = asked.whole_bars
    late = bars[-REMEMBERED:]
    if all(bar.chords is not None for bar in late):
        return bars
    quiet = replace(asked.controls, chords=(), temperature=SURE.temperature, top_p=SURE.top_p)
    end = Ticks(max(1, len(late)) * asked.bar)
    limits = Limits(asked.prompt.heard.meter, Ticks(0), end, quiet, asked.frame)
    rng = np.random.Generator(np.random.PCG64(0))
    writer = Writer(decoder, limits, [asked.header(chords_first=False)], rng)
    return [*bars[: -len(late)], *(_filled(writer, n, bar) for n, bar in enumerate(late))]


def _filled(writer: Writer, number: int, bar: Bar) -> Bar:
    writer.open_bar()
    writer.push_melody(words.melody_tokens(bar.melody, writer.frame))
    writer.memory.melody.learn(OVER)
    writer.turn()
    if bar.chords is not None:
        writer.push_chords(words.chords_tokens(bar.chords, writer.frame))
        writer.memory.harmony.learn(OVER)
        return bar
    return Bar(bar.melody, tuple(writer.draw_chords(number, ())) or None)


@dataclass(frozen=True, slots=True)
class Harmony:
    """One way to harmonize the melody so far."""

    likelihood: float = 0.0
    written: tuple[tuple[int, ...], ...] = ()
    """The tokens of each bar since the search began, or began again."""
    chords: tuple[tuple[ChordEvent, ...], ...] = ()
    costs: tuple[float, ...] = ()
    """The log-probability of each token of the chords."""


class Search:
    """A search over harmonizations, bar by bar; the melody's own likelihood counts too.

    So a chord is judged by what came before, by the melody over it, and by how well the next
    bar's melody follows.
    """

    def __init__(self, writer: Writer, asked: Asked) -> None:
        count = asked.last - asked.first + 1
        sizes = ((keep, tries) for most, keep, tries in WIDTHS if count <= most)
        self._keep, self._tries = next(sizes, (1, 1))
        self._writer, self._asked = writer, asked
        self._marks: list[Mark] = [writer.mark()]
        self._at: tuple[tuple[int, ...], ...] = ()
        region = asked.prompt.heard.between(Ticks(asked.first * asked.bar), asked.end)
        self._melody = bars_of(replace(region, chords=()), count)
        self._taste = writer.taste

    def best(self) -> Harmony:
        """Return the likeliest harmonization that was found."""
        found = [Harmony()]
        for bar in range(self._asked.first, self._asked.last + 1):
            if self._writer.stream.room < 2 * BAR_ROOM:
                found = [self._forget(found[0])]
            tried = [more for harmony in found for more in self._longer(harmony, bar)]
            distinct = {more.written: more for more in tried}
            found = sorted(distinct.values(), key=lambda each: -each.likelihood)[: self._keep]
        return found[0]

    def _forget(self, harmony: Harmony) -> Harmony:
        """Settle for the likeliest, and make room by forgetting the oldest bars."""
        self._go_to(harmony)
        self._writer.make_room()
        self._marks, self._at = [self._writer.mark()], ()
        return replace(harmony, written=())

    def _go_to(self, harmony: Harmony) -> None:
        same = 0
        while self._at[same : same + 1] == harmony.written[same : same + 1] != ():
            same += 1
        self._writer.back(self._marks[same])
        del self._marks[same + 1 :]
        for tokens in harmony.written[same:]:
            self._writer.replay(tokens)
            self._marks.append(self._writer.mark())
        self._at = harmony.written

    def _longer(self, harmony: Harmony, bar: int) -> Iterator[Harmony]:
        """Yield the ways to go on with a harmonization for one bar."""
        self._go_to(harmony)
        asked, writer = self._asked, self._writer
        melody = words.melody_tokens(self._melody[bar - asked.first].melody, asked.frame)
        closes = words.LAST if bar == asked.last else words.PLAIN
        writer.begin_bar(closes.words)
        likelihood = harmony.likelihood + writer.weigh_melody(melody)
        turned = writer.mark()
        for attempt in range(self._tries):
            writer.back(turned)
            chords, costs = self._attempt(bar, attempt)
            yield Harmony(
                likelihood + HABIT * sum(costs),
                (*harmony.written, tuple(writer.last_bar)),
                (*harmony.chords, tuple(chords)),
                (*harmony.costs, *costs),
            )

    def _attempt(self, bar: int, attempt: int) -> tuple[list[ChordEvent], list[float]]:
        """Write the chords of a bar: first the likeliest, then what is drawn."""
        writer, asked = self._writer, self._asked
        given = asked.given_bars[bar - asked.first].chords
        if given is not None:
            writer.push_chords(words.chords_tokens(given, asked.frame))
            writer.memory.harmony.learn(OVER)
            return [], []
        writer.taste = self._taste if attempt else SURE
        known = begun_in(asked, bar).chords or ()
        writer.push_chords(words.chords_tokens(known, asked.frame))
        drawn = len(writer.costs)
        chords = writer.draw_chords(bar, known)
        return chords, writer.costs[drawn:]


def harmonize(
    decoder: Decoder, asked: Asked, rng: np.random.Generator, costs: list[float]
) -> Iterator[ChordSpan]:
    """Yield chords under the melody that was heard from the answer's start on."""
    bars = fill_chords(decoder, asked)
    writer = Writer(decoder, asked.limits, sheet_of(bars, asked, chords_first=False), rng)
    found = Search(writer, asked).best()
    costs += found.costs
    for number, chords in enumerate(found.chords):
        bar = asked.first + number
        yield from locked_in(asked, bar)
        yield from writer.spans(bar, held(asked, bar, chords))
