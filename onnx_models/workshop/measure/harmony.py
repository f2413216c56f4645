"""How a melody and its chords go together: the measures of melody harmonization.

CHE, CC, CTD, CTnCTR, PCS and MCTD are those of Y.-C. Yeh et al. (Automatic melody harmonization
with triad chords, arXiv 2001.02360, 2021). Where they count half bars, in which their chords are,
we count time, so that any meter can be measured. The melody is the top line of the notes.
`note_in_chord` is the harmony measure of ReaLchords (Y. Wu et al., 2024) and of its successor GAPT
(arXiv 2511.17879).
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import cos, dist, log, pi, sin
from statistics import fmean

from generators.music.harmony import NO_CHORD, Chord
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import Ticks
from generators.tokens.grid import top_line

CIRCLES = ((1.0, 7 * pi / 6), (1.0, 3 * pi / 2), (0.5, 2 * pi / 3))
"""Radius and angle of a semitone on the circles of fifths, of minor and of major thirds."""
CONSONANT = frozenset({0, 3, 4, 7, 8, 9})
"""Unison, thirds, fifth and sixths; a fourth counts nothing, every other interval against."""
FOURTH = 5
STEP = 2
"""A proper non-chord tone goes on by no more than this many semitones."""
Point = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """A note of the melody and a chord that sounds with it, and for how long."""

    note: Note
    chord: Chord
    ticks: int


@dataclass(frozen=True, slots=True)
class InChord:
    """Ticks of melody: on a tone of its chord, off it, and where no chord sounds."""

    inside: int
    outside: int
    bare: int

    @property
    def share(self) -> float:
        """The share on chord tones of the time in which both sound; 0 where they never do."""
        return self.inside / max(1, self.inside + self.outside)

    @property
    def covered(self) -> float:
        """The share of the melody's time that has a chord: silence must not help."""
        return (self.inside + self.outside) / max(1, self.inside + self.outside + self.bare)

    def __add__(self, other: "InChord") -> "InChord":
        """Add up two phrases: a share over many pieces is that of their time together."""
        return InChord(
            self.inside + other.inside, self.outside + other.outside, self.bare + other.bare
        )


def note_in_chord(phrase: Phrase) -> InChord:
    """Return how much of the melody's time is on a tone of the chord that sounds with it.

    The bass counts as a tone. Published shares leave out, as this one does, the time in which
    either is silent, and add up the time of all pieces.
    """
    inside, both = 0, 0
    for each in overlaps(phrase):
        both += each.ticks
        inside += each.ticks * (each.note.pitch % 12 in each.chord.pitch_classes)
    sung = sum(note.length for note in melody(phrase))
    return InChord(inside, both - inside, sung - both)


def melody(phrase: Phrase) -> list[Note]:
    """Return the top line, each note ending where the next one begins at the latest."""
    line = top_line(phrase.notes)
    ends = [*(note.onset for note in line[1:]), phrase.end]
    return [
        replace(note, length=Ticks(min(note.length, end - note.onset)))
        for note, end in zip(line, ends, strict=False)
        if end > note.onset
    ]


def progression(phrase: Phrase) -> list[ChordSpan]:
    """Return the chords that sound, without their basses, one for each change."""
    found: list[ChordSpan] = []
    for span in phrase.chords:
        chord = replace(span.chord, bass=None)
        if found and found[-1].chord == chord and found[-1].end >= span.onset:
            found[-1] = replace(found[-1], length=Ticks(span.end - found[-1].onset))
        elif chord != NO_CHORD:
            found.append(replace(span, chord=chord))
    return found


def overlaps(phrase: Phrase) -> Iterator[Overlap]:
    """Yield every note of the melody with each chord that it sounds with."""
    spans = [span for span in phrase.chords if span.chord != NO_CHORD]
    starts = [span.onset for span in spans]
    for note in melody(phrase):
        at = max(0, bisect_right(starts, note.onset) - 1)
        for span in spans[at:]:
            if span.onset >= note.end:
                break
            ticks = min(note.end, span.end) - max(note.onset, span.onset)
            if ticks > 0:
                yield Overlap(note, span.chord, ticks)


def chord_histogram_entropy(phrase: Phrase) -> float:
    """Return CHE: the entropy, in nats, of the chords, each weighing as long as it lasts."""
    held: Counter[Chord] = Counter()
    for span in progression(phrase):
        held[span.chord] += span.length
    every = held.total()
    return -sum(ticks / every * log(ticks / every) for ticks in held.values())


