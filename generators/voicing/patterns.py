"""Comping patterns: what the hands do with one chord for as long as it holds.

A chord that begins off the beat is struck where it begins, and held over the beat that it comes
before; one that begins on any beat brings its bass with it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from generators.music.notes import ChordSpan, Note
from generators.music.time import QUARTER, Meter, Ticks
from generators.voicing.bars import EIGHTH, cells, felt, groups, on_beat, step
from generators.voicing.bass import approach, other
from generators.voicing.voicing import OCTAVE, Hand, Voicing

BASS, CHORD, BOTH = 1, 2, 3
STRING = Ticks(20)  # from string to string of a strum: 10 ms at 120, which is how guitars sound
SOFTER, BROKEN, UP, PAD = 8, 6, 14, 10
"""How much softer than the bass: chords after it, broken chords, strums upwards, pads."""


@dataclass(frozen=True, slots=True)
class Held:
    """One chord in the hands: how long, its notes, and the hand after it (() if not known).

    `since` is where the same chord began, if it was there before.
    """

    span: ChordSpan
    hand: Hand
    meter: Meter
    voicing: Voicing
    since: Ticks
    after: Hand = ()

    def bars(self) -> range:
        """Return the bar lines at or before the ticks at which it sounds."""
        return range(self.meter.bar_line(self.span.onset), self.span.end, self.meter.bar)


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A tick, and what is struck there: bass, chord or both. `up` is a strum upwards."""

    at: int
    what: int
    up: bool = False


Pattern = Callable[[Held], Iterator[Note]]


def placed(held: Held, in_bar: Iterable[Hit]) -> list[Hit]:
    """Return the hits of a bar's pattern as they fall while the chord holds; at least one."""
    onset, end = held.span.onset, held.span.end
    bar = sorted(in_bar)
    hits = [Hit(start + hit.at, hit.what, hit.up) for start in held.bars() for hit in bar]
    early = 0 if on_beat(onset, held.meter) else felt(held.meter).beat - 1
    late = end - felt(held.meter).beat // 4  # what begins later is no beat, but an untidy end
    later = [hit for hit in hits if onset + early < hit.at <= late]
    struck = {hit.what for hit in later}
    first = next((hit.what for hit in hits if hit.at == onset), BOTH)
    alone = first == CHORD or not struck & {CHORD, BOTH}
    return [Hit(onset, BOTH if alone else first), *later]


def until_next(hits: Sequence[Hit], end: Ticks) -> Iterator[tuple[Hit, int]]:
    """Give each hit and the tick of the one after it, or the end."""
    yield from zip(hits, [*(hit.at for hit in hits[1:]), end], strict=True)


def pad(held: Held) -> Iterator[Note]:
    """Hold the chord from beginning to end."""
    yield from _together(held.hand, held.span.onset, held.span.end, held.voicing.velocity - PAD)


def block(held: Held) -> Iterator[Note]:
    """Strike the whole chord where it begins, and again on each bar line."""
    for hit, end in until_next(placed(held, [Hit(0, BOTH)]), held.span.end):
        yield from _together(held.hand, hit.at, end, held.voicing.velocity)


def comp(held: Held) -> Iterator[Note]:
    """Answer the bass with the chord: oom-pah; in a jig the chord comes on the third eighth."""
    yield from _oom_pah(held, _answers(held.meter, 2))


def waltz(held: Held) -> Iterator[Note]:
    """Answer the bass with the chord on every other beat of its group: oom-pah-pah."""
    yield from _oom_pah(held, _answers(held.meter, 1))


def stride(held: Held) -> Iterator[Note]:
    """Leap between a bass in octaves on the downbeat and the chord."""
    for note in _oom_pah(held, _answers(held.meter, 2)):
        yield note
        down = note.onset == held.span.onset or note.onset % held.meter.bar == 0
        if down and note.pitch == held.hand[0]:
            yield Note(note.onset, note.pitch + OCTAVE, note.length, note.velocity)


def _answers(meter: Meter, compound: int) -> list[Hit]:
    """Return the bass on strong beats and the chord after it.

    `compound` is the first eighth of a group of three, counted from 0, that has the chord.
    """
    first = compound if meter.pulse != meter.beat else 1
    hits = [
        [Hit(g.start, BASS), *(Hit(at, CHORD) for at in g.beats[first:])] for g in groups(meter)
    ]
    return list(chain.from_iterable(hits))


