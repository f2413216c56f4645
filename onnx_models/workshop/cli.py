"""`antiphon-workshop`: fetch a corpus, read it, train a model on it, export it, evaluate it.

Each step imports what it needs by itself: only `train` and `export` need torch.
"""

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from generators.command_line import Parser, whole
from generators.music.errors import BadValue, PlayerError
from generators.prompt import LARGEST_SEED

if TYPE_CHECKING:
    from generators.card import Card
    from onnx_models.workshop.tune import Tune

RECIPES = Path(__file__).parent / "recipes"
SHELF = Path(__file__).parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Run one step of the workshop; return 0 if it is done, 1 if it cannot be, 2 for bad words."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        options = parser().parse_args(arguments)
        STEPS[options.step](options)
    except PlayerError as error:
        print(f"antiphon-workshop: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadValue) else 1
    except OSError as error:
        where = error.filename or "a file"
        told = f"{where} cannot be read or written ({error.strerror or error})"
        print(f"antiphon-workshop: {told}; choose another place", file=sys.stderr)
        return 1
    except ImportError as error:
        print(f"antiphon-workshop: {error}; pip install 'antiphon[train]'", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    top = Parser("antiphon-workshop", description=__doc__)
    top.add_argument("step", choices=STEPS)
    top.add_argument("--recipe", type=Path, default=RECIPES / "base.toml")
    top.add_argument("--corpora", type=Path, help="the folder that holds the corpora")
    top.add_argument("--work", type=Path, default=Path("workshop"), help="where runs are kept")
    top.add_argument("--download", action="store_true", help="fetch the sources, not only tell")
    top.add_argument(
        "--bits", type=int, choices=(4, 8, 32), default=32, help="of each exported weight (32)"
    )
    top.add_argument("--name", help="what the exported model is called (as its recipe)")
    top.add_argument("--default", action="store_true", help="export it as the model that plays")
    top.add_argument("--fit", action="store_true", help="hearing: fit its weights anew")
    top.add_argument("--shelf", type=Path, help="where the exported model goes")
    top.add_argument("--model", help="a model on the shelf, or its folder (the one that plays)")
    top.add_argument(
        "--count",
        type=whole(1),
        help="how many answers are measured (10000), sets (240), pieces of a corpus (40), or"
        " tunes of a style (20)",
    )
    top.add_argument("--styles", nargs="+", help="accompany: tunes of which styles (all there are)")
    top.add_argument("--sources", nargs="+", help="hearing: of which corpora (all it knows)")
    top.add_argument(
        "--seed", type=whole(0, LARGEST_SEED), default=1, help="what is drawn at random goes by it"
    )
    top.add_argument("--json", action="store_true", help="print for a program")
    top.add_argument("--out", type=Path, default=Path("docs/listening"), help="listen: the folder")
    return top


def corpus(options: argparse.Namespace) -> None:
    """Read the recipe's sources and keep their tunes."""
    from onnx_models.workshop import corpus as reading
    from onnx_models.workshop.recipe import read_recipe

    tunes = reading.read_all(options.corpora or Path(), read_recipe(options.recipe).sources)
    reading.save(tunes, options.work / "tunes.gz")
    print(f"{len(tunes)} tunes are kept in {options.work / 'tunes.gz'}")


def fetch(options: argparse.Namespace) -> None:
    """Tell where the recipe's sources are published; with --download, fetch them."""
    from onnx_models.workshop import sources
    from onnx_models.workshop.fetch import fetch as run
    from onnx_models.workshop.recipe import read_recipe

    wanted = sources.described(read_recipe(options.recipe).sources)
    print(sources.page(wanted), end="")
    for source in wanted if options.download else ():
        for place in run(source, options.corpora or Path()):
            print(f"{place} is there")


def train(options: argparse.Namespace) -> None:
    """Train until the recipe's time, or its steps, are over; go on where an earlier run stopped."""
    from onnx_models.workshop.corpus import load
    from onnx_models.workshop.recipe import read_recipe

    recipe = read_recipe(options.recipe)
    tunes = recipe.taught(load(options.work / "tunes.gz"))
    from onnx_models.workshop.train import train as run  # only now: torch may be missing

    path = run(tunes, recipe, options.work / recipe.name)
    print(f"the checkpoint is {path}")


def export(options: argparse.Namespace) -> None:
    """Put the trained model on the shelf with its card, perhaps in fewer bits."""
    from onnx_models.workshop.corpus import load
    from onnx_models.workshop.export import export as run
    from onnx_models.workshop.export import read_checkpoint
    from onnx_models.workshop.recipe import read_recipe

    recipe = read_recipe(options.recipe)
    trained = read_checkpoint(options.work / recipe.name / "checkpoint.pt")
    called = options.name or recipe.name
    tunes = recipe.taught(load(options.work / "tunes.gz"))
    card = run(trained, tunes, (options.shelf or SHELF) / called, options.bits, options.default)
    print(
        f"{card.name}: ONNX and torch differ by {card.proof.difference:g} in a logit at most, "
        f"and by {card.proof.cost:.3%} of the bits"
    )
    _index(tunes, options.shelf or SHELF)


def origins(options: argparse.Namespace) -> None:
    """Write the index of the pieces that the models of the shelf have learnt from."""
    from onnx_models.workshop.corpus import load

    _index(load(options.work / "tunes.gz"), options.shelf or SHELF)


def _index(tunes: "list[Tune]", shelf: Path) -> None:
    from onnx_models.workshop.pieces import FILE, index

    named = ", ".join(index(tunes, shelf)) or "no model of this shelf has learnt from these tunes"
    print(f"{shelf / FILE}: {named}")


def hearing(options: argparse.Namespace) -> None:
    """Measure how well the ear hears, against music21 and rules; with --fit, fit it first."""
    import json

    from onnx_models.workshop.hearing import fit, scores

    for path in fit.fit(options.corpora or Path()) if options.fit else ():
        print(f"{path} is written")
    count, sources = options.count or scores.SAMPLE, options.sources or scores.SOURCES
    lines = scores.measure(options.corpora or Path(), count, options.seed, sources)
    if options.json:
        print(json.dumps(scores.as_json(lines)))
        return
    for line in scores.page(lines):
        print(line, flush=True)


def ranking(options: argparse.Namespace) -> None:
    """Fit how much each trait of an answer says, on tunes that were not learnt."""
    from generators.leadsheet import LeadSheet
    from onnx_models.workshop.corpus import load
    from onnx_models.workshop.ranking import rank, told

    tunes = [tune for tune in load(options.work / "tunes.gz") if tune.split == "valid"]
    for line in told(rank(tunes, LeadSheet(_card(options)), options.count or 240)):
        print(line)


def controls(options: argparse.Namespace) -> None:
    """Ask a model with wishes and calls that are drawn, and count the wishes that it breaks."""
    from generators.leadsheet import LeadSheet
    from onnx_models.workshop.controls import measure

    tunes = options.work / "tunes.gz"
    found = measure(LeadSheet(_card(options)), options.count or 10_000, options.seed, tunes)
    print(json.dumps(found.as_json(), indent=2) if options.json else found)


def accompany(options: argparse.Namespace) -> None:
    """Accompany test tunes of some styles, none of which the model is told."""
    from generators.leadsheet import LeadSheet
    from onnx_models.workshop import corpus as reading
    from onnx_models.workshop.evaluation.strange import MOST, by_style

    tunes = reading.load(options.work / "tunes.gz")
    styles = options.styles or sorted({tune.style for tune in tunes if tune.style})
    measured = by_style(LeadSheet(_card(options)), tunes, styles, options.count or MOST)
    if options.json:
        print(json.dumps(dict(measured), indent=2))
        return
    for style, found in measured:
        print(f"{style}: {found}", flush=True)


def _card(options: argparse.Namespace) -> "Card":
    """Return the card of the model that is asked for, on the shelf or in a folder of its own."""
    from generators.card import read_card
    from generators.catalogue import default_name

    name = options.model or default_name(options.shelf)
    folder = Path(name)
    return read_card(folder if folder.is_dir() else (options.shelf or SHELF) / name)


def page(options: argparse.Namespace) -> None:
    """Print the page about all models on the shelf."""
    from generators.card import read_card, shelf
    from onnx_models.workshop.cards import page as text

    print(text(read_card(folder) for folder in shelf(options.shelf)), end="")


def curves(options: argparse.Namespace) -> None:
    """Draw the learning curves of all runs in the work folder."""
    from onnx_models.workshop.curves import draw, read

    paths = sorted(options.work.glob("*/curve.jsonl"), key=lambda path: path.stat().st_mtime)
    if not paths:
        raise BadValue(
            f"no run has left a curve in {options.work}", "name another folder with --work"
        )
    picture = options.work / "curves.png"
    draw({path.parent.name: read(path) for path in paths}, picture)
    print(f"the picture is {picture}")


def voicing(options: argparse.Namespace) -> None:
    """Measure how chords are voiced on the held-out tunes: kept ones, or those of --corpora."""
    from onnx_models.workshop import corpus as reading
    from onnx_models.workshop.voicing_scores import SOURCES, as_json, as_text, measured

    if options.corpora is None:
        tunes = reading.load(options.work / "tunes.gz")
    else:
        tunes = reading.read_all(options.corpora, SOURCES)
    print((as_json if options.json else as_text)(measured(tunes)))


def listen(options: argparse.Namespace) -> None:
    """Make the listening page: prompts drawn by a seed, with three answers each."""
    from generators.catalogue import default_name, generator
    from onnx_models.workshop.corpus import load
    from onnx_models.workshop.evaluation.baselines import kept
    from onnx_models.workshop.evaluation.pieces import Pieces
    from onnx_models.workshop.listening.answers import Chains
    from onnx_models.workshop.listening.drawing import draw
    from onnx_models.workshop.listening.engraving import engraver
    from onnx_models.workshop.listening.page import Page, write

    player = generator(options.model or default_name(options.shelf), options.shelf)
    tunes = load(options.work / "tunes.gz")
    calls = draw(tunes, options.seed)
    chains = Chains.of(kept(Pieces(tunes), options.work / "tunes.gz"))
    page = Page.of(calls, player, chains, options.seed)
    print(f"the page is {write(page, options.out, engraver())}")


STEPS = {
    "fetch": fetch,
    "corpus": corpus,
    "train": train,
    "export": export,
    "curves": curves,
    "origins": origins,
    "page": page,
    "voicing": voicing,
    "hearing": hearing,
    "ranking": ranking,
    "controls": controls,
    "accompany": accompany,
    "listen": listen,
}
