"""Every generator by its name: the models on the shelf, our rules, and other people's.

A model is found by its card alone; a package may add generators as entry points of the group
`antiphon.generators`, each a function that returns one. One that does not load is passed over.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import cast

from generators.card import Card, read_card, shelf
from generators.music.errors import BadModel, BadValue, PlayerError
from generators.prompt import Generator

log = logging.getLogger(__name__)

GROUP = "antiphon.generators"
RULES: Mapping[str, str] = {"rules": "generators.rules:Rules", "recall": "generators.recall:Recall"}
"""Generators that need no model: module and class."""
FAMILIES: Mapping[str, str] = {
    "leadsheet": "generators.leadsheet:LeadSheet",
    "skytnt": "generators.skytnt:SkyTNT",
    "anticipation": "generators.anticipation:Anticipation",
}
"""For each language that models speak, the class that plays them."""
FALLBACK = "rules"


def cards(models_folder: Path | None = None) -> tuple[Card, ...]:
    """Return the cards of all models: those in the player's folder first, then those we ship.

    A card that cannot be read is logged and passed over.

    Raises:
        BadModel: the player's folder is not there.

    """
    found: dict[str, Card] = {}
    for name, card in _shelved(models_folder):
        if isinstance(card, BadModel):
            log.warning("%s", card)
        else:
            found.setdefault(name, card)
    return tuple(found.values())


def readable(models_folder: Path | None = None) -> tuple[Card, ...]:
    """Return the cards that can be read, and say nothing of the others."""
    return tuple(card for _, card in _shelved(models_folder) if isinstance(card, Card))


def _shelved(models_folder: Path | None) -> Iterator[tuple[str, Card | BadModel]]:
    """Yield the name and the card of each model, or what is wrong with it by its folder's name."""
    for folder in shelf(models_folder):
        try:
            card = read_card(folder)
        except BadModel as error:
            yield folder.name, error
        else:
            yield card.name, card


def names(models_folder: Path | None = None) -> tuple[str, ...]:
    """Return the names by which generators may be asked for."""
    return _names(card.name for card in cards(models_folder))


def _names(models: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*models, *RULES, *_others()]))


def default_name(models_folder: Path | None = None) -> str:
    """Return the generator that is used when none is asked for."""
    return default_of(cards(models_folder))


def default_of(models: Iterable[Card]) -> str:
    """Return the one among these models that is used when none is asked for, or the rules."""
    ready = (card.name for card in models if card.default and card.family in FAMILIES)
    return next(ready, FALLBACK)


def generator(name: str, models_folder: Path | None = None) -> Generator:
    """Return a generator, ready to answer.

    Raises:
        BadValue: none is called so.
        BadModel: it is a model whose card cannot be read, that does not match it, or that cannot be
            run.

    """
    shelved = list(_shelved(models_folder))
    card = next((each for called, each in shelved if called == name), None)
    if isinstance(card, BadModel):
        raise card
    if card is not None:
        return played(card)
    if name in RULES:
        return cast(Generator, _named(RULES[name])())
    if (other := _others().get(name)) is not None:
        return _loaded(other)
    known = _names(called for called, each in shelved if isinstance(each, Card))
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    raise BadValue(f"no generator is called {name!r}", hint)


def played(card: Card) -> Generator:
    """Return what plays a model.

    Raises:
        BadModel: it is of a family that is not known, does not match its card, or cannot be run.

    """
    if card.family not in FAMILIES:
        raise BadModel(
            f"the model {card.name} is of the family {card.family!r}, which this version lacks",
            f"it plays {', '.join(FAMILIES)}",
        )
    make = cast(Callable[[Card], Generator], _named(FAMILIES[card.family]))
    return make(card)


def _named(place: str) -> Callable[..., object]:
    """Import a class only when it is wanted: the list of names must be quick."""
    module, _, name = place.partition(":")
    return cast(Callable[..., object], getattr(import_module(module), name))


def _others() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _loaded(entry: EntryPoint) -> Generator:
    """Load somebody else's generator; whatever goes wrong in it is not a bug of ours."""
    try:
        return cast(Generator, entry.load()())
    except PlayerError:
        raise
    except Exception as error:
        log.warning("the generator %s does not load", entry.name, exc_info=True)
        raise BadModel(
            f"the generator {entry.name!r} does not load ({error})",
            "mend or uninstall the package that brings it",
        ) from error
