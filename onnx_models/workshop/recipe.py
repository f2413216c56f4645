"""What a training run depends on, read from a TOML file."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generators.music.errors import BadValue
from generators.tables import Misfit, filled
from generators.tokens.leadsheet import STYLES
from onnx_models.workshop.sources import BY_NAME
from onnx_models.workshop.tune import Tune

EXAMPLE = Path(__file__).parent / "recipes" / "base.toml"
OPTIMISERS = ("muon", "adamw")
MOST = 1000
SHARES = (
    "octave_share", "played_share", "bare_share", "marked_share", "counted_share", "told_share",
    "gap_share", "hintless_share",
)  # fmt: skip
SPANS: Mapping[str, tuple[float, float]] = {
    "width": (16, 16384), "layers": (1, 256), "heads": (1, 256), "key_heads": (1, 256),
    "inner": (16, 65536), "spelling": (16, 16384), "context": (128, 65536), "dropout": (0, 0.9),
    "batch_events": (1, 10_000_000), "rate": (1e-9, 1), "plain_rate": (1e-9, 1),
    "momentum": (0, 0.9999), "warm_up": (1, 1_000_000), "cool_down": (0.001, 1),
    "weight_decay": (0, 1), "minutes": (0.001, 1_000_000), "steps": (0, 1_000_000_000),
    "balance": (0, 2), "seed": (0, 2**32 - 1), "threads": (1, 1024),
    **dict.fromkeys(SHARES, (0, 1)),
}  # fmt: skip
"""The least and the most of every number of a recipe. No share is cooled down over, and no step
warmed up, in nothing: the rates are divided by them."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way of training a model; every number that matters is here."""

    name: str = "leadsheet"
    sources: tuple[str, ...] = ("nottingham",)
    left_out: tuple[str, ...] = ()
    """Styles of which nothing is learnt, to see how a model does in what is strange to it."""
    width: int = 256
    layers: int = 6
    heads: int = 8
    key_heads: int = 4
    inner: int = 768
    spelling: int = 256
    """The width of the layer that spells the words of an event."""
    context: int = 1024
    """The most events that are read."""
    dropout: float = 0.1
    batch_events: int = 6144
    optimiser: str = "muon"
    rate: float = 0.02
    """Of the matrices, by Muon; with `adamw`, everything goes by `plain_rate`."""
    plain_rate: float = 2e-3
    momentum: float = 0.95
    warm_up: int = 60
    cool_down: float = 0.5
    """The last share of the time, over which the rates fall to nothing."""
    weight_decay: float = 0.05
    minutes: float = 60
    """How long to train."""
    steps: int = 0
    """How many steps to train instead, for comparisons that hold on any machine; 0 is not told."""
    grown_from: str = ""
    """The recipe whose network, before its rates fell, this one begins with: its layers are
    stacked until there are enough (W. Du et al., Stacking Your Transformers, 2024). A folder
    of a shelf is gone on from as it is."""
    relative: bool = True
    """Whether pitches are counted from the tonic; else every lesson is moved to a drawn key."""
    balance: float = 0.6
    """Sources are drawn by their bars to this power."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """How much more often than that some sources are drawn."""
    octave_share: float = 0.15
    """How often a tune is moved by an octave, so that the register may be any."""
    played_share: float = 0.6
    """How often repeats are written out."""
    bare_share: float = 0.15
    """How often the chords are left out."""
    marked_share: float = 0.5
    """How often the ends of sections, and their names, are told."""
    counted_share: float = 0.4
    """How often bars tell how many notes begin in them: half the time all, else some."""
    told_share: float = 0.6
    """How often style, tempo and span are told, each by itself."""
    gap_share: float = 0.12
    """How often bars are left out and filled in at the end."""
    hintless_share: float = 0.15
    """How often the memory of the sheet tells nothing."""
    seed: int = 1
    threads: int = 2

    def __post_init__(self) -> None:
        """Refuse what no training can have."""
        _check_numbers(self)
        _check_sizes(self)
        _check_names(self)

    def taught(self, tunes: Sequence[Tune]) -> list[Tune]:
        """Return the tunes that may be learnt from, or measured on the way."""
        return [tune for tune in tunes if tune.style not in self.left_out]


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; what it does not say is as in `Recipe`.

    Raises:
        BadValue: it cannot be read, holds a setting that is not known, or a value that no training
            can have; the sentence names file, setting, and what is allowed.

    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadValue(
            f"the recipe {path} cannot be read ({error})", f"write it as {EXAMPLE.name} is"
        ) from error
    try:
        return filled(Recipe, table)
    except Misfit as misfit:
        raise BadValue(
            f"the recipe {path} does not do: {misfit.key} {misfit.what}", misfit.allowed
        ) from None


def made(table: Mapping[str, Any]) -> Recipe:
    """Return the recipe of a table, in which names are in a list where there are several."""
    told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return Recipe(**told)


def _check_numbers(recipe: Recipe) -> None:
    for name, (low, high) in SPANS.items():
        value = getattr(recipe, name)
        if not low <= value <= high:
            raise Misfit(name, f"cannot be {value}", f"it is {low} to {high}")
    for name, weight in recipe.weights.items():
        if not 0 <= weight <= MOST:
            raise Misfit(f"weights.{name}", f"cannot be {weight}", f"it is 0 to {MOST}")


def _check_sizes(recipe: Recipe) -> None:
    if recipe.width % (2 * recipe.heads):
        raise Misfit(
            "heads",
            f"cannot be {recipe.heads}",
            f"width ({recipe.width}) is a multiple of twice as many",
        )
    if recipe.heads % recipe.key_heads:
        raise Misfit(
            "key_heads",
            f"cannot be {recipe.key_heads}",
            f"heads ({recipe.heads}) is a multiple of it",
        )


def _check_names(recipe: Recipe) -> None:
    if not re.fullmatch(r"\w[\w .-]*", recipe.name):
        raise Misfit(
            "name", f"cannot be {recipe.name!r}", "it names a folder: letters, digits, - and _"
        )
    if recipe.optimiser not in OPTIMISERS:
        raise Misfit(
            "optimiser", f"cannot be {recipe.optimiser!r}", f"it is {' or '.join(OPTIMISERS)}"
        )
    if not recipe.sources:
        raise Misfit("sources", "is empty", f"there are {', '.join(BY_NAME)}")
    _check_known("sources", recipe.sources, BY_NAME)
    _check_known("left_out", recipe.left_out, STYLES)
    _check_known("weights", recipe.weights, recipe.sources)


def _check_known(key: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise Misfit(key, f"cannot name {name!r}", f"there are {', '.join(known)}")
