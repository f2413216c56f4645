"""All measures of all models, as one table of tables."""

import logging

from generators.card import Card
from generators.leadsheet import LeadSheet
from onnx_models.workshop.evaluation import answers, harmony, melody
from onnx_models.workshop.evaluation.baselines import Baselines
from onnx_models.workshop.evaluation.pieces import Pieces
from onnx_models.workshop.measure.originality import Learnt
from onnx_models.workshop.tune import Tune

log = logging.getLogger(__name__)

Scores = dict[str, dict[str, object]]
"""For each split, and for `speed`, its measures."""
ACCOMPANIED, HARMONIZED, CONTINUED, HALVED = 12, 10, 40, 12
"""At most so many pieces of a split are accompanied, harmonized and so on: it takes its time."""


def measured(card: Card, pieces: Pieces, baselines: Baselines, learnt: Learnt) -> Scores:
    """Measure a model on every split."""
    player = LeadSheet(card)
    found: Scores = {}
    for split in pieces.splits:
        log.info("%s: %s", card.name, split)
        found[split] = _split(player, split, pieces, baselines, learnt)
    found["speed"] = dict(answers.speed(player, _plain(pieces)))
    return found


def _plain(pieces: Pieces) -> Tune:
    """Return a tune of many bars to measure the time on."""
    tunes = pieces.test(pieces.splits[0])
    return next((tune for tune in tunes if tune.phrase.bars >= 16), tunes[0])


def _split(
    player: LeadSheet, split: str, pieces: Pieces, baselines: Baselines, learnt: Learnt
) -> dict[str, object]:
    decoder, tunes = player.decoder, pieces.test(split)
    found: dict[str, object] = {
        "pieces": len(tunes),
        "melody_bits_per_note": melody.bits(decoder, tunes, baselines),
        "second_half_bits_per_note": melody.second_halves(decoder, pieces.test(split, HALVED)),
        "originality": answers.originality(player, pieces.test(split, CONTINUED), learnt),
    }
    if chorded := pieces.chorded(split):
        found |= harmony.top(decoder, chorded, baselines)
        found |= harmony.accompaniment(player, pieces.chorded(split, ACCOMPANIED), baselines)
        found["harmonizing"] = harmony.harmonizing(
            player, pieces.chorded(split, HARMONIZED), baselines
        )
    return found


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
