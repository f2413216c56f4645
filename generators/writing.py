"""Writes a lead sheet bar by bar: what is given is fed, what is not is drawn under the limits."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from generators.copying import Guard
from generators.habits import OVER, USUAL, Hint, Memory
from generators.limits import MOST_EVENTS, Limits
from generators.model import Decoder, Place, Stream
from generators.music.notes import ChordSpan, Note
from generators.music.time import Ticks
from generators.progression import Naming, Progression
from generators.sampling import Allowed, Leaning, Logits, Taste, draw
from generators.tokens import leadsheet as words
from generators.tokens.grid import PLACES, REST, UNIT, Bar, ChordEvent, without_repeats
from generators.tokens.leadsheet import PLAIN, Frame, Wished

ENDS = np.array(words.SECTION_ENDS, np.int64)
NOTHING = np.array([], np.int64)
BAR_ROOM = MOST_EVENTS + 12
"""The most events that one bar may take."""
LONGEST_BARS = 2
"""A note that nothing ends is over at the end of the bar after its own."""
HOMING = 6.0
"""How many times likelier the tones of the tonic chord become where an answer ends."""
MORE_CHORDS = 0.035
"""So much more of the chances chords are drawn from than notes: rare chords are no slips, and
without them harmonies move less than people's (diversity and CHE of `antiphon evaluate`)."""
MOST_CHORDS = 4
MOST_ALIKE = 2
"""How often one bar may come in a row, unless the player has it more often."""
AWAY = -0.8
"""By how much of its chance a word is less likely that would make one bar more of the same."""


