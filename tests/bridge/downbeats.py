"""How often a bar line that is sure is right: kept tunes, played as people play.

`python -m tests.bridge.downbeats workshop/tunes.gz` plays the test tunes of the corpora that
`antiphon-workshop corpus` has kept, each at a tempo of its own, with uneven hands, with and
without the left hand's chords, and compares what is heard with the bars that are written.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from time import process_time

from bridge.bar_ear import SURE, BarEar, HeardBar
from bridge.tempo_ear import TempoEar
from generators.music.harmony import NO_CHORD
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import QUARTER, Meter, Seconds, Ticks
from onnx_models.workshop.corpus import load
from onnx_models.workshop.hearing.fit_meter import heard_as

HUMAN, APART, TOUCH = 0.015, 0.004, 8
"""Standard deviations: of an onset and of the keys of a chord in seconds, of a velocity."""
SLOWEST, FASTEST = 70.0, 130.0
LONGEST = 60.0  # seconds that are played of a tune
NEAR = 0.3  # beats
SOURCES = ("nottingham", "openewld", "pop909", "oneills1850", "open_hymnal", "rs200")
GROUPS = (0.0, 0.5, 0.7, 0.8, 0.9, SURE, 1.01)

Press = tuple[float, int, int]
"""A key: when, its pitch, and its velocity, 0 where it comes up."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was heard once, and whether it is true."""

    bar: HeardBar
    line_right: bool
    meter_right: bool


def alone(phrase: Phrase) -> list[Note]:
    """Return a melody without its chords."""
    return list(phrase.notes)


def held(phrase: Phrase) -> list[Note]:
    """Return a melody with its chords below it, struck where they change and then held."""
    notes = list(phrase.notes)
    for span, low, tones in _chords(phrase):
        notes += [Note(span.onset, pitch, span.length) for pitch in {low, *tones}]
    return sorted(notes)


def swung(phrase: Phrase) -> list[Note]:
    """Return a melody with a bass under the strong beats, and the chord on the beats after."""
    notes, meter = list(phrase.notes), phrase.meter
    for span, low, tones in _chords(phrase):
        first = -(-span.onset // meter.pulse) * meter.pulse
        for at in range(first, span.end, meter.pulse):
            nth = at % meter.bar // meter.pulse
            strong = nth == 0 or (nth == 2 and meter.bar // meter.pulse == 4)
            notes += [Note(Ticks(at), each, meter.pulse) for each in ({low} if strong else tones)]
    return sorted(notes)


def _chords(phrase: Phrase) -> Iterator[tuple[ChordSpan, int, set[int]]]:
    for span in phrase.chords:
        if span.chord != NO_CHORD:
            low = span.chord.root if span.chord.bass is None else span.chord.bass
            yield span, 36 + low, {48 + (span.chord.root + tone) % 12 for tone in span.chord.tones}


HANDS = {"alone": alone, "chords": held, "bass": swung}
"""The ways to play a tune: the others need chords."""


def played(notes: Iterable[Note], bpm: float, random: Random) -> list[Press]:
    """Return the keys of notes from the first on, as uneven as hands are."""
    second, late = 60 / bpm / QUARTER, dict[int, float]()
    keys: list[Press] = []
    for note in notes:
        off = late.setdefault(note.onset, random.gauss(0, HUMAN)) + abs(random.gauss(0, APART))
        at = 1.0 + note.onset * second + off
        if at < LONGEST:
            touch = min(127, max(1, round(random.gauss(note.velocity, TOUCH))))
            keys += [(at, note.pitch, touch), (at + note.length * second * 0.9, note.pitch, 0)]
    return sorted(keys)


def heard(keys: Iterable[Press]) -> Iterator[HeardBar]:
    """Yield what is heard of the bars while this is played."""
    tempo_ear, bar_ear = TempoEar(), BarEar()
    for at, pitch, velocity in keys:
        if bar_ear.due is not None and bar_ear.due <= at:
            found = bar_ear.passed(bar_ear.due)
            if found is not None:
                yield found
        if not velocity:
            bar_ear.released(pitch, Seconds(at))
            continue
        tempo = tempo_ear.pressed(Seconds(at))
        bar_ear.pressed(pitch, velocity, Seconds(at))
        if tempo is not None:
            bar_ear.beat(tempo, Seconds(at))


def judged(bars: Iterable[HeardBar], bpm: float, bar: Ticks) -> Iterator[Said]:
    """Compare what is heard with the true bars, the first of which begins at one second."""
    for each in bars:
        beats, size = (each.line - 1.0) * bpm / 60, bar / QUARTER
        on_line = abs((beats + size / 2) % size - size / 2) < NEAR
        as_long = abs(each.meter.bar / each.bpm * bpm / bar - 1) < NEAR / size
        yield Said(each, on_line, on_line and as_long)


def table(work: Path, split: str, count: int, seed: int) -> Iterator[str]:
    """Yield the lines: each source without and with the left hand, then how sure it was."""
    tunes = [tune for tune in load(work) if tune.split == split and _told(tune.phrase.meter)]
    yield f"{'source':14}{'hands':8}{'tunes':>6}{'sure':>6}{'said':>6}{'line':>7}{'meter':>7}"
    every: list[list[Said]] = []
    random, spent = Random(seed), process_time()
    for source in SOURCES:
        of_it = [tune.phrase for tune in tunes if tune.source == source]
        drawn = random.sample(of_it, min(count, len(of_it)))
        plays = defaultdict[str, list[list[Said]]](list)
        for phrase in drawn:
            for hands, by in HANDS.items() if phrase.chords else [("alone", alone)]:
                bpm = random.uniform(SLOWEST, FASTEST)
                bars = heard(played(by(phrase), bpm, random))
                plays[hands].append(list(judged(bars, bpm, phrase.meter.bar)))
        for hands, of_them in plays.items():
            yield f"{source:14}{hands:8}{_line(of_them)}"
            every += of_them
    yield f"{'all':22}{_line(every)}"
    said = [each for play in every for each in play]
    yield f"an estimate takes {(process_time() - spent) / len(said) * 1000:.0f} ms, with all else"
    yield from _calibration(said)


def _told(meter: Meter) -> bool:
    meant = heard_as(meter)
    return meant is not None and str(meant) in ("2/4", "3/4", "4/4", "6/8")


def _line(plays: list[list[Said]]) -> str:
    """Return how many plays were sure once, how often it was said, and how often rightly."""
    lines = [each.line_right for play in plays for each in play if each.bar.sure >= SURE]
    meters = [each.meter_right for play in plays for each in play if each.bar.sure_of_meter >= SURE]
    sure = sum(any(each.bar.sure >= SURE for each in play) for play in plays)
    return f"{len(plays):6}{sure:6}{len(lines):6}{_share(lines):>7}{_share(meters):>7}"


def _share(right: list[bool]) -> str:
    return f"{sum(right) / len(right):.3f}" if right else "-"


def _calibration(said: list[Said]) -> Iterator[str]:
    for low, high in pairwise(GROUPS):
        inside = [each for each in said if low <= each.bar.sure < high]
        if inside:
            promised = sum(each.bar.sure for each in inside) / len(inside)
            right = _share([each.line_right for each in inside])
            yield f"sure from {low:.2f}: {len(inside):5} times, {promised:.3f} sure, {right} right"


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("tunes", type=Path)
    words.add_argument("--split", default="test")
    words.add_argument("--count", type=int, default=60, help="tunes of each source")
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    for line in table(given.tunes, given.split, given.count, given.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
