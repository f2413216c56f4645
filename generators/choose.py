"""Which answer first, and why: several are drawn from one prompt, ranked, and told apart.

An answer is worth its likelihood and what the rules of `generators.traits` find, each by a weight
that was fitted so that what people wrote stands above what a model or another tune would go on
with. The best comes first; each next one is good and unlike those before it (J. Carbonell and
J. Goldstein, The use of MMR, 1998). The reason that is given is read off the ranking.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np

from generators.asked import Asked
from generators.music.notes import ChordSpan, Note
from generators.prompt import LARGEST_SEED, Generator, Prompt, Suggestion, gather
from generators.sentences import joined, with_reason
from generators.traits import LIKELIHOOD, RULES, Traits, traits

# antiphon-workshop ranking --work WORK --model base: of the 120 sets that were not
# fitted on, the human answer stood first in 0.475 (by likelihood alone 0.233, by chance 0.143).
WEIGHTS: Traits = {
    LIKELIHOOD: -0.53,
    "rests on the tonic": 0.08,
    "ends long": -0.17,
    "takes up the figure": 0.69,
    "takes up the rhythm": 1.18,
    "moves by step": 0.29,
    "leaps turn back": 0.38,
    "keeps the register": 0.8,
    "connects": 1.34,
    "as busy": 0.47,
    "varies": 0.24,
    "keeps the scale": -0.2,
    "chord tones on strong beats": 2.07,
    "cadence": 0.18,
    "harmony moves as before": 0.86,
}
"""What one more of each trait adds to the log-odds of being what somebody wrote.

Likelihood (nats a word) counts a little against an answer: what people write is more surprising
than what a model draws (A. Holtzman et al., The curious case of neural text degeneration, 2020).
"""
QUALITY = 0.7
"""How much the worth of an answer counts beside its distance from those that come before it."""
TOLD = 2
"""How many reasons are given."""
TELLING = 0.1
"""A reason adds at least so much to the log-odds."""
ORDER = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
CLAUSES = {rule.name: rule for rule in RULES}


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer in its place of the ranking."""

    suggestion: Suggestion
    place: int
    """0 is the best."""
    drawn: int
    """From how many different answers it was chosen."""
    worths: Traits
    """What each trait adds to its worth, compared with the mean of all."""

    @property
    def worth(self) -> float:
        """How far it stands above the mean of all."""
        return sum(self.worths.values())


def drafts(generator: Generator) -> int:
    """Return how many answers a generator may be asked for to choose from: 1 where it is slow."""
    return int(getattr(generator, "drafts", 1))


def whole(generator: Generator, prompt: Prompt) -> Suggestion:
    """Return a whole answer, with what is to be said of it."""
    suggest = getattr(generator, "suggest", None)
    answer: Suggestion = suggest(prompt) if suggest else gather(generator, prompt)
    return answer if answer.why else with_reason(Asked(prompt), answer)


def growing(generator: Generator, prompt: Prompt) -> Iterator[Suggestion]:
    """Yield an answer as it grows, if the generator shows it (`Suggestion.known`), and at last all.

    Its items come in order of onset: what begins before `known` is there and stays.
    """
    grow = getattr(generator, "grow", None)
    if grow is None:
        yield whole(generator, prompt)
    else:
        yield from grow(prompt)


def seed_of(seed: int, nth: int) -> int:
    """Return the seed of the nth answer to a prompt; the first has the prompt's own."""
    if nth == 0:
        return seed
    state = np.random.SeedSequence([seed, nth]).generate_state(1, np.uint64)
    return int(state[0]) % LARGEST_SEED


def draw(generator: Generator, prompt: Prompt, nth: int) -> Suggestion:
    """Return the nth answer to a prompt."""
    return whole(generator, replace(prompt, seed=seed_of(prompt.seed, nth), place=None))


def ranked(generator: Generator, prompt: Prompt, drawn: Sequence[Suggestion]) -> tuple[Choice, ...]:
    """Return the different answers among those that were drawn, in the order of the ranking."""
    different = list({(each.notes, each.chords): each for each in reversed(drawn)}.values())[::-1]
    if len(different) == 1:
        return (Choice(different[0], 0, 1, {}),)
    found = [_traits(generator, prompt, each) for each in different]
    worths = compared(found, WEIGHTS)
    totals = [sum(each.values()) for each in worths]
    order = diverse(totals, [[alike(a, b) for b in different] for a in different])
    choices = []
    for place, at in enumerate(order):
        passed = any(totals[later] > totals[at] for later in order[place + 1 :])
        why = sentence(place, len(order), reasons(found[at], worths[at]), unlike=passed)
        told = different[at].why or with_reason(Asked(prompt), different[at]).why
        suggestion = replace(different[at], why=f"{told}, and is {why}")
        choices.append(Choice(suggestion, place, len(order), worths[at]))
    return tuple(choices)


def best(generator: Generator, prompt: Prompt, count: int) -> Choice:
    """Return the best of so many answers; of one, that one as it is."""
    drawn = [draw(generator, prompt, nth) for nth in range(count)]
    return ranked(generator, prompt, drawn)[0]


