"""Notes as notation writes them: values, dots, triplets, ties, voices and beams.

Beats of a quarter are divided by 2, 4 and 8, or by 3 and 6: each by what its notes are nearer
to. Compound meters (6/8, 12/8) are divided by 2 alone.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from generators.music.notes import Note
from generators.music.song import Measure
from generators.music.time import QUARTER, Meter

FINE, TRIPLET = 120, 160  # ticks: a thirty-second, and a sixteenth of a triplet
TYPES = {
    7680: "breve", 3840: "whole", 1920: "half", 960: "quarter", 480: "eighth", 240: "16th",
    120: "32nd",
}  # fmt: skip
BEAMS = {"eighth": 1, "16th": 2, "32nd": 3}
MOST_VOICES = 4  # on one staff: what notation programs can show


class Value(NamedTuple):
    """One written value: its type, its dots, and whether it is one of a triplet."""

    type: str
    dots: int = 0
    triplet: bool = False


STRAIGHT = {
    **{length: Value(name) for length, name in TYPES.items()},
    **{length * 3 // 2: Value(name, 1) for length, name in TYPES.items() if length > FINE},
}
TRIPLETS = {
    TRIPLET: Value("16th", 0, True),
    2 * TRIPLET: Value("eighth", 0, True),
    3 * TRIPLET: Value("eighth", 1, True),
    4 * TRIPLET: Value("quarter", 0, True),
}


class Pitch(NamedTuple):
    """A pitch that is written, and whether ties lead to it and from it."""

    number: int
    tied_from: bool = False
    tied_to: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A note, a chord or (without pitches) a rest; onsets count from the start of the measure.

    `tuplet` is start or stop, where a triplet begins or ends.
    """

    onset: int
    length: int
    pitches: tuple[Pitch, ...] = ()
    value: Value | None = None
    beams: tuple[str, ...] = ()
    tuplet: str = ""

    @property
    def end(self) -> int:
        """Where it is over."""
        return self.onset + self.length


Voice = list[Written]


def voices_of(
    notes: Sequence[Note], measures: Sequence[Measure], meters: Sequence[Meter]
) -> list[list[Voice]]:
    """Return the voices of every measure, rests filled in; a measure has one voice at least."""
    pieces = _pieces(notes, measures)
    return [
        [
            list(_beamed(_notated(voice, measure.length, rhythm), rhythm))
            for voice in _voices(rhythm, pieces[number])
        ]
        for number, (measure, rhythm) in enumerate(
            (m, Rhythm(m.length, meter, pieces[i]))
            for i, (m, meter) in enumerate(zip(measures, meters, strict=True))
        )
    ]


def written_rests(start: int, end: int, meter: Meter) -> list[Written]:
    """Return the rests from one place of a measure to another."""
    return list(_valued(Written(start, end - start), Rhythm(end, meter, ())))


class _Piece(NamedTuple):
    """What a note sounds in one measure."""

    onset: int
    end: int
    pitch: Pitch


def _pieces(notes: Sequence[Note], measures: Sequence[Measure]) -> list[list[_Piece]]:
    """Cut notes at the bar lines, tied over them."""
    found: list[list[_Piece]] = [[] for _ in measures]
    first = 0
    for note in sorted(notes):
        while first + 1 < len(measures) and note.onset > measures[first + 1].start - FINE // 2:
            first += 1
        for number in range(first, len(measures)):
            measure = measures[number]
            if measure.start >= note.end - FINE // 2 and number > first:
                break
            onset, end = note.onset - measure.start, note.end - measure.start
            over = end > measure.length + FINE // 2 and number + 1 < len(measures)
            pitch = Pitch(note.pitch, number > first, over)
            found[number].append(_Piece(max(0, onset), min(end, measure.length), pitch))
    return found


