"""A jam in virtual time: a player, a session, a schedule and a generator that takes its time."""

from collections.abc import Callable

from bridge.bench import jam
from bridge.config import Settings
from bridge.events import Action, Ask, Event, Heard, Planned, Tell, Told
from bridge.protocol import Args, Value, understood
from bridge.record import Left, Taken
from bridge.session import Session
from generators.choose import Chooser, growing
from generators.music.notes import Phrase
from generators.music.time import QUARTER, Seconds, Ticks
from generators.prompt import Generator
from tests.fakes import Hands, RecordingPort

Latency = Callable[[int], float | None]
"""The seconds that the answer to the nth question takes; None where it never comes."""


class Jam(jam.Jam):
    """Deeds are put in at their moments; `run` lets the music happen."""

    def __init__(
        self,
        generator: Generator,
        settings: Settings | None = None,
        latency: float | Latency = 0.05,
    ) -> None:
        self.settings = settings or Settings(tempo=120.0)
        self.port = RecordingPort()
        super().__init__(Session(self.settings), self.port, Hands())
        self.told: list[tuple[str, Args]] = []
        self.log: list[Taken | Left] = []
        self.asked: list[Ask] = []
        self._generator, self._choose = generator, Chooser(generator)
        self.tells_at = 0.0
        """After which share of the latency the last part is told before the whole; 0 for none."""
        self._latency: Latency = latency if callable(latency) else lambda _: latency

    # Deeds

    def midi(self, at: float, *message: int) -> None:
        """Let a MIDI message arrive."""
        self.event(at, Heard(bytes(message), Seconds(at)))

    def from_port(self, at: float, port: str, *message: int) -> None:
        """Let a MIDI message arrive by a port."""
        self.event(at, Heard(bytes(message), Seconds(at), port))

    def note(self, at: float, pitch: int, length: float = 0.4, velocity: int = 80) -> None:
        """Play a note."""
        self.midi(at, 0x90, pitch, velocity)
        self.midi(at + length, 0x90, pitch, 0)

    def play(self, phrase: Phrase, at: float, tempo: float = 120.0) -> None:
        """Play a phrase, a hair detached as fingers do."""
        second = 60 / tempo / QUARTER
        for note in phrase.notes:
            length = max(note.length * second - 0.02, 0.01)
            self.note(at + note.onset * second, note.pitch, length, note.velocity)

    def tell(self, at: float, path: str, *args: Value) -> None:
        """Let a message of the protocol arrive."""
        self.event(at, Told(understood(path, args), Seconds(at)))

    def host(self, at: float, seconds: float, tempo: float = 120.0) -> None:
        """Let a host start, send its clock for so long, and stop."""
        step = 60 / tempo / 24
        self.midi(at, 0xFA)
        for nth in range(round(seconds / step)):
            self.midi(at + nth * step + 0.0001, 0xF8)
        self.midi(at + seconds, 0xFC)

    # What happens

    def _did(self, event: Event, actions: tuple[Action, ...], sent: int) -> None:
        """Keep what happened, so that it can be replayed."""
        self.log.append(Taken(event, sent))

    def _say(self, tell: Tell) -> None:
        """Keep what was told."""
        self.told.append((tell.path, tell.args))

    def _think(self, ask: Ask) -> None:
        """Answer when the latency is over; where the beginning is told, when a part of it is."""
        self.asked.append(ask)
        took = self._latency(len(self.asked))
        if took is None:
            return
        made = [self._choose(ask.prompt)]
        if ask.grows and self.tells_at:
            made = list(growing(self._generator, ask.prompt))
        for nth, suggestion in enumerate(made, 1):
            share = 1.0 if suggestion.known is None else self.tells_at * nth / len(made)
            at = Seconds(self.clock.moment + took * share)
            self.event(at, Planned(ask.id, suggestion, at))

    # What was heard

    def starts(self, channel: int = 1) -> list[tuple[Ticks, int]]:
        """Return (tick, pitch) of what began on a MIDI channel (1 to 16)."""
        status = 0x90 | channel - 1
        return [(tick, m[1]) for m, _, tick in self.port.messages if m[0] == status]

    def said(self, path: str) -> list[Args]:
        """Return the arguments of all that was told at an address."""
        return [args for each, args in self.told if each == path]
