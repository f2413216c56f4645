"""All measures of all models, as one table of tables."""

import logging
from collections.abc import Callable, Iterator
from time import perf_counter

from generators.card import Card
from generators.leadsheet import LeadSheet
from onnx_models.workshop.evaluation import answers, harmony, melody, promises
from onnx_models.workshop.evaluation.baselines import Baselines
from onnx_models.workshop.evaluation.pieces import Pieces
from onnx_models.workshop.measure.originality import Learnt
from onnx_models.workshop.tune import Tune

log = logging.getLogger(__name__)

Scores = dict[str, dict[str, object]]
"""For each split, and for `speed`, its measures."""
ACCOMPANIED, HARMONIZED, CONTINUED, HALVED, WISHED = 20, 20, 40, 12, 20
"""At most so many pieces of a split are accompanied, harmonized and so on: it takes its time."""


Measure = tuple[str, Callable[[], dict[str, object]]]
"""What is measured, and how: one name or several, each with its numbers."""


def measured(card: Card, pieces: Pieces, baselines: Baselines, learnt: Learnt) -> Scores:
    """Measure a model on every split; say of each measure when it is done and what it took."""
    player = LeadSheet(card)
    found: Scores = {}
    for split in pieces.splits:
        row = found[split] = {"pieces": len(pieces.test(split))}
        for name, measure in _measures(player, split, pieces, baselines, learnt):
            row |= _timed(f"{card.name}, {split}: {name}", measure)
    found["speed"] = _timed(
        f"{card.name}: speed", lambda: {**answers.speed(player, _plain(pieces))}
    )
    tunes = [tune for split in pieces.splits for tune in pieces.test(split, WISHED)]
    found["hard_controls"] = _timed(
        f"{card.name}: hard controls", lambda: promises.wishes(player, tunes, promises.ASKED)
    )
    found["same_bytes"] = _timed(
        f"{card.name}: same", lambda: promises.sameness(card, tunes, promises.REPEATED)
    )
    return found


def _timed(what: str, measure: Callable[[], dict[str, object]]) -> dict[str, object]:
    before = perf_counter()
    found = measure()
    log.info("%s: %.1f s", what, perf_counter() - before)
    return found


def _plain(pieces: Pieces) -> Tune:
    """Return a tune of many bars to measure the time on."""
    tunes = pieces.test(pieces.splits[0])
    return next((tune for tune in tunes if tune.phrase.bars >= 16), tunes[0])


def _measures(
    player: LeadSheet, split: str, pieces: Pieces, baselines: Baselines, learnt: Learnt
) -> Iterator[Measure]:
    """Yield what is measured on a split; chords only where it and what was learnt have some."""
    decoder = player.decoder
    sung, halved = pieces.test(split), pieces.test(split, HALVED)
    continued = pieces.test(split, CONTINUED)

    def alone(name: str, measure: Callable[[], object]) -> Measure:
        return name, lambda: {name: measure()}

    yield alone("melody_bits_per_note", lambda: melody.bits(decoder, sung, baselines))
    yield alone("second_half_bits_per_note", lambda: melody.second_halves(decoder, halved))
    yield alone("originality", lambda: answers.originality(player, continued, learnt))
    chorded = pieces.chorded(split)
    if not chorded or not baselines.chords:
        return
    few, fewer = pieces.chorded(split, ACCOMPANIED), pieces.chorded(split, HARMONIZED)
    yield "chord_top", lambda: harmony.top(decoder, chorded, baselines)
    yield "note_in_chord", lambda: harmony.accompaniment(player, few, baselines)
    yield alone("harmonizing", lambda: harmony.harmonizing(player, fewer, baselines))


def lines(scores: dict[str, Scores]) -> list[str]:
    """Return the table as text: a model, a split, a measure, and its numbers."""
    found: list[str] = []
    for model, splits in scores.items():
        for split, measures in splits.items():
            found.append(f"{model}, {split}")
            found += [f"  {name}: {_told(value)}" for name, value in measures.items()]
    return found


def _told(value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    if any(isinstance(each, dict) for each in value.values()):
        rows = (f"\n    {name}: {_told(each)}" for name, each in value.items())
        return "".join(rows)
    return ", ".join(f"{name} {each}" for name, each in value.items())


def flat(scores: Scores) -> list[tuple[str, float]]:
    """Return every number with the words that lead to it, as a card keeps them."""
    found: list[tuple[str, float]] = []

    def walk(words: tuple[str, ...], value: object) -> None:
        if isinstance(value, dict):
            for name, each in value.items():
                walk((*words, name), each)
        elif isinstance(value, int | float):
            found.append((" / ".join(words), float(value)))

    walk((), scores)
    return found
