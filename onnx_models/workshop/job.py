"""One piece of reading: what a worker is given, and what it gives back."""

from dataclasses import dataclass
from pathlib import Path

from generators.music.errors import BadSong
from onnx_models.workshop.tune import Tune

Found = tuple[list[Tune], list[str]]
"""Tunes, and the reasons of what was refused."""


@dataclass(frozen=True, slots=True)
class Job:
    """A file or a text to be read, and what is known about it from outside."""

    source: str
    split: str
    first: str
    """The path of a file, or a text."""
    second: str = ""
    """The path of a file that goes with it."""
    style: str = ""
    number: int = 0


FETCH = "fetch it with `antiphon-workshop fetch --download`"
BY_HAND = "it is published nowhere; `antiphon-workshop fetch` says what has to stand in it"
"""What to do about a table that was made for this reading."""


def need(path: Path, remedy: str) -> Path:
    """Return a path that is there.

    Raises:
        BadSong: it is not.

    """
    if not path.exists():
        raise BadSong(f"{path} is missing", remedy)
    return path
