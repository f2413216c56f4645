"""Finding a port by part of its name."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Literal

from bridge.errors import PortTrouble

# ALSA ends names with client and port numbers (`20:0`), Windows through RtMidi with an index;
# both change when a device is plugged in again.
PASSING = re.compile(r"\s+\d+(:\d+)?$")


class Doubt(PortTrouble):
    """A part of a name that two ports have: the player has to say which is meant."""


def stable(name: str) -> str:
    """Return the part of a port's name that stays when it is plugged in again."""
    return PASSING.sub("", name)


def the_one(
    part: str,
    ports: Mapping[str, Iterable[str]] | Iterable[str],
    wire: str,
    direction: Literal["in", "out"],
) -> str | None:
    """Return the port that a part of a name means; None where it is empty or nothing fits.

    A port's whole name wins over its program's, and that over a part of another's. A mapping
    gives aliases for each name.

    Raises:
        Doubt: the part matches two ports; both are named.

    """
    sought = part.strip().casefold()
    if not sought:
        return None
    names = ports if isinstance(ports, Mapping) else dict.fromkeys(ports, ())
    whole = [name for name in names if sought == name.casefold()]
    same = [name for name in names if sought in _words(name, names[name])]
    program = [name for name in names if sought == name.casefold().partition(":")[0]]
    part_of = [name for name in names if any(sought in w for w in _words(name, names[name]))]
    found = whole or same or program or part_of
    if len(found) > 1:
        listed = " and ".join(repr(name) for name in sorted(found))
        raise Doubt(
            f"midi_{direction} {part!r} matches more than one {wire} port: {listed}",
            f"write more of the name, such as {sorted(found)[0]!r}",
        )
    return found[0] if found else None


def _words(name: str, aliases: Iterable[str]) -> list[str]:
    return [word.casefold() for word in (name, stable(name), *aliases)]


def missing(part: str, names: Iterable[str], direction: Literal["in", "out"]) -> PortTrouble:
    """Say that no port fits, what is there, and what to type."""
    there = sorted({stable(name) for name in names})
    near = difflib.get_close_matches(part, there, n=1, cutoff=0.4)
    what = f"no port to {'listen' if direction == 'in' else 'play'} to matches {part!r}"
    if not there:
        return PortTrouble(f"{what}: there is none", "plug one in; it is taken up when it is there")
    pick = near[0] if near else there[0]
    listed = ", ".join(there)
    return PortTrouble(f"{what}; there is {listed}", f"type --midi-{direction} {pick!r}")
