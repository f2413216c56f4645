"""What the models of other people have in common: a card, a network, and answers by the page."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from statistics import fmean

from generators.card import Card
from generators.growing import Network
from generators.music.errors import BadModel
from generators.music.time import Ticks
from generators.parts import Page, Told
from generators.prompt import Item, Prompt, Suggestion


class Adopted(ABC):
    """A generator that plays one model of other people's."""

    unit: Ticks
    """The shortest step that the words of the family tell of."""

    def __init__(self, card: Card, network: Network) -> None:
        self.card = card
        self.network = network
        self.providers_asked = tuple(getattr(network, "providers_asked", ()))
        self.providers_got = tuple(getattr(network, "providers_got", ()))

    @property
    def name(self) -> str:
        """The name on its card."""
        return self.card.name

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        """Yield the answer, in order of onset."""
        yield from self._written(prompt, []).items()

    def suggest(self, prompt: Prompt) -> Suggestion:
        """Return the answer whole, with its mean log-probability."""
        costs: list[float] = []
        page = self._written(prompt, costs)
        return page.suggestion(self.name, fmean(costs) if costs else 0.0)

    @abstractmethod
    def golden(self) -> tuple[int, ...]:
        """Return what it goes on with after its card's golden prompt, always the likeliest."""

    @abstractmethod
    def _write(self, page: Page, costs: list[float]) -> None:
        """Write a page, and the logarithm of how likely each word was."""

    def _written(self, prompt: Prompt, costs: list[float]) -> Page:
        page = Page(Told(prompt, self.unit))
        self._write(page, costs)
        return page


def of_another_vocabulary(card: Card) -> BadModel:
    """Return what to raise where a card names a vocabulary that its family does not have."""
    return BadModel(
        f"the model {card.name} speaks another vocabulary than this version", "add the model again"
    )
