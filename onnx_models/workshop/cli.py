"""`antiphon-workshop`: read a corpus, train a model on it, export it, evaluate it.

Each step imports what it needs by itself: only `train` and `export` need torch.
"""

import argparse
import logging
from pathlib import Path

from generators.music.errors import PlayerError

RECIPES = Path(__file__).parent / "recipes"
SHELF = Path(__file__).parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Run one step of the workshop; return 0 when it is done, 1 when something is missing."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = parser().parse_args(arguments)
    try:
        STEPS[options.step](options)
    except PlayerError as error:
        print(f"antiphon-workshop: {error}")
        return 1
    except ImportError as error:
        print(f"antiphon-workshop: {error}; pip install 'antiphon[train]'")
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    top = argparse.ArgumentParser("antiphon-workshop", description=__doc__)
    top.add_argument("step", choices=STEPS)
    top.add_argument("--recipe", type=Path, default=RECIPES / "leadsheet.toml")
    top.add_argument("--corpora", type=Path, help="the folder that holds the corpora")
    top.add_argument("--work", type=Path, default=Path("workshop"), help="where runs are kept")
    top.add_argument("--shelf", type=Path, help="where the exported model goes")
    top.add_argument("--model", help="listen: who answers; the default is the shelf's own")
    top.add_argument("--out", type=Path, default=Path("docs/listening"), help="listen: the folder")
    top.add_argument("--seed", type=int, default=1, help="listen: what prompts are drawn by")
    return top


def corpus(options: argparse.Namespace) -> None:
    """Read the recipe's sources and keep their tunes."""
    from onnx_models.workshop import corpus as reading
    from onnx_models.workshop.recipe import read_recipe

    tunes = reading.read_all(options.corpora or Path(), read_recipe(options.recipe).sources)
    reading.save(tunes, options.work / "tunes.gz")
    print(f"{len(tunes)} tunes are kept in {options.work / 'tunes.gz'}")


def train(options: argparse.Namespace) -> None:
    """Train until the recipe's time is over; go on where an earlier run stopped."""
    from onnx_models.workshop.corpus import load
    from onnx_models.workshop.recipe import read_recipe
    from onnx_models.workshop.train import train as run

    recipe = read_recipe(options.recipe)
    path = run(load(options.work / "tunes.gz"), recipe, options.work / recipe.name)
    print(f"the checkpoint is {path}")


def export(options: argparse.Namespace) -> None:
    """Put the trained model on the shelf with its card."""
    from onnx_models.workshop.corpus import load
    from onnx_models.workshop.export import export as run
    from onnx_models.workshop.export import read_checkpoint

    trained = read_checkpoint(options.work / "checkpoint.pt")
    folder = (options.shelf or SHELF) / trained.recipe.name
    card = run(trained, load(options.work / "tunes.gz"), folder)
    print(f"{card.name} is in {folder}; ONNX and torch differ by {card.proof.difference}")


def evaluate(options: argparse.Namespace) -> None:
    """Measure the model on the shelf and write its scores on its card; needs no torch."""
    from onnx_models.workshop.corpus import load
    from onnx_models.workshop.evaluate import evaluate as run
    from onnx_models.workshop.recipe import read_recipe

    folder = (options.shelf or SHELF) / read_recipe(options.recipe).name
    for score in run(load(options.work / "tunes.gz"), folder):
        print(f"{score.what}: {score.value}")


def page(options: argparse.Namespace) -> None:
    """Print the page about all models on the shelf."""
    from generators.card import read_card, shelf
    from onnx_models.workshop.cards import page as text

    print(text(read_card(folder) for folder in shelf(options.shelf)), end="")


def listen(options: argparse.Namespace) -> None:
    """Make the listening page: prompts drawn by a seed, with three answers each."""
    from generators.catalogue import default_name, generator
    from onnx_models.workshop.corpus import load
    from onnx_models.workshop.listening.answers import Chains
    from onnx_models.workshop.listening.drawing import draw
    from onnx_models.workshop.listening.engraving import engraver
    from onnx_models.workshop.listening.page import Page, write

    player = generator(options.model or default_name(options.shelf), options.shelf)
    tunes = load(options.work / "tunes.gz")
    calls = draw(tunes, options.seed)
    page = Page.of(calls, player, Chains.of(tunes), options.seed)
    print(f"the page is {write(page, options.out, engraver())}")


STEPS = {
    "corpus": corpus,
    "train": train,
    "export": export,
    "evaluate": evaluate,
    "page": page,
    "listen": listen,
}
