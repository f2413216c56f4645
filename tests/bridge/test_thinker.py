"""The process that thinks, without a process: what is answered, and in which order."""

import os
import pickle
from collections.abc import Iterator
from dataclasses import replace

from bridge.events import Ask
from bridge.thinker import Questions, answer
from generators.choose import Chooser
from generators.music.time import Ticks
from generators.prompt import Item, Prompt
from generators.rules import Rules
from tests.music import line

PROMPT = Prompt(line("C4 D4 E4 F4 G4 A4 G4:2"), Ticks(2 * 3840), Ticks(3840), place=0)


class Interrupted(Rules):
    """Rules to whom a plan comes while they think."""

    def __init__(self, pipe: int, after: int) -> None:
        self._pipe, self._after = pipe, after
        self.thought = 0

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        self.thought += 1
        if self.thought == self._after:
            self._after = 0  # once
            os.write(self._pipe, pickle.dumps(Ask(2, "plan", replace(PROMPT, place=None))))
        return super().__call__(prompt)


def test_a_plan_does_not_wait_for_a_whole_set() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source:
        questions, made = Questions(source), Interrupted(writing, after=2)
        choose, ask = Chooser(made), Ask(1, "set", PROMPT)
        while answer(choose, ask.prompt, questions) is not None:
            made.thought, choose = 0, Chooser(made)  # the plan was still on its way: think again
        assert made.thought < Rules.drafts
        questions.put_back(ask)
        plan, after = questions.next(), questions.next()
        assert (plan and plan.id, after and after.id) == (2, 1)
        chosen = answer(choose, ask.prompt, questions)
        assert chosen == Chooser(Rules())(PROMPT)
        os.close(writing)
        assert questions.next() is None


def test_a_set_without_a_plan_is_chosen_at_once() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source:
        questions = Questions(source)
        assert answer(Chooser(Rules()), PROMPT, questions) == Chooser(Rules())(PROMPT)
        os.close(writing)
        assert questions.next() is None
