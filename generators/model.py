"""A card's ONNX file at work: tokens in, logits out, with what was read before kept.

Keys and values stay in one buffer for each layer that is bound as both past and present, so
nothing is copied from token to token, and going back is setting the length.

The same tokens give the same logits to the last bit, whatever was asked before: a prompt is
always read in the same blocks of 32 tokens, and only whole blocks are kept for the next prompt
(a matrix product of another size may round otherwise).
"""

from collections.abc import Sequence
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from generators.card import Card
from generators.music.errors import BadModel

BLOCK = 32
CPU = "CPUExecutionProvider"
QUICKEST = ("CUDAExecutionProvider", "DmlExecutionProvider", "CoreMLExecutionProvider", CPU)
"""Where a large model runs, if it can."""

Logits = npt.NDArray[np.float32]
"""What the next token may be: one number for each word of the vocabulary."""


class Decoder:
    """A model that is loaded, and what it has read so far.

    Raises:
        BadModel: the file does not match its card, or cannot be run.

    """

    def __init__(self, card: Card, providers: Sequence[str] = (CPU,), threads: int = 1) -> None:
        self.card = card
        self.providers_asked = tuple(providers)
        self._session = _session(card, self.providers_asked, threads)
        self.providers_got: tuple[str, ...] = tuple(self._session.get_providers())
        self.lock = RLock()
        self.holder: object = None
        self.length = 0
        self.reused = 0
        """How many tokens of the last prompt were known already."""
        self._blocks: list[tuple[int, ...]] = []
        self._outputs: dict[int, Any] = {}
        self._bind()

    def _bind(self) -> None:
        import onnxruntime as ort

        names, self._binding = self.card.tensors, self._session.io_binding()
        self._value = ort.OrtValue.ortvalue_from_numpy
        for past, present in zip(names.past, names.present, strict=True):
            cache = self._value(np.zeros(names.cache_shape, np.float32))
            self._binding.bind_ortvalue_input(past, cache)
            self._binding.bind_ortvalue_output(present, cache)

    def begin(self, tokens: Sequence[int]) -> Logits:
        """Read a prompt, as far as it is not known; return what may come after it."""
        whole = (len(tokens) - 1) // BLOCK
        blocks = [tuple(tokens[i * BLOCK : (i + 1) * BLOCK]) for i in range(whole)]
        same = 0
        while same < min(len(blocks), len(self._blocks)) and blocks[same] == self._blocks[same]:
            same += 1
        self.rewind(same * BLOCK)
        self.reused = self.length
        for block in blocks[same:]:
            self.feed(block)
            self._blocks.append(block)
        last: Logits = self.feed(tokens[whole * BLOCK :])[-1]
        return last

    def feed(self, tokens: Sequence[int]) -> Logits:
        """Read some tokens at once; return what may come after each."""
        count = len(tokens)
        if self.length + count > self.card.context:
            raise BadModel(f"{self.card.name} reads no more than {self.card.context} tokens")
        names, binding = self.card.tensors, self._binding
        after = self.length + count
        binding.bind_cpu_input(names.tokens, np.array([tokens], np.int64))
        binding.bind_cpu_input(names.last, np.array([after - 1], np.int32))
        binding.bind_cpu_input(names.length, np.array(after, np.int32))
        output = self._outputs.get(count)
        if output is None:
            empty = np.zeros((1, count, self.card.vocabulary_size), np.float32)
            output = self._outputs[count] = self._value(empty)
        binding.bind_ortvalue_output(names.logits, output)
        self._session.run_with_iobinding(binding)
        self.length = after
        logits: Logits = output.numpy()[0].copy()  # the buffer is written again
        return logits

    def rewind(self, length: int) -> None:
        """Forget what was read after this many tokens."""
        self.length = min(length, self.length)
        del self._blocks[self.length // BLOCK :]


class Stream:
    """One line of tokens that is being written.

    Several may share a decoder: a line that finds the decoder with another one reads its own
    again, in the same steps as before.
    """

    def __init__(self, decoder: Decoder, prompt: Sequence[int]) -> None:
        self._decoder = decoder
        self._prompt = tuple(prompt)
        self._steps: list[tuple[int, ...]] = []
        with decoder.lock:
            self.logits = decoder.begin(self._prompt)
            decoder.holder = self

    @property
    def length(self) -> int:
        """How many tokens it has."""
        return len(self._prompt) + sum(map(len, self._steps))

    @property
    def room(self) -> int:
        """How many more tokens the model can read."""
        return self._decoder.card.context - self.length

    def push(self, *tokens: int) -> Logits:
        """Add tokens; return what may come after each of them."""
        with self._decoder.lock:
            self._take()
            rows = self._decoder.feed(tokens)
            self._steps.append(tokens)
        self.logits = rows[-1]
        return rows

    def back(self, steps: int, logits: Logits) -> None:
        """Go back to where so many steps were made, with the logits that were there."""
        with self._decoder.lock:
            self._take()
            del self._steps[steps:]
            self._decoder.rewind(self.length)
        self.logits = logits

    @property
    def steps(self) -> int:
        """How many times tokens were added."""
        return len(self._steps)

    def _take(self) -> None:
        if self._decoder.holder is not self:
            self._decoder.begin(self._prompt)
            for step in self._steps:
                self._decoder.feed(step)
            self._decoder.holder = self


def _session(card: Card, providers: tuple[str, ...], threads: int) -> Any:
    called = f"{card.file} of the model {card.name}"
    session = opened(card.model_bytes(), called, providers, threads)
    _compare(card, session)
    return session


def opened(model: bytes | str, called: str, providers: Sequence[str], threads: int) -> Any:
    """Open an ONNX file, given whole or by its path (which one with weights beside it needs).

    Raises:
        BadModel: it cannot be run; `called` says what it is.

    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(model, options, providers=list(providers))
    except Exception as error:  # onnxruntime raises kinds of its own, with nothing in common
        raise BadModel(
            f"{called} cannot be run ({_first_line(error)})",
            "export it again, or name another model",
        ) from error


def offered() -> tuple[str, ...]:
    """Return the providers that this onnxruntime has, the quickest for a large model first."""
    import onnxruntime as ort

    there = set(ort.get_available_providers())
    return tuple(name for name in QUICKEST if name in there)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:120]


def _compare(card: Card, session: Any) -> None:
    """Refuse a file whose inputs and outputs are not those of the card."""
    names = card.tensors
    has = {each.name: list(each.shape) for each in (*session.get_inputs(), *session.get_outputs())}
    wanted = {names.tokens, names.last, names.length, names.logits, *names.past, *names.present}
    if missing := sorted(wanted - set(has)):
        raise BadModel(f"{card.file} of the model {card.name} has no tensor called {missing[0]}")
    for name in (*names.past, *names.present):
        if has[name] != list(names.cache_shape):
            raise BadModel(f"the tensor {name} of the model {card.name} has another shape")
    if has[names.logits][-1] != card.vocabulary_size:
        raise BadModel(f"the model {card.name} has another vocabulary than its card says")
