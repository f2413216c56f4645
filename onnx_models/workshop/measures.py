"""Songs as bars that each have their own meter and tonic, and how they become tunes.

Analyses of songs are written bar by bar. A tune is in one meter and in one key, so that a song is
cut where either changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

from generators.music.harmony import Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import QUARTER, Meter, Ticks
from onnx_models.workshop.job import Job
from onnx_models.workshop.quality import without_silence
from onnx_models.workshop.tune import Refused, Tune, resting_bars

SHORTEST = 4
"""A stretch between two changes of key or meter is learnt from when it has so many bars."""
LONGEST_NOTE = Fraction(1, 2)
"""The share of a bar that a note may last where only onsets are written."""

LONGEST_HEARD = 4 * QUARTER
"""A held note says no more of the mode than a whole note does."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One bar of a song: onsets are shares of the bar."""

    meter: Meter
    tonic: int
    chords: tuple[tuple[Fraction, Chord], ...] = ()
    """Chords that begin in the bar; the one before holds until the first."""
    melody: tuple[tuple[Fraction, int], ...] = ()
    section: str = ""
    """The section that begins with the bar."""
    closes: bool = False
    """Whether the bar is the last one of its section."""
    part: int = 0
    """How many pauses that nobody counts there were before it."""


def tunes_of(
    measures: Sequence[Measure], title: str, job: Job, tempo: float | None = None
) -> tuple[list[Tune], list[str]]:
    """Return the stretches of a song in one meter and one key, and what was refused."""
    tunes: list[Tune] = []
    refused: list[str] = []
    for stretch in stretches(carried(measures)):
        if len(stretch) < SHORTEST:
            refused.append("a stretch of few bars between changes")
            continue
        tune = replace(_tune(stretch, title, job), tempo=tempo)
        tunes += without_silence(tune) if tune.phrase.notes else [tune]
    return tunes, refused


def carried(measures: Sequence[Measure]) -> list[Measure]:
    """Return bars that each say which chord holds at their beginning, and if a section ends."""
    found: list[Measure] = []
    chord: Chord | None = None
    for measure, after in zip(measures, [*measures[1:], None], strict=True):
        chords = measure.chords
        if chord is not None and (not chords or chords[0][0] > 0):
            chords = ((Fraction(0), chord), *chords)
        chord = chords[-1][1] if chords else None
        ends = after is None or bool(after.section)
        found.append(replace(measure, chords=chords, closes=ends))
    return found


def stretches(measures: Sequence[Measure]) -> Iterator[list[Measure]]:
    """Yield the bars between changes of meter or tonic, and between pauses."""
    section = ""
    for _, group in groupby(measures, key=lambda bar: (bar.part, bar.meter, bar.tonic)):
        bars = list(group)
        yield [replace(bars[0], section=bars[0].section or section), *bars[1:]]
        section = next((bar.section for bar in reversed(bars) if bar.section), section)


def _tune(bars: list[Measure], title: str, job: Job) -> Tune:
    meter = bars[0].meter
    phrase = Phrase.of(_notes(bars), _spans(bars), meter)
    phrase = replace(phrase, key=key_on(bars[0].tonic, phrase))
    sections = tuple((at, bar.section) for at, bar in enumerate(bars) if bar.section)
    closes = frozenset(at for at, bar in enumerate(bars) if bar.closes)
    if phrase.notes:
        closes |= resting_bars(phrase)
    return Tune(title, job.source, job.split, phrase, closes, job.style, sections=sections)


def _notes(bars: list[Measure]) -> list[Note]:
    size = bars[0].meter.bar
    onsets = [
        (round((number + share) * size), pitch)
        for number, bar in enumerate(bars)
        for share, pitch in bar.melody
    ]
    ends = [*(onset for onset, _ in onsets[1:]), len(bars) * size]
    longest = round(size * LONGEST_NOTE)
    return [
        Note(Ticks(onset), pitch, Ticks(min(end - onset, longest)))
        for (onset, pitch), end in zip(onsets, ends, strict=False)
        if end > onset
    ]


def _spans(bars: list[Measure]) -> list[ChordSpan]:
    size = bars[0].meter.bar
    changes: list[tuple[int, Chord]] = []
    for number, bar in enumerate(bars):
        for share, chord in bar.chords:
            if not changes or changes[-1][1] != chord:
                changes.append((round((number + share) * size), chord))
    ends = [*(onset for onset, _ in changes[1:]), len(bars) * size]
    return [
        ChordSpan(Ticks(onset), Ticks(end - onset), chord)
        for (onset, chord), end in zip(changes, ends, strict=False)
    ]


def key_on(tonic: int, phrase: Phrase, minor: bool | None = None) -> Key:
    """Return the key on a tonic that is told, in the mode that is heard.

    Where `minor` is not told, the third tells minor from major: that of the chords on the tonic,
    as singers bend theirs.
    After it the sixth tells dorian, and the seventh mixolydian where it is mostly minor: a
    borrowed chord on the flat seventh makes none.
    """
    heard = _weights(phrase)

    def lower(step: int, times: int = 1) -> bool:
        return heard[(tonic + step) % 12] > times * heard[(tonic + step + 1) % 12]

    third = _third_of_chords(tonic, phrase) if minor is None else 1 if minor else -1
    if third > 0 or (third == 0 and lower(3)):
        return Key(tonic, "minor" if lower(8) or not heard[(tonic + 9) % 12] else "dorian")
    return Key(tonic, "mixolydian" if lower(10, 2) else "major")


def _third_of_chords(tonic: int, phrase: Phrase) -> int:
    """Return for how long chords on the tonic are minor rather than major."""
    home = [span for span in phrase.chords if span.chord.root == tonic]
    return sum(span.length * ((3 in span.chord.tones) - (4 in span.chord.tones)) for span in home)


def meter_named(text: str) -> Meter:
    """Read a meter, such as 12/8.

    Raises:
        Refused: it is none.

    """
    beats, _, unit = text.partition("/")
    if not (beats.isdigit() and unit.isdigit()):
        raise Refused("no meter")
    return Meter(int(beats), int(unit))


def _weights(phrase: Phrase) -> list[float]:
    """Return how long each pitch class sounds, in quarters, from C to B; chords count half."""
    total = [0.0] * 12
    for note in phrase.notes:
        total[note.pitch % 12] += min(note.length, LONGEST_HEARD) / QUARTER
    for span in phrase.chords:
        for tone in span.chord.pitch_classes:
            total[tone] += min(span.length, LONGEST_HEARD) / QUARTER / 2
    return total
