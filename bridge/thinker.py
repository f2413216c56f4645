"""The process in which generators think, so that they can never disturb the schedule.

It reads questions from standard input and writes answers to standard output, as pickles
between two halves of one program. Of the plans that wait, the newest wins; the suggestions of a
set come after them, and the answers that they are chosen from are drawn one by one, so that a plan
never waits for more than one.

A plan whose beginning is wanted is told as it grows, and gives way to a newer one as soon as its
beginning is told: a player who plays faster than the model thinks always has the beginning of some
plan. Any other plan that is being made is finished, for the same reason. All of them give way
while a prompt is still being read, block by block: what was read is kept, and the newer prompt
begins alike.
"""

import gc
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import perf_counter
from typing import BinaryIO, Protocol, runtime_checkable

from bridge.answers import Answered, Ready
from bridge.events import Ask
from generators.catalogue import FALLBACK, default_name, generator
from generators.choose import Chooser, growing
from generators.model import GaveWay
from generators.music.errors import PlayerError
from generators.prompt import Generator, Prompt, Suggestion


class Questions:
    """What is still to be answered: at most one plan, and the sets in order."""

    def __init__(self, source: BinaryIO) -> None:
        self._arriving: SimpleQueue[Ask | None] = SimpleQueue()
        self._plan: Ask | None = None
        self._sets: deque[Ask] = deque()
        self.closed = False
        Thread(target=self._read, args=(source,), daemon=True).start()

    def _read(self, source: BinaryIO) -> None:
        try:
            while True:
                self._arriving.put(pickle.load(source))  # noqa: S301  (our own parent's pipe)
        except (EOFError, OSError, pickle.UnpicklingError):
            self._arriving.put(None)

    def next(self) -> Ask | None:
        """Wait for a question and return it; None when the parent is gone."""
        self._sort(wait=self._plan is None and not self._sets)
        if self.closed:
            return None
        if self._plan is not None:
            plan, self._plan = self._plan, None
            return plan
        return self._sets.popleft() if self._sets else self.next()

    def put_back(self, ask: Ask) -> None:
        """Take a question up again before all others but a plan."""
        self._sets.appendleft(ask)

    @property
    def urgent(self) -> bool:
        """Whether a plan waits."""
        self._sort(wait=False)
        return self._plan is not None

    def _sort(self, *, wait: bool) -> None:
        try:
            while not self.closed:
                ask = self._arriving.get(block=wait)
                wait = False
                if ask is None:
                    self.closed = True
                elif ask.lane == "plan":
                    self._plan = ask
                else:
                    self._sets.append(ask)
        except Empty:
            return


def load(name: str, models: str) -> tuple[Generator, Ready]:
    """Load a generator; where that fails, the one that needs no model, and say so."""
    folder = Path(models) if models else None
    try:
        made = generator(name or default_name(folder), folder)
    except PlayerError as error:
        made = generator(FALLBACK, None)
        instead = f"{made.name} plays instead"
        remedy = f"{error.remedy}; {instead}" if error.remedy else instead
        return made, Ready(made.name, trouble=error.what, remedy=remedy)
    asked = tuple(getattr(made, "providers_asked", ()))
    return made, Ready(made.name, asked, tuple(getattr(made, "providers_got", ())))


def answer(choose: Chooser, prompt: Prompt, questions: Questions) -> Suggestion | None:
    """Return the whole answer; None where a plan has come before it was chosen."""
    while prompt.place is not None and choose.draw(prompt):
        if questions.urgent:
            return None
    return choose(prompt)


def grown(
    made: Generator, prompt: Prompt, questions: Questions, tell: Callable[[Suggestion], None]
) -> Suggestion | None:
    """Return a whole plan, telling it as it grows; None where it gave way to a newer one."""
    for suggestion in growing(made, prompt):
        if suggestion.known is None:
            return suggestion
        tell(suggestion)
        if questions.urgent:
            return None
    return None


@runtime_checkable
class Interruptible(Protocol):
    """A generator that stops reading where it is told to."""

    def read_while(self, gives_way: Callable[[], bool] | None) -> None:
        """Have reading stopped as soon as this is true."""


Load = Callable[[str, str], tuple[Generator, Ready]]


def main(name: str, models: str, load: Load = load) -> None:
    """Answer questions until the parent goes away."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not be taken for an answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    made, ready = load(name, models)
    _say(out, ready)
    gc.freeze()  # what was loaded stays: no answer waits for it to be looked through
    questions, choose = Questions(sys.stdin.buffer), Chooser(made)
    if isinstance(made, Interruptible):
        made.read_while(lambda: questions.urgent)
    while (ask := questions.next()) is not None:
        began = perf_counter()
        trouble = ""
        suggestion = None
        try:
            suggestion = _made(ask, made, choose, questions, partial(_tell, out, ask.id, began))
            if suggestion is None:
                continue
        except Exception as error:  # one of the three places: a generator may be anybody's
            trouble = str(error) if isinstance(error, PlayerError) else repr(error)
        _say(out, Answered(ask.id, suggestion, perf_counter() - began, trouble))


def _made(
    ask: Ask,
    made: Generator,
    choose: Chooser,
    questions: Questions,
    tell: Callable[[Suggestion], None],
) -> Suggestion | None:
    """Answer a question; None where it gave way, after which a set is taken up again later."""
    try:
        if ask.grows:
            return grown(made, ask.prompt, questions, tell)
        found = answer(choose, ask.prompt, questions)
    except GaveWay:
        found = None
    if found is None and ask.lane == "set":
        questions.put_back(ask)
    return found


def _tell(out: BinaryIO, number: int, began: float, suggestion: Suggestion) -> None:
    _say(out, Answered(number, suggestion, perf_counter() - began))


def _say(out: BinaryIO, answer: Ready | Answered) -> None:
    pickle.dump(answer, out, protocol=pickle.HIGHEST_PROTOCOL)
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
