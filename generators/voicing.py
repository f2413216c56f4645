"""Chord symbols become notes: voice-led, in a register, in a comping pattern."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, pairwise

from generators.music.errors import BadValue
from generators.music.harmony import Chord
from generators.music.notes import ChordSpan, Note
from generators.music.time import QUARTER, Meter, Ticks

PATTERNS = ("pad", "block", "comp", "arpeggio")
Hand = tuple[int, ...]
"""The pitches of one chord: the bass first, then the upper voices from low to high."""

THIRD_OR_SUS, SEVENTH = (3, 4, 5, 2), (10, 11, 9)


@dataclass(frozen=True, slots=True)
class Voicing:
    """How chords are played.

    The bass lies in the octave from `bass`; the upper voices, at most `voices` of them, from
    `low` to `high`.
    """

    pattern: str = "comp"
    bass: int = 36
    low: int = 48
    high: int = 69
    voices: int = 3
    velocity: int = 62

    def __post_init__(self) -> None:
        """Refuse patterns that are not known, and registers too small for a chord."""
        if self.pattern not in PATTERNS:
            raise BadValue(f"{self.pattern!r} is no pattern", f"it is one of {', '.join(PATTERNS)}")
        if (
            not 0 <= self.bass <= 115
            or self.low < 0
            or self.high > 127
            or self.high - self.low < 18
        ):
            raise BadValue("the register is too small for chords", "leave an octave and a half")
        if not 1 <= self.voices <= 5 or not 1 <= self.velocity <= 127:
            raise BadValue("a chord has 1 to 5 upper voices and a velocity of 1 to 127")


def voice(
    spans: Sequence[ChordSpan],
    voicing: Voicing,
    meter: Meter,
    previous: Hand = (),
) -> tuple[Note, ...]:
    """Return the notes of chords; onsets are counted as theirs are, from a bar line.

    `previous` is the hand that the first chord is led on from. N.C. is silence.
    """
    played = zip(spans, hands(spans, voicing, previous), strict=True)
    return tuple(
        sorted(note for span, hand in played for note in _struck(span, hand, voicing, meter))
    )


def hands(spans: Iterable[ChordSpan], voicing: Voicing, previous: Hand = ()) -> tuple[Hand, ...]:
    """Return the hand for each chord; each is led on from the one before, () for N.C."""
    led: list[Hand] = []
    for span in spans:
        hand = _hand(span.chord, voicing, previous) if span.chord.tones else ()
        previous = hand or previous
        led.append(hand)
    return tuple(led)


def _hand(chord: Chord, voicing: Voicing, previous: Hand) -> Hand:
    root = chord.root if chord.bass is None else chord.bass
    bass = voicing.bass + (root - voicing.bass) % 12
    classes = _upper_classes(chord, voicing.voices)
    candidates = list(_positions(classes, voicing))
    centre = (voicing.low + voicing.high) / 2
    upper = min(candidates, key=lambda each: (_movement(previous[1:], each, centre), each))
    return (bass, *upper)


def _upper_classes(chord: Chord, voices: int) -> list[int]:
    """Return the pitch classes that say most: third, seventh, colours, fifth, root."""
    tones = list(chord.tones)
    third = [tone for tone in tones if tone in THIRD_OR_SUS][:1]
    seventh = [tone for tone in tones if tone in SEVENTH][:1]
    colours = [tone for tone in reversed(tones) if tone > 12 or tone in (6, 8)]
    rest = [tone for tone in (7, 0) if tone in tones]
    if not seventh and not colours:  # a triad is plainest whole
        rest = rest[::-1]
    ranked = dict.fromkeys((chord.root + tone) % 12 for tone in (*third, *seventh, *colours, *rest))
    ranked |= dict.fromkeys((chord.root + tone) % 12 for tone in tones)
    return sorted(list(ranked)[:voices])


def _positions(classes: list[int], voicing: Voicing) -> Iterator[Hand]:
    """Give every close position in the register."""
    for lowest in range(voicing.low, voicing.high + 1):
        if lowest % 12 not in classes:
            continue
        turn = classes.index(lowest % 12)
        pitches = [lowest]
        for each in classes[turn + 1 :] + classes[:turn]:
            pitches.append(pitches[-1] + (each - pitches[-1]) % 12)
        if pitches[-1] <= voicing.high:
            yield tuple(pitches)


def _movement(before: Sequence[int], after: Sequence[int], centre: float) -> float:
    """Return how far the voices move, leaning a little to the middle of the register."""
    middle = abs(sum(after) / len(after) - centre)
    if not before:
        return middle
    there = sum(min(abs(one - other) for other in before) for one in after)
    back = sum(min(abs(one - other) for other in after) for one in before)
    return there + back + 0.2 * middle


def _struck(span: ChordSpan, hand: Hand, voicing: Voicing, meter: Meter) -> Iterator[Note]:
    if not hand:
        return
    match voicing.pattern:
        case "pad":
            yield from _together(hand, span.onset, span.end, voicing.velocity - 10)
        case "block":
            for start, end in _between(
                span, [at for at in _beats(span, meter) if at % meter.bar == 0]
            ):
                yield from _together(hand, start, end, voicing.velocity)
        case "comp":
            yield from _comped(span, hand, voicing, meter)
        case _:
            yield from _broken(span, hand, voicing)


def _together(pitches: Iterable[int], start: Ticks, end: Ticks, velocity: int) -> Iterator[Note]:
    for pitch in pitches:
        yield Note(start, pitch, Ticks(end - start), max(1, velocity))


def _comped(span: ChordSpan, hand: Hand, voicing: Voicing, meter: Meter) -> Iterator[Note]:
    """Give the bass on strong beats and the chord on the others: oom-pah, waltz, jig."""
    strong, weak = meter.strong, _weak(meter)
    for start, end in _between(span, _beats(span, meter)):
        beat = start % meter.bar // meter.beat
        if start == span.onset or beat in strong:
            yield from _together(hand[:1], start, end, voicing.velocity)
            if end - start >= 2 * QUARTER or span.length < 2 * meter.beat:
                yield from _together(hand[1:], start, end, voicing.velocity - 8)
        elif beat in weak:
            short = Ticks(start + max(1, (end - start) * 4 // 5))
            yield from _together(hand[1:], start, short, voicing.velocity - 8)


def _broken(span: ChordSpan, hand: Hand, voicing: Voicing) -> Iterator[Note]:
    step = QUARTER // 2
    upper = [*hand[1:], *hand[-2:1:-1]]
    order = cycle([hand[0], *(upper or hand)])
    for at in range(span.onset, span.end, step):
        end = Ticks(min(at + step, span.end))
        yield Note(Ticks(at), next(order), Ticks(end - at), max(1, voicing.velocity - 6))


def _beats(span: ChordSpan, meter: Meter) -> list[Ticks]:
    """Return the beats of the meter within a span."""
    first = -(-span.onset // meter.beat) * meter.beat
    return [Ticks(at) for at in range(first, span.end, meter.beat)]


def _between(span: ChordSpan, cuts: list[Ticks]) -> Iterator[tuple[Ticks, Ticks]]:
    """Cut a span at these ticks."""
    edges = sorted({span.onset, span.end, *cuts})
    yield from pairwise(edges)


def _weak(meter: Meter) -> frozenset[int]:
    """Return the beats on which the chord answers the bass."""
    if meter.pulse != meter.beat:
        return frozenset(range(2, meter.beats, 3))
    return frozenset(range(meter.beats)) - meter.strong
