"""Files are written whole or not at all: beside their place, and then renamed."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path


def write_whole(target: Path, data: bytes) -> None:
    """Put a file in its place; what was there stays until all of the new one is written.

    Raises:
        OSError: it cannot be written; nothing of it is left behind.

    """
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            file.write(data)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def numbered(target: Path) -> Iterator[Path]:
    """Yield a name, and without end others like it to take where it is taken: jam-2.log."""
    yield target
    yield from (target.with_stem(f"{target.stem}-{number}") for number in count(2))
