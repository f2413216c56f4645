"""What a training run depends on, read from a TOML file."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from generators.music.errors import BadValue


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way of training a model; every number that matters is here."""

    name: str = "leadsheet"
    sources: tuple[str, ...] = ("nottingham",)
    width: int = 256
    layers: int = 4
    heads: int = 8
    key_heads: int = 4
    inner: int = 640
    context: int = 768
    dropout: float = 0.1
    batch_tokens: int = 6144
    rate: float = 1.5e-3
    least_rate: float = 5e-5
    warm_up: int = 100
    weight_decay: float = 0.1
    minutes: float = 60
    """How long to train; the learning rate falls to its least over this time."""
    chorded_share: float = 0.65
    """The share of a batch's tunes that have chords."""
    octave_share: float = 0.15
    """How often a tune is moved by an octave, so that the register may be any."""
    marked_share: float = 0.5
    """How often the ends of sections are marked."""
    seed: int = 1
    threads: int = 2


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        BadValue: it holds a setting that is not known, or none at all.

    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadValue(f"the recipe {path} cannot be read: {error}") from error
    known = {each.name for each in fields(Recipe)}
    if unknown := set(table) - known:
        raise BadValue(f"no setting of a recipe is called {sorted(unknown)[0]!r}")
    table["sources"] = tuple(table.get("sources", ("nottingham",)))
    return Recipe(**table)
