"""What the player's keyboard sends: the host's clock, keys that ask or tap, and what is played."""

from bridge.course import Course
from bridge.duo import Duo
from bridge.pulse import Pulse
from bridge.stage import Stage
from generators.music.time import Seconds


class Keyboard:
    """Tells what each MIDI message is for, and hands it on; it keeps nothing."""

    def __init__(self, stage: Stage, duo: Duo, course: Course, pulse: Pulse) -> None:
        self._stage = stage
        self._duo = duo
        self._course = course
        self._pulse = pulse

    def hear(self, message: bytes, at: Seconds, port: str = "") -> None:
        """Take a MIDI message that came by a port."""
        status = message[0]
        if status >= 0xF0:
            self._course.heard(message, at, port)
        elif status & 15 in self._stage.settings.listened and not self._asks(message, at):
            self._duo.plays(message, at)
            self._play(message, at)

    def _asks(self, message: bytes, at: Seconds) -> bool:
        """Say whether this key or controller asks for an answer or taps, and see to it."""
        status, number, *value = message
        kind, wish, tap = status & 0xF0, self._stage.settings, self._pulse.tapped
        keys = kind in (0x80, 0x90)
        if keys:
            deeds = {wish.ask_note: self._demand, wish.tap_note: tap}
        elif kind == 0xB0:
            deeds = {wish.ask_cc: self._demand, wish.tap_cc: tap}
        else:
            return False
        deed = deeds.get(number)
        if deed is not None and ((kind == 0x90 and value[0]) or (not keys and value[0] >= 64)):
            deed(at)
        return deed is not None

    def _demand(self, at: Seconds) -> None:
        self._course.start_free(at)
        self._duo.demand(at)

    def _play(self, message: bytes, at: Seconds) -> None:
        kind, channel = message[0] & 0xF0, message[0] & 15
        if kind == 0x90 and message[2]:
            self._course.start_free(at)
            self._pulse.pressed(message[1], message[2], at)
            self._duo.press(message[1], message[2], channel, at)
        elif kind in (0x80, 0x90):
            self._pulse.released(message[1], at)
            self._duo.release(message[1], channel, at)
        elif kind == 0xB0:
            self._duo.control(message[1], message[2], channel, at)
