"""What the value of a setting may be, and the short texts that some are written in."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from typing import Any

from bridge.errors import BadSetting

SOURCES = ("midi", "jack", "link", "daw")
"""Who else may say where the song is: MIDI clock, JACK's transport and Ableton Link."""


def setting(
    default: Any,
    meaning: str,
    *,
    live: bool = False,
    choices: tuple[str, ...] = (),
    span: tuple[float, float] | None = None,
) -> Any:
    """Describe a setting: its default, what it means, and which values it takes."""
    notes = {"help": meaning, "live": live, "choices": choices, "span": span}
    return field(default=default, metadata=notes)


def read(name: str, value: object, kind: type) -> object:
    """Return a value as this type: OSC sends floats, TOML and flags send text.

    Raises:
        BadSetting: it cannot be read so.

    """
    try:
        if kind is bool:
            return _truth(value)
        if kind is int and isinstance(value, int | float) and value != int(value):
            raise ValueError
        if kind is str and isinstance(value, float) and value == int(value):
            return str(int(value))  # Pure Data sends every number as a float
        return kind(value)
    except (ValueError, TypeError, OverflowError):
        wanted = {int: "a whole number", float: "a number", bool: "true or false"}.get(kind, "text")
        raise BadSetting(f"{name} cannot be {value!r}", f"give {wanted}") from None


def _truth(value: object) -> bool:
    word = str(value).lower()
    if word not in {"true", "1", "1.0", "yes", "on", "false", "0", "0.0", "no", "off"}:
        raise ValueError(word)
    return word in {"true", "1", "1.0", "yes", "on"}


def check(name: str, value: object, notes: Mapping[str, Any]) -> None:
    """Refuse a value that is none of its setting's choices, or beyond its span.

    Raises:
        BadSetting: it is refused.

    """
    if notes["choices"] and value not in notes["choices"]:
        near = difflib.get_close_matches(str(value), notes["choices"], n=1)
        hint = (
            f"did you mean {near[0]!r}?" if near else f"it is one of {', '.join(notes['choices'])}"
        )
        raise BadSetting(f"{name} cannot be {value!r}", hint)
    if notes["span"] and not notes["span"][0] <= float(str(value)) <= notes["span"][1]:
        low, high = notes["span"]
        raise BadSetting(f"{name} cannot be {value}", f"it lies between {low:.10g} and {high:.10g}")


@cache
def channels(text: str) -> frozenset[int]:
    """Return the channels that a text such as 1,3-5 names, counted from 0; "all" names all.

    Raises:
        BadSetting: it is no such text.

    """
    if text.strip().lower() == "all":
        return frozenset(range(16))
    parts = [part.strip() for part in text.split(",")]
    named = [re.fullmatch(r"(\d{1,2})(?:\s*-\s*(\d{1,2}))?", part) for part in parts]
    spans = [(int(part[1]), int(part[2] or part[1])) for part in named if part]
    if None in named or not all(1 <= low <= high <= 16 for low, high in spans):
        raise BadSetting(
            f"listen_channels cannot be {text!r}", "write channels from 1 to 16 as 1,3-5, or all"
        )
    return frozenset(number - 1 for low, high in spans for number in range(low, high + 1))


@cache
def named_sources(text: str) -> tuple[str, ...]:
    """Return the sources that a text such as midi,jack names, in order.

    Raises:
        BadSetting: it is no such text.

    """
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if len(set(names)) < len(names) or not set(names) <= set(SOURCES):
        raise BadSetting(
            f"sources cannot be {text!r}", f"write some of {','.join(SOURCES)}, in order"
        )
    return names


@cache
def named_ports(text: str) -> tuple[int, ...]:
    """Return the UDP ports that a text such as 9000,9001 names.

    Raises:
        BadSetting: it is no such text.

    """
    try:
        found = tuple(int(port) for port in text.split(",") if port.strip())
    except ValueError:
        found = (0,)
    if not all(0 < port < 2**16 for port in found):
        raise BadSetting(f"osc_out cannot be {text!r}", "write ports as 9000,9001")
    return found
