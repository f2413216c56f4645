"""What a training run depends on, read from a TOML file."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from generators.music.errors import BadValue
from onnx_models.workshop.styles import known_styles
from onnx_models.workshop.tune import Tune


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

    def taught(self, tunes: Sequence[Tune]) -> list[Tune]:
        """Return the tunes that may be learnt from, or measured on the way."""
        return [tune for tune in tunes if tune.style not in self.left_out]


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
    known_styles(table.get("left_out", ()))
    return made(table)


def made(table: Mapping[str, Any]) -> Recipe:
    """Return the recipe of a table, in which names are in a list where there are several."""
    told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return Recipe(**told)
