"""A card's ONNX files at work: events in, logits of their words out, what was read before kept.

The network reads events; the speller says what the next word may be, from what the network made
of the last event and the words of the next one that are known already.

Keys and values stay in one buffer for each layer that is bound as both past and present, so
nothing is copied from event to event, and going back is setting the length. Events and logits have
buffers of their own for each number of them, up to a block (`generators.runtime`).

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
from generators.runtime import CPU, Array, Bound, held, opened
from generators.sampling import Logits, log_chances
from generators.tokens import leadsheet as words

BLOCK = 8

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
        self._width = _width(self._session, card.tensors.made)
        self._bind()

    def _bind(self) -> None:
        names = self.card.tensors
        self._kept = [
            (past, present, held(np.zeros(names.cache_shape, np.float32)))
            for past, present in zip(names.past, names.present, strict=True)
        ]
        self._readers: dict[int, Bound] = {}
        self._spellers: dict[int, Bound] = {}

    def twin(self) -> "Decoder":
        """Return the same model with a cache of its own, for sheets of another kind."""
        other = copy(self)
        other.lock, other.holder = RLock(), None
        other.length = other.reused = 0
        other._blocks = []
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
        names, after = self.card.tensors, self.length + count
        reader = self._readers.get(count) or self._reader(count)
        _fill(reader.given[names.tokens][0], events)
        reader.given[names.last][0] = after - 1
        reader.given[names.length][()] = after
        reader.run()
        self.length = after
        made: Made = reader.made[names.made][0].copy()  # the buffer is written again
        return made

    def _reader(self, count: int) -> Bound:
        """Return the network with buffers for so many events."""
        names = self.card.tensors
        given: dict[str, Array] = {
            names.tokens: np.zeros((1, count, words.ARITY), np.int64),
            names.last: np.zeros(1, np.int32),
            names.length: np.zeros((), np.int32),
        }
        made = {names.made: np.zeros((1, count, self._width), np.float32)}
        reader = Bound(self._session, given, made, self._kept)
        if count <= BLOCK:  # more are read now and then, and are of many lengths
            self._readers[count] = reader
        return reader

    def spell(
        self, made: Made, told: Sequence[Sequence[int]], hints: Sequence[Hint] | None = None
    ) -> Logits:
        """Return what the next word may be: shape (rows, words of the vocabulary).

        `made` has a row for each question, `told` the words of the event that are known, and
        `hints` what the memory expects.
        """
        names, count = self.card.tensors, len(told)
        with self.lock:
            speller = self._spellers.get(count) or self._spelling(count)
            speller.given[names.made][:] = made
            _fill(speller.given[names.told], told)
            speller.given[names.hint][:] = hints or [NOTHING] * count
            speller.run()
            logits: Logits = speller.made[names.logits].copy()  # the buffer is written again
        return logits

    def _spelling(self, count: int) -> Bound:
        """Return the speller with buffers for so many questions."""
        names = self.card.tensors
        given: dict[str, Array] = {
            names.made: np.zeros((count, self._width), np.float32),
            names.told: np.zeros((count, words.ARITY - 1), np.int64),
            names.hint: np.zeros((count, len(NOTHING)), np.int64),
        }
        made = {names.logits: np.zeros((count, self.card.vocabulary_size), np.float32)}
        speller = Bound(self._speller, given, made)
        if count <= BLOCK:
            self._spellers[count] = speller
        return speller

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


def _fill(rows: npt.NDArray[np.int64], told: Sequence[Sequence[int]]) -> None:
    """Write words into rows, and nothing after the last of each."""
    rows[:] = 0
    for row, known in zip(rows, told, strict=True):
        row[: len(known)] = known


def _width(session: Any, made: str) -> int:
    """Return how many numbers the network makes of an event."""
    return int(next(each.shape for each in session.get_outputs() if each.name == made)[-1])


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
