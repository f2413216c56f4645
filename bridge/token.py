"""The secret of this installation: who knows it may act, not only look.

The page gets it with the page itself. Programs read it from the file. It keeps web pages of
strangers out; it does not keep out programs that run as the same user, who can read the file.
"""

import os
import secrets
from pathlib import Path

from platformdirs import user_data_path

from bridge.errors import PortTrouble

SHORTEST = 32  # characters: 192 bits as token_urlsafe writes them


def token_file() -> Path:
    """Return where the secret of this installation is kept, in the user's data folder."""
    return Path(user_data_path("antiphon", appauthor=False)) / "token"


def token(path: Path | None = None) -> str:
    """Return the secret of this installation; the first time, make it.

    Raises:
        PortTrouble: it can be neither read nor written.

    """
    place = path or token_file()
    try:
        return _kept(place) or _made(place)
    except OSError as error:
        raise PortTrouble(
            f"the token in {place} cannot be kept ({error.strerror})", "make that folder writable"
        ) from error


def _kept(place: Path) -> str:
    """Return what is in the file if it can be a token; anything else is made anew."""
    try:
        place.chmod(0o600)  # a restored backup may have opened it; Windows has no such modes
        text = place.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
    fits = len(text) >= SHORTEST and text.replace("-", "").replace("_", "").isalnum()
    return text if fits else ""


def _made(place: Path) -> str:
    """Write a new secret whole, for this user's eyes only."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f"{place.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    fresh.replace(place)
    return _kept(place)
