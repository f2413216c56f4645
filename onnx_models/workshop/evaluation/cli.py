"""`antiphon evaluate`: measures every model of the lead-sheet family beside its baselines."""

import argparse
import json
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

from platformdirs import user_cache_path

from generators.card import Card, Score, read_card, shelf
from generators.leadsheet import FAMILY
from generators.music.errors import BadSong, PlayerError
from onnx_models.workshop import corpus
from onnx_models.workshop.cards import write_card
from onnx_models.workshop.evaluation.baselines import fitted
from onnx_models.workshop.evaluation.pieces import Pieces
from onnx_models.workshop.evaluation.report import Scores, flat, lines, measured
from onnx_models.workshop.measure.originality import Learnt
from onnx_models.workshop.tune import Tune

COMMAND = "antiphon evaluate --corpora CORPORA"
SHIPPED = ("oneills1850", "ryansMammoth", "airdsAirs")
"""Sources that come with music21: they can be measured anywhere."""


def main(arguments: list[str] | None = None) -> int:
    """Measure; return 0 when it is done, 1 when something is missing."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        scores = evaluate(options)
    except PlayerError as error:
        print(f"antiphon evaluate: {error}", file=sys.stderr)
        return 1
    print(json.dumps(scores, indent=2) if options.json else "\n".join(lines(scores)))
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    top = argparse.ArgumentParser("antiphon evaluate", description=__doc__)
    add = top.add_argument
    corpora = os.environ.get("ANTIPHON_CORPORA", "corpora")
    add(
        "--corpora",
        type=Path,
        default=Path(corpora),
        metavar="FOLDER",
        help="the corpora, in folders named as in docs/models.md (ANTIPHON_CORPORA, or `corpora`)",
    )
    add(
        "--work",
        type=Path,
        metavar="FOLDER",
        help="where what was read of the corpora is kept (your cache folder)",
    )
    add("--models", type=Path, metavar="FOLDER", help="a folder of models of your own")
    add("--model", action="append", metavar="NAME", help="only this model; may be said again")
    add("--pieces", type=int, metavar="N", help="at most so many pieces of each split")
    add("--json", action="store_true", help="print JSON")
    add("--keep", action="store_true", help="write the scores on the models' cards")
    return top  # fmt: skip


def evaluate(options: argparse.Namespace) -> dict[str, Scores]:
    """Measure the models that are asked for.

    Raises:
        PlayerError: there is no such model, or nothing to measure it on.

    """
    cards = wanted(options.models, options.model)
    pieces = Pieces(tunes_of(options), options.pieces)
    if not pieces.splits:
        raise BadSong("no test pieces were found", f"name the corpora: {COMMAND}")
    baselines = fitted(pieces)
    learnt = Learnt(tune.phrase.notes for tune in pieces.learnt)
    found: dict[str, Scores] = {}
    for card in cards:
        found[card.name] = measured(card, pieces, baselines, learnt)
        if options.keep:
            keep(card, found[card.name])
    return found


def wanted(folder: Path | None, names: list[str] | None) -> list[Card]:
    """Return the cards of the models that are measured.

    Raises:
        BadSong: there is no such model.

    """
    cards = [card for card in map(read_card, shelf(folder)) if card.family == FAMILY]
    chosen = [card for card in cards if not names or card.name in names]
    if missing := set(names or ()) - {card.name for card in chosen}:
        known = ", ".join(card.name for card in cards)
        raise BadSong(f"no model is called {min(missing)!r}", f"there are {known}")
    return chosen


def tunes_of(options: argparse.Namespace) -> list[Tune]:
    """Return the tunes of the corpora, read once and kept."""
    work = options.work or user_cache_path("antiphon", appauthor=False)
    kept = work / "tunes.gz"
    if kept.exists():
        return corpus.load(kept)
    there = [name for name in corpus.SOURCES if (options.corpora / name).is_dir()]
    if not there:
        logging.getLogger(__name__).warning(
            "There are no corpora in %s: only what music21 ships is measured."
            " `antiphon-workshop fetch` tells where they are.", options.corpora,
        )  # fmt: skip
    tunes = corpus.read_all(options.corpora, [*there, *SHIPPED])
    if there:
        corpus.save(tunes, kept)
    return tunes


def keep(card: Card, scores: Scores) -> None:
    """Write scores on a model's card.

    Raises:
        BadSong: the model is not in a folder of its own.

    """
    folder = Path(str(card.folder))
    if not (folder / "card.toml").is_file():
        raise BadSong(f"the card of {card.name} cannot be written", "unpack the models first")
    told = tuple(Score(what, value, COMMAND) for what, value in flat(scores))
    write_card(replace(card, scores=told), folder)


if __name__ == "__main__":
    sys.exit(main())
