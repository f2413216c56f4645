"""A prompt, as a lead-sheet model sees it: what is known on the grid, and what is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from generators.hearing.key import key_of
from generators.limits import Limits, frame_within
from generators.music.harmony import Key
from generators.music.notes import ChordSpan, Phrase
from generators.music.time import Ticks
from generators.prompt import Controls, Kind, Prompt
from generators.tokens import leadsheet as words
from generators.tokens.grid import UNIT, Bar, bars_of, grid_bar, top_line
from generators.tokens.leadsheet import Frame, Manner, Wished, frame_for

NARROW = 24
"""A range of so many semitones or fewer tells the model how far its melody may go."""
CLOSING = 4
"""How many bars before its end an answer knows that it will close."""
MOST_BARS = 64
"""More than this was never read at once."""


@dataclass(frozen=True)
class Asked:
    """What a prompt comes to. Bars are those of the grid, counted from the heard phrase's start."""

    prompt: Prompt

    @cached_property
    def key(self) -> Key:
        """The key that is asked for, else the one that is heard."""
        return self.prompt.controls.key or key_of(self.prompt.heard)

    @cached_property
    def controls(self) -> Controls:
        """The player's wishes, in the key of the answer."""
        return replace(self.prompt.controls, key=self.key)

    @property
    def start(self) -> Ticks:
        """Where the answer begins."""
        return self.prompt.start

    @property
    def end(self) -> Ticks:
        """Where the answer is over."""
        return Ticks(self.prompt.start + self.prompt.length)

    @cached_property
    def bar(self) -> Ticks:
        """The bar of the grid."""
        return grid_bar(self.prompt.heard.meter)

    @property
    def first(self) -> int:
        """The bar in which the answer begins."""
        return self.start // self.bar

    @property
    def last(self) -> int:
        """The bar in which it is over."""
        return (self.end - 1) // self.bar

    @cached_property
    def before(self) -> Phrase:
        """What was heard before the answer begins."""
        return self.prompt.heard.between(Ticks(0), self.start)

    @cached_property
    def given(self) -> tuple[ChordSpan, ...]:
        """The chords that hold during the answer, counted from the heard phrase's start."""
        locked = self.controls.chords
        if locked:
            inside = (span for span in locked if span.onset < self.prompt.length)
            return tuple(span.moved(self.start) for span in inside)
        if self.prompt.kind in (Kind.IMPROVISE, Kind.INFILL):
            later = (s for s in self.prompt.heard.chords if s.end > self.start)
            return tuple(span for span in later if span.onset < self.end)
        return ()

    @cached_property
    def frame(self) -> Frame:
        """What pitches are counted from: near what was heard, within what is allowed."""
        notes = self.before.notes or self.prompt.heard.notes
        if notes:
            natural = frame_for(top_line(notes[-256:]), self.key)
        else:
            middle = (self.controls.low + self.controls.high) // 2
            natural = Frame(self.key, -((middle - 7 - Frame(self.key).zero + 6) // 12))
        if self.prompt.kind is Kind.HARMONIZE:
            return natural
        return frame_within(natural, self.controls)

    @cached_property
    def limits(self) -> Limits:
        """The hard wishes."""
        closes = self.prompt.kind in (Kind.CONTINUE, Kind.IMPROVISE)
        meter = self.prompt.heard.meter
        return Limits(meter, self.start, self.end, self.controls, self.frame, closes)

    def header(self, chords_first: bool) -> list[int]:
        """Return how the sheet begins."""
        room = self.controls.high - self.controls.low
        manner = Manner(self.controls.style, span=room if room <= NARROW else None)
        return words.header(chords_first, self.prompt.heard.meter, self.key, manner)

    def wished(self, bar: int) -> Wished:
        """Return what is wished of a bar of the answer: to close in the last, and how full it is.

        A bridge over a gap, and chords for somebody else's melody, do not close.
        """
        left = self.last - bar + 1 if self.limits.closes and self.last - bar < CLOSING else None
        notes = self.controls.activity
        return Wished(left, notes=None if notes is None else round(notes * self.bars_share))

    @property
    def bars_share(self) -> float:
        """How many bars of the meter a bar of the grid is."""
        return self.bar / self.prompt.heard.meter.bar

    @cached_property
    def whole_bars(self) -> list[Bar]:
        """The bars before the one in which the answer begins, without silence at their start."""
        recent = max(0, self.first - MOST_BARS)
        phrase = self.before.between(Ticks(recent * self.bar), Ticks(self.first * self.bar))
        bars = bars_of(phrase, self.first - recent) if self.first else []
        while bars and not bars[0].melody and bars[0].chords is None:
            bars.pop(0)
        return bars

    @cached_property
    def begun(self) -> Bar:
        """What was heard of the bar in which the answer begins."""
        line = Ticks(self.first * self.bar)
        if line == self.start:
            return Bar()
        begun = bars_of(self.before.between(line, self.start), 1)[0]
        places = (self.start - line) / UNIT
        return Bar(
            tuple(event for event in begun.melody if event[0] < places),
            None if begun.chords is None else tuple(e for e in begun.chords if e[0] < places),
        )

    @cached_property
    def sung(self) -> Sequence[Bar]:
        """For each bar of the answer, the melody that was heard in it, without chords."""
        region = self.prompt.heard.between(Ticks(self.first * self.bar), self.end)
        return bars_of(replace(region, chords=()), self.last - self.first + 1)

    @cached_property
    def given_bars(self) -> Sequence[Bar]:
        """For each bar of the answer, the chords that are given; none where nothing is.

        Where locked chords are over before the answer is, the bars after them are free.
        """
        count = self.last - self.first + 1
        if not self.given:
            return [Bar()] * count
        line = self.first * self.bar
        heard = (s for s in self.before.chords if s.end > line)
        spans = [*heard, *self.given]
        shifted = [
            ChordSpan(Ticks(max(0, s.onset - line)), Ticks(s.end - max(s.onset, line)), s.chord)
            for s in spans
        ]
        found = bars_of(Phrase.of((), shifted, self.prompt.heard.meter), count)
        if not self.controls.chords:
            return found
        locked = -(-max(span.end for span in spans) // self.bar) - self.first
        return [*found[:locked], *[Bar()] * (count - locked)]
