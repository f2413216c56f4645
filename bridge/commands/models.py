"""The models: `models` lists and adds them, `evaluate` measures them."""

import argparse
from pathlib import Path

from bridge.commands.saying import DONE, print_json
from bridge.commands.words import json_word, settings
from bridge.errors import Misunderstood

TOLD = ("name", "family", "parameters", "licence", "default", "about", "sha256")
"""What --json tells of a card, beside its scores."""


def models_words(parser: argparse.ArgumentParser) -> None:
    """Take what is to be done, and the model that is to be added."""
    add = parser.add_argument
    add("action", nargs="?", choices=("list", "add"), default="list", help="list them, or add one")
    add("source", nargs="?", metavar="SOURCE", help="a folder, or OWNER/NAME on the hub, to add")
    add("--name", metavar="NAME", default="", help="what the added model is called")
    add("--into", metavar="FOLDER", default="", help="where it goes (the setting models)")
    add("--yes", action="store_true", help="fetch it from the hub without being asked")
    json_word(parser)


def models(options: argparse.Namespace) -> int:
    """List the models, or add one."""
    return _added(options) if options.action == "add" else _listed(options)


def _added(options: argparse.Namespace) -> int:
    from bridge.adoption import Wanted, add

    if not options.source:
        raise Misunderstood("models add needs a model", "name its folder, or OWNER/NAME on the hub")
    into = options.into or settings(options).models
    return add(Wanted(options.source, into, options.name, options.yes))


def _listed(options: argparse.Namespace) -> int:
    from generators.catalogue import RULES, cards

    folder = settings(options).models
    found = cards(Path(folder) if folder else None)
    if options.json:
        told = [
            {**{key: getattr(card, key) for key in TOLD}, "scores": card.table} for card in found
        ]
        print_json(models=told, rules=list(RULES))
        return DONE
    for card in found:
        usual = "*" if card.default else " "
        size = f"{card.parameters / 1e6:.1f} M parameters, {card.licence}"
        print(f"{usual} {card.name:<12} {size}; {card.about}")
    print(*(f"  {name:<12} needs no model" for name in RULES), sep="\n")
    return DONE


def evaluate_words(parser: argparse.ArgumentParser) -> None:
    """Take what the workshop's evaluation takes."""
    from bridge.evaluation import FLAGS

    for name, (metavar, meaning) in FLAGS.items():
        parser.add_argument(f"--{name}", metavar=metavar, help=meaning)
    parser.add_argument("--keep", action="store_true", help="write the scores on the cards")
    json_word(parser)


def evaluate(options: argparse.Namespace) -> int:
    """Measure the models beside baselines."""
    from bridge.evaluation import FLAGS, evaluate

    options.models = options.models or settings(options).models or None
    told = {name: getattr(options, name) for name in FLAGS}
    words = [word for name, value in told.items() if value for word in (f"--{name}", value)]
    words += ["--json"] * options.json + ["--keep"] * options.keep
    return evaluate(words)