def _oom_pah(held: Held, in_bar: list[Hit]) -> Iterator[Note]:
    """Strike bass and chord by turns; the second bass of a bar, or the next bar's, is the fifth."""
    turns = sum(hit.what == BASS for hit in in_bar)
    low, soft = held.hand[0], held.voicing.velocity - SOFTER
    fifth = other(held.span.chord, held.hand, held.voicing)
    struck = (held.span.onset // held.meter.bar - held.since // held.meter.bar) if turns == 1 else 0
    for hit, end in until_next(placed(held, in_bar), held.span.end):
        if hit.what & BASS:
            if turns > 1 and hit.at % held.meter.bar == 0:
                struck = 0
            yield from _together(
                (fifth if struck % 2 else low,), hit.at, end, held.voicing.velocity
            )
            struck += 1
        if hit.what & CHORD:
            short = end if hit.what == BOTH else hit.at + max(1, (end - hit.at) * 4 // 5)
            yield from _together(held.hand[1:], hit.at, short, soft)


def strum(held: Held) -> Iterator[Note]:
    """Strum down on the beats and up between them, string after string; strings ring on."""
    for hit, after in until_next(placed(held, _strums(held.meter)), held.span.end):
        strings = held.hand[:0:-1] if hit.up else held.hand
        late = min(STRING, (after - hit.at) // (2 * len(held.hand)))
        softer = UP if hit.up else SOFTER if hit.at % held.meter.bar else 0
        for at, pitch in enumerate(strings):
            onset = hit.at + at * late
            yield from _together((pitch,), onset, held.span.end, held.voicing.velocity - softer)


def _strums(meter: Meter) -> list[Hit]:
    """Return the strums of a bar: down, down up, up down up in 4/4; like it in other meters."""
    unit = step(meter)
    if meter.bar == 8 * unit and felt(meter).unit == 4:
        return [Hit(at * unit, BOTH, at in (3, 5, 7)) for at in (0, 2, 3, 5, 6, 7)]
    hits: list[Hit] = []
    for group in groups(meter):
        down = group.beats if felt(meter).beat > unit else group.beats[:1]
        between = [at for at in range(group.start, group.end, unit) if at not in down]
        up = between[1:] if len(between) > 1 or not group.start else between
        hits += [*(Hit(at, BOTH) for at in down), *(Hit(at, BOTH, up=True) for at in up)]
    return hits


def arpeggio(held: Held) -> Iterator[Note]:
    """Break the chord upwards and down again over its bass, in eighths."""
    upper = held.hand[1:]
    order = [(pitch,) for pitch in (*upper, *upper[-2:0:-1])]
    yield from _broken(held, cells(held.meter, 4), (), order)


def alberti(held: Held) -> Iterator[Note]:
    """Break the chord as Alberti did: lowest, highest, middle, highest, over a held bass."""
    upper = held.hand[1:]
    low, middle, high = upper[:1], upper[1:-1] or upper[:1], upper[-1:]
    yield from _broken(held, cells(held.meter, 3), low, [high, middle])


def _broken(
    held: Held, in_bar: Sequence[tuple[Ticks, Ticks]], begun: Hand, order: Sequence[Hand]
) -> Iterator[Note]:
    """Begin each cell and go on in order; its bass is held, the last step makes the chord whole."""
    onset, end, soft = held.span.onset, held.span.end, held.voicing.velocity - BROKEN
    heard: set[int] = set()
    for first, last in ((start + a, start + b) for start in held.bars() for a, b in in_bar):
        first, last = max(first, onset), min(last, end)
        if first >= last:
            continue
        yield from _together(held.hand[:1], first, last, held.voicing.velocity)
        for index, (at, to) in enumerate(_steps(first, last, held.meter)):
            pitches = order[(index - 1) % len(order)] if index else begun
            heard.update(pitches)
            rest = tuple(p for p in held.hand[1:] if p not in heard) if to == end else ()
            yield from _together((*pitches, *rest), at, to, soft)


def _steps(first: int, last: int, meter: Meter) -> Iterator[tuple[int, int]]:
    """Cut a cell into steps; one that would be shorter than half a step joins the one after it."""
    unit = step(meter)
    start = first - first % meter.bar % unit + unit
    cuts = [at for at in range(start, last, unit) if 2 * min(at - first, last - at) >= unit]
    yield from pairwise([first, *cuts, last])


def walk(held: Held) -> Iterator[Note]:
    """Walk the bass from beat to beat towards the next chord; strike the chord between beats."""
    beats = sorted(_walked(held.meter))
    hits = placed(held, [Hit(at, BASS) for at in beats])
    line = _line(held, len(hits))
    for (hit, end), pitch in zip(until_next(hits, held.span.end), line, strict=True):
        yield from _together((pitch,), hit.at, end, held.voicing.velocity)
    chords = placed(held, [Hit(at, CHORD) for at in _charleston(held.meter)])
    for hit, end in until_next(chords, held.span.end):
        short = min(end, hit.at + (QUARTER if hit.at == held.span.onset else EIGHTH))
        yield from _together(held.hand[1:], hit.at, short, held.voicing.velocity - SOFTER)


def _walked(meter: Meter) -> set[int]:
    """Return the beats that a bass walks on: quarters, or the groups of eighths."""
    if felt(meter).unit == 4:
        return {at for group in groups(meter) for at in group.beats}
    return {group.start for group in groups(meter)}


def _charleston(meter: Meter) -> list[int]:
    """Return the rhythm of the Charleston: the first beat, and the eighth before the third."""
    walked = sorted(_walked(meter))
    third = walked[2] if len(walked) > 2 else meter.bar
    return [0, third - EIGHTH]


def _line(held: Held, length: int) -> list[int]:
    """Return a bass of so many beats: root, third and fifth by turns, and a step to the next."""
    bass, ceiling = held.hand[0], min(held.hand[1:], default=127)
    lowest = held.voicing.bass
    inside = [bass]
    for tone in (*held.span.chord.tones[1:3], 0):
        above = bass + (held.span.chord.root + tone - bass) % OCTAVE
        near = above < min(ceiling, bass + OCTAVE - 4)  # up to a fifth; the rest lies below
        inside.append(above if near else above - OCTAVE)
    inside = list(dict.fromkeys(pitch for pitch in inside if pitch >= lowest))
    line = [inside[at % len(inside)] for at in range(length)]
    if length > 1 and held.after and held.after[0] != bass:
        line[-1] = approach(line[-2], held.after[0], held.voicing)
    return line


def _together(pitches: Iterable[int], start: int, end: int, velocity: int) -> Iterator[Note]:
    for pitch in pitches:
        yield Note(Ticks(start), pitch, Ticks(end - start), max(1, velocity))


ALL: dict[str, Pattern] = {
    "pad": pad, "block": block, "comp": comp, "arpeggio": arpeggio, "alberti": alberti,
    "waltz": waltz, "strum": strum, "stride": stride, "walk": walk,
}  # fmt: skip
