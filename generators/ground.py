"""What an answer by rule stands on: the key, the hard wishes, and the weight of each beat.

Onsets are ticks of the answer unless they are said to be those of the heard phrase.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import merge

from generators.hearing.chords import chords_of
from generators.hearing.key import key_of
from generators.hearing.melody import melody_of
from generators.music.harmony import MODES, Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase, chord_at
from generators.music.time import Meter, Ticks
from generators.prompt import Item, Kind, Prompt

REMEMBERED = 16  # bars of the past that an answer may take up
BAR_LINE, STRONG, PULSE, HALF, WEAK = 4, 3, 2, 1, 0
"""How heavy a tick is in its bar."""


class Ladder:
    """A scale as rungs, two to a step: the even ones are its notes, the odd ones lie between.

    Moving along the rungs is moving within the key, as a sequence does.
    """

    def __init__(self, key: Key) -> None:
        self._tonic = key.tonic
        self._steps = MODES[key.mode]

    def rung(self, pitch: int) -> int:
        """Return the rung of a pitch."""
        octave, over = divmod(pitch - self._tonic, 12)
        step = bisect_right(self._steps, over) - 1
        return 2 * (7 * octave + step) + (over != self._steps[step])

    def pitch(self, rung: int) -> int:
        """Return the pitch of a rung."""
        step, between = divmod(rung, 2)
        octave, degree = divmod(step, 7)
        return self._tonic + 12 * octave + self._steps[degree] + between


@dataclass(frozen=True)
class Ground:
    """A prompt, with what follows from it."""

    prompt: Prompt

    @property
    def meter(self) -> Meter:
        """The meter of the answer, which is that of what was heard."""
        return self.prompt.heard.meter

    @property
    def length(self) -> Ticks:
        """The length of the answer."""
        return self.prompt.length

    @cached_property
    def key(self) -> Key:
        """The key that is wished, else the one that is heard."""
        return self.prompt.controls.key or key_of(self.prompt.heard)

    @cached_property
    def ladder(self) -> Ladder:
        """The scale of the key."""
        return Ladder(self.key)

    @cached_property
    def pitches(self) -> tuple[int, ...]:
        """The pitches that the melody may use, from low to high."""
        controls = self.prompt.controls
        allowed = sorted(controls.allowed_pitches)
        in_scale = tuple(pitch for pitch in allowed if pitch % 12 in self.key.scale)
        return in_scale if controls.in_key and in_scale else tuple(allowed)

    @cached_property
    def past(self) -> Phrase:
        """The last bars before the answer, from a bar line on."""
        start = self.prompt.start
        since = max(0, self.meter.bar_line(start) - REMEMBERED * self.meter.bar)
        return self.prompt.heard.between(Ticks(since), start)

    @cached_property
    def harmony(self) -> tuple[ChordSpan, ...]:
        """The chords of those bars, as they were given or played."""
        return chords_of(self.past)

    @cached_property
    def melody(self) -> tuple[Note, ...]:
        """The line of those bars; of later ones, if nothing came before."""
        return melody_of(self.past) or melody_of(self.future) or melody_of(self.prompt.heard)

    @property
    def within(self) -> tuple[Note, ...]:
        """The notes that were heard where the answer goes, counted from its start."""
        start = self.prompt.start
        return self.prompt.heard.between(start, Ticks(start + self.length)).notes

    @cached_property
    def future(self) -> Phrase:
        """The first bars that were heard after the answer's end."""
        end = Ticks(self.prompt.start + self.length)
        return self.prompt.heard.between(end, Ticks(end + REMEMBERED * self.meter.bar))

    @cached_property
    def velocity(self) -> int:
        """How hard the player plays, at the median."""
        played = sorted(note.velocity for note in self.melody)
        return played[len(played) // 2] if played else 80

    @cached_property
    def centre(self) -> int:
        """The allowed pitch nearest to the middle of what was played, or of what is allowed."""
        played = sorted(note.pitch for note in self.melody)
        middle = played[len(played) // 2] if played else sum(self.pitches) // len(self.pitches)
        return self.nearest(middle)

    @cached_property
    def _bar(self) -> Ticks:
        return self.meter.bar

    def place(self, at: int) -> Ticks:
        """Return the place in its bar of a tick of the answer."""
        return Ticks((self.prompt.start + at) % self._bar)

    def bar(self, at: int) -> int:
        """Return the number of the bar of a tick, 0 at the answer's start."""
        start = self.prompt.start
        return (start + at) // self._bar - start // self._bar

    def bar_start(self, bar: int) -> Ticks:
        """Return the tick at which a bar begins, or the answer if that is later."""
        first = self.meter.bar_line(self.prompt.start) - self.prompt.start
        return Ticks(max(0, first + bar * self.meter.bar))

    def bar_end(self, bar: int) -> Ticks:
        """Return the tick at which a bar is over, or the answer if that is earlier."""
        return Ticks(min(self.length, self.bar_start(bar + 1)))

    @cached_property
    def bars(self) -> int:
        """How many bars the answer touches."""
        return self.bar(self.length - 1) + 1

    def weight(self, at: int) -> int:
        """Return how heavy a tick is: 4 on the bar line, 3 on strong beats, down to 0."""
        return _weight(self.meter, self.place(at))

    def on_grid(self, at: int) -> bool:
        """Return whether a note may begin at a tick."""
        grid = self.prompt.controls.grid
        return grid is None or self.place(at) % grid == 0

    def on_grid_from(self, at: int) -> Ticks:
        """Return the first tick at or after one at which a note may begin."""
        grid = self.prompt.controls.grid
        if grid is None:
            return Ticks(at)
        over = self.place(at) % grid
        later = at + (grid - over) % grid
        return Ticks(min(later, self.bar_start(self.bar(at) + 1)))

    def quota(self, bar: int) -> int:
        """Return how many notes may begin in a bar, or in the part of it that is answered."""
        density = self.prompt.controls.density
        if density is None:
            return self.length
        beats = (self.bar_end(bar) - self.bar_start(bar)) / self.meter.beat
        return int(density * beats + 1e-9)

    @cached_property
    def rest(self) -> Ticks | None:
        """Where the last note of the answer begins: on a strong beat of its last bar.

        It is None where density leaves that bar empty, and for a single bar of a flow.
        """
        if self.bars < 2 and self.prompt.kind is Kind.IMPROVISE:
            return None
        bar = self.bars - 1
        start, end, meter = self.bar_start(bar), self.bar_end(bar), self.meter
        line = start - self.place(start)
        strong = (line + beat * meter.beat for beat in sorted(meter.strong, reverse=True))
        wanted = next((at for at in strong if at >= start and end - at >= meter.bar / 3), start)
        for at in (self.on_grid_from(wanted), self.on_grid_from(start)):
            if at < end:
                return at if self.quota(bar) else None
        return None

    @cached_property
    def _triad(self) -> frozenset[int]:
        third = 3 if self.key.minor else 4
        return frozenset((self.key.tonic + tone) % 12 for tone in (0, third, 7))

    def tones(self, spans: Sequence[ChordSpan], at: int) -> frozenset[int]:
        """Return the pitch classes that are at home at a tick: the chord's, or the key's triad."""
        chord = chord_at(spans, at)
        if chord is not None and chord.tones:
            return _classes(chord)
        return self._triad

    def scale(self, tones: frozenset[int]) -> frozenset[int]:
        """Return the scale over a chord: its own tones take the place of their neighbours.

        So G♯ stands for G where A minor has an E major chord.
        """
        foreign = tones - self.key.scale
        beside = {(tone + step) % 12 for tone in foreign for step in (1, 11)}
        return (self.key.scale - (beside - tones)) | tones

    def last(self, spans: Sequence[ChordSpan], at: Ticks, near: int) -> Note:
        """Return the note to rest on: the tonic where the chord has it, else a chord tone.

        Between bars that are there already it is the chord tone nearest to what comes.
        """
        tones = self.tones(spans, at)
        ahead = self.future.notes if self.prompt.kind is Kind.INFILL else ()
        if ahead:
            near = ahead[0].pitch
        elif self.key.tonic in tones:
            tones = frozenset({self.key.tonic})
        return self.sung(at, self.nearest(near, tones), self.meter.bar)

    def nearest(self, pitch: int, classes: Iterable[int] | None = None) -> int:
        """Return the allowed pitch nearest to one, of these pitch classes if any are allowed."""
        wanted = self.pitches
        if classes is not None:
            held = frozenset(classes)
            wanted = tuple(each for each in wanted if each % 12 in held) or wanted
        above = bisect_left(wanted, pitch)
        return min(wanted[max(0, above - 1) : above + 1], key=lambda each: abs(each - pitch))

    def sung(self, onset: Ticks, pitch: int, length: int) -> Note:
        """Return a note as loud as the player's, heavier on heavy beats, within the answer."""
        loud = self.velocity + 3 * (self.weight(onset) - PULSE)
        cut = max(1, min(length, self.length - onset))
        return Note(onset, pitch, Ticks(cut), max(1, min(127, loud)))


class Onsets:
    """How many notes have begun in each bar, and where the next may.

    One place may be kept, for the note on which the answer comes to rest.
    """

    def __init__(self, ground: Ground, kept: Ticks | None = None) -> None:
        self._ground = ground
        self._kept = kept
        self._begun: Counter[int] = Counter()

    def take(self, at: Ticks) -> None:
        """Count a note."""
        self._begun[self._ground.bar(at)] += 1

    def free(self, at: Ticks) -> bool:
        """Return whether a note may begin at a tick."""
        ground = self._ground
        if not 0 <= at < ground.length or not ground.on_grid(at):
            return False
        return at == self._kept or self._room(ground.bar(at)) > 0

    def after(self, at: Ticks) -> Ticks | None:
        """Return the first beat after a tick at which a note may begin."""
        ground, beat = self._ground, self._ground.meter.beat
        while at < ground.length:
            at = ground.on_grid_from(at - ground.place(at) % beat + beat)
            if self.free(at):
                return at
            if at < ground.length and at != self._kept and self._room(ground.bar(at)) <= 0:
                later = ground.bar_start(ground.bar(at) + 1)
                skip = later if self._kept is None else min(later, max(self._kept, at + 1))
                at = Ticks(skip - 1)
        return None

    def _room(self, bar: int) -> int:
        """Return how many notes may still begin in a bar beside the one that is kept."""
        kept = self._kept is not None and self._ground.bar(self._kept) == bar
        return self._ground.quota(bar) - self._begun[bar] - kept


@lru_cache(maxsize=4096)
def _weight(meter: Meter, place: Ticks) -> int:
    beat, over = divmod(place, meter.beat)
    if place == 0:
        return BAR_LINE
    if over == 0 and beat in meter.strong:
        return STRONG
    if place % meter.pulse == 0:
        return PULSE
    return HALF if over == 0 or 2 * place % meter.pulse == 0 else WEAK


@lru_cache(maxsize=1024)
def _classes(chord: Chord) -> frozenset[int]:
    return chord.pitch_classes


def in_order(spans: Iterable[Item], notes: Iterable[Item]) -> Iterator[Item]:
    """Yield chords and notes by onset, a chord before the notes that begin with it."""
    return merge(spans, notes, key=lambda item: (item.onset, isinstance(item, Note)))
