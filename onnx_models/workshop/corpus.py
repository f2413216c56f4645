"""From folders of songs to tunes that can be learnt: read, counted, doubles dropped, kept.

The corpora are the user's own copies. Every reader says what it gave and what it refused, and
why.
"""

import gzip
import json
import logging
import pickle
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import ParseError

from generators.music.errors import BadSong, BadValue, PlayerError
from onnx_models.workshop import (
    billboard,
    chorales,
    cre,
    hymns,
    lieder,
    mxl,
    pop909,
    rs200,
    tunebooks,
)
from onnx_models.workshop.doubles import without_doubles
from onnx_models.workshop.job import Found, Job
from onnx_models.workshop.quality import checked
from onnx_models.workshop.tune import Refused, Tune

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """How a source is read: what there is, and what one piece of it gives."""

    jobs: Callable[[Path, str], Iterator[Job]]
    read: Callable[[Job], Found]


SOURCES = {
    "nottingham": Reader(tunebooks.nottingham, tunebooks.read),
    "openewld": Reader(mxl.jobs, mxl.read),
    "oneills1850": Reader(tunebooks.shipped_books, tunebooks.read),
    "ryansMammoth": Reader(tunebooks.shipped_books, tunebooks.read),
    "airdsAirs": Reader(tunebooks.shipped_books, tunebooks.read),
    "pop909": Reader(pop909.jobs, pop909.read),
    "wir_bach_chorales": Reader(chorales.jobs, chorales.read),
    "open_hymnal": Reader(hymns.jobs, hymns.read),
    "openscore_lieder": Reader(lieder.jobs, lieder.read),
    "rs200": Reader(rs200.jobs, rs200.read),
    "mcgill_billboard": Reader(billboard.jobs, billboard.read),
    "cre_irish": Reader(cre.jobs, cre.read),
}
UNREADABLE = (
    PlayerError, ValueError, KeyError, IndexError, AttributeError, TypeError, ArithmeticError,
    OSError, EOFError, ParseError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What a broken file makes the libraries raise."""


@dataclass
class Count:
    """What one reader gave, and what was refused and why."""

    pieces: int = 0
    tunes: int = 0
    notes: int = 0
    chords: int = 0
    bars: int = 0
    played: int = 0
    """How many tunes have their repeats written out."""
    splits: Counter[str] = field(default_factory=Counter)
    styles: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def read_all(corpora: Path, sources: Iterable[str], workers: int = 2) -> list[Tune]:
    """Return the tunes of these sources.

    Raises:
        BadSong: a source is not in the folder.
        BadValue: nobody knows a source of that name.

    """
    jobs = [job for source in sources for job in _reader(source).jobs(corpora, source)]
    counts: dict[str, Count] = defaultdict(Count)
    tunes: list[Tune] = []
    with ProcessPoolExecutor(workers) as pool:
        for job, (found, refused) in zip(jobs, pool.map(read_job, jobs, chunksize=32), strict=True):
            tunes += found
            counts[job.source].pieces += 1
            counts[job.source].refused.update(refused)
    kept = distinct(tunes, counts)
    for source, count in counts.items():
        log.info("%s: %s", source, json.dumps(vars(count)))
    return kept


def _reader(source: str) -> Reader:
    if source not in SOURCES:
        raise BadValue(f"no source is called {source!r}", f"there are {', '.join(SOURCES)}")
    return SOURCES[source]


def read_job(job: Job) -> Found:
    """Read one file or text; return its tunes and the reasons of what was refused."""
    if job.split == "left out":
        return [], ["no sure place in the published split"]
    try:
        found, refused = SOURCES[job.source].read(job)
    except Refused as reason:
        return [], [str(reason)]
    except UNREADABLE as error:
        return [], [f"cannot be read ({type(error).__name__})"]
    tunes: list[Tune] = []
    for tune in found:
        try:
            tunes.append(checked(tune))
        except Refused as reason:
            refused.append(str(reason))
    return tunes, refused


def distinct(tunes: list[Tune], counts: dict[str, Count]) -> list[Tune]:
    """Return the tunes without doubles, and count both."""
    kept, refused = without_doubles(tunes)
    for tune, reason in refused:
        counts[tune.source].refused[reason] += 1
    for tune in kept:
        _add(counts[tune.source], tune)
    return kept


def _add(count: Count, tune: Tune) -> None:
    count.tunes += 1
    count.notes += len(tune.phrase.notes)
    count.chords += len(tune.phrase.chords)
    count.bars += tune.phrase.bars
    count.played += tune.played is not None
    count.splits[tune.split] += 1
    count.styles[tune.style] += 1


def save(tunes: list[Tune], path: Path) -> None:
    """Keep tunes in a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(gzip.compress(pickle.dumps(tunes), 3))
    part.replace(path)


def load(path: Path) -> list[Tune]:
    """Return the tunes that `save` kept.

    Raises:
        BadSong: the file is missing, cut off, or of an older Antiphon.

    """
    remedy = "make it with `antiphon-workshop corpus`"
    try:
        tunes: list[Tune] = pickle.loads(gzip.decompress(path.read_bytes()))  # noqa: S301  (our own)
    except (*UNREADABLE, pickle.UnpicklingError) as error:
        raise BadSong(f"{path} cannot be read ({type(error).__name__})", remedy) from error
    return tunes
