"""How much each trait of an answer says: weights by which what people wrote stands first.

From each tune comes a call, and what the tune goes on with; against it stand what a model goes on
with, and what other tunes of the same meter and mode go on with, moved to its key. The weights are
those of a conditional logit (D. McFadden, 1974): they make it likeliest that of each set the human
one is chosen. They are fitted on every other tune and tried on the rest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

import numpy as np
import numpy.typing as npt

from generators.asked import Asked
from generators.choose import draw
from generators.leadsheet import LeadSheet
from generators.music.errors import BadSong
from generators.music.time import Ticks
from generators.prompt import Prompt, Suggestion
from generators.traits import LIKELIHOOD, RULES, traits
from onnx_models.workshop.tune import Tune

HEARD, ANSWERED = 8, 4
"""How many bars are heard at most, and how many are answered; at least as many are heard."""
DRAWN, OTHERS = 4, 2
"""How many answers of the model, and of other tunes, stand against the human one."""
NAMES = (LIKELIHOOD, *(rule.name for rule in RULES))
PRIOR = 0.02
"""How strongly weights are held near nothing, in each set (ridge)."""
SEED = 1
ROUNDS, RATE = 4000, 0.2
Numbers = npt.NDArray[np.float64]
Traits = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Window:
    """A call from a tune, and what the tune goes on with up to the end of a section."""

    prompt: Prompt
    human: Suggestion


@dataclass(frozen=True, slots=True)
class Fitted:
    """The weights, and how often the human continuation stands first in tunes not fitted on."""

    weights: Traits
    sets: int
    first: float
    by_likelihood: float
    by_chance: float


def rank(tunes: Iterable[Tune], player: LeadSheet, most: int) -> Fitted:
    """Fit the weights on the windows of some tunes, and try them on others.

    Raises:
        BadSong: the tunes have too few windows.

    """
    mixed = list(tunes)
    Random(SEED).shuffle(mixed)  # so that no corpus comes first
    found = list(islice(windows(mixed), most))
    if len(found) < 20:
        raise BadSong("there are too few tunes to weigh traits by", "read more corpora")
    sets = [_set(player, window, found) for window in found]
    weights = fit(sets[::2])
    likelihood = dict.fromkeys(NAMES, 0.0) | {LIKELIHOOD: 1.0}
    return Fitted(
        weights, len(sets), first_share(sets[1::2], weights),
        first_share(sets[1::2], likelihood), 1 / (1 + DRAWN + OTHERS),
    )  # fmt: skip


def windows(tunes: Iterable[Tune]) -> Iterator[Window]:
    """Yield a window of each tune that has chords, and enough bars before the end of a section."""
    for tune in tunes:
        phrase, bar = tune.phrase, tune.phrase.meter.bar
        ends = [close + 1 for close in sorted(tune.closes) if close + 1 >= 2 * ANSWERED]
        if not phrase.chords or not ends:
            continue
        end = ends[len(ends) // 2]
        first = max(0, end - ANSWERED - HEARD)
        start = Ticks((end - ANSWERED) * bar)
        heard = phrase.between(Ticks(first * bar), start)
        human = phrase.between(start, Ticks(end * bar))
        if len(heard.notes) >= 8 and len(human.notes) >= 4 and human.chords:
            prompt = Prompt(heard, Ticks(start - first * bar), Ticks(ANSWERED * bar))
            yield Window(prompt, Suggestion(tune.title, human.notes, human.chords))


def _set(player: LeadSheet, window: Window, every: Sequence[Window]) -> list[Traits]:
    """Return the traits of all that stand against each other, the human one's first."""
    drawn = [draw(player, window.prompt, nth) for nth in range(DRAWN)]
    moved = [_moved(other, window) for other in _others(window, every)]
    return [_traits(player, window.prompt, each) for each in (window.human, *drawn, *moved)]


def _traits(player: LeadSheet, prompt: Prompt, answer: Suggestion) -> Traits:
    likelihood = player.weigh(prompt, answer)
    return {LIKELIHOOD: likelihood, **traits(prompt, answer.notes, answer.chords)}


def _others(window: Window, every: Sequence[Window]) -> list[Window]:
    """Return some windows of other tunes, the same ones at each run."""
    fits = [other for other in every if _fits(window, other)] or list(every)
    rng = Random(len(window.prompt.heard.notes) * 7919 + window.prompt.heard.notes[0].pitch)
    return rng.sample(fits, min(OTHERS, len(fits)))


def _fits(window: Window, other: Window) -> bool:
    same = window.prompt.heard.meter == other.prompt.heard.meter
    modes = (Asked(each.prompt).key.minor for each in (window, other))
    return same and window is not other and len(set(modes)) == 1


def _moved(other: Window, window: Window) -> Suggestion:
    """Return what another tune goes on with, in the key of this one."""
    away = Asked(window.prompt).key.tonic - Asked(other.prompt).key.tonic
    by = (away + 6) % 12 - 6
    notes = (replace(note, pitch=min(127, max(0, note.pitch + by))) for note in other.human.notes)
    chords = (replace(span, chord=span.chord.transposed(by)) for span in other.human.chords)
    return replace(other.human, notes=tuple(notes), chords=tuple(chords))


def _table(answers: Sequence[Traits]) -> Numbers:
    """Return the traits as rows, each counted from the mean of those that have it."""
    rows = np.array([[each.get(name, np.nan) for name in NAMES] for each in answers])
    known = ~np.isnan(rows)
    sums = np.where(known, rows, 0).sum(axis=0)
    means = sums / np.maximum(known.sum(axis=0), 1)
    counted: Numbers = np.where(known, rows - means, 0.0)
    return counted


def fit(sets: Sequence[Sequence[Traits]]) -> dict[str, float]:
    """Return the weights that make it likeliest that the first of each set is chosen."""
    tables = [_table(answers) for answers in sets]
    weights = np.zeros(len(NAMES))
    for _ in range(ROUNDS):
        slope = -PRIOR * weights
        for table in tables:
            odds = table @ weights
            chances = np.exp(odds - odds.max())
            slope += (table[0] - chances @ table / chances.sum()) / len(tables)
        weights += RATE * slope
    return {name: round(float(weight), 2) for name, weight in zip(NAMES, weights, strict=True)}


def first_share(sets: Sequence[Sequence[Traits]], weights: Traits) -> float:
    """Return in which share of the sets the first one is worth most."""
    row = np.array([weights[name] for name in NAMES])
    worths = [_table(answers) @ row for answers in sets]
    return float(np.mean([worth[0] > worth[1:].max() for worth in worths]))


def told(fitted: Fitted) -> Iterator[str]:
    """Yield the lines in which the weights are reported."""
    yield f"{fitted.sets} sets of one human answer, {DRAWN} of the model, {OTHERS} of other tunes"
    yield f"human first, of tunes not fitted on: {fitted.first:.3f} by all traits,"
    yield f"  {fitted.by_likelihood:.3f} by likelihood alone, {fitted.by_chance:.3f} by chance"
    yield from (f'    "{name}": {weight},' for name, weight in fitted.weights.items())
