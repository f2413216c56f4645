"""Whether what Antiphon runs on is there, and is its own.

`bridge` and `generators` are common words: another distribution may bring packages of the same
names, and installing it overwrites ours without a word from pip.
"""

import importlib.util
import re
from importlib import metadata
from pathlib import Path

OURS = "antiphon"
ROOMS = ("bridge", "generators", "onnx_models")
OPTIONAL = {
    "jack-client": "MIDI through JACK",
    "python-rtmidi": "MIDI through the system's own ports",
}


def home() -> Path:
    """Return the folder that all our rooms should be in: the one that this file is in."""
    return Path(__file__).resolve().parent.parent


def strangers() -> dict[str, Path | None]:
    """Return the rooms that come from elsewhere, with where from; None for one that is missing."""
    found = {room: _place(room) for room in ROOMS}
    return {room: place for room, place in found.items() if place != home() / room}


def lacking() -> list[str]:
    """Return the libraries that are declared and not installed.

    Raises:
        metadata.PackageNotFoundError: Antiphon itself was not installed; it runs from a folder.

    """
    needed = [each for each in metadata.requires(OURS) or () if "extra ==" not in each]
    return [name for name in map(_name, needed) if not _is_installed(name)]


def _place(room: str) -> Path | None:
    spec = importlib.util.find_spec(room)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return Path(folders[0]).resolve() if folders else None


def _name(requirement: str) -> str:
    word = re.match(r"[\w.-]+", requirement)
    return re.sub(r"[-_.]+", "-", word.group() if word else requirement).lower()


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
