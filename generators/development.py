"""A melody by rule: the player's motif repeated, moved along the scale or turned upside down.

Its rhythm is kept; its notes bend to the harmony, the more the heavier their beat.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from random import Random

from generators.ground import HALF, PULSE, STRONG, Ground, Onsets
from generators.hearing.rhythm import snapped
from generators.music.notes import ChordSpan, Note
from generators.music.time import QUARTER, Meter, Ticks

LONGEST_MOTIF = 4  # bars
BEND = 5  # semitones that a note may leave its motif by
CLASH = {4: 3.0, STRONG: 3.0, PULSE: 2.0, HALF: 0.6, 0: 0.2}
"""The price of a note outside the chord, by how heavy its beat is."""
CHROMATIC, LEAP, REPEATED, HELD_CLASH = 2.0, 0.4, 1.5, 1.5
WIDE = 5  # semitones: what is wider is a leap
FIRM = 0.5  # the price of each semitone away from the motif


NOISE = 0.5  # how much a seed may change, at temperature 1
SHIFTS = range(-4, 5)  # steps of the scale that a motif may be moved by


class Way(Enum):
    """How a bar of the motif is developed."""

    REPEATED = "repeated"
    MOVED = "moved"
    TURNED = "turned"


STATED = {Way.REPEATED: 1.0, Way.MOVED: 2.0, Way.TURNED: 0.3}
TAKEN_UP = {Way.REPEATED: 0.5, Way.MOVED: 2.0, Way.TURNED: 1.0}
FAITHFUL = 4.0  # what closeness adds to a repetition


@dataclass(frozen=True, slots=True)
class Tone:
    """A note of a motif: its place in the bar, its length, its rung of the scale."""

    place: Ticks
    length: Ticks
    rung: int


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a motif would go, what is at home there, and the price of being elsewhere."""

    pitch: int
    tones: frozenset[int]
    clash: float


Motif = Sequence[Tone]


class Development:
    """A melody over chords, made of a motif."""

    def __init__(self, ground: Ground, spans: Sequence[ChordSpan], rng: Random) -> None:
        self._ground, self._spans, self._rng = ground, spans, rng
        self._onsets = Onsets(ground, ground.rest)
        self._pitch = ground.melody[-1].pitch if ground.melody else ground.centre
        self._motifs = motifs_of(ground) or invented(ground, rng)

    def notes(self) -> Iterator[Note]:
        """Yield the melody bar by bar, up to the note on which it rests."""
        count = len(self._motifs)
        for bar in range(self._ground.bars):
            ways = STATED if bar < count else TAKEN_UP
            yield from self._bar(self._fitted(bar, self._motifs[bar % count]), self._way(ways))
        rest = self._ground.rest
        if rest is not None:
            yield self._ground.last(self._spans, rest, self._pitch)

    def _way(self, ways: dict[Way, float]) -> Way:
        leaning = {Way.REPEATED: FAITHFUL * self._ground.prompt.controls.closeness}
        weights = [weight + leaning.get(way, 0.0) for way, weight in ways.items()]
        return self._rng.choices(list(ways), weights)[0]

    def _fitted(self, bar: int, motif: Motif) -> list[Tone]:
        """Return a motif with ticks of the answer for places, as far as the wishes leave room."""
        ground, rest = self._ground, self._ground.rest
        line = ground.bar_start(bar) - ground.place(ground.bar_start(bar))
        at: dict[Ticks, Tone] = {}
        for tone in motif:
            onset = ground.on_grid_from(max(line + tone.place, ground.bar_start(bar)))
            over = onset >= ground.bar_end(bar) or (rest is not None and onset >= rest)
            if not over and self._onsets.free(onset):
                at.setdefault(onset, replace(tone, place=onset))
        heaviest = sorted(at, key=lambda onset: (-ground.weight(onset), onset))
        kept = []
        for onset in heaviest:
            if self._onsets.free(onset):
                self._onsets.take(onset)
                kept.append(at[onset])
        return sorted(kept, key=lambda tone: tone.place)

    def _bar(self, tones: Motif, way: Way) -> Iterator[Note]:
        """Yield the notes of a bar: the motif developed, bent to the harmony."""
        if not tones:
            return
        rungs = self._moved([tone.rung for tone in tones], way, tones[0].place)
        ends = [tone.place for tone in tones[1:]] + [self._next_start(tones[-1].place)]
        for tone, rung, end, repeats in zip(tones, rungs, ends, _repeats(rungs), strict=True):
            self._pitch = self._bent(self._wish(rung, tone), 0.0 if repeats else REPEATED)
            length = min(tone.length, end - tone.place)
            yield self._ground.sung(tone.place, self._pitch, length)

    def _next_start(self, at: Ticks) -> Ticks:
        """Return the earliest tick at which something may begin after the bar's last note."""
        ground, rest = self._ground, self._ground.rest
        line = ground.bar_end(ground.bar(at))
        return line if rest is None or rest <= at else min(line, rest)

    def _moved(self, rungs: list[int], way: Way, at: Ticks) -> list[int]:
        """Turn a motif over where that is the way, and move it to where it goes on best."""
        if way is Way.REPEATED:
            return rungs
        if way is Way.TURNED:
            rungs = [2 * rungs[0] - rung for rung in rungs]
        tones = self._ground.tones(self._spans, at)

        def cost(shift: int) -> float:
            pitch = self._folded(rungs[0] + 2 * shift)
            off = 0.0 if pitch % 12 in tones else CLASH[STRONG]
            edges = (self._folded(rung + 2 * shift) for rung in (min(rungs), max(rungs)))
            strayed = max(0, *(abs(edge - self._ground.centre) - 2 * WIDE for edge in edges))
            return off + LEAP * (abs(pitch - self._pitch) + strayed) + 2 * self._rng.random()

        shift = min(SHIFTS, key=cost)
        return [rung + 2 * shift for rung in rungs]

    def _folded(self, rung: int) -> int:
        """Return the pitch of a rung, by octaves within reach of the allowed ones."""
        pitch, allowed = self._ground.ladder.pitch(rung), self._ground.pitches
        while pitch > allowed[-1] and pitch - 12 >= allowed[0]:
            pitch -= 12
        while pitch < allowed[0] and pitch + 12 <= allowed[-1]:
            pitch += 12
        return pitch

    def _wish(self, rung: int, tone: Tone) -> Wish:
        clash = CLASH[self._ground.weight(tone.place)]
        if tone.length >= self._ground.meter.pulse:
            clash = max(clash, HELD_CLASH)
        return Wish(self._folded(rung), self._ground.tones(self._spans, tone.place), clash)

    def _bent(self, wish: Wish, repeated: float) -> int:
        """Return the allowed pitch that is near the wish, on the harmony, and easy to sing."""
        allowed = self._ground.pitches
        lowest, highest = wish.pitch - BEND, wish.pitch + BEND
        near = allowed[bisect_left(allowed, lowest) : bisect_right(allowed, highest)]
        if not near:
            return self._ground.nearest(wish.pitch)
        return min(near, key=lambda pitch: self._cost(pitch, wish, repeated))

    def _cost(self, pitch: int, wish: Wish, repeated: float) -> float:
        leap = abs(pitch - self._pitch)
        cost = FIRM * abs(pitch - wish.pitch) + LEAP * max(0, leap - WIDE) + repeated * (leap == 0)
        if pitch % 12 not in wish.tones:
            cost += wish.clash + CHROMATIC * (pitch % 12 not in self._ground.scale(wish.tones))
        return cost + NOISE * self._ground.prompt.controls.temperature * self._rng.random()


