"""The words that several commands take, and the settings that they come to."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.config import Settings


def json_word(parser: argparse.ArgumentParser) -> None:
    """Take --json."""
    parser.add_argument("--json", action="store_true", help="print it for a program to read")


def setting_words(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """Take settings as flags."""
    from bridge.config import FIELDS

    for name in names:
        flag, usual, notes = (
            "--" + name.replace("_", "-"),
            FIELDS[name].default,
            FIELDS[name].metadata,
        )
        help_ = f"{notes['help']} ({usual})".replace("%", "%%")
        if isinstance(usual, bool):
            parser.add_argument(
                flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=help_
            )
        else:
            word = "|".join(notes["choices"]) or type(usual).__name__.upper()
            parser.add_argument(flag, default=argparse.SUPPRESS, metavar=word, help=help_)


def settings(options: argparse.Namespace, *names: str) -> "Settings":
    """Return the player's settings, with those of these names that were given as flags on top."""
    return loaded({name: value for name, value in vars(options).items() if name in names})


def loaded(changes: dict[str, object], path: str | None = None) -> "Settings":
    """Return the settings of a file, the player's own unless named, with changes on top."""
    from bridge.config import load

    return load(Path(path) if path else None, changes)
