"""Stand-ins for clocks and failures: first-class classes, which keep what they were given."""

from collections.abc import Iterator

from bridge.replay import Clock
from bridge.transport import Transport
from generators.music.time import Seconds, Ticks
from generators.prompt import Item, Prompt


class Hands(Clock):
    """A clock that is moved by hand."""

    def forward(self, seconds: float) -> None:
        """Move on."""
        self.moment = Seconds(self.moment + seconds)


class RecordingPort:
    """An output that keeps every message with its moment and tick."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes, Seconds, Ticks]] = []

    def __call__(self, message: bytes, at: Seconds, tick: Ticks) -> None:
        """Keep it."""
        self.messages.append((message, at, tick))

    @property
    def notes(self) -> list[tuple[int, int]]:
        """What went out: (tick, pitch), the pitch negative where a note ends."""
        return [(tick, m[1] if m[0] >> 4 == 9 else -m[1]) for m, _, tick in self.messages]

    def hanging(self) -> dict[tuple[int, int], int]:
        """Return how often each (channel, pitch) was begun more often than ended."""
        counts: dict[tuple[int, int], int] = {}
        for message, _, _ in self.messages:
            key = message[0] & 15, message[1]
            counts[key] = counts.get(key, 0) + (1 if message[0] >> 4 == 9 else -1)
        return {key: count for key, count in counts.items() if count}


class Scripted:
    """A generator that gives what it was told to give."""

    name = "scripted"

    def __init__(self, *items: Item) -> None:
        self.items = items
        self.prompts: list[Prompt] = []

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        """Keep the prompt, give the items."""
        self.prompts.append(prompt)
        yield from self.items


def playing(tempo: float = 120.0) -> Transport:
    """Return a transport that started at tick 0 at moment 0."""
    return Transport(tempo=tempo, playing=True)
