"""A process that thinks and goes wrong in the way that it is told, as the model's name.

    python -m tests.bridge.failing_thinker hangs ""

It is well the second time: a file, named as the folder of models, says that it was there before.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bridge.answers import Ready
from bridge.thinker import main
from generators.music.notes import Note
from generators.prompt import Generator, Item, Prompt, Suggestion
from generators.rules import Rules


class Failing(Rules):
    """Rules that go wrong at the first question."""

    name = "failing"

    def __init__(self, how: str) -> None:
        self._how = how

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        match self._how:
            case "hangs":
                time.sleep(600)
            case "crashes":
                sys.exit(3)
            case "eats":
                self._eaten = bytearray(400 << 20)
                time.sleep(600)
            case "babbles":
                OUT.write(b"\x80\x04no answer of any kind.\n" * 50)
                OUT.flush()
                time.sleep(600)
        return super().__call__(prompt)

    def suggest(self, prompt: Prompt) -> Suggestion:
        """Answer with what cannot be played, where that is the failure."""
        made = Suggestion(self.name, tuple(i for i in self(prompt) if isinstance(i, Note)))
        if self._how == "lies":
            wrong = replace(made.notes[0])
            object.__setattr__(wrong, "pitch", 300)
            return replace(made, notes=(wrong,))
        return made


def load(how: str, place: str) -> tuple[Generator, Ready]:
    """Load the failure once, then what is well."""
    if how == "loads for ever":
        time.sleep(600)
    before = Path(place)
    if before.exists() and how != "lies":
        return Rules(), Ready("rules")
    before.touch()
    made = Failing(how)
    return made, Ready(made.name)


if __name__ == "__main__":
    import os

    OUT = os.fdopen(os.dup(1), "wb")
    main(sys.argv[1], sys.argv[2], load)
