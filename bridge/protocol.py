"""The protocol, version 1, as one table.

The OSC dispatcher, the WebSocket, `docs/protocol.md` and the validator are made from it.
Beats are floats in quarters from the start of the song; ids are strings.
"""

import difflib
import math
from dataclasses import dataclass
from typing import Literal

from bridge.config import ROLES
from bridge.errors import BadMessage

VERSION = 1
Value = int | float | str
Args = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument: its name, its OSC type (i, f, s, or * for any) and what it may be."""

    name: str
    type: Literal["i", "f", "s", "*"]
    optional: bool = False
    choices: tuple[str, ...] = ()
    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """One message: its address, its arguments and what it means."""

    path: str
    args: tuple[Arg, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message that fits the table."""

    path: str
    args: Args = ()


KINDS = ("continue", "harmonize", "improvise", "infill")
PITCH = Arg("pitch", "i", span=(0, 127))
VELOCITY = Arg("velocity", "i", span=(0, 127))
BEAT = Arg("beat", "f", span=(0, 1e7))
ID = Arg("id", "s")

INCOMING = (
    Address(
        "/antiphon/note",
        (PITCH, VELOCITY, Arg("channel", "i", optional=True, span=(1, 16))),
        "a key goes down; velocity 0 lets it up",
    ),
    Address(
        "/antiphon/pedal", (Arg("down", "i", span=(0, 127)),), "the pedal: 64 and above holds it"
    ),
    Address(
        "/antiphon/transport/play",
        (Arg("beat", "f", optional=True, span=(0, 1e7)),),
        "start, from here or from a beat",
    ),
    Address("/antiphon/transport/stop", (), "stop; everything that sounds ends"),
    Address("/antiphon/transport/locate", (BEAT,), "go to a beat"),
    Address("/antiphon/tempo", (Arg("bpm", "f", span=(10, 1000)),), "quarters a minute"),
    Address("/antiphon/tap", (), "a beat is tapped now: from the second on, taps are the tempo"),
    Address(
        "/antiphon/meter",
        (Arg("beats", "i", span=(1, 64)), Arg("unit", "i", span=(1, 64))),
        "the time signature from the bar that is sounding",
    ),
    Address("/antiphon/key", (Arg("name", "s"),), "lock the key (`A minor`), or `auto`"),
    Address(
        "/antiphon/chords", (Arg("chords", "s"),), "lock the chords (`Am | F | C G`), or `auto`"
    ),
    Address("/antiphon/role", (Arg("role", "s", choices=ROLES),), "what Antiphon does"),
    Address(
        "/antiphon/ask",
        (
            Arg("kind", "s", choices=KINDS),
            Arg("bars", "i", span=(1, 64)),
            Arg("seed", "i", optional=True, span=(0, 2**31)),
        ),
        "ask for a set of suggestions",
    ),
    Address("/antiphon/audition", (ID,), "hear a suggestion from the next bar on"),
    Address("/antiphon/accept", (ID,), "keep a suggestion: it is part of the song from now on"),
    Address("/antiphon/reject", (ID,), "drop a suggestion"),
    Address("/antiphon/undo", (), "take the last accept or reject back"),
    Address("/antiphon/set", (Arg("setting", "s"), Arg("value", "*")), "change a live setting"),
    Address("/antiphon/panic", (), "end everything that sounds, at once"),
    Address("/antiphon/status", (), "ask for the status"),
    Address(
        "/antiphon/subscribe",
        (Arg("port", "i", span=(1, 65535)),),
        "send every answer to this UDP port of the sender",
    ),
)

