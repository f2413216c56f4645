"""The words of SkyTNT's midi-model, versions 1 and 2: each event is a row of eight tokens.

A row begins with the kind of event and goes on with its parameters, each from words of its own.
Time is a step in quarters from the row before, and a place in sixteenths of a quarter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from generators.music.errors import BadValue
from generators.music.time import QUARTER, Ticks

PER_QUARTER = 16
UNIT = Ticks(QUARTER // PER_QUARTER)
ROW = 8
"""How many tokens a row has; short ones are filled up."""
PAD, BEGIN, END = 0, 1, 2
WHEN = ("time1", "time2", "track")
Row = tuple[int, ...]

_SIZES = {
    "time1": 128, "time2": 16, "duration": 2048, "track": 128, "channel": 16, "pitch": 128,
    "velocity": 128, "patch": 128, "controller": 128, "value": 128,
}  # fmt: skip
_SHARED = {
    "patch_change": (*WHEN, "channel", "patch"),
    "control_change": (*WHEN, "channel", "controller", "value"),
    "set_tempo": (*WHEN, "bpm"),
}


@dataclass(frozen=True)
class Vocabulary:
    """One version of the words: the kinds of events, and how many words a parameter has."""

    version: str
    events: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, int]

    @cached_property
    def kinds(self) -> Mapping[str, int]:
        """The token of each kind of event."""
        return {name: END + 1 + at for at, name in enumerate(self.events)}

    @cached_property
    def firsts(self) -> Mapping[str, int]:
        """The first token of each parameter."""
        at, found = END + 1 + len(self.events), {}
        for name, size in self.sizes.items():
            found[name] = at
            at += size
        return found

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return END + 1 + len(self.events) + sum(self.sizes.values())

    @property
    def digest(self) -> str:
        """The digest by which a card names this version."""
        told = repr((dict(self.events), dict(self.sizes)))
        return f"sha256:{sha256(told.encode()).hexdigest()}"

    def row(self, kind: str, **values: int) -> Row:
        """Return an event as a row.

        Raises:
            BadValue: a value is not among the words.

        """
        tokens = [self.kinds[kind], *(self.token(n, values[n]) for n in self.events[kind])]
        return (*tokens, *[PAD] * (ROW - len(tokens)))

    def token(self, name: str, value: int) -> int:
        """Return the token of a parameter's value.

        Raises:
            BadValue: there is none.

        """
        if not 0 <= value < self.sizes[name]:
            raise BadValue(f"{name} {value} cannot be told")
        return self.firsts[name] + value

    def event(self, row: Sequence[int]) -> tuple[str, dict[str, int]]:
        """Return what a row says: the kind of event, and its values.

        Raises:
            BadValue: it is no event.

        """
        kind = next((name for name, token in self.kinds.items() if token == row[0]), None)
        if kind is None:
            raise BadValue(f"the row {list(row)} is no event")
        names = self.events[kind]
        values = {n: row[1 + at] - self.firsts[n] for at, n in enumerate(names)}
        if any(not 0 <= value < self.sizes[name] for name, value in values.items()):
            raise BadValue(f"the row {list(row)} is no {kind}")
        return kind, values


BEGIN_ROW: Row = (BEGIN, *[PAD] * (ROW - 1))
V1 = Vocabulary(
    "v1",
    {"note": (*WHEN, "duration", "channel", "pitch", "velocity"), **_SHARED},
    {**_SIZES, "bpm": 256},
)
V2 = Vocabulary(
    "v2",
    {
        "note": (*WHEN, "channel", "pitch", "velocity", "duration"),
        **_SHARED,
        "time_signature": (*WHEN, "nn", "dd"),
        "key_signature": (*WHEN, "sf", "mi"),
    },
    {**_SIZES, "bpm": 384, "nn": 16, "dd": 4, "sf": 15, "mi": 2},
)
VERSIONS = {each.version: each for each in (V1, V2)}
