"""From folders of songs to tunes that can be learnt: read, counted, doubles dropped, kept.

The corpora are the user's own copies; nothing is downloaded. Every reader says what it gave and
what it refused, and why.
"""

import csv
import gzip
import json
import logging
import pickle
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha1
from importlib.util import find_spec
from pathlib import Path
from unicodedata import normalize

from generators.music.errors import BadSong, PlayerError
from onnx_models.workshop import abc, pop909
from onnx_models.workshop.mxl import Sheet
from onnx_models.workshop.tune import Refused, Tune, fingerprint, resting_bars

log = logging.getLogger(__name__)

FEWEST_NOTES = 16
ALIKE = 0.5
"""Two melodies that share half of their five-interval runs are the same tune."""
LICENCES = {
    "nottingham": "GPL-3.0 (traditional tunes)",
    "openewld": "public domain (MIT collection)",
    "oneills1850": "public domain tunes (shipped with music21)",
    "ryansMammoth": "public domain tunes (shipped with music21)",
    "airdsAirs": "public domain tunes (shipped with music21)",
    "pop909": "MIT (collection); weights only, the songs are not passed on",
}


@dataclass
class Count:
    """What one reader gave, and what it refused and why."""

    tunes: int = 0
    notes: int = 0
    chords: int = 0
    refused: Counter[str] = field(default_factory=Counter)


Job = tuple[str, str, str, str, int]
"""Source, split, a file, a second file or a text, a number."""


def read_all(corpora: Path, sources: Iterable[str], workers: int = 2) -> list[Tune]:
    """Return the tunes of these sources.

    Raises:
        BadSong: a source is not in the folder.

    """
    jobs = [job for source in sources for job in SOURCES[source](corpora, source)]
    counts: dict[str, Count] = defaultdict(Count)
    tunes: list[Tune] = []
    with ProcessPoolExecutor(workers) as pool:
        for job, (found, refused) in zip(jobs, pool.map(read_job, jobs, chunksize=32), strict=True):
            tunes += found
            counts[job[0]].refused.update(refused)
    kept = without_doubles(tunes, counts)
    for source, count in counts.items():
        log.info("%s: %s", source, json.dumps(count.__dict__))
    return kept


def read_job(job: Job) -> tuple[list[Tune], list[str]]:
    """Read one file or text; return its tunes and the reasons of what was refused."""
    source, split, first, second, number = job
    try:
        return READERS.get(source, _read_abc)(source, split, first, second, number)
    except Refused as reason:
        return [], [str(reason)]
    except (PlayerError, ValueError, KeyError, AttributeError, ZeroDivisionError, OSError) as error:
        return [], [f"cannot be read ({type(error).__name__})"]


def _read_abc(source: str, split: str, text: str, _: str, __: int) -> tuple[list[Tune], list[str]]:
    found, refused = [], []
    for part in abc.parts_of(text):
        phrase = part.phrase()
        if len(phrase.notes) < FEWEST_NOTES:
            refused.append("a part that is too short")
            continue
        if source != "nottingham":
            phrase = phrase.__class__(phrase.notes, (), phrase.meter, phrase.key)
        found.append(Tune(part.title, source, split, phrase, frozenset(part.closes)))
    return found, refused


def _read_mxl(source: str, split: str, path: str, _: str, __: int) -> tuple[list[Tune], list[str]]:
    sheet = Sheet(Path(path))
    phrase = sheet.phrase()
    closes = frozenset(sheet.closes) | resting_bars(phrase)
    return [Tune(sheet.title, source, split, phrase, closes)], []


def _read_pop(
    source: str, split: str, melody: str, chords: str, shift: int
) -> tuple[list[Tune], list[str]]:
    phrase = pop909.phrase_of(Path(melody), Path(chords), shift)
    return [Tune(Path(melody).stem, source, split, phrase, resting_bars(phrase))], []


READERS: dict[str, Callable[[str, str, str, str, int], tuple[list[Tune], list[str]]]] = {
    "openewld": _read_mxl,
    "pop909": _read_pop,
}


def split_of(title: str) -> str:
    """Return train, valid or test by the title: settings of one tune stay together."""
    plain = normalize("NFKD", title).lower().removeprefix("the ").removeprefix("a ").strip()
    bucket = int(sha1(plain.encode(), usedforsecurity=False).hexdigest()[:8], 16) % 10
    return "train" if bucket < 8 else "valid" if bucket == 8 else "test"


