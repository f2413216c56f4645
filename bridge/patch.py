"""What a JACK client is connected to, and should be: it outlives the server."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from bridge.errors import PortTrouble
from bridge.portnames import the_one
from bridge.wire import PortReport

log = logging.getLogger(__name__)
Direction = Literal["in", "out"]


class Patch:
    """The connections that are wanted.

    `source` and `sink` are parts of names that the player gave; `known` are connections that
    were there, and are made again when the other port comes back.
    """

    def __init__(
        self,
        source: str = "",
        sink: str = "",
        known: Mapping[Direction, Iterable[str]] | None = None,
    ) -> None:
        known = known or {}
        self.part: dict[Direction, str] = {"in": source, "out": sink}
        self.known: dict[Direction, set[str]] = {
            "in": set(known.get("in", ())),
            "out": set(known.get("out", ())),
        }


def port_names(client: Any, direction: Direction) -> dict[str, tuple[str, ...]]:
    """Return the MIDI ports of others that can be heard ("in") or played to, with aliases."""
    own = f"{client.name}:"
    ports = client.get_ports(is_midi=True, is_output=direction == "in", is_input=direction == "out")
    return {p.name: tuple(p.aliases) for p in ports if not p.name.startswith(own)}


class Cabling:
    """The connections of one JACK client, kept as its patch says.

    A port is connected when it appears and not again: what the player disconnects stays so.
    `refused` is the error that JACK raises when it does not connect two ports.
    """

    def __init__(
        self, client: Any, own: Mapping[Direction, Any], patch: Patch, refused: type[Exception]
    ) -> None:
        self._client = client
        self._own = own
        self._patch = patch
        self._refused = refused
        self._seen: dict[Direction, set[str]] = {"in": set(), "out": set()}
        self._meant: dict[Direction, str | None] = {"in": None, "out": None}
        self._troubles: dict[Direction, PortTrouble] = {}
        self.sources: frozenset[str] = frozenset()
        """The ports that are heard, as last looked at."""

    def tend(self) -> None:
        """Connect what the player named, and what was connected before, as it appears."""
        for direction in self._own:
            try:
                self._tend(direction)
            except self._refused as error:
                log.debug("JACK does not answer about ports: %s", error)

    def _tend(self, direction: Direction) -> None:
        present = port_names(self._client, direction)
        appeared = present.keys() - self._seen[direction]
        wanted = self._patch.known[direction] & appeared
        named = self._named(direction, present)
        if named and (named in appeared or named != self._meant[direction]):
            wanted.add(named)
        for name in wanted:
            self._join(direction, name)
        self._meant[direction] = named
        self._seen[direction] = set(present)
        away = self._patch.known[direction] - present.keys()
        joined = self.joined(direction)
        self._patch.known[direction] = joined | away
        if direction == "in":
            self.sources = frozenset(joined)

    def _named(self, direction: Direction, present: dict[str, tuple[str, ...]]) -> str | None:
        """Return the port that the player named; what is in its way is kept for the report."""
        self._troubles.pop(direction, None)
        try:
            return the_one(self._patch.part[direction], present, "JACK", direction)
        except PortTrouble as trouble:
            self._troubles[direction] = trouble
            return None

    def _join(self, direction: Direction, name: str) -> None:
        own = self._own[direction]
        try:
            self._client.connect(*((name, own) if direction == "in" else (own, name)))
        except self._refused as error:
            log.debug("not connected to %s: %s", name, error)

    def joined(self, direction: Direction) -> set[str]:
        """Return the names of the ports that one of ours is connected to."""
        return {other.name for other in self._own[direction].connections}

    def has(self, direction: Direction) -> bool:
        """Say whether the port that the player named is, or may be, one of these."""
        return bool(self._meant[direction]) or direction in self._troubles

    def offers(self, direction: Direction) -> set[str]:
        """Return the names of others' ports, as last looked at."""
        return self._seen[direction]

    @property
    def troubles(self) -> tuple[PortTrouble, ...]:
        """What keeps a named port from being connected."""
        return tuple(self._troubles.values())

    def report(self, direction: Direction) -> PortReport:
        """Say what a port is connected to, or what keeps a named one away."""
        port = f"{self._client.name}:{direction}"
        trouble = self._troubles.get(direction)
        if trouble:
            return PortReport("JACK", port, direction, trouble.what, trouble.remedy, works=False)
        others = sorted(self.joined(direction))
        word = "hears" if direction == "in" else "plays to"
        state = f"{word} {', '.join(others)}" if others else "ready, not connected"
        remedy = "" if others else "connect it in your DAW or patchbay"
        return PortReport("JACK", port, direction, state, remedy)
