"""The baselines, fitted once: they learn from what the models learnt from.

To fit them takes minutes, so that they are kept beside the tunes, with the mark of the tunes and
of the code that they were made by; with any other mark they are fitted again.
"""

import logging
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

import generators
from generators.music.errors import BadSong
from onnx_models import workshop
from onnx_models.workshop.evaluation.pieces import Pieces
from onnx_models.workshop.measure.changes import Changes, ChordBaseline
from onnx_models.workshop.measure.chord_baselines import RepeatLast, Template, best_chain
from onnx_models.workshop.measure.markov import Melody, MelodyMarkov
from onnx_models.workshop.measure.markov import best_chain as best_melody_chain
from onnx_models.workshop.tune import Tune

log = logging.getLogger(__name__)

MADE_BY = (
    (generators, ("patterns.py", "tokens/*.py", "music/*.py")),
    (workshop, ("tune.py", "measure/*.py", "evaluation/baselines.py", "evaluation/pieces.py")),
)
"""The code on which it depends what the baselines are."""


@dataclass(frozen=True, slots=True)
class Baselines:
    """What the models have to be better than."""

    melody: MelodyMarkov
    chords: tuple[ChordBaseline, ...]


def fitted(pieces: Pieces) -> Baselines:
    """Learn from the train split; orders and shares are fitted on the valid split.

    Raises:
        BadSong: there is nothing to learn from, or to fit on.

    """
    sung, held = melodies(pieces.learnt), melodies(pieces.held)
    if not sung or not held:
        raise BadSong("the baselines have no tunes to learn from", "read a whole corpus")
    return Baselines(best_melody_chain(sung, held), tuple(_of_chords(pieces)))


def _of_chords(pieces: Pieces) -> Iterator[ChordBaseline]:
    """Yield the baselines of chords; none where no tune has chords, as in a fiddle book."""
    learnt = [tune for tune in pieces.learnt if tune.phrase.chords]
    held = [Changes.of(tune) for tune in pieces.held if tune.phrase.chords]
    if learnt and held:
        yield RepeatLast()
        yield Template(learnt)
        yield best_chain([Changes.of(tune) for tune in learnt], held)


def kept(pieces: Pieces, tunes: Path) -> Baselines:
    """Return the baselines that are kept beside the file of the tunes; fit them if need be."""
    path, mark = tunes.with_suffix(".baselines"), _mark(tunes)
    found = _read(path, mark)
    if found is None:
        log.info("The baselines are fitted; they are kept in %s.", path)
        found = fitted(pieces)
        _write(found, path, mark)
    return found


def _mark(tunes: Path) -> bytes:
    """Return the digest of the tunes and of the code."""
    with tunes.open("rb") as file:
        whole = sha256(file_digest(file, "sha256").digest())
    for path in _code():
        whole.update(path.read_bytes())
    return whole.hexdigest().encode()


def _code() -> Iterator[Path]:
    for package, names in MADE_BY:
        for name in names:
            yield from sorted(Path(package.__path__[0]).glob(name))


def _read(path: Path, mark: bytes) -> Baselines | None:
    """Return what is kept, unless it was made by other tunes or other code, or is broken."""
    try:
        with path.open("rb") as file:
            found = pickle.load(file) if file.read(len(mark)) == mark else None  # noqa: S301  (ours)
    except Exception:  # what a broken pickle raises can be anything, and costs but time
        return None
    return found if isinstance(found, Baselines) else None


def _write(baselines: Baselines, path: Path, mark: bytes) -> None:
    """Keep them, whole or not at all; where nothing can be written, they are fitted each time."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(mark + pickle.dumps(baselines))
        part.replace(path)
    except OSError as error:
        log.warning("The baselines cannot be kept (%s).", error)


def melodies(tunes: Sequence[Tune]) -> list[Melody]:
    """Return the melodies of those that have one."""
    return [Melody.of(tune.phrase) for tune in tunes if tune.phrase.notes]
