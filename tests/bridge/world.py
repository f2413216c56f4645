"""A jam for random lives: what comes and leaves is watched, message by message."""

from collections import Counter

from bridge.config import Settings
from bridge.duo import SUSTAIN
from bridge.echo import EchoGuard
from bridge.events import Ask, Event, Heard, Planned
from bridge.wire import Tally, Voice, is_off, is_on, voice_of
from generators.choose import whole
from generators.music.time import QUARTER, Seconds, Ticks
from generators.recall import Recall
from tests.frail import FrailPort, Moody
from tests.jam import Jam


class World(Jam):
    """A jam whose port may be lost and whose generator may fail, watched message by message.

    A cable may lead from its output to its input.
    """

    def __init__(self, latency: float, cable: float | None = None) -> None:
        self.moody = Moody(Recall())
        super().__init__(self.moody, Settings(tempo=120.0, call="1"), latency)
        self.line = FrailPort(self.clock)
        self.voices: Counter[Voice] = Counter()
        self.begun = 0
        self.began: dict[Voice, int] = {}
        """Which start was the last one of each voice."""
        self.passed: Counter[Voice] = Counter()
        """How often what the player does has begun each voice at the output and not ended it."""
        self.pedals: dict[int, int] = {}
        """How far the pedal of each channel is down at the output."""
        self.held = Tally()
        """What the session was told to be down."""
        self._came_back: Counter[bytes] = Counter()
        self._known_again: Counter[bytes] = Counter()
        self._guard = EchoGuard()
        self._cable = cable
        self._latest = Seconds(0.0)
        self.schedule._send, self.schedule._pass_on = self._sound, self._pass

    def _think(self, ask: Ask) -> None:
        """Answer as the thinking process does: a failure is an answer without a suggestion."""
        self.asked.append(ask)
        if self.moody.mood == "never":
            return
        try:
            made = whole(self.moody, ask.prompt)
        except RuntimeError:
            made = None
        took = self._latency(len(self.asked)) or 0.0
        if ask.grows and made is not None and ask.prompt.length > QUARTER:
            at = Seconds(self.clock.moment + took / 2)
            self.event(at, Planned(ask.id, made.begun(QUARTER), at))
            if self.moody.mood == "gives way":
                return
        at = Seconds(self.clock.moment + took)
        self.event(at, Planned(ask.id, made, at))

    def forward(self, seconds: float) -> None:
        """Let time pass, at the port as well."""
        self.run(self.clock.moment + seconds)
        self.line.pass_time(self.clock.moment)

    # What comes

    def take(self, event: Event) -> None:
        """Let the session hear only what is no echo, and see that a note is passed on as wished."""
        if not isinstance(event, Heard):
            super().take(event)
        elif not self._is_ours(event):
            message, voice, before = event.message, voice_of(event.message), self.passed.copy()
            wished = self.session.settings.thru and self._is_listened_to(message)
            self.held.count(message)
            super().take(event)
            if is_on(message):
                assert self.passed[voice] == before[voice] + wished, f"{voice} is passed on"
            elif is_off(message):
                assert self.passed[voice] == max(0, before[voice] - 1), f"{voice} ends as it began"

    def _is_ours(self, event: Heard) -> bool:
        """Say whether it is an echo: at least as many are known again as notes of ours came back.

        If the player strikes the same key as we do, it may be his that is taken for the echo.
        """
        message = event.message
        ours = self._guard.is_ours(message, event.at)
        if is_on(message):
            self._known_again[message] += ours
            self._came_back[message] += event.port == "own"
            assert self._known_again[message] >= self._came_back[message], "we hear ourselves"
        return ours

    def _is_listened_to(self, message: bytes) -> bool:
        settings, (channel, pitch) = self.session.settings, voice_of(message)
        return channel in settings.listened and pitch not in (settings.ask_note, settings.tap_note)

    # What leaves

    def _sound(self, message: bytes, at: Seconds, tick: Ticks) -> None:
        """Let a note of ours begin or end."""
        voice = voice_of(message)
        if is_on(message):
            assert not self.voices[voice], f"{voice} begins anew before it has ended"
            self.voices[voice] += 1
            self.begun += 1
            self.began[voice] = self.begun
        else:
            assert self.voices[voice], f"{voice} ends and does not sound"
            self.voices[voice] -= 1
        self._leave(message, at, "own")

    def _pass(self, message: bytes, at: Seconds, tick: Ticks) -> None:
        """Let what the player does go on."""
        voice = voice_of(message)
        if is_on(message):
            self.passed[voice] += 1
        elif is_off(message):
            assert self.passed[voice], f"{voice} ends and was not passed on"
            self.passed[voice] -= 1
        elif message[0] & 0xF0 == 0xB0 and message[1] == SUSTAIN:
            self.pedals[voice[0]] = message[2]
        self._leave(message, at, "passed")

    def _leave(self, message: bytes, at: Seconds, whose: str) -> None:
        assert at >= self._latest, "moments fall"
        self._latest = at
        self.line.send(message, at)
        self._guard.sent(message, at)
        if self._cable is not None:
            back = Seconds(at + self._cable)
            self.event(back, Heard(message, back, whose))
