"""Values from a TOML table: every key known, none missing, each of its type, or told in words."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


class Misfit(ValueError):
    """A table that does not fit: at which key, what is wrong with it, and what is allowed."""

    def __init__(self, key: str, what: str, allowed: str) -> None:
        super().__init__(key, what, allowed)
        self.key, self.what, self.allowed = key, what, allowed

    def under(self, key: str) -> "Misfit":
        """Return it as it is told from the table that holds this one."""
        return Misfit(f"{key}.{self.key}" if self.key else key, self.what, self.allowed)


def filled(kind: type[T], table: Mapping[str, Any], **more: object) -> T:
    """Return a value of a dataclass from a table; `more` is what no table can tell.

    Raises:
        Misfit: a key is unknown or missing, or its value is of another type.

    """
    hints = get_type_hints(kind)
    known = {each.name: each for each in fields(kind) if each.name not in more}  # type: ignore[arg-type]
    if unknown := [key for key in table if key not in known]:
        near = get_close_matches(unknown[0], known, 1)
        hint = f"did you mean {near[0]}?" if near else f"the keys are {', '.join(known)}"
        raise Misfit(unknown[0], "is not known", hint)
    for name, each in known.items():
        if name not in table and each.default is MISSING and each.default_factory is MISSING:
            raise Misfit(name, "is missing", f"it is {_named(hints[name])}")
    return kind(**{key: _under(key, hints[key], value) for key, value in table.items()}, **more)


def _under(key: str, kind: Any, value: object) -> object:
    try:
        return _value(kind, value)
    except Misfit as misfit:
        raise misfit.under(key) from None


def _value(kind: Any, value: object) -> object:
    """Return a value as its type holds it: lists as tuples, tables as what they tell of."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (types.UnionType, Union):
        return _value(next(each for each in inner if each is not type(None)), value)
    if is_dataclass(kind) and isinstance(kind, type) and isinstance(value, dict):
        return filled(kind, value)
    if origin is tuple and isinstance(value, list):
        return _row(kind, value)
    if origin is Mapping and isinstance(value, dict):
        return {key: _under(key, inner[1], each) for key, each in value.items()}
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise Misfit("", f"cannot be {value!r:.60}", f"it is {_named(kind)}")
    return value


def _row(kind: Any, values: list[object]) -> tuple[object, ...]:
    inner = get_args(kind)
    count = None if inner[-1] is ... else len(inner)
    if count is not None and len(values) != count:
        raise Misfit("", f"cannot be {values!r:.60}", f"it is {_named(kind)}")
    return tuple(_under(str(number), inner[0], each) for number, each in enumerate(values, 1))


def _named(kind: Any) -> str:
    """Say in words what a key holds."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (types.UnionType, Union):
        return _named(next(each for each in inner if each is not type(None)))
    if origin is tuple:
        several = (
            "numbers" if inner[0] in (int, float) else "texts" if inner[0] is str else "tables"
        )
        return f"a list of {several}" if inner[-1] is ... else f"a list of {len(inner)} {several}"
    return NAMES.get(kind, "a table")
