"""Reads Bach's chorales: the soprano, and chords from analyses in Roman numerals.

The scores are those that music21 ships, the analyses those that M. Gotham's When in
Rome holds. A fermata ends a phrase. A chorale of the published split (Boulanger-Lewandowski et
al., ICML 2012) stays on its side of it.
"""

import csv
import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from generators.music.errors import BadSong
from generators.music.notes import Phrase
from onnx_models.workshop.job import Found, Job, need
from onnx_models.workshop.quality import chord_tone_share
from onnx_models.workshop.romantext import home_key, labels_of, spans_of
from onnx_models.workshop.scores import Line, line_of
from onnx_models.workshop.titles import split_of
from onnx_models.workshop.tune import Refused, Tune

ANALYSIS = "analysis.txt"
SPLIT_TABLE = ("jsb_chorales", "jsb_split_music21.csv")
ALIKE = 0.6
"""From which likeness on a chorale is the one of the published split."""
STRICTEST = ("test", "valid", "train")
FITS = 0.7
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
    if chord_tone_share(phrase) < FITS:
        raise Refused("an analysis that does not fit")
    bar = phrase.meter.bar
    closes = frozenset(at // bar for at in line.held) | {phrase.bars - 1}
    tune = Tune(_title(job), job.source, job.split, phrase, closes, style=job.style)
    return [tune], []


def _title(job: Job) -> str:
    about = json.loads(Path(job.second).with_name("remote.json").read_text(encoding="utf-8"))
    return str(about["tune"] or Path(job.first).stem)


def _phrase(line: Line, analysis: str) -> Phrase:
    labels = list(labels_of(analysis))
    spans = spans_of(labels, line.bars, line.meters, line.end)
    if not line.notes or not spans:
        raise Refused("no soprano or no chords")
    return Phrase.of(line.notes, spans, line.changes[0].meter, home_key(labels))
