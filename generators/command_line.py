"""The words of a command, read so that each mistake is one sentence with its remedy."""

import argparse
import re
from collections.abc import Callable
from typing import NoReturn

from generators.music.errors import BadValue

ABOUT = re.compile(r"argument (?:[^:\s]*/)?([^:\s/]+): (.*)", re.DOTALL)
CHOICE = re.compile(r"invalid choice: (.*?),? \(choose from (.*)\)$", re.DOTALL)


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of printing how it is used."""

    def error(self, message: str) -> NoReturn:
        """Refuse the words.

        Raises:
            BadValue: always.

        """
        remedy = f"see `{self.prog} --help`"
        if found := ABOUT.match(message):
            name, what = found.groups()
            if choice := CHOICE.match(what):
                names = choice[2].replace("'", "")
                raise BadValue(f"{name} cannot be {choice[1]}", f"it is one of {names}")
            what, _, told = what.partition("; ")
            what = "needs a value" if what.startswith("expected") else what
            raise BadValue(f"{name} {what}", told or remedy)
        required = message.replace("the following arguments are required:", "what is missing is")
        raise BadValue(required, remedy)


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """Return what reads a whole number from `low` to `high`, for `add_argument`."""
    allowed = f"it is a whole number, {low}" + (" or more" if high is None else f" to {high}")

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if number < low or (high is not None and number > high):
            raise argparse.ArgumentTypeError(f"cannot be {text!r:.40}; {allowed}")
        return number

    return read


def number(low: float, high: float) -> Callable[[str], float]:
    """Return what reads a number from `low` to `high`, for `add_argument`."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            told = f"cannot be {text!r:.40}; it is a number, {low:g} to {high:g}"
            raise argparse.ArgumentTypeError(told)
        return value

    return read
