"""Networks that dice: what comes out depends on every word that was read, and on nothing else."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from generators.card import Card, Proof, Tensors
from generators.growing import Floats, Word
from generators.tokens import anticipation, skytnt
from generators.tokens.skytnt import Vocabulary


class Dice:
    """A network whose numbers are diced by all that it has read; it keeps what that was."""

    def __init__(self, size: int, context: int = 1024) -> None:
        self._numbers = np.random.default_rng(0).standard_normal(size).astype(np.float32) * 3
        self.context = context
        self.read: list[Word] = []
        self.begun = 0

    @property
    def length(self) -> int:
        return len(self.read)

    def begin(self, words: Sequence[Word]) -> Floats:
        self.read, self.begun = [], self.begun + 1
        return self.feed(words)

    def feed(self, words: Sequence[Word]) -> Floats:
        self.read += words
        assert len(self.read) <= self.context
        return self._diced(self.read)

    def _diced(self, words: Sequence[Word]) -> Floats:
        told = np.array(words[-12:], np.int64).tobytes() + len(words).to_bytes(4, "big")
        turn = int.from_bytes(sha256(told).digest()[:4], "big")
        diced: npt.NDArray[np.float32] = np.roll(self._numbers, turn)
        return diced


class SpellingDice(Dice):
    """The small network of a pair: its words are tokens, begun by what the large one made."""

    def begin(self, hidden: Floats) -> Floats:  # type: ignore[override]
        self.read = [int(hidden[0] * 1e6), int(hidden[1] * 1e6)]
        return self._diced(self.read)

    def feed(self, token: int) -> Floats:  # type: ignore[override]
        self.read.append(token)
        return self._diced(self.read)


def card(family: str, vocabulary: str, size: int, context: int = 1024) -> Card:
    """Return a card for networks that need no file."""
    tensors = Tensors(
        "tokens", "keep", "keep", "out", ("past.0",), ("present.0",), (1, 1, context, 8)
    )
    return Card(
        name=f"a {family}",
        family=family,
        file="model.onnx",
        sha256="",
        vocabulary=vocabulary,
        vocabulary_size=size,
        units_per_quarter=16,
        context=context,
        parameters=0,
        licence="none",
        tensors=tensors,
        proof=Proof(0.0, (0,), (0,)),
    )


def anticipation_card() -> Card:
    return card("anticipation", anticipation.DIGEST, anticipation.SIZE)


def skytnt_card(vocabulary: Vocabulary = skytnt.V2) -> Card:
    return card("skytnt", vocabulary.digest, vocabulary.size)
