"""`antiphon evaluate`: measures every model of the lead-sheet family beside its baselines."""

import argparse
import json
import logging
import os
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from platformdirs import user_cache_path

from generators.card import Card, Score, read_card, shelf
from generators.command_line import Parser, whole
from generators.leadsheet import FAMILY
from generators.music.errors import BadSong, BadValue, PlayerError
from onnx_models.workshop import corpus
from onnx_models.workshop.cards import write_card
from onnx_models.workshop.evaluation import baselines
from onnx_models.workshop.evaluation.pieces import Pieces
from onnx_models.workshop.evaluation.report import Scores, flat, lines, measured
from onnx_models.workshop.measure.originality import Learnt

log = logging.getLogger(__name__)

COMMAND = "antiphon evaluate --corpora CORPORA"
SHIPPED = ("oneills1850", "ryansMammoth", "airdsAirs")
"""Sources that come with music21: they can be measured anywhere."""


def main(arguments: list[str] | None = None) -> int:
    """Measure; return 0 when it is done, 1 when something is missing."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        options = parser().parse_args(arguments)
        scores = evaluate(options)
    except (PlayerError, OSError) as error:
        print(f"antiphon evaluate: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadValue) else 1
    print(json.dumps(scores, indent=2) if options.json else "\n".join(lines(scores)))
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    top = Parser("antiphon evaluate", description=__doc__)
    add = top.add_argument
    add(
        "--corpora",
        type=Path,
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
    add("--pieces", type=whole(1), metavar="N", help="at most so many pieces of each split")
    add("--json", action="store_true", help="print JSON")
    add("--keep", action="store_true", help="write the scores on the models' cards")
    return top  # fmt: skip


def evaluate(options: argparse.Namespace) -> dict[str, Scores]:
    """Measure the models that are asked for.

    Raises:
        PlayerError: there is no such model, or nothing to measure it on.

    """
    cards = wanted(options.models, options.model)
    for card in cards if options.keep else ():
        writable(card)
    corpora = corpora_of(options.corpora)
    kept = kept_tunes(corpora, options.work or cache(corpora))
    log.info("The tunes are those of %s.", kept)
    pieces = Pieces(corpus.load(kept), options.pieces)
    if not pieces.splits:
        raise BadSong("no test pieces were found", f"name the corpora: {COMMAND}")
    theirs = baselines.kept(pieces, kept)
    learnt = Learnt(tune.phrase.notes for tune in pieces.learnt)
    found: dict[str, Scores] = {}
    for card in cards:
        found[card.name] = measured(card, pieces, theirs, learnt)
        if options.keep:
            keep(card, found[card.name], options.pieces)
    return found


def wanted(folder: Path | None, names: list[str] | None) -> list[Card]:
    """Return the cards of the models that are measured.

    Raises:
        BadSong: there is no such model.

    """
    cards: dict[str, Card] = {}
    for card in map(read_card, shelf(folder)):
        if card.family == FAMILY:
            cards.setdefault(card.name, card)  # the player's own comes first, as when it plays
    if missing := set(names or ()) - set(cards):
        raise BadSong(f"no model is called {min(missing)!r}", f"there are {', '.join(cards)}")
    return [card for card in cards.values() if not names or card.name in names]


def corpora_of(named: Path | None) -> Path:
    """Return the folder of the corpora: one that is named must be there.

    Raises:
        BadValue: it is not.

    """
    told = named or os.environ.get("ANTIPHON_CORPORA")
    folder = Path(told or "corpora")
    if told and not folder.is_dir():
        raise BadValue(
            f"there is no folder {folder} of corpora",
            "name another with --corpora; `antiphon-workshop fetch` tells where they are",
        )
    return folder


def cache(corpora: Path) -> Path:
    """Return the folder of the player's cache in which what was read of some corpora is kept."""
    mark = sha256(str(corpora.resolve()).encode()).hexdigest()[:12]
    return Path(user_cache_path("antiphon", False)) / f"corpora-{mark}"


def kept_tunes(corpora: Path, work: Path) -> Path:
    """Return the file of the tunes, which are read once."""
    kept = work / "tunes.gz"
    if not kept.exists():
        names, there = sources(corpora)
        kept = kept if there else work / "shipped.gz"
        if not kept.exists():
            corpus.save(corpus.read_all(corpora, names), kept)
    return kept


def sources(corpora: Path) -> tuple[list[str], bool]:
    """Return which sources can be read, and whether there are more than music21 ships."""
    there = [name for name in corpus.SOURCES if (corpora / name).is_dir() and name not in SHIPPED]
    if not there:
        log.warning(
            "There are no corpora in %s: only what music21 ships is measured."
            " `antiphon-workshop fetch` tells where they are.", corpora,
        )  # fmt: skip
    return [*there, *SHIPPED], bool(there)


def writable(card: Card) -> Path:
    """Return the folder of a model whose card can be written.

    Raises:
        BadSong: the model is not in a folder of its own, or it is not the player's to write.

    """
    folder = Path(str(card.folder))
    if not (folder / "card.toml").is_file() or not os.access(folder, os.W_OK):
        remedy = "copy the model into a folder of your own, and name that with --models"
        raise BadSong(f"the card of {card.name} cannot be written", remedy)
    return folder


def keep(card: Card, scores: Scores, most: int | None = None) -> None:
    """Write scores on a model's card, in place of those that it had, and how they were made."""
    command = COMMAND if most is None else f"{COMMAND} --pieces {most}"
    told = tuple(Score(what, value, command) for what, value in flat(scores))
    write_card(replace(card, scores=told), writable(card))


if __name__ == "__main__":
    sys.exit(main())
