"""What is promised of every answer: hard wishes hold, and the same prompt gives the same bytes."""

from collections.abc import Sequence
from random import Random

from generators.card import Card
from generators.leadsheet import LeadSheet
from generators.music.errors import BadValue
from generators.prompt import Kind, Prompt, Suggestion
from onnx_models.workshop.controls import asked, drawn
from onnx_models.workshop.tune import Tune

ASKED, REPEATED = 1000, 12
"""How many answers are checked, and how many of each kind are asked for again.

`antiphon-workshop controls` checks 10,000.
"""
SEED = 1


def wishes(player: LeadSheet, tunes: Sequence[Tune], count: int) -> dict[str, object]:
    """Return how many of so many random answers break a hard wish."""
    found = asked(player, count, Random(SEED), [tune.phrase for tune in tunes])
    return {"answers": found.answers, "violations": found.violations}


def sameness(card: Card, tunes: Sequence[Tune], count: int) -> dict[str, object]:
    """Return how many answers differ when they are asked for again, or on two threads."""
    rng, heard = Random(SEED), [tune.phrase for tune in tunes]
    prompts = [drawn(rng, heard) for _ in range(count * len(Kind))]
    one, again, two = (_answers(LeadSheet(card, threads), prompts) for threads in (1, 1, 2))
    return {
        "answers": len(prompts),
        "differ_again": sum(a != b for a, b in zip(one, again, strict=True)),
        "differ_on_two_threads": sum(a != b for a, b in zip(one, two, strict=True)),
    }


def _answers(player: LeadSheet, prompts: Sequence[Prompt]) -> list[Suggestion | None]:
    return [_answer(player, prompt) for prompt in prompts]


def _answer(player: LeadSheet, prompt: Prompt) -> Suggestion | None:
    """Return an answer; None where the wish cannot be fulfilled and is refused."""
    try:
        return player.suggest(prompt)
    except BadValue:
        return None
