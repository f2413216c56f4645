"""Taking Antiphon off a machine again, and only what is Antiphon's."""

import os
import shutil
import sys
from pathlib import Path

from install import environment, service
from install.troubles import Trouble

NAME = "antiphon"


def uninstall(root: Path, words: list[str]) -> None:
    """Remove the start-up entry and the environment; settings and data only when told to."""
    unknown = [word for word in words if word != "--all"]
    if unknown:
        raise Trouble(f"uninstall does not know {unknown[0]}", "it takes --all or nothing")
    if sys.platform in service.SYSTEMS:
        service.turn_off()
    _remove(environment.folder(root))
    kept = [folder for folder in folders() if folder.exists()]
    if kept and ("--all" in words or _agreed(kept)):
        for folder in kept:
            _remove(folder)
    elif kept:
        print(f"Kept: {', '.join(map(str, kept))} (your settings and data; --all removes them)")
    print(f"What is left of Antiphon is this folder: {root}")


def folders() -> list[Path]:
    """Return where Antiphon keeps a player's settings and data (as platformdirs places them)."""
    home = Path.home()
    if sys.platform == "win32":
        return [Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local") / NAME]
    if sys.platform == "darwin":
        library = home / "Library"
        return [library / each / NAME for each in ("Application Support", "Caches", "Logs")]
    places = {
        "XDG_CONFIG_HOME": ".config",
        "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state",
        "XDG_CACHE_HOME": ".cache",
    }
    return [Path(os.environ.get(name) or home / usual) / NAME for name, usual in places.items()]


def _agreed(kept: list[Path]) -> bool:
    """Ask, where somebody is there to answer."""
    if not sys.stdin.isatty():
        return False
    answer = input(f"Remove your settings and data too ({', '.join(map(str, kept))})? [y/N] ")
    return answer.strip().lower() in {"y", "yes"}


def _remove(folder: Path) -> None:
    if not folder.exists():
        return
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise Trouble(
            f"{folder} cannot be removed ({error.strerror})",
            "end Antiphon if it is running, then type the same again",
        ) from None
    print(f"Removed: {folder}")
