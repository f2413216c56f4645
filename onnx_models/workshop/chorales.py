"""Reads Bach's chorales: the soprano, and chords from analyses in Roman numerals.

The scores are those that music21 ships, the analyses those that M. Gotham's When in
Rome holds. A fermata ends a phrase. A chorale of the published split (Boulanger-Lewandowski et
al., ICML 2012) stays on its side of it.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from generators.music.errors import BadSong
from generators.music.harmony import Key
from generators.music.notes import Phrase
from onnx_models.workshop.job import Found, Job, need
from onnx_models.workshop.quality import chord_tone_share
from onnx_models.workshop.romantext import Label, home_key, labels_of, spans_of, unrolled
from onnx_models.workshop.scores import Line, line_of
from onnx_models.workshop.titles import split_of
from onnx_models.workshop.tune import Refused, Tune

ANALYSIS = "analysis.txt"
SPLIT_TABLE = ("jsb_chorales", "jsb_split_music21.csv")
ALIKE = 0.6
"""From which likeness on a chorale is the one of the published split."""
NEAREST = (0, *(by for far in range(1, 7) for by in (-far, far)))
"""By how many semitones a score may be in another key, the nearest first."""
STRICTEST = ("test", "valid", "train")
FITS = 0.8
"""The least share of the soprano on chord tones; below it, the analysis is of other bars."""


def jobs(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the chorales, each score once, with their published split."""
    folder = need(corpora / source / "Chorales", "fetch it with `antiphon-workshop fetch`")
    table = corpora.joinpath(*SPLIT_TABLE)
    splits = published(need(table, "it tells the published split of the chorales"))
    scores, met = shipped(), set()
    for about in sorted(folder.glob("*/remote.json")):
        told = json.loads(about.read_text(encoding="utf-8"))
        score = scores / told["remote_score_music21"]
        if score.stem in met:
            continue
        met.add(score.stem)
        split = splits.get(score.stem) or split_of(told["tune"] or score.stem)
        yield Job(source, split, str(score), str(about.with_name(ANALYSIS)), "chorale")


def shipped() -> Path:
    """Return the folder of scores that music21 ships.

    Raises:
        BadSong: music21 is not there.

    """
    spec = find_spec("music21")
    if spec is None or spec.origin is None:
        raise BadSong("music21's scores are missing", "pip install music21")
    return Path(spec.origin).parent / "corpus"


def published(table: Path) -> dict[str, str]:
    """Return the published split of chorales by their names; in two of them, the strictest."""
    found: dict[str, set[str]] = {}
    with table.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["music21_bach"] and float(row["similarity"] or 0) >= ALIKE:
                found.setdefault(row["music21_bach"], set()).add(row["split"])
    return {name: next(s for s in STRICTEST if s in sides) for name, sides in found.items()}


def read(job: Job) -> Found:
    """Read one chorale."""
    line = line_of(Path(job.first), "soprano")
    if len({change.meter for change in line.changes}) > 1:
        raise Refused("a change of meter")
    phrase = _phrase(line, Path(job.second).read_text(encoding="utf-8", errors="replace"))
    bar = phrase.meter.bar
    closes = frozenset(at // bar for at in line.held) | {phrase.bars - 1}
    tune = Tune(_title(job), job.source, job.split, phrase, closes, style=job.style)
    return [tune], []


def _title(job: Job) -> str:
    about = json.loads(Path(job.second).with_name("remote.json").read_text(encoding="utf-8"))
    return str(about["tune"] or Path(job.first).stem)


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
    home = key and replace(key, tonic=(key.tonic + by) % 12)
    return replace(phrase, chords=spans, key=home)
