"""The model that the tests play: the smallest one that ships."""

from importlib.resources import files
from pathlib import Path

from generators.card import Card, read_card


def shipped_folder() -> Path:
    """Return the folder of the smallest lead-sheet model on the shelf."""
    return Path(str(files("onnx_models"))) / "small"


def shipped_card() -> Card:
    """Return its card."""
    return read_card(shipped_folder())
