"""Answers by a lead-sheet model: it continues, harmonizes, improvises and fills in."""

import logging
from collections.abc import Callable, Iterator
from statistics import fmean

import numpy as np

from generators.ahead import write_ahead
from generators.answering import weighed, write_answer, write_on
from generators.asked import Asked
from generators.card import Card
from generators.filling import Filler
from generators.habits import Memory
from generators.harmonizing import harmonize, sheet_of, written_on
from generators.infilling import infill
from generators.model import Decoder
from generators.music.errors import BadModel
from generators.music.notes import ChordSpan, Note
from generators.music.time import QUARTER, Ticks
from generators.origins import Origins, origins_of
from generators.prompt import Item, Kind, Prompt, Suggestion
from generators.sentences import with_reason
from generators.tokens import leadsheet as words
from generators.tokens.grid import PER_QUARTER, Bar
from generators.writing import Writer

log = logging.getLogger(__name__)

FAMILY = "leadsheet"
BEGUN = QUARTER // 2
"""So much of an answer is its beginning at least: time enough to write on."""


class LeadSheet:
    """A generator that plays one model of the lead-sheet family.

    Raises:
        BadModel: the model speaks another vocabulary, does not match its card, or cannot be run.

    """

    drafts = 6
    """From how many answers one is chosen where there is time: they take less than a second."""

    def __init__(self, card: Card, threads: int = 1) -> None:
        if card.vocabulary != words.DIGEST or card.vocabulary_size != words.SIZE:
            raise BadModel(
                f"the model {card.name} speaks another vocabulary than this version",
                "use the model that came with it, or train it again",
            )
        if card.units_per_quarter != PER_QUARTER:
            raise BadModel(f"the model {card.name} has another time grid than this version")
        self.card = card
        self.decoder = Decoder(card, threads=threads)
        self.providers_asked = self.decoder.providers_asked
        self.providers_got = self.decoder.providers_got
        self.origins = _learnt(card)
        """The pieces it has learnt from, where they are known: none of them is copied for long."""
        # Either order of chords and melody has a cache of its own: an answer needs both.
        self._turned = self.decoder.twin()
        self._filler = Filler(self._turned)
        self._memories = Memory.blank(chords_first=False), Memory.blank(chords_first=True)

    @property
    def name(self) -> str:
        """The name on its card."""
        return self.card.name

    def read_while(self, gives_way: Callable[[], bool] | None) -> None:
        """Have reading stopped (`GaveWay`) as soon as this is true; what was read is kept."""
        self.decoder.gives_way = self._turned.gives_way = gives_way

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        """Yield the answer, each item as soon as it is known."""
        return self._answer(Asked(prompt), [])

    def suggest(self, prompt: Prompt) -> Suggestion:
        """Return the answer whole, with its mean log-probability and how it was made."""
        *_, whole = self.grow(prompt)
        return whole

    def grow(self, prompt: Prompt) -> Iterator[Suggestion]:
        """Yield the answer's beginning as soon as there is one, bar by bar more, and at last all.

        What has begun stays as it is.
        """
        asked, costs, items = Asked(prompt), list[float](), list[Item]()
        told = 0
        for item in self._answer(asked, costs):
            items.append(item)
            if item.onset >= (told + asked.bar if told else BEGUN):
                told = item.onset
                begun = [each for each in items if each.onset < told]
                yield self._suggestion(asked, begun, costs, Ticks(told))
        yield self._suggestion(asked, items, costs)

    def _suggestion(
        self, asked: Asked, items: list[Item], costs: list[float], known: Ticks | None = None
    ) -> Suggestion:
        notes = tuple(sorted(item for item in items if isinstance(item, Note)))
        spans = (item for item in items if isinstance(item, ChordSpan))
        chords = tuple(sorted(spans, key=lambda span: span.onset))
        score = fmean(costs) if costs else 0.0
        made = Suggestion(self.name, notes, chords, score, known=known)
        return with_reason(asked, made)

    def weigh(self, prompt: Prompt, answer: Suggestion) -> float:
        """Return the mean log-probability of an answer's words, as the model alone reads them.

        Chords that were found for a melody, and bars that fill a gap, were weighed as they were
        drawn: their score is returned.
        """
        if prompt.kind not in (Kind.CONTINUE, Kind.IMPROVISE):
            return answer.score
        asked = Asked(prompt)
        rng = np.random.Generator(np.random.PCG64(0))
        sheet = sheet_of(self._filler.fill(asked), asked, chords_first=True)
        return weighed(Writer(self.decoder, asked.limits, sheet, rng), asked, answer)

    def _answer(self, asked: Asked, costs: list[float]) -> Iterator[Item]:
        kind = asked.prompt.kind
        rng = np.random.Generator(np.random.PCG64(asked.prompt.seed))
        if kind is Kind.HARMONIZE and _has_notes(asked):
            bars, memory = self._filler.fill(asked), self._memories[False]
            return harmonize((self._turned, self.decoder), asked, bars, rng, costs, memory)
        return self._write(asked, rng, costs)

    def _write(self, asked: Asked, rng: np.random.Generator, costs: list[float]) -> Iterator[Item]:
        bars = self._filler.fill(asked)
        match asked.prompt.kind:
            case Kind.HARMONIZE:
                yield from self._accompany(asked, bars, rng, costs)
            case Kind.INFILL:
                yield from infill(self._writer(asked, bars, rng, costs), asked)
            case _:
                yield from write_answer(self._writer(asked, bars, rng, costs), asked)

    def _accompany(
        self, asked: Asked, bars: list[Bar], rng: np.random.Generator, costs: list[float]
    ) -> Iterator[Item]:
        """Write chords ahead; the bar that has begun is gone on with by what was played in it."""
        first = asked.first
        if asked.begun.melody:
            writer = self._writer(asked, bars, rng, costs, chords_first=False)
            yield from write_on(writer, asked)
            bars, first = [*bars, asked.begun], first + 1
        if first <= asked.last:
            writer = self._writer(asked, bars, rng, costs, guarded=False)
            yield from write_ahead(writer, asked, first)

    def _writer(
        self,
        asked: Asked,
        bars: list[Bar],
        rng: np.random.Generator,
        costs: list[float],
        chords_first: bool = True,
        guarded: bool = True,
    ) -> Writer:
        """Return a writer of an answer; a melody that nobody will hear needs no guard."""
        memory = self._memories[chords_first]
        decoder = self.decoder if chords_first else self._turned
        origins = self.origins if guarded else None
        writer = written_on(decoder, asked, bars, rng, memory, origins)
        writer.costs = costs
        return writer


def _learnt(card: Card) -> Origins | None:
    """Return the pieces that a model has learnt from; a model may have been moved without them."""
    try:
        return origins_of(card)
    except BadModel as error:
        log.warning("%s plays without knowing what it has learnt from: %s", card.name, error.what)
        return None


def _has_notes(asked: Asked) -> bool:
    return any(n.onset < asked.end and n.end > asked.start for n in asked.prompt.heard.notes)