def chord_coverage(phrase: Phrase) -> float:
    """Return CC: how many different chords there are."""
    return float(len({span.chord for span in progression(phrase)}))


def chord_tonal_distance(phrase: Phrase) -> float:
    """Return CTD: how far apart, in tonal space, each chord is from the next; the mean.

    A chord that goes on is one chord here; where half bars are counted it is many, at no distance.
    """
    points = [centroid(span.chord.pitch_classes) for span in progression(phrase)]
    return _mean(dist(one, other) for one, other in pairwise(points))


def chord_tone_ratio(phrase: Phrase) -> float:
    """Return CTnCTR: the share of notes that are chord tones, or lead on by step.

    A note is held against the first chord that sounds with it; notes without a chord are left out. Leading on
    by step is to go on, from a tone outside the chord, by two semitones or less.
    """
    line = melody(phrase)
    under = {each.note: each.chord for each in reversed([*overlaps(phrase)])}
    good = [
        note.pitch % 12 in under[note].pitch_classes
        or (after is not None and abs(after.pitch - note.pitch) <= STEP)
        for note, after in zip(line, [*line[1:], None], strict=False)
        if note in under
    ]
    return _mean(map(float, good))


def pitch_consonance(phrase: Phrase) -> float:
    """Return PCS: how consonant the melody is with the tones of its chords, -1 to 1.

    At every moment each tone of the chord counts 1 below a note a unison, third, fifth or
    sixth above it, 0 below a fourth, and -1 below anything else.
    """
    return _weighted(
        (_consonance_with(each.note, each.chord), each.ticks) for each in overlaps(phrase)
    )


def _consonance_with(note: Note, chord: Chord) -> float:
    return fmean(_consonance((note.pitch - chord.root - tone) % 12) for tone in chord.tones)


def _consonance(interval: int) -> int:
    return 1 if interval in CONSONANT else 0 if interval == FOURTH else -1


def melody_chord_distance(phrase: Phrase) -> float:
    """Return MCTD: how far notes are from their chords in tonal space, long ones weighing more."""
    return _weighted(
        (dist(centroid({each.note.pitch % 12}), centroid(each.chord.pitch_classes)), each.ticks)
        for each in overlaps(phrase)
    )


def centroid(pitch_classes: Iterable[int]) -> Point:
    """Return the place of pitch classes in tonal space: circles of fifths and of both thirds.

    (C. Harte, M. Sandler, M. Gasser, Detecting harmonic change in musical audio, 2006.)
    """
    found = sorted(pitch_classes)
    return tuple(
        radius * fmean(turn(pitch * angle) for pitch in found)
        for radius, angle in CIRCLES
        for turn in (sin, cos)
    )


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return fmean(found) if found else 0.0


def _weighted(values: Iterable[tuple[float, int]]) -> float:
    found = list(values)
    return sum(value * ticks for value, ticks in found) / max(1, sum(ticks for _, ticks in found))


MEASURES: dict[str, Callable[[Phrase], float]] = {
    "CHE": chord_histogram_entropy,
    "CC": chord_coverage,
    "CTD": chord_tonal_distance,
    "CTnCTR": chord_tone_ratio,
    "PCS": pitch_consonance,
    "MCTD": melody_chord_distance,
}


def measured(phrase: Phrase) -> dict[str, float]:
    """Return all six measures of a melody with chords; 0 where there is nothing to measure."""
    return {name: measure(phrase) for name, measure in MEASURES.items()}


@dataclass(frozen=True, slots=True)
class Gap:
    """How far made harmonies are from human ones in one measure."""

    made: float
    human: float
    """The means over all pieces."""
    apart: float
    """The mean, over the pieces, of the absolute difference."""


def gaps(made: Sequence[Phrase], human: Sequence[Phrase]) -> dict[str, Gap]:
    """Return, measure by measure, how far made harmonies are from the human ones of the pieces.

    `apart` says how near each piece is to its own; the difference of the means says only whether
    all pieces together are of the kind, as Yeh et al. compare.
    """
    ours, theirs = [measured(each) for each in made], [measured(each) for each in human]
    pairs = list(zip(ours, theirs, strict=True))
    return {
        name: Gap(
            _mean(one[name] for one in ours),
            _mean(one[name] for one in theirs),
            _mean(abs(one[name] - other[name]) for one, other in pairs),
        )
        for name in MEASURES
    }
