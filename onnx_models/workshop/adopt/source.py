"""A folder with somebody's model in it: its configuration, its weights, its licence."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from generators.music.errors import BadModel
from onnx_models.workshop.adopt.plain import Weights

CONFIG = "config.json"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
"""Where weights may lie, or their index (`.index.json`) where they lie in several files."""
LICENCES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING")
UNTOLD = "not told in the model's folder; ask whoever made it"
WHOLE = "fetch the whole folder of the model again"


@dataclass(frozen=True, slots=True)
class Source:
    """A folder, and what its configuration says."""

    folder: Path
    config: Mapping[str, Any]

    def number(self, name: str, table: Mapping[str, Any] | None = None) -> int:
        """Return a whole number above 0 of the configuration, or of a table in it.

        Raises:
            BadModel: it has none.

        """
        value = (self.config if table is None else table).get(name)
        if not isinstance(value, int) or value < 1:
            raise BadModel(f"{CONFIG} says no {name}", WHOLE)
        return value

    def licence(self) -> str:
        """Return what the folder says of its licence: the head of its README, or a text."""
        readme = self.folder / "README.md"
        head = _text(readme).partition("---")[2].partition("---")[0]
        if found := re.search(r"^licen[sc]e:\s*(\S.*)$", head, re.MULTILINE | re.IGNORECASE):
            return f"{found[1].strip()} (as its README says)"
        for name in LICENCES:
            if first := next(
                (ln.strip() for ln in _text(self.folder / name).splitlines() if ln.strip()), ""
            ):
                return f"{first[:80]} (first line of its {name})"
        return UNTOLD


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def read_source(folder: Path) -> Source:
    """Read what a folder says of itself.

    Raises:
        BadModel: it is no folder, or has no configuration that can be read.

    """
    if not folder.is_dir():
        raise BadModel(f"there is no folder {folder}", "name a folder that holds a model")
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadModel(f"{folder} has no {CONFIG}, so it is no model", WHOLE) from None
    except (OSError, ValueError) as error:
        raise BadModel(f"{path} cannot be read ({error})", WHOLE) from error
    if not isinstance(config, dict):
        raise BadModel(f"{path} is no configuration of a model", WHOLE)
    return Source(folder, config)


def read_weights(folder: Path) -> Weights:
    """Read the weights of a folder, in full precision.

    Raises:
        BadModel: there are none, or they cannot be read.

    """
    for name in WEIGHTS:
        files = _parts(folder, name)
        if files:
            found = {key: each for file in files for key, each in _read(file).items()}
            return {key: _numbers(each) for key, each in found.items()}
    raise BadModel(f"{folder} has no weights ({' or '.join(WEIGHTS)})", WHOLE)


def _parts(folder: Path, name: str) -> list[Path]:
    """Return the files that hold the weights: one, those of an index, or none."""
    if (folder / name).is_file():
        return [folder / name]
    index = folder / f"{name}.index.json"
    if not index.is_file():
        return []
    try:
        listed = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise BadModel(f"{index} cannot be read ({error})", WHOLE) from error
    return [folder / Path(str(file)).name for file in sorted(set(listed))]


def _read(file: Path) -> Mapping[str, torch.Tensor]:
    """Read one file; nothing in it is ever run."""
    try:
        if file.suffix == ".safetensors":
            return dict(load_file(file))
        kept = torch.load(file, map_location="cpu", weights_only=True)
        return {name: each for name, each in kept.items() if isinstance(each, torch.Tensor)}
    except (OSError, SafetensorError, EOFError) as error:
        raise BadModel(f"{file} cannot be read ({_first_line(error)})", WHOLE) from error
    except Exception as error:  # torch's reader raises kinds that have nothing in common
        raise BadModel(f"{file} holds no plain weights ({_first_line(error)})", WHOLE) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:120]


def _numbers(tensor: torch.Tensor) -> np.ndarray:
    numbers: np.ndarray = tensor.to(torch.float32).numpy()
    return numbers
