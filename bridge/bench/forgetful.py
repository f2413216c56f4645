"""The process that thinks, with a model that reads every prompt from its beginning.

It is what `antiphon bench` compares with: the same model without the kept cache.
"""

import sys
from collections.abc import Iterator

from bridge.answers import Ready
from bridge.thinker import load, main
from generators.model import Decoder
from generators.prompt import Generator, Item, Prompt, Suggestion, gather


class Forgetful:
    """A generator that remembers nothing of the prompt before."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self.name = generator.name
        self.drafts = int(getattr(generator, "drafts", 1))

    def suggest(self, prompt: Prompt) -> Suggestion:
        """Return the whole answer."""
        decoder = getattr(self._generator, "decoder", None)
        if isinstance(decoder, Decoder):
            decoder.rewind(0)
        whole = getattr(self._generator, "suggest", None)
        made: Suggestion = whole(prompt) if whole else gather(self._generator, prompt)
        return made

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        """Yield the answer."""
        made = self.suggest(prompt)
        yield from made.chords
        yield from made.notes


def forgetful(name: str, models: str) -> tuple[Generator, Ready]:
    """Load a generator, and take its memory away."""
    made, ready = load(name, models)
    return Forgetful(made), ready


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], forgetful)
