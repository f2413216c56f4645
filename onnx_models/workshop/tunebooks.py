"""Reads books of fiddle tunes in ABC: the Nottingham collection, and those that music21 ships."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from generators.music.errors import BadSong
from generators.music.notes import Phrase
from onnx_models.workshop import abc
from onnx_models.workshop.job import BY_HAND, FETCH, Found, Job, need
from onnx_models.workshop.repeats import repeated, unrolled
from onnx_models.workshop.styles import book_style, dance_named, fitting, o_neill_style
from onnx_models.workshop.titles import split_of
from onnx_models.workshop.tune import Refused, Tune

ALIKE = 0.5
"""From which likeness on a tune is the one of the published split."""


@dataclass(frozen=True, slots=True)
class Played:
    """A part with its repeats written out."""

    phrase: Phrase
    closes: frozenset[int]


def nottingham(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the tunes of the Nottingham books with their published split."""
    folder = need(corpora / source, FETCH)
    table = need(folder / "nottingham_split_boulanger.csv", BY_HAND)
    with table.open(encoding="utf-8") as lines:
        rows = {row["jukedeck_id"]: row for row in csv.DictReader(lines)}
    for book in sorted((folder / "ABC_cleaned").glob("*.abc")):
        for text in abc.books(book.read_text(encoding="utf-8", errors="replace")):
            row = rows.get(f"{book.stem}{_number(text)}")
            sure = row is not None and float(row["jaccard"] or 0) >= ALIKE
            split = row["split"] if row and sure else "left out"
            yield Job(source, split, text, style=book_style(book.stem))


def shipped_books(_: Path, source: str) -> Iterator[Job]:
    """Yield the tunes of a book that music21 ships."""
    spec = find_spec("music21")
    if spec is None or spec.origin is None:
        raise BadSong("music21's tune books are missing", "pip install music21")
    for book in sorted((Path(spec.origin).parent / "corpus" / source).glob("*.abc")):
        for text in abc.books(book.read_text(encoding="utf-8", errors="replace")):
            title = next((li[2:] for li in text.splitlines() if li.startswith("T:")), text)
            yield Job(source, split_of(title), text, style=_place(source, book))


def _number(text: str) -> str:
    return text[2:].split("\n", 1)[0].strip()


def _place(source: str, book: Path) -> str:
    first = book.stem[:4]
    known = source == "oneills1850" and first.isdigit()
    return o_neill_style(int(first)) if known else ""


def read(job: Job) -> Found:
    """Read one tune: its parts, each with its repeats written out where they add up."""
    items = list(abc.items_of(job.first))
    reading = abc.Reading(items)
    played = _played(items, reading.parts)
    tunes = [
        _tune(job, reading, part, again) for part, again in zip(reading.parts, played, strict=True)
    ]
    return tunes, []


def _tune(job: Job, reading: abc.Reading, part: abc.Part, played: Played | None) -> Tune:
    phrase, closes = _phrase(part, job), frozenset(part.closes)
    style = dance_named(reading.rhythm) or job.style or dance_named(reading.title)
    begins = sorted({0, *(bar + 1 for bar in closes if bar + 1 < phrase.bars)})
    return Tune(
        part.title,
        job.source,
        job.split,
        phrase,
        closes,
        style=fitting(style, part.meter),
        tempo=reading.tempo,
        sections=tuple((bar, "part") for bar in begins),
        played=None if played is None else _phrase_of(played.phrase, job),
        played_closes=frozenset() if played is None else played.closes,
    )


def _phrase(part: abc.Part, job: Job) -> Phrase:
    return _phrase_of(part.phrase(), job)


def _phrase_of(phrase: Phrase, job: Job) -> Phrase:
    """Leave out what is no harmony: in the other books, quoted letters are ornaments."""
    if job.source == "nottingham":
        return phrase
    return Phrase(phrase.notes, (), phrase.meter, phrase.key)


def _played(items: list[abc.Item], parts: list[abc.Part]) -> list[Played | None]:
    """Return each part as it is played, or nothing where that is once through or not clear."""
    nothing: list[Played | None] = [None] * len(parts)
    if not repeated(items):
        return nothing
    try:
        again = abc.Reading(unrolled(items)).parts
    except Refused:
        return nothing
    if [(p.meter, p.key) for p in again] != [(p.meter, p.key) for p in parts]:
        return nothing
    return [
        Played(new.phrase(), frozenset(new.closes)) if new.at > old.at and not new.filled else None
        for old, new in zip(parts, again, strict=True)
    ]
