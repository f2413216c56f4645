"""Compiles what of Antiphon is not Python, where a C compiler is at hand; it does without else.

It is one small file, for JACK on Linux: bridge/wires/rest.py tells what it is good for.
"""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("bridge/wires/rest.c")
MADE = "librest.so"  # not rest.so, which Python would take for its module `rest`


class CompiledRest(BuildHookInterface[Any]):
    """Puts the compiled file beside its source; a wheel that has it is for this system only."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before a wheel, or an editable install, is put together."""
        made = compile_beside(Path(self.root) / SOURCE)
        if made and version != "editable":
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform()}"
            build_data["force_include"][str(made)] = str(SOURCE.with_name(MADE))


def compile_beside(source: Path) -> Path | None:
    """Return where the compiled file is, or None where it cannot be made.

    It is written beside and renamed: a daemon that runs goes on with the one that it has loaded.
    """
    compiler = _compiler()
    if not compiler:
        return None
    made = source.with_name(MADE)
    beside = source.with_name(f"{MADE}.new")
    words = [*compiler, "-O2", "-shared", "-fPIC", "-o", str(beside), str(source)]
    try:
        done = subprocess.run(words, capture_output=True, timeout=60, check=False)
        if done.returncode:
            return None
        beside.replace(made)
    except (OSError, subprocess.TimeoutExpired):
        return None
    finally:
        beside.unlink(missing_ok=True)
    return made


def platform() -> str:
    """Return this system as a wheel's name gives it."""
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")


def _compiler() -> list[str]:
    """Return the words that call the C compiler; none elsewhere than on Linux.

    macOS would ask to install its tools in a window, and Windows has no JACK as a rule.
    """
    if sys.platform != "linux":
        return []
    asked = shlex.split(os.environ.get("CC", ""))
    found = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    return asked or ([found] if found else [])
