"""Fits all that the ear goes by, on training pieces, and writes it where the ear finds it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import generators.hearing
from generators.voicing.voicing import PATTERNS
from onnx_models.workshop.hearing import (
    chorales,
    fit_chords,
    fit_key,
    fit_melody,
    fit_meter,
)
from onnx_models.workshop.hearing.pieces import BOOKS, Piece, songs, tunes, two_handed

FOLDER = Path(generators.hearing.__file__).parent
MOST = 400
"""Tunes of a book."""
MANY_FRAMES, MANY_METERS, MANY_SONGS = 24_000, 4_500, 110
"""Examples that are drawn: more did not hear better, and would not fit in memory."""
HANDS = 3
"""In how many patterns of the left hand a tune is played."""


def fit(corpora: Path, seed: int = 3) -> Iterator[Path]:
    """Fit the four tables of weights; yield the files that are written.

    Meter and melody are fitted on the chorales of the valid split only: with as many as the train
    split has, the melodies of songs were heard less well.
    """
    rng = Random(seed)
    books = {source: _drawn(list(tunes(corpora, source, ["train"])), rng) for source in BOOKS}
    sung = list(songs(corpora, ["train"]))
    played = [*sung, *chorales.chorales(corpora, ["valid"])]
    hymns = [*sung, *chorales.chorales(corpora, ["train"])]
    # The mode of an OpenEWLD tune was heard by us, not told.
    told = [piece for source in BOOKS if source != "openewld" for piece in books[source]]
    heard = list(fit_key.examples([*told, *hymns]))
    yield _write("key", fit_key.module(fit_key.fit(heard)))
    alone = list(fit_meter.examples([*(p for each in books.values() for p in each), *played]))
    rng.shuffle(alone)
    hands = list(fit_meter.examples([*_played_on(books, Random(seed)), *hymns]))
    Random(seed).shuffle(hands)
    tables = (fit_meter.fit(each[:MANY_METERS]) for each in (alone, hands))
    yield _write("meter", fit_meter.module(*tables))
    frames = list(fit_chords.cases(hymns))
    Random(seed).shuffle(frames)
    yield _write("chord", fit_chords.module(fit_chords.fit(frames[:MANY_FRAMES])))
    few = [p for p in played if p.source == "pop909"][:MANY_SONGS]
    few += [p for p in played if p.source != "pop909"]
    yield _write("melody", fit_melody.module(fit_melody.fit(few)))


def _played_on(books: Mapping[str, Sequence[Piece]], rng: Random) -> Iterator[Piece]:
    """Yield the tunes that have chords, with a left hand in some patterns each."""
    for piece in (each for book in books.values() for each in book if each.chords):
        yield from (two_handed(piece, pattern) for pattern in rng.sample(PATTERNS, HANDS))


def _drawn(pieces: list[Piece], rng: Random) -> list[Piece]:
    return rng.sample(pieces, min(MOST, len(pieces)))


def _write(what: str, text: str) -> Path:
    path = FOLDER / f"{what}_weights.py"
    path.write_text(text, encoding="utf-8")
    return path