def _traits(generator: Generator, prompt: Prompt, answer: Suggestion) -> dict[str, float]:
    weigh = getattr(generator, "weigh", None)
    likelihood = float(weigh(prompt, answer)) if weigh else answer.score
    return {LIKELIHOOD: likelihood, **traits(prompt, answer.notes, answer.chords)}


def compared(found: Sequence[Traits], weights: Traits) -> list[dict[str, float]]:
    """Return what each trait adds to each answer, compared with the mean of those that have it."""
    names = [name for name in weights if any(name in each for each in found)]
    means = {name: fmean(each[name] for each in found if name in each) for name in names}
    return [
        {name: weights[name] * (each[name] - means[name]) for name in names if name in each}
        for each in found
    ]


def reasons(found: Traits, worths: Traits) -> list[str]:
    """Return what told most for an answer, as clauses that are true of it."""
    telling = sorted((name for name in worths if worths[name] >= TELLING), key=lambda n: -worths[n])
    clauses = (_clause(name, found[name], much=WEIGHTS[name] > 0) for name in telling)
    return [clause for clause in clauses if clause is not None][:TOLD]


def _clause(name: str, value: float, *, much: bool) -> str | None:
    """Say that an answer has much or little of a trait; None where that would not be true."""
    if name == LIKELIHOOD:
        return f"is {'likelier' if much else 'more surprising'} than the others on average"
    rule = CLAUSES[name]
    if much:
        return rule.much if value >= rule.from_ else None
    return rule.little if value <= rule.to else None


def sentence(place: int, drawn: int, clauses: Sequence[str], *, unlike: bool) -> str:
    """Say which place an answer has, and why: by the sum of all rules where none of them tells."""
    told = [*clauses, *(["is unlike those before it"] if unlike else [])]
    named = ORDER[place] if place < len(ORDER) else f"number {place + 1}"
    because = f"because it {joined(told)}" if told else "on the whole"
    return f"{named} of {drawn} {because}"


def diverse(worths: Sequence[float], likeness: Sequence[Sequence[float]]) -> list[int]:
    """Return an order by worth, in which each is also unlike those before it."""
    low, high = min(worths, default=0.0), max(worths, default=0.0)
    good = [(worth - low) / (high - low) if high > low else 1.0 for worth in worths]
    order: list[int] = []
    left = list(range(len(worths)))

    def marginal(at: int) -> float:
        nearest = max((likeness[at][other] for other in order), default=0.0)
        return QUALITY * good[at] - (1 - QUALITY) * nearest

    while left:
        order.append(max(left, key=lambda at: (marginal(at), -at)))
        left.remove(order[-1])
    return order


def alike(one: Suggestion, other: Suggestion) -> float:
    """Return how alike two answers are, from 0 to 1.

    It is the mean of three shares of what either has that both have: notes by onset and pitch,
    onsets, and chords by onset; what neither has is left out.
    """
    parts = (
        _common(map(_pitched, one.notes), map(_pitched, other.notes)),
        _common((n.onset for n in one.notes), (n.onset for n in other.notes)),
        _common(map(_chorded, one.chords), map(_chorded, other.chords)),
    )
    known = [part for part in parts if part is not None]
    return fmean(known) if known else 1.0


def _pitched(note: Note) -> Hashable:
    return note.onset, note.pitch


def _chorded(span: ChordSpan) -> Hashable:
    return span.onset, span.chord


def _common(one: Iterable[Hashable], other: Iterable[Hashable]) -> float | None:
    mine, its = set(one), set(other)
    return len(mine & its) / len(mine | its) if mine or its else None


class Chooser:
    """Answers prompts whole: with one answer as it comes, or with one of a ranked set.

    The places of a set are asked for one after another, so the last set is kept.
    """

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._set: Prompt | None = None
        self._drawn: list[Suggestion] = []
        self._ranked: tuple[Choice, ...] = ()

    def draw(self, prompt: Prompt) -> bool:
        """Draw one more answer for the set of a prompt, if it needs one; say if it does still."""
        wanted = replace(prompt, place=0)
        if wanted != self._set:
            self._set, self._drawn, self._ranked = wanted, [], ()
        count = self._count(prompt)
        if len(self._drawn) < count:
            self._drawn.append(draw(self._generator, prompt, len(self._drawn)))
        return len(self._drawn) < count

    def __call__(self, prompt: Prompt) -> Suggestion:
        """Return the answer to a prompt: of a set that has too few, the last."""
        if prompt.place is None:
            return whole(self._generator, prompt)
        if drafts(self._generator) == 1:
            return draw(self._generator, prompt, prompt.place)
        while self.draw(prompt):
            pass
        if not self._ranked:
            self._ranked = ranked(self._generator, prompt, self._drawn)
        return self._ranked[min(prompt.place, len(self._ranked) - 1)].suggestion

    def _count(self, prompt: Prompt) -> int:
        """Return how many answers the set of a prompt is chosen from."""
        return (
            0 if prompt.place is None or drafts(self._generator) == 1 else drafts(self._generator)
        )
