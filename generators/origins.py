"""Which pieces of the training a melody is like.

A small index goes with a model: which tunes have which patterns of six notes, in any key and at any
speed. Only patterns whose hash is below a limit are kept, which is a fair sample of all (U. Manber,
Finding similar files in a large file system, 1994). A pattern that few tunes have says more
(K. Sparck Jones, A statistical interpretation of term specificity, 1972).
"""

import json
import lzma
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generators.card import Card
from generators.music.errors import BadModel
from generators.music.notes import Note
from generators.patterns import Hashes, patterns, steps

NOTES = 6
MOST = 620_000
"""How many times a tune may have a pattern, so that the index stays under two megabytes."""
KIND = "antiphon origins 1"
SHIFT = np.uint64(32)
Words = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Piece:
    """A tune that was learnt from."""

    title: str
    source: str

    def __str__(self) -> str:
        """Write it as a title and where it is found."""
        return f"{self.title} ({self.source})"


@dataclass(frozen=True, slots=True)
class Origin:
    """A piece, and how much of a melody's patterns it has, the rare ones weighing more: 0 to 1."""

    piece: Piece
    share: float


@dataclass(frozen=True, slots=True)
class Origins:
    """The pieces, and in order of their hashes the patterns and whose they are."""

    pieces: tuple[Piece, ...]
    hashes: Words
    owners: Words
    limit: int
    """Patterns whose hash is not below it were left out."""

    @classmethod
    def of(cls, tunes: Iterable[tuple[Piece, Sequence[Note]]], most: int = MOST) -> "Origins":
        """Make an index of tunes, of no more than so many patterns."""
        named = [(piece, words_of(steps(notes))) for piece, notes in tunes]
        hashes = np.concatenate([np.zeros(0, np.uint32), *(words for _, words in named)])
        owners = np.repeat(np.arange(len(named), dtype=np.uint32), [len(w) for _, w in named])
        order = np.lexsort((owners, hashes))
        limit = 1 << 32 if len(order) <= most else int(hashes[order[most]])
        order = order[hashes[order] < limit]
        pieces = tuple(piece for piece, _ in named)
        return cls(pieces, hashes[order], owners[order], limit)

    def nearest(self, notes: Sequence[Note], count: int = 3) -> list[Origin]:
        """Return the pieces that a melody is most like, the nearest first; none if it is new."""
        asked = words_of(steps(notes))
        asked = asked[asked < self.limit]
        first, last = self.ranges(asked)
        weights = np.log((len(self.pieces) + 1) / np.maximum(last - first, 1))
        found = np.zeros(len(self.pieces))
        for start, end, weight in zip(first, last, weights, strict=True):
            found[self.owners[start:end]] += weight
        every = float(weights.sum()) or 1.0
        best = dict[Piece, float]()  # a piece may have been learnt in several forms
        for at in np.argsort(-found, kind="stable"):
            if len(best) == count or found[at] <= 0:
                break
            best.setdefault(self.pieces[at], float(found[at]) / every)
        return [Origin(piece, share) for piece, share in best.items()]

    def owners_of(self, word: int) -> Words | None:
        """Return which pieces have a pattern, by their numbers; None where it was left out."""
        if word >= self.limit:
            return None
        first, last = self.ranges(np.uint32(word))
        return self.owners[first:last]

    def ranges(self, words: Words | np.uint32) -> tuple[Any, Any]:
        """Return where the owners of patterns begin and end; nowhere, for one that nobody has."""
        hashes = self.hashes
        return hashes.searchsorted(words, "left"), hashes.searchsorted(words, "right")

    def save(self, path: Path) -> None:
        """Keep it in a file; the same tunes give the same bytes."""
        names = [[piece.title, piece.source] for piece in self.pieces]
        head = {"kind": KIND, "pieces": names, "limit": self.limit, "patterns": len(self.hashes)}
        rises = np.diff(self.hashes, prepend=np.uint32(0))
        parts = (json.dumps(head).encode(), b"\n", _planes(rises), _planes(self.owners))
        path.write_bytes(lzma.compress(b"".join(parts), preset=6))

    @classmethod
    def load(cls, path: Path) -> "Origins":
        """Read the file that `save` made.

        Raises:
            BadModel: it is missing, cut off or something else.

        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _unreadable(str(path)) from error
        return cls.read(content, str(path))

    @classmethod
    def read(cls, content: bytes, name: str) -> "Origins":
        """Read the bytes of such a file; the name is for whoever must hear that it is none.

        Raises:
            BadModel: it is cut off or something else.

        """
        try:
            head, _, body = lzma.decompress(content).partition(b"\n")
            table = json.loads(head)
            count = int(table["patterns"]) if table["kind"] == KIND else -1
            rises, owners = (
                _together(part, count) for part in (body[: 4 * count], body[4 * count :])
            )
            pieces = tuple(Piece(title, source) for title, source in table["pieces"])
            hashes = np.cumsum(rises, dtype=np.uint32)
            if len(owners) and owners.max() >= len(pieces):
                raise ValueError("an owner that is not there")
            return cls(pieces, hashes, owners, int(table["limit"]))
        except (EOFError, lzma.LZMAError, ValueError, KeyError, TypeError) as error:
            raise _unreadable(name) from error


def origins_of(card: Card) -> Origins | None:
    """Return the pieces that a model has learnt from; None where its card does not tell.

    Raises:
        BadModel: the index that its card names is missing, cut off or another.

    """
    if card.origins is None:
        return None
    return Origins.read(card.bytes_of(card.origins), card.origins.file)


def _unreadable(name: str) -> BadModel:
    what = f"the index of training pieces {name} cannot be read"
    return BadModel(what, "install the model again")


def words_of(row: Hashes) -> Words:
    """Return the different patterns of a row of steps, by the upper halves of their hashes."""
    return np.unique(halved(patterns(row, NOTES)))


def halved(hashes: Hashes) -> Words:
    """Return the upper halves of hashes, by which the index knows patterns."""
    words: Words = (hashes >> SHIFT).astype(np.uint32)
    return words


def _planes(words: Words) -> bytes:
    """Write all first bytes, then all second ones and so on: like stands by like, and packs."""
    return words.astype("<u4").view(np.uint8).reshape(-1, 4).T.tobytes()


def _together(planes: bytes, count: int) -> Words:
    if count < 0 or len(planes) != 4 * count:
        raise ValueError("not as long as it says")
    rows = np.frombuffer(planes, np.uint8).reshape(4, count).T
    words: Words = np.ascontiguousarray(rows).view("<u4").reshape(count).astype(np.uint32)
    return words
