"""The player's side: which messages are listened to, which hand plays, and what is passed on."""

from bridge.mpe import Zones
from bridge.stage import Stage
from bridge.thru import Thru
from generators.music.time import Seconds, Ticks

ASKING = ("ask_note", "ask_cc", "tap_note", "tap_cc")
"""The settings that name keys and controllers which are not played."""


class Player:
    """Hands what the player does to the captures of the two hands, and passes it on."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._zones = Zones()
        self._thru = Thru(stage)

    def plays(self, message: bytes, at: Seconds) -> None:
        """Pass on a message of a channel that is listened to."""
        self._thru.take(message, at)

    def press(self, pitch: int, velocity: int, channel: int, tick: Ticks) -> None:
        """Begin a note of the hand that plays here."""
        left = self._stage.settings.is_left(pitch, channel)
        hand = self._stage.left if left else self._stage.capture
        hand.press(pitch, velocity, channel, tick)

    def release(self, pitch: int, channel: int, tick: Ticks) -> None:
        """Let a key up; the hand that does not hold it takes no notice."""
        for hand in self._stage.hands:
            hand.release(pitch, channel, tick)

    def control(self, number: int, value: int, channel: int) -> None:
        """Take a controller that says which channels are one instrument."""
        self._zones.control(number, value, channel)

    def pedal(self, down: bool, channel: int, tick: Ticks) -> None:
        """Put the pedal down or lift it, for every channel that it is for."""
        for each in self._zones.reached(channel):
            for hand in self._stage.hands:
                hand.pedal(down, each, tick)

    def let_go(self, tick: Ticks, channel: int | None = None) -> None:
        """End all keys, on one channel (with those that it is master of) or on all."""
        for each in (None,) if channel is None else self._zones.reached(channel):
            for hand in self._stage.hands:
                hand.let_go(tick, each)

    def end(self, at: Seconds) -> None:
        """End all keys, and all that was passed on: something is wrong, or over."""
        self._thru.end(at)
        self.let_go(self._stage.transport.tick_at(at))

    def changed(self, name: str, at: Seconds) -> None:
        """Go by another setting; no key stays down for what went before."""
        tick = self._stage.transport.tick_at(at)
        if name == "thru" and not self._stage.settings.thru:
            self._thru.end(at)
        elif name == "listen_channels":
            for channel in frozenset(range(16)) - self._stage.settings.listened:
                self._thru.end(at, channel)
                for hand in self._stage.hands:
                    hand.let_go(tick, channel)
        elif name in ASKING:
            self.end(at)  # from now on the end of such a key is no end of a note
        elif name in ("split_note", "left_channel"):
            self.let_go(tick)
