"""Which chords to play: functional harmony as the cheapest path (dynamic programming).

A chord costs what the melody over it leaves unexplained, and each step what the table of usual
root progressions of common-practice harmony says. Chords that are given stay. The
player's own chords, and their rhythm, are taken up.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby, pairwise
from random import Random

import numpy as np
from numpy.typing import NDArray

from generators.ground import Ground
from generators.music.harmony import MODES, NO_CHORD, Chord, Key
from generators.music.notes import ChordSpan, Note
from generators.music.time import Ticks
from generators.prompt import Kind

OFTEN, SOMETIMES, SELDOM = 0.0, 0.35, 0.8
USUAL = {
    1: "45 6 23",
    2: "5 46 13",
    3: "6 4 125",
    4: "5 12 36",
    5: "1 46 23",
    6: "25 34 1",
    7: "13 6 245",
}
"""What follows each degree: often, sometimes, seldom."""
STAYS_IN_BAR, STAYS_OVER_BAR = 0.15, 0.5
MOVES_IN_BAR = 0.45  # chords mostly change at bar lines
CHROMATIC = 0.6  # a root outside the key
MINOR_DOMINANT, SEVENTH = 0.5, 0.25  # prices of the less plain chords
PRICES = (0.0, 0.15, 0.4, 0.0, 0.0, 0.15, 0.4)  # of the triads on the seven degrees
DIMINISHED = 0.7
UNEXPLAINED = 2.0  # for a melody note outside the chord that fills its span
ROOT_ON_TOP = 0.2
NOT_HOME = 1.2  # for beginning, or ending, elsewhere than on the tonic
NO_CADENCE = 0.8  # for coming to the last chord from another than a dominant
CHANCE, FREE_CHANCE = 0.4, 0.9  # how much a seed may change, with a melody and without
MOST_OWN = 8  # the player's own chords to choose from
LONGEST_PATTERN = 8  # bars after which a rhythm of chords repeats

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Edges = tuple[Chord | None, Chord | None]
"""The chord before a gap, and the one after it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A chord that may be chosen, and its price."""

    chord: Chord
    price: float


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the answer that wants a chord, and how long each pitch class sounds there."""

    onset: Ticks
    end: Ticks
    melody: tuple[float, ...]


def changes(ground: Ground, melody: Sequence[Note], rng: Random) -> tuple[ChordSpan, ...]:
    """Return chords from the answer's first tick to its last, under a melody if there is one."""
    given = given_changes(ground)
    spans = list(given)
    for gap in _gaps(given, ground.length):
        places = _places(ground, gap, melody)
        edges = _last_before(ground, given, gap[0]), _next_after(ground, given, gap[1])
        spans += _merged(places, _path(ground, places, edges, rng))
    return tuple(sorted(spans, key=lambda span: span.onset))


def given_changes(ground: Ground) -> tuple[ChordSpan, ...]:
    """Return the chords that are locked, and those the player's song has in the answer's bars.

    To harmonize is to choose anew, so there the song's own chords do not count.
    """
    locked = _clipped(ground.prompt.controls.chords, ground.length)
    if ground.prompt.kind is Kind.HARMONIZE:
        return locked
    start = ground.prompt.start
    own = ground.prompt.heard.between(start, Ticks(start + ground.length)).chords
    free = [
        ChordSpan(
            Ticks(max(a, span.onset)), Ticks(min(b, span.end) - max(a, span.onset)), span.chord
        )
        for a, b in _gaps(locked, ground.length)
        for span in _clipped(own, ground.length)
        if span.onset < b and span.end > a
    ]
    return tuple(sorted((*locked, *free), key=lambda span: span.onset))


@cache
def diatonic(key: Key) -> tuple[Choice, ...]:
    """Return the triads of a key and its dominants; minor takes them from harmonic minor."""
    steps = MODES[key.mode]
    choices = []
    for degree in range(7):
        root = steps[degree]
        third, fifth = ((steps[(degree + up) % 7] - root) % 12 for up in (2, 4))
        quality = {(4, 7): "", (3, 7): "m", (3, 6): "dim"}[third, fifth]
        price = DIMINISHED if quality == "dim" else PRICES[degree]
        if key.mode == "minor" and degree == 4:
            price = MINOR_DOMINANT
        choices.append(Choice(Chord((key.tonic + root) % 12, quality), price))
    if key.mode in {"major", "minor"}:
        dominant = (key.tonic + 7) % 12
        choices.append(Choice(Chord(dominant, "7"), SEVENTH))
        if key.mode == "minor":
            choices.append(Choice(Chord(dominant), 0.0))
    return tuple(choices)