def _need(path: Path, remedy: str) -> Path:
    if not path.exists():
        raise BadSong(f"{path} is missing", remedy)
    return path


def nottingham(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the tunes of the Nottingham books with their published split."""
    folder = _need(corpora / source, "copy jukedeck/nottingham-dataset there")
    with (folder / "nottingham_split_boulanger.csv").open(encoding="utf-8") as table:
        rows = {row["jukedeck_id"]: row for row in csv.DictReader(table)}
    for book in sorted((folder / "ABC_cleaned").glob("*.abc")):
        for text in abc.books(book.read_text(encoding="utf-8", errors="replace")):
            number = text[2:].split("\n", 1)[0].strip()
            row = rows.get(f"{book.stem}{number}")
            sure = row is not None and float(row["jaccard"] or 0) >= ALIKE
            yield source, row["split"] if row and sure else "left out", text, "", 0


def openewld(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the lead sheets that are in the public domain."""
    folder = _need(corpora / source, "copy 00sapo/OpenEWLD there")
    with (folder / "pd_status.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            if row["pd_status"] in ("US_PD_1930", "TRADITIONAL"):
                yield source, split_of(row["title"]), str(folder / row["leadsheet"]), "", 0


def shipped_books(_: Path, source: str) -> Iterator[Job]:
    """Yield the tunes of a book that music21 ships."""
    spec = find_spec("music21")
    if spec is None or spec.origin is None:
        raise BadSong("music21's tune books are missing", "pip install music21")
    for book in sorted((Path(spec.origin).parent / "corpus" / source).glob("*.abc")):
        for text in abc.books(book.read_text(encoding="utf-8", errors="replace")):
            title = next((li[2:] for li in text.splitlines() if li.startswith("T:")), text)
            yield source, split_of(title), text, "", 0


def pop(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the songs of POP909."""
    folder = _need(corpora / source, "copy POP909 and POP909-CL there")
    for name, melody, chords, shift in pop909.songs(folder):
        yield source, split_of(name), str(melody), str(chords), shift


SOURCES: dict[str, Callable[[Path, str], Iterator[Job]]] = {
    "nottingham": nottingham,
    "openewld": openewld,
    "oneills1850": shipped_books,
    "ryansMammoth": shipped_books,
    "airdsAirs": shipped_books,
    "pop909": pop,
}


def without_doubles(tunes: list[Tune], counts: dict[str, Count]) -> list[Tune]:
    """Return the tunes without those heard before in any key; test and valid ones come first.

    So a tune of another book that is also a test tune is not trained on. Parts of one tune, and
    the tunes of the published valid and test sets, are not compared with one another.
    """
    order = {"test": 0, "valid": 1, "left out": 2, "train": 3}
    known: dict[tuple[int, ...], list[int]] = defaultdict(list)
    prints: list[frozenset[tuple[int, ...]]] = []
    kept: list[Tune] = []
    for tune in sorted(tunes, key=lambda tune: order[tune.split]):
        mark = fingerprint(tune.phrase)
        if _like_one_before(mark, known, prints) and tune.split not in ("test", "valid"):
            counts[tune.source].refused["a double"] += 1
            continue
        for run in mark:
            known[run].append(len(prints))
        prints.append(mark)
        if tune.split == "left out":
            counts[tune.source].refused["no sure place in the published split"] += 1
            continue
        kept.append(tune)
        _add(counts[tune.source], tune)
    return kept


def _like_one_before(
    mark: frozenset[tuple[int, ...]],
    known: dict[tuple[int, ...], list[int]],
    prints: list[frozenset[tuple[int, ...]]],
) -> bool:
    shared = Counter(other for run in mark for other in known.get(run, ()))
    return any(
        both >= ALIKE * (len(mark) + len(prints[other]) - both)
        for other, both in shared.most_common(5)
    )


def _add(count: Count, tune: Tune) -> None:
    count.tunes += 1
    count.notes += len(tune.phrase.notes)
    count.chords += len(tune.phrase.chords)


def save(tunes: list[Tune], path: Path) -> None:
    """Keep tunes in a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(gzip.compress(pickle.dumps(tunes), 3))
    part.replace(path)


def load(path: Path) -> list[Tune]:
    """Return the tunes that `save` kept."""
    tunes: list[Tune] = pickle.loads(gzip.decompress(path.read_bytes()))  # noqa: S301  (our own)
    return tunes