OUTGOING = (
    Address(
        "/antiphon/suggestion/begin",
        (ID, Arg("kind", "s"), Arg("bars", "i"), BEAT),
        "a suggestion begins; its place in the song",
    ),
    Address(
        "/antiphon/suggestion/note",
        (ID, BEAT, Arg("beats", "f"), PITCH, VELOCITY),
        "a note of it, counted from the start of the song",
    ),
    Address(
        "/antiphon/suggestion/chord",
        (ID, BEAT, Arg("beats", "f"), Arg("symbol", "s")),
        "a chord of it",
    ),
    Address(
        "/antiphon/suggestion/end",
        (ID, Arg("score", "f"), Arg("why", "s")),
        "the suggestion is whole",
    ),
    Address(
        "/antiphon/suggestion/state",
        (ID, Arg("state", "s", choices=("offered", "accepted", "rejected"))),
        "what has become of a suggestion",
    ),
    Address("/antiphon/heard/key", (Arg("name", "s"),), "the key that was understood"),
    Address("/antiphon/heard/chord", (Arg("symbol", "s"),), "the chord that was understood"),
    Address(
        "/antiphon/heard/tempo",
        (Arg("bpm", "f"), Arg("sure", "f", optional=True, span=(0, 1))),
        "the tempo that was understood; of what is played, also how sure that is (0 to 1)",
    ),
    Address(
        "/antiphon/heard/downbeat",
        (
            BEAT, Arg("beats", "i"), Arg("unit", "i"),
            Arg("sure", "f", span=(0, 1)), Arg("sure_of_meter", "f", span=(0, 1)),
        ),
        "a bar line of what is played, where it falls in our song, in which meter, and how sure "
        "line and meter are (0 to 1)",
    ),
    Address(
        "/antiphon/heard/note",
        (PITCH, VELOCITY, Arg("channel", "i"), BEAT),
        "the player's key went down, or up (velocity 0)",
    ),
    Address(
        "/antiphon/played/note",
        (PITCH, VELOCITY, Arg("channel", "i"), BEAT),
        "Antiphon's note begins to sound, or ends (velocity 0)",
    ),
    Address(
        "/antiphon/played/chord",
        (Arg("symbol", "s"), BEAT, Arg("beats", "f")),
        "Antiphon plays this chord",
    ),
    Address(
        "/antiphon/transport",
        (
            Arg("playing", "i"), BEAT, Arg("bpm", "f"), Arg("beats", "i"), Arg("unit", "i"),
            Arg("source", "s"),
        ),
        "where the song is, how fast, in which meter, and who says so",
    ),
    Address(
        "/antiphon/barline", (BEAT,), "a beat that bars are counted from; 0 until told"
    ),
    Address("/antiphon/setting", (Arg("setting", "s"), Arg("value", "*")), "a setting's value now"),
    Address("/antiphon/status", (Arg("json", "s"),), "one JSON object with a `version`"),
    Address(
        "/antiphon/error", (Arg("what", "s"), Arg("remedy", "s")), "what went wrong, and the remedy"
    ),
)  # fmt: skip

BY_PATH = {address.path: address for address in INCOMING}


def understood(path: str, args: tuple[object, ...]) -> Message:
    """Return a message that fits the table; numbers are read as the type that is wanted.

    Pure Data sends every number as a float and SuperCollider true as 1, so whole floats are
    taken for integers and integers for floats.

    Raises:
        BadMessage: nobody knows the address, or the arguments do not fit.

    """
    address = BY_PATH.get(path)
    if address is None:
        near = difflib.get_close_matches(path.lower(), BY_PATH, n=1)
        hint = f"did you mean {near[0]}?" if near else "docs/protocol.md lists the addresses"
        raise BadMessage(f"no address is called {path[:80]!r}", hint)
    needed = sum(not arg.optional for arg in address.args)
    if not needed <= len(args) <= len(address.args):
        raise BadMessage(f"{path} got {len(args)} arguments", f"it takes {signature(address)}")
    return Message(
        path, tuple(_fit(address, *pair) for pair in zip(address.args, args, strict=False))
    )


def signature(address: Address) -> str:
    """Write the arguments as the table does: `pitch i, velocity i, [channel i]`."""
    names = (f"{arg.name} {arg.type}" for arg in address.args)
    texts = (f"[{n}]" if a.optional else n for n, a in zip(names, address.args, strict=True))
    return ", ".join(texts) or "no arguments"


def _fit(address: Address, arg: Arg, value: object) -> Value:
    fitted = _typed(arg, value)
    if fitted is None or (arg.choices and fitted not in arg.choices):
        wanted = f"one of {', '.join(arg.choices)}" if arg.choices else signature(address)
        raise BadMessage(
            f"{address.path}: {arg.name} cannot be {str(value)[:60]!r}", f"it takes {wanted}"
        )
    if arg.span and not arg.span[0] <= float(fitted) <= arg.span[1]:
        span = f"{arg.span[0]:.10g} to {arg.span[1]:.10g}"
        raise BadMessage(f"{address.path}: {arg.name} cannot be {fitted}", f"it is {span}")
    return fitted


def _typed(arg: Arg, value: object) -> Value | None:
    """Return the value as the argument's type, or None where it cannot be."""
    if arg.type in "s*" and isinstance(value, str):
        return value
    if arg.type == "s" or not isinstance(value, int | float) or not _is_finite(value):
        return None
    if arg.type == "i":
        return int(value) if value == int(value) else None
    return float(value) if arg.type == "f" else value


def _is_finite(value: float) -> bool:
    """Say whether a number can be reckoned with; JSON has whole numbers of any length."""
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**63
