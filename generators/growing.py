"""Other people's networks at work: what was read is kept, and the keys and values grow with it.

The graphs are those that the workshop's `adopt` writes. Going back is a number: the graph itself
forgets what lies after it. Keys and values stay on the device that the network runs on.

As with our own models, a prompt is always read in the same blocks and only whole blocks are
kept for the next one, so that the same prompt gives the same answer to the last bit.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from generators.card import Card
from generators.music.errors import BadModel
from generators.runtime import CPU, offered, opened

TOKENS, KEEP, OUT = "tokens", "keep", "out"
HIDDEN, FIRST = "hidden", "first"
BLOCK = 32
DEVICES = {"CUDAExecutionProvider": "cuda", "DmlExecutionProvider": "dml"}

Floats = npt.NDArray[np.float32]
Word = int | tuple[int, ...]
"""What is read at one place: a token, or a row of tokens."""


class Network(Protocol):
    """What reads words in order, and can go back."""

    @property
    def length(self) -> int:
        """How many words are read."""

    @property
    def context(self) -> int:
        """How many words it can read."""

    def begin(self, words: Sequence[Word]) -> Floats:
        """Read a prompt as far as it is not known; return what comes out after its last word."""

    def feed(self, words: Sequence[Word]) -> Floats:
        """Read some words; return what comes out after the last of them."""


class Steps:
    """One ONNX file, run step by step."""

    def __init__(self, path: Path, called: str) -> None:
        self.providers_asked = offered()
        threads = max(1, (os.cpu_count() or 1) - 1)
        self._session = _session(path, called, self.providers_asked, threads)
        self.providers_got: tuple[str, ...] = tuple(self._session.get_providers())
        self._device = DEVICES.get(self.providers_got[0], "cpu")
        given = {each.name: each for each in self._session.get_inputs()}
        made = [each.name for each in self._session.get_outputs()]
        self._past = [name for name in given if name.startswith("past.")]
        self._present = [name.replace("past.", "present.", 1) for name in self._past]
        if KEEP not in given or not self._past or set(made) != {OUT, *self._present}:
            raise BadModel(f"{called} has other tensors than it should", "add the model again")
        _, heads, _, numbers = given[self._past[0]].shape
        self._nothing = np.zeros((1, heads, 1, numbers), np.float32)
        self._kept: list[Any] | None = None

    def run(self, inputs: Mapping[str, npt.NDArray[Any]], keep: int) -> Floats:
        """Go one step on from the first `keep` words; return what comes out."""
        binding = self._session.io_binding()
        for name, value in inputs.items():
            binding.bind_cpu_input(name, value)
        binding.bind_cpu_input(KEEP, np.array([keep], np.int64))
        for at, name in enumerate(self._past):
            if self._kept is None:
                binding.bind_cpu_input(name, self._nothing)
            else:
                binding.bind_ortvalue_input(name, self._kept[at])
        binding.bind_output(OUT)
        for name in self._present:
            binding.bind_output(name, self._device)
        self._session.run_with_iobinding(binding)
        out, *self._kept = binding.get_outputs()
        numbers: Floats = out.numpy()
        return numbers


class Reader:
    """A network that reads words one after another."""

    def __init__(self, card: Card) -> None:
        self._steps = Steps(card.checked_path(), f"{card.file} of the model {card.name}")
        self.context = card.context
        self.providers_asked = self._steps.providers_asked
        self.providers_got = self._steps.providers_got
        self.length = 0
        self.reused = 0
        """How many words of the last prompt were known already."""
        self._blocks: list[tuple[Word, ...]] = []

    def begin(self, words: Sequence[Word]) -> Floats:
        """Read a prompt as far as it is not known; return what comes out after its last word."""
        whole = (len(words) - 1) // BLOCK
        blocks = [tuple(words[at * BLOCK : (at + 1) * BLOCK]) for at in range(whole)]
        same = 0
        while same < min(len(blocks), len(self._blocks)) and blocks[same] == self._blocks[same]:
            same += 1
        self.length = self.reused = same * BLOCK
        del self._blocks[same:]
        for block in blocks[same:]:
            self.feed(block)
            self._blocks.append(block)
        return self.feed(words[whole * BLOCK :])

    def feed(self, words: Sequence[Word]) -> Floats:
        """Read some words; return what comes out after the last of them.

        Raises:
            BadModel: they are more than it can read.

        """
        if self.length + len(words) > self.context:
            raise BadModel(f"this model reads no more than {self.context} words")
        out = self._steps.run({TOKENS: np.array([words], np.int64)}, self.length)
        self.length += len(words)
        return out.reshape(-1)


class Speller:
    """A small network that writes the tokens of one event, begun by what the large one made."""

    def __init__(self, card: Card, file: str) -> None:
        path = Path(str(card.folder)) / file
        self._steps = Steps(path, f"{file} of the model {card.name}")
        self._hidden: Floats = np.zeros((1, 1, 1), np.float32)
        self._length = 0

    def begin(self, hidden: Floats) -> Floats:
        """Begin an event; return what its first token may be."""
        self._hidden, self._length = hidden.reshape(1, 1, -1), 0
        return self._step(0, first=True)

    def feed(self, token: int) -> Floats:
        """Go on with a token; return what the next may be."""
        return self._step(token, first=False)

    def _step(self, token: int, *, first: bool) -> Floats:
        inputs: dict[str, npt.NDArray[Any]] = {
            TOKENS: np.array([[token]], np.int64),
            HIDDEN: self._hidden,
            FIRST: np.array([first]),
        }
        out = self._steps.run(inputs, self._length)
        self._length += 1
        return out.reshape(-1)


def _session(path: Path, called: str, providers: Sequence[str], threads: int) -> Any:
    """Open a file where it runs quickest; on the CPU where that fails."""
    try:
        return opened(str(path), called, providers, threads)
    except BadModel:
        if tuple(providers) == (CPU,):
            raise
        return opened(str(path), called, (CPU,), threads)
