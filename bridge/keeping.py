"""Writes a setting into the player's settings file, and leaves the rest of it as it is."""

import json
import re
import tomllib
from pathlib import Path

from bridge.config import load, settings_file
from bridge.errors import BadSetting
from bridge.whole import write_whole

TABLE = re.compile(r"^\s*\[", re.MULTILINE)


def keep(name: str, value: str, path: Path | None = None) -> Path:
    """Write a setting of text; return the file.

    Raises:
        BadSetting: the file cannot be read or written, or would not be valid any more.

    """
    place = path or settings_file()
    load(place if place.exists() else None)  # what is wrong in it is said before it is touched
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        text = place.read_text(encoding="utf-8") if place.exists() else ""
        written = _with(text, name, value)
        if tomllib.loads(written).get(name) != value:
            raise BadSetting(f"{name} cannot be written into {place}", f'write {name} = "{value}"')
        write_whole(place, written.encode())
    except OSError as error:
        raise BadSetting(
            f"{place} cannot be written ({error.strerror})", "make its folder writable"
        ) from None
    return place


def _with(text: str, name: str, value: str) -> str:
    """Return the text with one line changed, or a new one where its top level ends."""
    line = f"{name} = {json.dumps(value, ensure_ascii=False)}"
    there = re.compile(rf"^\s*{re.escape(name)}\s*=.*$", re.MULTILINE)
    table = TABLE.search(text)
    top = table.start() if table else len(text)
    if there.search(text, 0, top):
        return there.sub(lambda _: line, text[:top], count=1) + text[top:]
    head = text[:top] if not text[:top] or text[:top].endswith("\n") else text[:top] + "\n"
    return f"{head}{line}\n{text[top:]}"