def _repeats(rungs: Sequence[int]) -> list[bool]:
    """Return for each rung whether the motif itself repeats the one before."""
    return [False, *(one == other for one, other in pairwise(rungs))]


def motifs_of(ground: Ground) -> list[list[Tone]]:
    """Return the player's last bars as motifs: four of them, two or one; none of silence."""
    bars: dict[int, list[Tone]] = defaultdict(list)
    meter, ladder = ground.meter, ground.ladder
    for note in snapped(ground.melody):
        tone = Tone(Ticks(note.onset % meter.bar), note.length, ladder.rung(note.pitch))
        bars[note.onset // meter.bar].append(tone)
    if not bars:
        return []
    first, last, count = min(bars), max(bars), 1
    while count < LONGEST_MOTIF and last + 1 - 2 * count >= first:
        count *= 2
    # A bar of rest taken up by an answer of one bar would be an answer of silence.
    return [bars[bar] for bar in range(last + 1 - count, last + 1) if bars[bar]]


def invented(ground: Ground, rng: Random) -> list[list[Tone]]:
    """Return two bars to start from where nothing was heard: plain rhythms, mostly by step."""
    rung = ground.ladder.rung(ground.centre)
    rung -= rung % 2
    motifs = []
    for _ in range(2):
        motif = []
        for place, length in _plain_rhythm(ground.meter, rng):
            rung += 2 * rng.choices((-2, -1, 0, 1, 2), (1, 4, 1, 4, 1))[0]
            motif.append(Tone(place, length, rung))
        motifs.append(motif)
    return motifs


def _plain_rhythm(meter: Meter, rng: Random) -> list[tuple[Ticks, Ticks]]:
    """Return a bar of onsets and lengths: felt beats that are sung, split or held."""
    edges = [*range(0, meter.bar, meter.pulse), meter.bar]
    if meter.pulse < QUARTER:
        edges = [*(beat * meter.beat for beat in sorted(meter.strong)), meter.bar]
    onsets: list[int] = []
    for start, end in pairwise(edges):
        what = rng.choices(("sung", "split", "held"), (5, 4, 2))[0]
        if what != "held" or not onsets:
            onsets.append(start)
        if what == "split":
            long = end - start == 3 * meter.beat
            onsets.append(start + (2 * meter.beat if long else (end - start) // 2))
    return [(Ticks(a), Ticks(b - a)) for a, b in pairwise([*onsets, meter.bar])]