def progression_cost(key: Key, before: Chord, after: Chord) -> float:
    """Return the cost of a step between two roots, by how usual it is."""
    steps = [(key.tonic + step) % 12 for step in MODES[key.mode]]
    if NO_CHORD in (before, after):
        return 0.0
    if before.root not in steps or after.root not in steps:
        # a chromatic chord is led on by a falling fifth, as a secondary dominant
        return OFTEN if (before.root - after.root) % 12 == 7 else CHROMATIC
    if before.root == after.root:
        return SOMETIMES if before.quality != after.quality else 0.0
    usual = USUAL[steps.index(before.root) + 1].split(" ")
    degree = str(steps.index(after.root) + 1)
    for cost, degrees in zip((OFTEN, SOMETIMES, SELDOM), usual, strict=True):
        if degree in degrees:
            return cost
    return 1.0


def _clipped(spans: Iterable[ChordSpan], length: Ticks) -> tuple[ChordSpan, ...]:
    """Cut spans at the answer's edges and at one another's onsets."""
    inside = sorted((s for s in spans if s.onset < length and s.end > 0), key=lambda s: s.onset)
    onsets = [max(0, span.onset) for span in inside] + [length]
    ends = [min(span.end, after) for span, after in zip(inside, onsets[1:], strict=True)]
    return tuple(
        ChordSpan(Ticks(onset), Ticks(end - onset), span.chord)
        for span, onset, end in zip(inside, onsets, ends, strict=False)
        if end > onset
    )


def _gaps(spans: Sequence[ChordSpan], length: Ticks) -> list[tuple[int, int]]:
    """Return the stretches of the answer that have no chord yet."""
    edges = [0, *(edge for span in spans for edge in (span.onset, span.end)), length]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def _places(ground: Ground, gap: tuple[int, int], melody: Sequence[Note]) -> list[Place]:
    """Cut a gap where chords may change: in the player's rhythm, else at bar lines.

    Under a melody they may also change on the strong beats within the bar.
    """
    start, end = gap
    meter = ground.meter
    strong = sorted(meter.strong) if melody else [0]
    rhythm = _rhythm(ground) or [[Ticks(beat * meter.beat) for beat in strong]]
    cuts = {start, end}
    for bar in range(ground.bar(start), ground.bar(end - 1) + 1):
        line = ground.bar_start(bar) - ground.place(ground.bar_start(bar))
        cuts |= {line + place for place in rhythm[bar % len(rhythm)]}
    inside = sorted(cut for cut in cuts if start <= cut <= end)
    return [Place(Ticks(a), Ticks(b), _sounding(melody, a, b)) for a, b in pairwise(inside)]


