"""Soft thru: what the player does goes on to the output, and all that it began ends."""

from bridge.events import Pass
from bridge.stage import Stage
from bridge.wire import ALL_OFF, Tally, is_off, voice_of
from generators.music.time import Seconds

HOLDS = (64, 66, 69)  # sustain, sostenuto, hold 2: the controllers that keep notes sounding
CENTRE = bytes((0x00, 0x40))  # of the pitch bend
CONTROL, BEND = 0xB0, 0xE0


class Thru:
    """Passes the player's messages on unchanged and in order, while `thru` is set.

    It keeps what it began: keys, pedals and bends. An end is passed on only for a note that was,
    so that nothing is ended twice, also where `thru` was switched while keys were down.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._held = Tally()
        self._pedals: dict[tuple[int, int], bool] = {}
        self._bent: dict[int, bool] = {}

    def take(self, message: bytes, at: Seconds) -> None:
        """Pass a message of a channel on, if that is wished."""
        if is_off(message):
            if self._held.sounding[voice_of(message)]:
                self._pass(message, at)
        elif self._stage.settings.thru:
            self._go_on(message, at)

    def _go_on(self, message: bytes, at: Seconds) -> None:
        channel, kind = message[0] & 0x0F, message[0] & 0xF0
        if kind == CONTROL and message[1] in ALL_OFF:
            self.end(at, channel)
            return
        if kind == CONTROL and message[1] in HOLDS:
            self._pedals[channel, message[1]] = message[2] > 0
        elif kind == BEND:
            self._bent[channel] = message[1:] != CENTRE
        self._pass(message, at)

    def end(self, at: Seconds, channel: int | None = None) -> None:
        """End what was passed on, on one channel or on all: keys, then pedals and bends."""
        for off in self._held.endings(channel):
            self._pass(off, at)
        for (held, number), down in self._pedals.items():
            if down and channel in (None, held):
                self._pedals[held, number] = False
                self._pass(bytes((CONTROL | held, number, 0)), at)
        for bent, away in self._bent.items():
            if away and channel in (None, bent):
                self._bent[bent] = False
                self._pass(bytes((BEND | bent, *CENTRE)), at)

    def _pass(self, message: bytes, at: Seconds) -> None:
        self._held.count(message)
        self._stage.do(Pass(message, at))
