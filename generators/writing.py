"""Writes a lead sheet bar by bar: what is given is fed, what is not is drawn under the limits."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from generators.limits import MOST_EVENTS, Limits
from generators.model import Decoder, Logits, Stream
from generators.motifs import Motifs
from generators.music.notes import ChordSpan, Note
from generators.music.time import Ticks
from generators.sampling import Allowed, Leaning, Taste, draw
from generators.tokens import leadsheet as words
from generators.tokens.grid import PLACES, REST, UNIT, ChordEvent, without_repeats
from generators.tokens.leadsheet import Frame

ENDS = np.array(words.SECTION_ENDS, np.int64)
ROOTS = np.arange(words.FIRST_ROOT, words.NO_CHORD_TOKEN)
TYPES = np.arange(words.FIRST_KIND, words.FIRST_BASS)
BASSES = np.arange(words.FIRST_BASS, words.SIZE)
NOTHING = np.array([], np.int64)
BAR_ROOM = 2 * MOST_EVENTS + 40
"""The most tokens that one bar may take."""
LONGEST_BARS = 2
"""A note that nothing ends is over at the end of the bar after its own."""
HOMING = 6.0
"""How many times likelier the tones of the tonic chord become where an answer ends."""
MOST_CHORDS = 4


@dataclass
class Line:
    """The melody as it grows: what sounds, and what was played before."""

    velocity: int
    sounding: tuple[Ticks, int] | None = None
    pitches: list[int] = field(default_factory=list)

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
    steps: int
    logits: Logits


class Writer:
    """One lead sheet that is being written under an answer's limits."""

    def __init__(
        self,
        decoder: Decoder,
        limits: Limits,
        sheet: list[list[int]],
        rng: np.random.Generator,
        costs: list[float],
    ) -> None:
        """Begin with a sheet: its header, then the tokens of each bar that is known.

        To `costs` the log-probability of each token that is drawn is added.
        """
        self.limits, self.rng, self.costs = limits, rng, costs
        self.taste = Taste(limits.controls.temperature, limits.controls.top_p)
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
            room -= len(part)
            if room < 0:
                break
            kept.insert(0, part)
        self._sheet[1:] = kept
        self.readings += 1
        self.stream = Stream(self._decoder, [token for part in self._sheet for token in part])

    @property
    def frame(self) -> Frame:
        """What the sheet's pitches are counted from."""
        return self.limits.frame

    def push(self, *tokens: int) -> None:
        """Write tokens that are given."""
        if tokens:
            self._sheet[-1].extend(tokens)
            self.stream.push(*tokens)

    def open_bar(self, token: int) -> None:
        """Begin a bar; the oldest are forgotten when there is no room for it."""
        if self.stream.room < BAR_ROOM:
            self.make_room()
        self.begin_bar([token])

    def begin_bar(self, tokens: Sequence[int]) -> Logits:
        """Begin a bar with tokens that are given; return what may come after each of them."""
        self._sheet.append(list(tokens))
        return self.stream.push(*tokens)

    @property
    def last_bar(self) -> list[int]:
        """The tokens of the bar that is being written."""
        return self._sheet[-1]

    def mark(self) -> "Mark":
        """Remember how far the sheet is."""
        return Mark(len(self._sheet), len(self._sheet[-1]), self.stream.steps, self.stream.logits)

    def back(self, mark: "Mark") -> None:
        """Go back to there, as long as no bar was forgotten since."""
        del self._sheet[mark.bars :]
        del self._sheet[-1][mark.tokens :]
        self.stream.back(mark.steps, mark.logits)
        self._onsets.clear()

    def turn(self) -> None:
        """Go from the bar's first section to its second."""
        self.push(words.TURN_TOKEN)

    def _draw(self, allowed: Allowed, leaning: Leaning | None = None) -> int:
        token, cost = draw(self.stream.logits, allowed, self.taste, self.rng, leaning)
        if len(allowed) > 1:
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
            token = self._draw(allowed)
            if token in words.SECTION_ENDS:
                break
            after = token
            tokens += self._draw_chord(token, places)
        return list(words.read_chords(tokens, self.frame))

    def _draw_chord(self, place: int, places: Allowed) -> list[int]:
        """Draw a chord at a place: root, kind, and its bass if it has one."""
        self.push(place)
        root = self._draw(ROOTS)
        self.push(root)
        kind = self._draw(TYPES)
        self.push(kind)
        own = words.FIRST_BASS + root - words.FIRST_ROOT
        basses = BASSES[own != BASSES]
        later = places[places > place]
        token = draw(
            self.stream.logits, np.concatenate([basses, later, ENDS]), self.taste, self.rng
        )[0]
        if token < words.FIRST_BASS:
            return [place, root, kind]
        self.push(token)
        return [place, root, kind, token]

    def draw_melody(self, bar: int, line: Line, motifs: Motifs, silent: bool) -> Iterator[Note]:
        """Draw the melody of a bar, yielding each note when its end is known.

        Where it may not be `silent`, a note begins in it, if the limits let one begin.
        """
        places, taken = self.limits.melody_places(bar), list[int]()
        for _ in range(MOST_EVENTS):
            places = self._free(places, bar, taken[-1] if taken else -1, line)
            ends = ENDS if silent else NOTHING
            if not len(places):
                break
            leaning = motifs.next_place(taken, ends.tolist())
            place = self._draw(np.concatenate([places, ends]), leaning)
            if place in words.SECTION_ENDS:
                break
            taken.append(place)
            ended = self._draw_event(bar, place, line, motifs, silent)
            silent = silent or line.sounding is not None
            if ended is not None:
                yield ended
        yield from self._too_long(bar, line)

    def _free(self, places: Allowed, bar: int, before: int, line: Line) -> Allowed:
        """Return where something may still happen: rests only end what sounds."""
        later = places[places > before]
        if line.sounding is not None:
            return later
        return later[[self._may_begin(bar, int(place)) for place in later]]

    def _may_begin(self, bar: int, place: int) -> bool:
        """Whether a note may begin there: the bar is not full, and not about to close."""
        return place <= self.limits.last_onset(bar) and self._left(self._tick(bar, place)) > 0

    def _tick(self, bar: int, place: int) -> Ticks:
        return Ticks(bar * self.limits.bar + PLACES[place - words.FIRST_PLACE] * UNIT)

    def _left(self, tick: Ticks) -> int:
        """Return how many notes may still begin in the bar of a tick."""
        return self.limits.quota() - self._onsets[tick // self.limits.meter.bar]

    def _draw_event(
        self, bar: int, place: int, line: Line, motifs: Motifs, silent: bool
    ) -> Note | None:
        """Draw the pitch or the rest at a place; return the note that it ends."""
        tick = self._tick(bar, place)
        allowed = self._pitches if self._may_begin(bar, place) else NOTHING
        if line.sounding is not None and (silent or not len(allowed)):
            allowed = np.append(allowed, words.REST_TOKEN)
        self.push(place)
        rests = self.limits.comes_to_rest(bar, place)
        token = self._draw(allowed, self._home if rests else motifs.next_pitch(line.pitches))
        self.push(token)
        ended = line.over(tick, self.limits.start)
        pitch = self.frame.pitch(token)
        if pitch != REST:
            line.sounding = tick, pitch
            line.pitches.append(token)
            if len(line.pitches) > 1:
                motifs.learn(line.pitches)
            self._onsets[tick // self.limits.meter.bar] += 1
        return ended

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
