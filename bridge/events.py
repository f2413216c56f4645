"""What a session takes, and what it gives: plain values, so that a log of them replays."""

from dataclasses import dataclass
from typing import Literal

from bridge.protocol import Args, Message
from bridge.transport import Transport
from generators.music.time import Meter, Seconds, Ticks
from generators.prompt import Prompt, Suggestion

Lane = Literal["plan", "set"]
"""A plan is replaced by a newer one; the suggestions of a set are made one after another."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A MIDI message arrived."""

    message: bytes
    at: Seconds
    port: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A message of the protocol arrived, by OSC or from the page."""

    message: Message
    at: Seconds


@dataclass(frozen=True, slots=True)
class Planned:
    """A generator has answered, or begun to; no suggestion where it failed."""

    id: int
    suggestion: Suggestion | None
    at: Seconds


@dataclass(frozen=True, slots=True)
class Passed:
    """Time has passed; nothing else happened."""

    at: Seconds


@dataclass(frozen=True, slots=True)
class Tuned:
    """The ports need decisions this many seconds before what they are about."""

    margin: float
    at: Seconds


@dataclass(frozen=True, slots=True)
class Stated:
    """A source of the transport, other than MIDI clock, says where its song is.

    `beat` counts quarters from the start of the song, `seconds` the time; it knows one of the two
    at least. What it does not know of them, of tempo and of meter is None.
    """

    source: str
    playing: bool
    at: Seconds
    beat: float | None = None
    seconds: float | None = None
    tempo: float | None = None
    meter: Meter | None = None


Event = Heard | Told | Planned | Passed | Tuned | Stated


@dataclass(frozen=True, slots=True)
class Sounding:
    """A note on its way to a port; ticks are those of the song."""

    start: Ticks
    end: Ticks
    pitch: int
    velocity: int
    channel: int  # 0 to 15, as on the wire

    def at_once(self, other: "Sounding") -> bool:
        """Say whether both begin the same key at the same tick."""
        mine = self.start, self.channel, self.pitch
        return mine == (other.start, other.channel, other.pitch)


@dataclass(frozen=True, slots=True)
class Ask:
    """Let a generator answer this prompt."""

    id: int
    lane: Lane
    prompt: Prompt
    grows: bool = False
    """Whether the beginning of the answer is wanted before the rest is there."""


@dataclass(frozen=True, slots=True)
class Play:
    """Play these notes when the song reaches them."""

    notes: tuple[Sounding, ...]


@dataclass(frozen=True, slots=True)
class Pass:
    """Pass on what the player did at this moment, as it is."""

    message: bytes
    at: Seconds


@dataclass(frozen=True, slots=True)
class Cancel:
    """Forget the notes that begin at this tick or later; what sounds ends as it would."""

    since: Ticks


@dataclass(frozen=True, slots=True)
class Carry:
    """The song jumps by so many ticks, and what is not over yet goes along."""

    by: Ticks


@dataclass(frozen=True, slots=True)
class Silence:
    """End all that sounds at this moment, and forget the rest."""

    at: Seconds


@dataclass(frozen=True, slots=True)
class Follow:
    """Go by this transport from now on."""

    transport: Transport


@dataclass(frozen=True, slots=True)
class Tell:
    """Say this to every listener."""

    path: str
    args: Args = ()


Action = Ask | Play | Pass | Cancel | Carry | Silence | Follow | Tell
