"""Models on Hugging Face's hub: how large one is, and, once that is allowed, fetching it.

Nothing is fetched unless somebody said yes to its size. Files that can run are never fetched.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Protocol

from generators.music.errors import BadModel

NAMED = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
PLAIN = ("config.json", "README.md", "LICEN*", "COPYING")
SAFE, OLD = "*.safetensors*", "pytorch_model*"
GET = "pip install huggingface_hub"


class Hub(Protocol):
    """A place that models are fetched from."""

    def sizes(self, name: str) -> Mapping[str, int]:
        """Return the files of a model, and how many bytes each has."""

    def fetch(self, name: str, files: Sequence[str]) -> Path:
        """Fetch some files; return the folder that they are in."""


class HuggingFace:
    """The hub, by its own client, where that is installed."""

    def sizes(self, name: str) -> Mapping[str, int]:
        """Return the files of a model, and how many bytes each has.

        Raises:
            BadModel: the client is not installed, or the hub does not answer.

        """
        try:
            from huggingface_hub import HfApi
        except ImportError:
            raise BadModel(f"fetching {name} needs huggingface_hub", GET) from None
        try:
            told = HfApi().model_info(name, files_metadata=True)
        except Exception as error:  # the client's kinds have nothing in common
            raise _unreachable(name, error) from error
        return {each.rfilename: each.size or 0 for each in told.siblings or ()}

    def fetch(self, name: str, files: Sequence[str]) -> Path:
        """Fetch some files; return the folder that they are in.

        Raises:
            BadModel: they cannot be fetched.

        """
        from huggingface_hub import snapshot_download

        try:
            return Path(snapshot_download(name, allow_patterns=list(files)))
        except Exception as error:  # the client's kinds have nothing in common
            raise _unreachable(name, error) from error


def _unreachable(name: str, error: Exception) -> BadModel:
    first = str(error).strip().split("\n", 1)[0][:120]
    return BadModel(f"{name} cannot be fetched ({first})", "check its name and the network")


def located(source: str, allowed: Callable[[str], bool], hub: Hub | None = None) -> Path:
    """Return the folder of a model: the one that is named, or one that is fetched if allowed.

    `allowed` is asked with a sentence that says how large it is.

    Raises:
        BadModel: there is no such folder, or it may not be fetched.

    """
    if source and Path(source).is_dir():
        return snapshot(Path(source))
    if not NAMED.fullmatch(source):
        raise BadModel(f"there is no folder {source}", "name a folder, or a hub's OWNER/NAME")
    hub = hub or HuggingFace()
    sizes = hub.sizes(source)
    files = wanted(sizes)
    if not files:
        raise BadModel(f"{source} has no weights that can be read", "it needs safetensors or .bin")
    size = sum(sizes[file] for file in files)
    if not allowed(f"{source} is {size / 1e9:.2f} GB on the hub"):
        raise BadModel(f"{source} ({size / 1e9:.2f} GB) was not fetched", "say --yes to fetch it")
    return hub.fetch(source, files)


def wanted(files: Sequence[str] | Mapping[str, int]) -> list[str]:
    """Return which files of a model are needed: one kind of weights, and what says of them."""
    top = [file for file in files if "/" not in file]
    weights = next((found for like in (SAFE, OLD) if (found := _like(top, like))), [])
    return [*_like(top, *PLAIN), *weights] if weights else []


def _like(files: Sequence[str], *patterns: str) -> list[str]:
    return [file for file in files if any(fnmatch(file, each) for each in patterns)]


def snapshot(folder: Path) -> Path:
    """Return where the files are, in a folder of the form in which the hub's client keeps them."""
    kept = folder / "snapshots"
    if not kept.is_dir():
        return folder
    main = folder / "refs" / "main"
    named = kept / main.read_text(encoding="utf-8").strip() if main.is_file() else folder
    if named.parent == kept and named.is_dir():
        return named
    found = sorted(each for each in kept.iterdir() if each.is_dir())
    if not found:
        raise BadModel(f"{folder} holds no model", "fetch it again")
    return found[-1]