class Rhythm:
    """How a measure is divided: its beats, and which of them are triplets."""

    def __init__(self, length: int, meter: Meter, pieces: Sequence[_Piece]) -> None:
        """Listen to where the notes of a measure begin; how long they are held says little."""
        self.length = length
        self.beat = meter.pulse if meter.pulse > QUARTER else QUARTER
        self.middle = length // 2 if length == 4 * self.beat else 0
        self._triplets = set()
        onsets = defaultdict(list)
        for onset in {piece.onset for piece in pieces}:
            onsets[onset // QUARTER].append(onset % QUARTER)
        for beat, offsets in onsets.items():
            whole = (beat + 1) * QUARTER <= length and self.beat % QUARTER == 0
            if whole and _error(offsets, TRIPLET) < _error(offsets, FINE):
                self._triplets.add(beat)

    def sings(self, start: int, length: int) -> bool:
        """Return whether a note may be written as one value here, so that the beats can be seen.

        Off the beat it stays in its beat, or is a syncopated quarter, dotted at most; over the
        middle of the bar it goes in whole beats only.
        """
        end, next_beat = start + length, start - start % self.beat + self.beat
        over = start < self.middle < end
        if end <= next_beat:
            return True
        if start % self.beat:
            syncopated = self.beat == QUARTER and start % (QUARTER // 2) == 0 and not over
            return syncopated and length in (QUARTER, QUARTER * 3 // 2)
        return not over or length % self.beat == 0

    def rests(self, start: int, length: int) -> bool:
        """Return whether a rest may be written as one value here: it fills a part of the bar.

        Only a beat of three has a dotted rest, and a bar of three beats a rest for each.
        """
        within, beats = start % self.beat, self.length // self.beat
        if length == self.beat:
            return within == 0
        if length < self.beat:
            return length in TYPES and within % length == 0 and within + length <= self.beat
        return length in (2 * self.beat, 4 * self.beat) and beats != 3 and start % length == 0

    def in_triplet(self, at: int) -> bool:
        """Return whether the beat at this place is divided by 3."""
        return at // QUARTER in self._triplets

    def snapped(self, at: int) -> int:
        """Return the place nearest to this one where a note may be written."""
        step = TRIPLET if self.in_triplet(at) else FINE
        start = at - at % QUARTER
        return min(self.length, start + round((at - start) / step) * step)

    def released(self, end: int, onsets: Sequence[int]) -> int:
        """Return where a note that is let go here is written to end.

        A player lets go early; such a note is written as long as its half of a beat (or its
        third), if nothing else begins before. An end that can be written is not touched.
        """
        step = 2 * TRIPLET if self.in_triplet(max(0, end - 1)) else QUARTER // 2
        written, place = self.snapped(end), bisect_left(onsets, self.snapped(end))
        full = min(self.length, -(-written // step) * step)
        free = written != end and (place == len(onsets) or onsets[place] >= full)
        return full if free and full - written <= step // 2 else written


def _error(offsets: Sequence[int], step: int) -> int:
    return sum(abs(offset - round(offset / step) * step) for offset in offsets)


def _voices(rhythm: Rhythm, pieces: Sequence[_Piece]) -> list[Voice]:
    """Share what sounds among voices, so that in each of them one thing follows another."""
    together: dict[tuple[int, int], list[Pitch]] = defaultdict(list)
    onsets = sorted({rhythm.snapped(piece.onset) for piece in pieces})
    for piece in pieces:
        onset = max(0, min(rhythm.snapped(piece.onset), rhythm.length - FINE))
        end = max(rhythm.released(piece.end, onsets), onset + _least(rhythm, onset))
        together[onset, -min(end, rhythm.length)].append(piece.pitch)
    voices: list[Voice] = [[]]
    for (onset, minus_end), pitches in sorted(together.items()):
        chord = tuple(sorted({pitch.number: pitch for pitch in pitches}.values()))
        _place(Written(onset, -minus_end - onset, chord), voices)
    return voices


def _least(rhythm: Rhythm, onset: int) -> int:
    return TRIPLET if rhythm.in_triplet(onset) else FINE


def _place(written: Written, voices: list[Voice]) -> None:
    """Put a chord into the first voice that is free; without one, another is cut short."""
    for voice in voices:
        if not voice or voice[-1].end <= written.onset:
            voice.append(written)
            return
    if len(voices) < MOST_VOICES:
        voices.append([written])
        return
    voice = min(voices, key=lambda voice: voice[-1].onset)
    last = voice.pop()
    if last.onset < written.onset:
        untied = tuple(pitch._replace(tied_to=False) for pitch in last.pitches)
        voice.append(replace(last, length=written.onset - last.onset, pitches=untied))
    voice.append(written)


def _notated(voice: Voice, length: int, rhythm: Rhythm) -> Iterator[Written]:
    """Give a voice in values that can be written, with rests between."""
    now = 0
    for written in voice:
        if written.onset > now:
            yield from _valued(Written(now, written.onset - now), rhythm)
        yield from _valued(written, rhythm)
        now = written.end
    if now < length:
        yield from _valued(Written(now, length - now), rhythm)


def _valued(written: Written, rhythm: Rhythm) -> Iterator[Written]:
    """Give a chord or rest as one value, or as several that are tied."""
    cuts = [written.onset, *_cuts(written, rhythm)]
    for start, end in pairwise(cuts):
        first, last = start == written.onset, end == written.end
        pitches = tuple(
            Pitch(p.number, p.tied_from or not first, p.tied_to or not last)
            for p in written.pitches
        )
        table = TRIPLETS if _broken(start, end, rhythm) else STRAIGHT
        yield Written(start, end - start, pitches, table.get(end - start))


def _broken(start: int, end: int, rhythm: Rhythm) -> bool:
    """Return whether this is a part of a triplet."""
    return rhythm.in_triplet(start) and end - start < QUARTER


def _cuts(written: Written, rhythm: Rhythm) -> Iterator[int]:
    """Give the ends of the values that fill a stretch."""
    start, fits = written.onset, rhythm.sings if written.pitches else rhythm.rests
    while start < written.end:
        start = _next_cut(start, written.end, rhythm, fits)
        yield start


def _next_cut(start: int, end: int, rhythm: Rhythm, fits: Callable[[int, int], bool]) -> int:
    beat_end = start - start % QUARTER + QUARTER
    if rhythm.in_triplet(start) and (start % QUARTER or end < beat_end):
        limit = min(end, beat_end)
        lengths = list(TRIPLETS)
    else:
        limit = end - end % QUARTER if rhythm.in_triplet(end) and end % QUARTER else end
        lengths = [length for length in STRAIGHT if fits(start, length)]
    if limit - start in lengths:
        return limit
    pulse_end = start - start % rhythm.beat + rhythm.beat
    if start < pulse_end < limit and start % rhythm.beat:
        return _next_cut(start, pulse_end, rhythm, fits)
    fitting = [length for length in lengths if length <= limit - start]
    return start + max(fitting, default=limit - start)


def _beamed(voice: Iterator[Written], rhythm: Rhythm) -> Iterator[Written]:
    """Give a voice with beams inside its beats, and with triplets marked at their ends."""
    group: list[Written] = []
    for written in voice:
        if group and written.onset // rhythm.beat != group[0].onset // rhythm.beat:
            yield from _beat(group)
            group = []
        group.append(written)
    yield from _beat(group)


def _beat(group: list[Written]) -> Iterator[Written]:
    marks = _tuplets(group)
    levels = [_level(written) for written in group]
    for i, written in enumerate(group):
        beams = tuple(_beam(levels, i, level) for level in range(1, levels[i] + 1))
        lonely = levels[i] and not any(levels[max(0, i - 1) : i] + levels[i + 1 : i + 2])
        yield replace(written, beams=() if lonely else beams, tuplet=marks.get(i, ""))


def _tuplets(group: Sequence[Written]) -> dict[int, str]:
    """Return where in a beat triplets begin and end; each fills a quarter."""
    quarters: dict[int, list[int]] = defaultdict(list)
    for i, written in enumerate(group):
        if written.value is not None and written.value.triplet:
            quarters[written.onset // QUARTER].append(i)
    ends = [(each[0], each[-1]) for each in quarters.values() if len(each) > 1]
    return {i: mark for pair in ends for i, mark in zip(pair, ("start", "stop"), strict=True)}


def _level(written: Written) -> int:
    return BEAMS.get(written.value.type, 0) if written.value and written.pitches else 0


def _beam(levels: Sequence[int], i: int, level: int) -> str:
    before = i > 0 and levels[i - 1] >= level
    after = i + 1 < len(levels) and levels[i + 1] >= level
    if before:
        return "continue" if after else "end"
    return "begin" if after else "backward hook" if i > 0 and levels[i - 1] else "forward hook"
