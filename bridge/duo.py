"""The two who play together: the player's hands, and the role beside them."""

from collections import Counter, deque
from collections.abc import Iterator

from bridge.ear import Ear
from bridge.events import Planned
from bridge.offers import Offers
from bridge.player import Player
from bridge.roles import role
from bridge.stage import Stage, beats
from bridge.transport import Transport
from bridge.wire import ALL_OFF
from generators.music.time import Seconds, Ticks
from generators.prompt import Kind

Press = tuple[Seconds, int, int, int]
"""A key that went down: when, its pitch, velocity and channel."""

SUSTAIN = 64
TOGETHER = Seconds(0.1)  # a key this long before the host's start belongs to its first bar


class Duo:
    """What the hands do is heard, and the role goes on from it.

    It owns the role, and knows since when neither of the two does anything.
    """

    def __init__(self, stage: Stage, rungs: Counter[str]) -> None:
        self.offers = Offers(stage)
        self._stage = stage
        self._rungs = rungs
        self._player = Player(stage)
        self._ear = Ear(stage)
        self._early: deque[Press] = deque(maxlen=16)
        self._quiet_since: Ticks | None = None
        self._role = role(stage.settings.role, stage, rungs, self.offers)

    @property
    def _transport(self) -> Transport:
        return self._stage.transport

    # The hands

    def plays(self, message: bytes, at: Seconds) -> None:
        """Pass on what the player does, where that is wished."""
        self._player.plays(message, at)

    def press(self, pitch: int, velocity: int, channel: int, at: Seconds) -> None:
        """Take a key that goes down."""
        self._early.append((at, pitch, velocity, channel))
        tick = self._transport.tick_at(at)
        self._player.press(pitch, velocity, channel, tick)
        self._stage.tell("/antiphon/heard/note", pitch, velocity, channel + 1, beats(tick))
        self._heard(tick)
        self._ear.pressed(tick)

    def release(self, pitch: int, channel: int, at: Seconds) -> None:
        """Take a key that goes up."""
        tick = self._transport.tick_at(at)
        self._player.release(pitch, channel, tick)
        self._stage.tell("/antiphon/heard/note", pitch, 0, channel + 1, beats(tick))
        self._heard(tick)

    def control(self, number: int, value: int, channel: int, at: Seconds) -> None:
        """Take a controller: the pedal, the end of all keys, or which channels belong together."""
        self._player.control(number, value, channel)
        if number == SUSTAIN:
            self._player.pedal(value >= 64, channel, self._transport.tick_at(at))
        elif number in ALL_OFF:
            self._player.let_go(self._transport.tick_at(at), channel)

    def just_pressed(self, at: Seconds) -> list[Press]:
        """Return the newest keys that are still down, each as often as it is."""
        down, found = self._stage.keys, deque[Press]()
        for press in reversed(self._early):
            _, pitch, _, channel = press
            if at - press[0] < TOGETHER and down[channel, pitch]:
                down[channel, pitch] -= 1
                found.appendleft(press)
        return list(found)

    def _heard(self, tick: Ticks) -> None:
        self._quiet_since = None
        if self._transport.playing:
            self._role.heard(tick)

    # The role

    def demand(self, at: Seconds) -> None:
        """Have the role answer at the next bar."""
        if self._transport.playing:
            self._role.demand(self._transport.tick_at(at))

    def ask(self, kind: Kind, bars: int, seed: int | None, at: Seconds) -> None:
        """Ask for suggestions that begin at the next bar.

        Raises:
            BadMessage: nothing was played yet that an answer of this kind could be made from.

        """
        start = self._stage.next_bar(self._transport.tick_at(at))
        self.offers.ask(kind, start, Ticks(bars * self._stage.bar), seed)

    def planned(self, event: Planned) -> None:
        """Take what a generator has made, for the role or for the offers."""
        self.offers.planned(event)
        self._role.planned(event, self._transport.tick_at(event.at))

    def passed(self, at: Seconds) -> None:
        """Take note that time has passed while the song goes on."""
        tick = self._transport.tick_at(at)
        due = self._role.next_decision
        if self._ear.passed(tick):
            self._role.changed(tick)
        self._role.passed(tick)
        if due is None or self._stage.settled(due, tick):
            self._ear.tell_key()  # within a phrase the guess wavers

    @property
    def due(self) -> Iterator[Seconds]:
        """The moments at which `passed` is to be called, while the song goes on."""
        decision = self._role.next_decision
        if decision is not None:
            yield self._stage.when_to_decide(decision)
        if self._ear.due is not None:
            yield self._transport.when(self._ear.due)

    def reset(self) -> None:
        """Let the role forget what was going on."""
        self._role.reset()

    def rebarred(self, at: Seconds) -> None:
        """Let the role go on by other bar lines."""
        self._role.rebarred(self._transport.tick_at(at))
        self.go_on(at)

    @property
    def answers(self) -> bool:
        """Whether an answer sounds that ends by itself."""
        return self._role.answers

    def renew(self, at: Seconds) -> None:
        """Let the role plan anew: the player wishes something else."""
        self._role.renew(self._transport.tick_at(at))

    def change_role(self, at: Seconds) -> None:
        """Have the role that is set now play instead of the one before."""
        self._stage.hush(at)
        name = self._stage.settings.role
        self._role = role(name, self._stage, self._rungs, self.offers)
        self.go_on(at)

    def go_on(self, at: Seconds) -> None:
        """Let a role that was reset find its next bar."""
        if self._transport.playing:
            self._role.passed(self._transport.tick_at(at))

    # Both

    def begin(self, at: Seconds, early: list[Press]) -> None:
        """Set the role going; keys that went down with the start belong to the first bar."""
        tick = self._transport.tick_at(at)
        self._role.passed(tick)
        for _, pitch, velocity, channel in early:
            self._player.press(pitch, velocity, channel, tick)
            self._heard(tick)
            self._ear.pressed(tick)

    def leave(self, at: Seconds, *, looped: bool) -> None:
        """Let all keys go where the song jumps or stops; a loop keeps what was planned."""
        self._player.let_go(self._transport.tick_at(at))
        if not looped:
            self._stage.hush(at)
            self._role.reset()

    def settle(self, tick: Ticks) -> None:
        """Settle what begins at a tick that the song does not pass: the end of its loop."""
        self._role.passed(tick)

    def carry(self) -> None:
        """Go round the loop with what was settled."""
        self._stage.carry()
        self._role.carried(Ticks(-self._stage.loop.length))

    def end(self, at: Seconds) -> None:
        """End all that sounds, and plan nothing: something is wrong, or over."""
        self._stage.hush(at)
        self._player.end(at)
        self._role.reset()

    def changed(self, name: str, at: Seconds) -> None:
        """Let the hands go by another setting."""
        self._player.changed(name, at)

    # Quiet

    @property
    def quiet_since(self) -> Ticks | None:
        """Since when nothing goes on; None while something does."""
        return self._quiet_since

    def moved(self) -> None:
        """Count quiet anew: the song has started, stopped or jumped."""
        self._quiet_since = None

    def look_for_quiet(self, at: Seconds) -> None:
        """Take note whether anything goes on."""
        if not self._role.resting or self._stage.down:
            self._quiet_since = None
            return
        since = self._quiet_since or self._transport.tick_at(at)
        self._quiet_since = max(since, self._stage.busy_until)
