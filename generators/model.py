"""A card's ONNX files at work: events in, logits of their words out, what was read before kept.

The network reads events; the speller says what the next word may be, from what the network made
of the last event and the words of the next one that are known already.

Keys and values stay in one buffer for each layer that is bound as both past and present, so
nothing is copied from event to event, and going back is setting the length.

The same events give the same logits to the last bit, whatever was asked before: a prompt is
always read in the same blocks of 8 events, and only whole blocks are kept for the next prompt
(a matrix product of another size may round otherwise).
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from generators.card import Card
from generators.habits import NOTHING, Hint
from generators.music.errors import BadModel
from generators.sampling import Logits, log_chances
from generators.tokens import leadsheet as words

BLOCK = 8
CPU = "CPUExecutionProvider"
QUICKEST = ("CUDAExecutionProvider", "DmlExecutionProvider", "CoreMLExecutionProvider", CPU)
"""Where a large model runs, if it can."""

Made = npt.NDArray[np.float32]
"""What the network makes of an event: one row of numbers."""
Event = tuple[int, ...]


class GaveWay(Exception):
    """A prompt was not read to its end, since something else has to be read first."""


class Decoder:
    """A model that is loaded, and what it has read so far.

    Raises:
        BadModel: the files do not match their card, or cannot be run.

    """

    def __init__(self, card: Card, providers: Sequence[str] = (CPU,), threads: int = 1) -> None:
        self.card = card
        self.providers_asked = tuple(providers)
        self._session = _session(card, self.providers_asked, threads)
        self._speller = _speller(card, self.providers_asked, threads)
        self.providers_got: tuple[str, ...] = tuple(self._session.get_providers())
        self.lock = RLock()
        self.holder: object = None
        self.gives_way: Callable[[], bool] | None = None
        """Asked before each block of a prompt that is not known: where true, no more is read."""
        self.length = 0
        self.reused = 0
        """How many events of the last prompt were known already."""
        self._blocks: list[tuple[Event, ...]] = []
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
        shape = next(o.shape for o in self._session.get_outputs() if o.name == names.made)
        self._width = int(shape[-1])

    def twin(self) -> "Decoder":
        """Return the same model with a cache of its own, for sheets of another kind."""
        other = copy(self)
        other.lock, other.holder = RLock(), None
        other.length = other.reused = 0
        other._blocks, other._outputs = [], {}
        other._bind()
        return other

    def begin(self, events: Sequence[Event]) -> Made:
        """Read a prompt, as far as it is not known; return what is made of its last event.

        Raises:
            GaveWay: something else is to be read first.

        """
        whole = (len(events) - 1) // BLOCK
        blocks = [tuple(events[i * BLOCK : (i + 1) * BLOCK]) for i in range(whole)]
        same = 0
        while same < min(len(blocks), len(self._blocks)) and blocks[same] == self._blocks[same]:
            same += 1
        self.rewind(same * BLOCK)
        self.reused = self.length
        for block in blocks[same:]:
            if self.gives_way is not None and self.gives_way():
                raise GaveWay  # what was read is kept
            self.feed(block)
            self._blocks.append(block)
        last: Made = self.feed(events[whole * BLOCK :])[-1]
        return last

    def feed(self, events: Sequence[Event]) -> Made:
        """Read some events at once; return what is made of each: shape (events, width)."""
        count = len(events)
        if self.length + count > self.card.context:
            raise BadModel(f"{self.card.name} reads no more than {self.card.context} events")
        rows = np.zeros((1, count, words.ARITY), np.int64)
        for row, event in zip(rows[0], events, strict=True):
            row[: len(event)] = event
        names, binding = self.card.tensors, self._binding
        after = self.length + count
        binding.bind_cpu_input(names.tokens, rows)
        binding.bind_cpu_input(names.last, np.array([after - 1], np.int32))
        binding.bind_cpu_input(names.length, np.array(after, np.int32))
        output = self._outputs.get(count)
        if output is None:
            output = self._value(np.zeros((1, count, self._width), np.float32))
            if count <= BLOCK:  # longer ones are read now and then, and are of many lengths
                self._outputs[count] = output
        binding.bind_ortvalue_output(names.made, output)
        self._session.run_with_iobinding(binding)
        self.length = after
        made: Made = output.numpy()[0].copy()  # the buffer is written again
        return made

    def spell(
        self, made: Made, told: Sequence[Sequence[int]], hints: Sequence[Hint] | None = None
    ) -> Logits:
        """Return what the next word may be: shape (rows, words of the vocabulary).

        `made` has a row for each question, `told` the words of the event that are known, and
        `hints` what the memory expects.
        """
        rows = np.zeros((len(told), words.ARITY - 1), np.int64)
        for row, known in zip(rows, told, strict=True):
            row[: len(known)] = known
        expected = np.array(hints or [NOTHING] * len(told), np.int64)
        names = self.card.tensors
        logits: Logits = self._speller.run(
            [names.logits], {names.made: made, names.told: rows, names.hint: expected}
        )[0]
        return logits

    def golden(self) -> tuple[int, ...]:
        """Return the likeliest words after its card's golden prompt, one by one."""
        proof = self.card.proof
        return self.likeliest(proof.prompt, len(proof.answer))

    def likeliest(self, prompt: Sequence[int], count: int) -> tuple[int, ...]:
        """Return what it goes on with when it always takes the likeliest word."""
        answer: list[int] = []
        made, told = self.begin(list(words.events(prompt))), tuple[int, ...]()
        while len(answer) < count:
            answer.append(int(np.argmax(self.spell(made[None], [told])[0])))
            told = (*told, answer[-1])
            if len(told) == words.spelled(told):
                made, told = self.feed([told])[-1], ()
        return tuple(answer)

    def rewind(self, length: int) -> None:
        """Forget what was read after this many events."""
        self.length = min(length, self.length)
        del self._blocks[self.length // BLOCK :]


@dataclass(frozen=True, slots=True)
class Place:
    """How far a line of words was, to go back to."""

    steps: int
    told: Event
    made: Made


class Stream:
    """One line of words that is being written.

    Several may share a decoder: a line that finds the decoder with another one reads its own
    again, in the same steps as before.
    """

    def __init__(self, decoder: Decoder, prompt: Sequence[int]) -> None:
        """Read a prompt of whole events."""
        self._decoder = decoder
        self._prompt = tuple(words.events(prompt))
        self._steps: list[tuple[Event, ...]] = []
        self._told: Event = ()
        with decoder.lock:
            decoder.holder = None
            self._made = decoder.begin(self._prompt)
            decoder.holder = self

    @property
    def length(self) -> int:
        """How many whole events it has."""
        return len(self._prompt) + sum(map(len, self._steps))

    @property
    def room(self) -> int:
        """How many more events the model can read."""
        return self._decoder.card.context - self.length

    def logits(self, hint: Hint = NOTHING, belief: float = 1.0) -> Logits:
        """Return what the next word may be, where the memory gives this hint.

        A belief of 0 is deaf to it, at 1 the model makes of it what it learnt to make, and
        beyond it goes further the same way (J. Ho and T. Salimans, Classifier-free diffusion
        guidance, 2022).
        """
        if hint == NOTHING or belief in (0.0, 1.0):
            each = NOTHING if belief == 0 else hint
            plain: Logits = self._decoder.spell(self._made[None], [self._told], [each])[0]
            return plain
        deaf, told = self._decoder.spell(
            np.stack([self._made] * 2), [self._told] * 2, [NOTHING, hint]
        )
        found: Logits = deaf + np.float32(belief) * (told - deaf)
        return found

    def push(self, *tokens: int) -> None:
        """Add words."""
        self._add(tokens)

    def weigh(
        self, tokens: Sequence[int], hints: Sequence[Hint] | None = None
    ) -> npt.NDArray[np.float64]:
        """Add words; return the logarithm of how likely each was, with the hint that it had."""
        if not tokens:
            return np.zeros(0)
        before, told = self._made, self._told
        made = self._add(tokens)
        rows, known = [], []
        for token in tokens:
            rows.append(before)
            known.append(told)
            told = (*told, token)
            if len(told) == words.spelled(told):
                before, told, made = made[0], (), made[1:]
        chances = log_chances(self._decoder.spell(np.array(rows), known, hints))
        found: npt.NDArray[np.float64] = chances[np.arange(len(tokens)), list(tokens)]
        return found

    def _add(self, tokens: Sequence[int]) -> Made:
        """Add words; return what is made of the events that they end."""
        events = list(words.events((*self._told, *tokens)))
        left = events[-1] if events else ()
        whole = not events or len(left) == words.spelled(left)
        self._told = () if whole else events.pop()
        if not events:
            return np.empty((0, 0), np.float32)
        with self._decoder.lock:
            self._take()
            made = self._decoder.feed(events)
            self._steps.append(tuple(events))
        self._made = made[-1]
        return made

    def place(self) -> Place:
        """Return how far it is."""
        return Place(len(self._steps), self._told, self._made)

    def back(self, place: Place) -> None:
        """Go back to where it was."""
        with self._decoder.lock:
            self._take()
            del self._steps[place.steps :]
            self._decoder.rewind(self.length)
        self._told, self._made = place.told, place.made

    def _take(self) -> None:
        if self._decoder.holder is not self:
            self._decoder.holder = None
            self._decoder.begin(self._prompt)
            for step in self._steps:
                self._decoder.feed(step)
            self._decoder.holder = self


def _session(card: Card, providers: tuple[str, ...], threads: int) -> Any:
    called = f"{card.file} of the model {card.name}"
    session = opened(card.model_bytes(), called, providers, threads)
    _compare(card, session)
    return session


def _speller(card: Card, providers: tuple[str, ...], threads: int) -> Any:
    """Open the file that spells events, which the card names beside the network's."""
    if len(card.beside) != 1 or not card.tensors.told:
        raise BadModel(f"the card of {card.name} names no file that spells its events")
    file = card.beside[0]
    called = f"{file.file} of the model {card.name}"
    session = opened(card.bytes_of(file), called, providers, threads)
    has = {each.name for each in (*session.get_inputs(), *session.get_outputs())}
    names = card.tensors
    if missing := sorted({names.made, names.told, names.hint, names.logits} - has):
        raise BadModel(f"{called} has no tensor called {missing[0]}")
    if session.get_outputs()[0].shape[-1] != card.vocabulary_size:
        raise BadModel(f"the model {card.name} has another vocabulary than its card says")
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
    wanted = {names.tokens, names.last, names.length, names.made, *names.past, *names.present}
    if missing := sorted(wanted - set(has)):
        raise BadModel(f"{card.file} of the model {card.name} has no tensor called {missing[0]}")
    if other := sorted({each.name for each in session.get_inputs()} - wanted):
        raise BadModel(
            f"{card.file} of the model {card.name} wants {other[0]}, which its card does not name",
            "take the card and the files of one model",
        )
    for name in (*names.past, *names.present):
        if has[name] != list(names.cache_shape):
            raise BadModel(f"the tensor {name} of the model {card.name} has another shape")
