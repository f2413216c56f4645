"""Reads Bach's chorales: the soprano, and chords from analyses in Roman numerals.

The scores are those that music21 ships, the analyses those that M. Gotham's When in
Rome holds. A fermata ends a phrase. A chorale of the published split (Boulanger-Lewandowski et
al., ICML 2012) stays on its side of it.
"""

import json
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from itertools import groupby, pairwise
from pathlib import Path

from generators.music.errors import BadSong
from generators.music.harmony import Key
from generators.music.notes import Phrase
from onnx_models.workshop.doubles import Mark, alike
from onnx_models.workshop.job import FETCH, Found, Job, need
from onnx_models.workshop.quality import chord_tone_share
from onnx_models.workshop.romantext import Label, home_key, labels_of, spans_of, unrolled
from onnx_models.workshop.scores import Line, lines_of
from onnx_models.workshop.titles import split_of
from onnx_models.workshop.tune import Refused, Tune

ANALYSIS, ABOUT = "analysis.txt", "remote.json"
SPLIT = ("jsb_chorales", "Jsb16thSeparated.json")
"""The chorales of the published split: for each sixteenth the pitches of the four voices."""
VOICES = ("soprano", "alto", "tenor", "bass")
RUN = 5
NEAREST = (0, *(by for far in range(1, 7) for by in (-far, far)))
"""By how many semitones a score may be in another key, the nearest first."""
STRICTEST = ("test", "valid", "train")
FITS = 0.8
"""The least share of the soprano on chord tones; below it, the analysis is of other bars."""


def jobs(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the chorales, each score once; the published split is found when they are read."""
    folder = need(corpora / source / "Chorales", FETCH)
    need(corpora.joinpath(*SPLIT), FETCH)
    scores, met = shipped(), set()
    for about in sorted(folder.glob(f"*/{ABOUT}")):
        score = scores / json.loads(about.read_text(encoding="utf-8"))["remote_score_music21"]
        if score.stem not in met:
            met.add(score.stem)
            analysis = about.with_name(ANALYSIS)
            yield Job(source, split_of(_title(analysis)), str(score), str(analysis), "chorale")


def shipped() -> Path:
    """Return the folder of scores that music21 ships.

    Raises:
        BadSong: music21 is not there.

    """
    spec = find_spec("music21")
    if spec is None or spec.origin is None:
        raise BadSong("music21's scores are missing", "pip install music21")
    return Path(spec.origin).parent / "corpus"


@cache
def published(table: Path) -> tuple[tuple[str, Mark], ...]:
    """Return the chorales of the published split: on which side each is, and its voices' runs."""
    sides = json.loads(table.read_text(encoding="utf-8"))
    return tuple(
        (side, runs([step[voice] for step in chorale] for voice in range(len(VOICES))))
        for side in STRICTEST
        for chorale in sides[side]
    )


def runs(voices: Iterable[Iterable[float]]) -> Mark:
    """Return the sets of five successive intervals of each voice, repeated pitches as one."""
    found: set[Hashable] = set()
    for voice, pitches in enumerate(voices):
        line = [int(pitch) for pitch, _ in groupby(pitches) if pitch >= 0]
        steps = [after - before for before, after in pairwise(line)]
        found |= {(voice, *steps[at : at + RUN]) for at in range(len(steps) - RUN + 1)}
    return frozenset(found)


def side_of(lines: Sequence[Line], table: Path) -> str | None:
    """Return the side of the published split on which a chorale is, the strictest of several.

    It is the one that shares half of the runs of all four voices: sopranos alone are often alike,
    as Bach set a tune several times.
    """
    mark = runs([note.pitch for note in line.notes] for line in lines)
    return next((side for side, other in published(table) if alike(mark, other)), None)


def read(job: Job) -> Found:
    """Read one chorale."""
    lines = lines_of(Path(job.first), VOICES)
    soprano, analysis = lines[0], Path(job.second)
    if len({change.meter for change in soprano.changes}) > 1:
        raise Refused("a change of meter")
    phrase = _phrase(soprano, analysis.read_text(encoding="utf-8", errors="replace"))
    bar = phrase.meter.bar
    closes = frozenset(at // bar for at in soprano.held) | {phrase.bars - 1}
    side = side_of(lines, analysis.parents[3].joinpath(*SPLIT)) or job.split
    return [Tune(_title(analysis), job.source, side, phrase, closes, style=job.style)], []


def _title(analysis: Path) -> str:
    about = json.loads(analysis.with_name(ABOUT).read_text(encoding="utf-8"))
    return str(about["tune"] or about["remote_score_music21"])


def _phrase(line: Line, analysis: str) -> Phrase:
    """Return the soprano with its chords, laid upon it in the way that fits.

    Editions differ: the score may be in another key than the one that was analysed, count the
    halves of a bar as two, or have its repeats written out.
    """
    labels = labels_of(analysis)
    if not line.notes or not labels:
        raise Refused("no soprano or no chords")
    placed = [_placed(line, each, bars) for each, bars in _ways(line, labels)]
    key = home_key(labels)
    for by in NEAREST:
        best = max((_transposed(each, key, by) for each in placed), key=chord_tone_share)
        if chord_tone_share(best) >= FITS:
            return best
    raise Refused("an analysis that does not fit")


def _ways(line: Line, labels: list[Label]) -> Iterator[tuple[list[Label], dict[int, int]]]:
    """Yield the ways in which labels and bars may belong together, the plainest first."""
    bar = line.changes[0].meter.bar
    first = 0 if line.pick_up else 1
    counted = {first + place: place * bar for place in range(line.end // bar)}
    played = unrolled(labels, line.changes[0].meter)
    yield from ((each, bars) for each in (labels, played) for bars in (line.bars, counted))


def _placed(line: Line, labels: list[Label], bars: dict[int, int]) -> Phrase:
    meter = line.changes[0].meter
    spans = spans_of(labels, bars, dict.fromkeys(bars, meter), line.end)
    return Phrase.of(line.notes, spans, meter)


def _transposed(phrase: Phrase, key: Key | None, by: int) -> Phrase:
    """Return a phrase with its chords in another key."""
    spans = tuple(replace(span, chord=span.chord.transposed(by)) for span in phrase.chords)
    home = key and key.transposed(by)
    return replace(phrase, chords=spans, key=home)