@dataclass
class Line:
    """The melody as it grows: how loud it is, and what sounds."""

    velocity: int
    sounding: tuple[Ticks, int] | None = None

    def over(self, at: Ticks, start: Ticks) -> Note | None:
        """End what sounds; return it as a note counted from the start of the answer."""
        if self.sounding is None:
            return None
        onset, pitch = self.sounding
        self.sounding = None
        return Note(Ticks(onset - start), pitch, Ticks(at - onset), self.velocity)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a sheet to go back to."""

    bars: int
    tokens: int
    place: Place
    melody: int
    harmony: int


class Writer:
    """One lead sheet that is being written under an answer's limits."""

    def __init__(
        self,
        decoder: Decoder,
        limits: Limits,
        sheet: list[list[int]],
        rng: np.random.Generator,
        memory: Memory | None = None,
        guard: Guard | None = None,
    ) -> None:
        """Begin with a sheet: its header, then the tokens of each bar that is known.

        A guard keeps the melody from copying what was learnt.
        """
        self.limits, self.rng = limits, rng
        self.costs: list[float] = []
        """The log-probability of each word that was drawn."""
        chords_first = sheet[0][0] == words.NUMBER[words.CHORDS_FIRST]
        self.memory = memory or Memory.blank(chords_first)
        self._progression = Progression(self.memory.harmony, limits.bar // UNIT)
        self._guard = guard
        self._belief = limits.controls.closeness / USUAL
        controls = limits.controls
        self.taste = Taste(controls.temperature, controls.top_p)
        self.chord_taste = Taste(controls.temperature, min(1.0, controls.top_p + MORE_CHORDS))
        self.readings = 0
        """How many times the sheet was read from its start."""
        self._decoder = decoder
        self._sheet = [list(part) for part in sheet]
        self._pitches = limits.pitches()
        self._home = Leaning(dict.fromkeys(limits.frame.home, 1.0), HOMING)
        self._onsets: Counter[int] = Counter()
        self.make_room()

    def make_room(self) -> None:
        """Read what is known, as many of the latest bars as there is room for."""
        room = self._decoder.card.context * 3 // 4 - BAR_ROOM
        kept: list[list[int]] = []
        for part in reversed(self._sheet[1:]):
            room -= sum(1 for _ in words.events(part))
            if room < 0:
                break
            kept.insert(0, part)
        self._sheet[1:] = kept
        self.readings += 1
        self.stream = Stream(self._decoder, [token for part in self._sheet for token in part])

    @property
    def notes(self) -> int:
        """How many notes were drawn."""
        return self._onsets.total()

    @property
    def frame(self) -> Frame:
        """What the sheet's pitches are counted from."""
        return self.limits.frame

    def push(self, *tokens: int) -> None:
        """Write tokens that are given."""
        if tokens:
            self._sheet[-1].extend(tokens)
            self.stream.push(*tokens)

    def remember(self, bar: Bar) -> None:
        """Remember a whole bar that is given."""
        self.memory.learn(*parts_of(bar, self.frame))

    def push_melody(self, tokens: Sequence[int]) -> None:
        """Write words of a melody that are given, and remember them."""
        self.push(*tokens)
        self.memory.melody.learn(*tokens)

    def push_chords(self, tokens: Sequence[int]) -> None:
        """Write words of chords, and remember them."""
        self.push(*tokens)
        self.memory.harmony.learn(*tokens)

    def open_bar(self, wished: Wished = PLAIN) -> None:
        """Begin a bar; the oldest are forgotten when there is no room for it."""
        if self.stream.room < BAR_ROOM:
            self.make_room()
        self.begin_bar(wished.words)

    def begin_bar(self, tokens: Sequence[int]) -> None:
        """Begin a bar with tokens that are given."""
        self._sheet.append(list(tokens))
        self.stream.push(*tokens)
        if words.FILL_TOKEN in tokens:
            self._progression.leap()

    def weigh(self, tokens: Sequence[int]) -> float:
        """Write words that are given; return the logarithm of how likely the model holds them."""
        self._sheet[-1].extend(tokens)
        return float(self.stream.weigh(tokens).sum())

    def weigh_end(self) -> float:
        """End the sheet; return the logarithm of how likely that was."""
        self._sheet[-1].append(words.END_TOKEN)
        return float(self.stream.weigh([words.END_TOKEN], [self.memory.melody.hint()]).sum())

    @property
    def last_bar(self) -> list[int]:
        """The tokens of the bar that is being written."""
        return self._sheet[-1]

    def mark(self) -> Mark:
        """Remember how far the sheet is."""
        known = self.memory.melody.place(), self.memory.harmony.place()
        return Mark(len(self._sheet), len(self._sheet[-1]), self.stream.place(), *known)

    def back(self, mark: Mark) -> None:
        """Go back to there, as long as no bar was forgotten since."""
        del self._sheet[mark.bars :]
        del self._sheet[-1][mark.tokens :]
        self.stream.back(mark.place)
        self.memory.melody.back(mark.melody)
        self.memory.harmony.back(mark.harmony)
        self._progression.back(mark.harmony)
        self._onsets.clear()
        if self._guard is not None:
            self._guard.restart()

    def turn(self) -> None:
        """Go from the bar's first section to its second."""
        self.push(words.TURN_TOKEN)

    def _draw_melody(self, allowed: Allowed, leaning: Leaning | None) -> int:
        return self._drawn(allowed, self.taste, self.memory.melody.hint(), leaning)

    def _draw_harmony(self, allowed: Allowed) -> int:
        return self._drawn(allowed, self.chord_taste, self.memory.harmony.hint(), None)

    def _drawn(self, allowed: Allowed, taste: Taste, hint: Hint, leaning: Leaning | None) -> int:
        if len(allowed) == 1:
            return int(allowed[0])
        return self._of(self.stream.logits(hint, self._belief), allowed, taste, leaning)

    def _of(self, logits: Logits, allowed: Allowed, taste: Taste, leaning: Leaning | None) -> int:
        token, cost = draw(logits, allowed, taste, self.rng, leaning)
        self.costs.append(cost)
        return token

    def draw_chords(self, bar: int, known: tuple[ChordEvent, ...]) -> list[ChordEvent]:
        """Draw the chords of a bar from the answer's start on, after those that are known."""
        places = self.limits.chord_places(bar)
        tokens: list[int] = []
        if not known:
            places = np.union1d(places, self.limits.first_place(bar))
            if not len(places):
                return []
        after = words.place_token(known[-1][0]) if known else words.FIRST_PLACE - 1
        while len(tokens) < MOST_CHORDS * 4:
            places = places[places > after]
            first = not tokens and not known
            allowed = places[:1] if first else np.concatenate([places, ENDS])
            token = self._draw_harmony(allowed)
            if token in words.SECTION_ENDS:
                break
            after = token
            tokens += self._draw_chord(bar, token)
        self.memory.harmony.learn(OVER)
        return list(words.read_chords(tokens, self.frame))

    def _draw_chord(self, bar: int, place: int) -> list[int]:
        """Draw a chord at a place: root, kind and bass; where the answer closes, rather home."""
        home = HOMING if self.limits.comes_to_rest(bar, place) else HOMING / 3
        leaning = Leaning({words.FIRST_ROOT: 1.0}, home) if self.limits.closes_in(bar) else None
        self.push_chords([place])
        return [place, *self.draw_chord_name(leaning)]

    def draw_chord_name(self, leaning: Leaning | None = None) -> list[int]:
        """Draw root, kind and bass of the chord at a place that is written."""
        naming, limits = self._naming(), self.limits
        logits = naming.roots(self._named_next())
        root = self._of(logits, limits.chord_roots(), self.chord_taste, leaning)
        self.push_chords([root])
        logits = naming.kinds(self._named_next(), root)
        kind = self._of(logits, limits.chord_kinds(root), self.chord_taste, None)
        self.push_chords([kind])
        bass = self._draw_harmony(limits.chord_basses(root, kind))
        self.push_chords([bass])
        return [root, kind, bass]

    def _named_next(self, *tokens: int) -> Logits:
        """Return what may come next of the name of a chord, after some words more."""
        place = self.stream.place()
        self.stream.push(*tokens)
        logits = self.stream.logits(self.memory.harmony.hint_after(*tokens), self._belief)
        if tokens:
            self.stream.back(place)
        return logits

    def _naming(self) -> Naming:
        """Return what the piece itself makes of the chord that comes next."""
        recalled = self._progression.recalled(self._belief)
        root = None if recalled is None else recalled.held_root
        kinds = None if root is None else self._named_next(words.FIRST_ROOT + root)
        return Naming(recalled, kinds)

    def draw_melody(self, bar: int, line: Line, silent: bool) -> Iterator[Note]:
        """Draw the melody of a bar, yielding each note when its end is known.

        Where it may not be `silent`, a note begins in it, if the limits let one begin.
        """
        places, before = self.limits.melody_places(bar), -1
        again = self._same_again()
        for count in range(MOST_EVENTS):
            places = self._free(places, bar, before, line)
            ends = ENDS if silent else NOTHING
            if not len(places):
                break
            away = _away(again, 2 * count)
            place = self._draw_melody(np.concatenate([places, ends]), away)
            if place in words.SECTION_ENDS:
                break
            before = place
            ended = self._draw_event(bar, place, line, _away(again, 2 * count + 1), silent)
            if again[2 * count : 2 * count + 2] != self.last_bar[-2:]:
                again = []
            silent = silent or line.sounding is not None
            if ended is not None:
                yield ended
        self.memory.melody.learn(OVER)
        yield from self._too_long(bar, line)

    def _same_again(self) -> list[int]:
        """Return the words of a bar that came so often in a row that it should not come again."""
        most = max(MOST_ALIKE, self.memory.melody.most_alike)
        bars = self.memory.melody.last_bars(most)
        return bars[-1] if len(bars) == most and all(bar == bars[-1] for bar in bars) else []

    def _free(self, places: Allowed, bar: int, before: int, line: Line) -> Allowed:
        """Return where something may still happen: rests only end what sounds."""
        later = places[places > before]
        if line.sounding is not None:
            return later
        return later[[self._may_begin(bar, int(place)) for place in later]]

    def _may_begin(self, bar: int, place: int) -> bool:
        """Whether a note may begin there: the bar is not full, and not about to close.

        A melody that is only imagined, over chords ahead, may have no pitch that it may use.
        """
        free = place <= self.limits.last_onset(bar) and self._left(self._tick(bar, place)) > 0
        return free and len(self._pitches) > 0

    def _tick(self, bar: int, place: int) -> Ticks:
        return Ticks(bar * self.limits.bar + PLACES[place - words.FIRST_PLACE] * UNIT)

    def _left(self, tick: Ticks) -> int:
        """Return how many notes may still begin in the bar of a tick."""
        return self.limits.quota() - self._onsets[tick // self.limits.meter.bar]

    def _draw_event(
        self, bar: int, place: int, line: Line, away: Leaning | None, silent: bool
    ) -> Note | None:
        """Draw the pitch or the rest at a place; return the note that it ends."""
        tick = self._tick(bar, place)
        allowed = self._pitches if self._may_begin(bar, place) else NOTHING
        if line.sounding is not None and (silent or not len(allowed)):
            allowed = np.append(allowed, words.REST_TOKEN)
        self.push(place)
        self.memory.melody.learn(place)
        rests = self.limits.comes_to_rest(bar, place)
        allowed = self._own(allowed, tick)
        token = self._draw_melody(allowed, self._home if rests else away)
        self.push(token)
        self.memory.melody.learn(token)
        ended = line.over(tick, self.limits.start)
        pitch = self.frame.pitch(token)
        if pitch != REST:
            line.sounding = tick, pitch
            if self._guard is not None:
                self._guard.sang(tick // UNIT, pitch)
            self._onsets[tick // self.limits.meter.bar] += 1
        return ended

    def _own(self, allowed: Allowed, tick: Ticks) -> Allowed:
        """Leave out the pitches that would copy too much, unless that leaves none."""
        if self._guard is None or not self._guard.is_full(tick // UNIT):
            return allowed
        pitches = [self.frame.pitch(token) for token in allowed.tolist()]
        own = ~self._guard.copies(tick // UNIT, pitches)
        return allowed[own] if own.any() else allowed

    def _too_long(self, bar: int, line: Line) -> Iterator[Note]:
        if line.sounding is None:
            return
        began = line.sounding[0] // self.limits.bar
        over = Ticks(min((bar + 1) * self.limits.bar, self.limits.end))
        if bar + 1 - began >= LONGEST_BARS and (ended := line.over(over, self.limits.start)):
            yield ended

    def spans(self, bar: int, events: list[ChordEvent]) -> Iterator[ChordSpan]:
        """Yield chords of a bar as spans of the answer, each up to the next or the bar line."""
        line = Ticks(min((bar + 1) * self.limits.bar, self.limits.end))
        events = without_repeats(events)
        begin = bar * self.limits.bar
        ends = [Ticks(begin + place * UNIT) for place, _ in events[1:]] + [line]
        for (place, chord), end in zip(events, ends, strict=False):
            onset = Ticks(max(begin + place * UNIT, self.limits.start))
            if end > onset:
                yield ChordSpan(Ticks(onset - self.limits.start), Ticks(end - onset), chord)


def parts_of(bar: Bar, frame: Frame) -> tuple[list[int], list[int] | None]:
    """Return the words of a bar's melody, and of its chords where they are known."""
    chords = None if bar.chords is None else words.chords_tokens(bar.chords, frame)
    return words.melody_tokens(bar.melody, frame), chords


def _away(again: Sequence[int], at: int) -> Leaning | None:
    """Lean away from the word that would go on with a bar that came too often."""
    return Leaning({again[at]: 1.0}, AWAY) if at < len(again) else None
