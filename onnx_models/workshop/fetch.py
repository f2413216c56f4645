"""Fetches sources from the repositories in which they are published.

Only what is read is fetched: one commit, and of it the files of the table. A folder is written
beside its place and then moved there, so that a broken download leaves nothing behind.
"""

import logging
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from generators.music.errors import BadSong
from onnx_models.workshop.sources import Part, Repository, Source

log = logging.getLogger(__name__)

HOST = "https://github.com"
NETWORK = "check the network, or clone it elsewhere and lay its files into the folders told"


def fetch(source: Source, corpora: Path, host: str = HOST) -> list[str]:
    """Fetch a source into the folder of the corpora; return the folders and files that are new.

    What is there already stays as it is.

    Raises:
        BadSong: git is missing, or a repository cannot be reached or lacks what is read.

    """
    found: list[str] = []
    for repository in source.repositories:
        wanted = [part for part in repository.parts if not _there(part, corpora)]
        if not wanted:
            continue
        log.info("%s: about %d MB from %s", source.name, source.megabytes, repository.name)
        corpora.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=corpora, prefix=".fetch-") as beside:
            clone = Path(beside) / "clone"
            _clone(repository, clone, host)
            for part in wanted:
                _lay(repository, clone, part, corpora)
                found.append(part.goes)
    return found


def _there(part: Part, corpora: Path) -> bool:
    place = corpora / part.goes
    return place.is_file() or (place.is_dir() and next(place.rglob(part.only), None) is not None)


def _clone(repository: Repository, folder: Path, host: str) -> None:
    git = shutil.which("git")
    if git is None:
        raise BadSong("git is missing", "install git, or lay the files into the folders told")
    steps = (
        ("init", "--quiet"),
        ("remote", "add", "origin", f"{host}/{repository.name}"),
        ("sparse-checkout", "set", "--no-cone", *(f"/{part.path}" for part in repository.parts)),
        ("fetch", "--quiet", "--depth=1", "--filter=blob:none", "origin", repository.commit),
        ("checkout", "--quiet", "FETCH_HEAD"),
    )
    folder.mkdir()
    for step in steps:
        done = subprocess.run(  # noqa: S603
            [git, "-C", str(folder), *step],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        if done.returncode:
            why = next(reversed(done.stderr.strip().splitlines()), "git failed")
            raise BadSong(f"{repository.name} cannot be fetched ({why})", NETWORK)


def _lay(repository: Repository, clone: Path, part: Part, corpora: Path) -> None:
    """Move a file into its place, or the files of a folder; a folder may be there already."""
    origin, place = clone / part.path, corpora / part.goes
    if not origin.exists():
        raise BadSong(f"{repository.name} has no {part.path} at {repository.commit}", NETWORK)
    place.parent.mkdir(parents=True, exist_ok=True)
    if origin.is_file():
        origin.replace(place)
        return
    for path in _others(origin, part.only):
        path.unlink()
    if place.exists():
        for path in _files(origin):
            goal = place / path.relative_to(origin)
            goal.parent.mkdir(parents=True, exist_ok=True)
            path.replace(goal)
    else:
        origin.replace(place)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _others(folder: Path, only: str) -> Iterator[Path]:
    return (path for path in _files(folder) if not path.match(only))