def _rhythm(ground: Ground) -> list[list[Ticks]]:
    """Return where chords began in the player's last bars: one, two, four or eight of them."""
    meter = ground.meter
    begun: dict[int, set[Ticks]] = defaultdict(set)
    for span in ground.harmony:
        felt = Ticks(round(span.onset / meter.pulse) * meter.pulse)
        begun[felt // meter.bar].add(Ticks(felt % meter.bar))
    if not begun:
        return []
    first, last, count = min(begun), max(begun), 1
    while count < LONGEST_PATTERN and last + 1 - 2 * count >= first:
        count *= 2
    return [sorted(begun[bar]) for bar in range(last + 1 - count, last + 1)]


def _last_before(ground: Ground, given: Sequence[ChordSpan], start: int) -> Chord | None:
    before = [span.chord for span in given if span.end <= start]
    own = [span.chord for span in ground.harmony]
    return next(reversed(before or own), None)


def _next_after(ground: Ground, given: Sequence[ChordSpan], end: int) -> Chord | None:
    after = [span.chord for span in given if span.onset >= end]
    later = [span.chord for span in ground.future.chords]
    return next(iter(after or later), None)


def _sounding(melody: Sequence[Note], start: int, end: int) -> tuple[float, ...]:
    """Return how much of a stretch each pitch class of the melody fills."""
    total = [0.0] * 12
    for note in melody:
        overlap = min(note.end, end) - max(note.onset, start)
        if overlap > 0:
            total[note.pitch % 12] += overlap / (end - start)
    return tuple(total)


def _choices(ground: Ground) -> tuple[Choice, ...]:
    """Return the chords of the key and the player's own, which are the cheaper the more usual.

    Where the answer must stay in the key, own chords that leave it are left out.
    """
    own = Counter(span.chord for span in ground.harmony if span.chord != NO_CHORD)
    closeness = ground.prompt.controls.closeness
    prices = {choice.chord: choice.price for choice in diatonic(ground.key)}
    for chord, times in own.most_common(MOST_OWN):
        share = times / own.total()
        prices[chord] = min(prices.get(chord, CHROMATIC), CHROMATIC) * (1 - closeness) - share
    anywhere = not ground.prompt.controls.in_key
    return tuple(
        Choice(chord, price)
        for chord, price in prices.items()
        if anywhere or ground.key.holds(chord)
    )


def _unexplained(chord: Chord, melody: tuple[float, ...]) -> float:
    tones = chord.pitch_classes
    outside = sum(share for pc, share in enumerate(melody) if pc not in tones)
    return UNEXPLAINED * outside - ROOT_ON_TOP * melody[chord.root]


def _path(ground: Ground, places: Sequence[Place], edges: Edges, rng: Random) -> list[Chord]:
    """Return the cheapest chord for each place."""
    choices = _choices(ground)
    chords = tuple(choice.chord for choice in choices)
    usual = _progressions(ground.key, chords)
    costs = _first_costs(ground, chords, edges[0])
    came: list[Ints] = []
    for number, place in enumerate(places):
        if number:
            steps = costs + usual + _staying(ground, place, len(chords))
            if place is places[-1] and _is_close(ground, place, edges[1]):
                steps += NO_CADENCE * _away(ground, chords, (7, 11))
            came.append(steps.argmin(axis=1))
            costs = steps.min(axis=1)
        costs = costs + [each.price + _unexplained(each.chord, place.melody) for each in choices]
        costs += [_chance(ground, place, rng) for _ in choices]
    best = [int((costs + _last_costs(ground, chords, places[-1], edges[1])).argmin())]
    for origins in reversed(came):
        best.append(int(origins[best[-1]]))
    return [chords[k] for k in reversed(best)]


def _chance(ground: Ground, place: Place, rng: Random) -> float:
    most = CHANCE if any(place.melody) else FREE_CHANCE
    return most * ground.prompt.controls.temperature * rng.random()


def _first_costs(ground: Ground, chords: Sequence[Chord], before: Chord | None) -> Floats:
    if before is None:
        return NOT_HOME / 2 * _away(ground, chords)
    return np.array([progression_cost(ground.key, before, chord) for chord in chords])


def _staying(ground: Ground, place: Place, count: int) -> Floats:
    """Return what it costs to change, or not to change, where a place begins.

    Chords are meant to change where the player's did, else at bar lines.
    """
    meant = ground.place(place.onset) == 0 or bool(ground.harmony)
    stays = STAYS_OVER_BAR if meant and not any(place.melody) else STAYS_IN_BAR
    moves = 0.0 if meant else MOVES_IN_BAR
    return np.where(np.eye(count, dtype=bool), stays, moves)


@lru_cache(maxsize=64)
def _progressions(key: Key, chords: tuple[Chord, ...]) -> Floats:
    """Return the cost of coming to each chord (rows) from each chord (columns)."""
    return np.array([[progression_cost(key, one, other) for one in chords] for other in chords])


def _last_costs(
    ground: Ground, chords: Sequence[Chord], last: Place, after: Chord | None
) -> Floats:
    """Return the cost of the way on: to the next chord, or home at the end."""
    if after is not None:
        return np.array([progression_cost(ground.key, chord, after) for chord in chords])
    if _is_close(ground, last, after):
        return NOT_HOME * _away(ground, chords)
    return np.zeros(len(chords))


def _is_close(ground: Ground, place: Place, after: Chord | None) -> bool:
    """Return whether the answer comes to rest in a place."""
    return after is None and place.end == ground.length and closes(ground)


def _away(ground: Ground, chords: Sequence[Chord], roots: Collection[int] = (0,)) -> Floats:
    """Return 1 for each chord that is on none of these roots, in semitones above the tonic."""
    return np.array([float((c.root - ground.key.tonic) % 12 not in roots) for c in chords])


def closes(ground: Ground) -> bool:
    """Return whether the answer is to come to rest at its end.

    A single bar is one of many, and chords ahead of a player who plays on must not close.
    """
    kind = ground.prompt.kind
    if ground.bars < 2 or kind is Kind.INFILL:
        return False
    end = ground.prompt.start + ground.length
    return kind is not Kind.HARMONIZE or ground.meter.next_bar_line(ground.prompt.heard.end) == end


def _merged(places: Sequence[Place], chords: Sequence[Chord]) -> list[ChordSpan]:
    """Make one span of equal neighbours."""
    spans: list[ChordSpan] = []
    for chord, group in groupby(zip(chords, places, strict=True), key=lambda pair: pair[0]):
        held = [place for _, place in group]
        spans.append(ChordSpan(held[0].onset, Ticks(held[-1].end - held[0].onset), chord))
    return spans
