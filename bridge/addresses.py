"""What each address of the protocol does to the session."""

from collections.abc import Callable

from bridge.course import Course
from bridge.duo import SUSTAIN, Duo
from bridge.keyboard import Keyboard
from bridge.protocol import Message
from bridge.pulse import Pulse
from bridge.wishes import Wishes
from generators.music.time import QUARTER, Seconds
from generators.prompt import Kind


class Addresses:
    """Takes what is told by OSC or from the page to where it belongs; it keeps nothing."""

    def __init__(
        self, duo: Duo, course: Course, wishes: Wishes, pulse: Pulse, keyboard: Keyboard
    ) -> None:
        self._duo = duo
        self._offers = duo.offers
        self._course = course
        self._wishes = wishes
        self._pulse = pulse
        self._keyboard = keyboard

    def told(self, message: Message, at: Seconds) -> None:
        """Do what a message says.

        Raises:
            BadMessage: it cannot be done now, or what it names is not there.
            BadSetting: it wishes for what no setting can be.

        """
        TOLD[message.path](self, message, at)

    # Playing

    def _note(self, message: Message, at: Seconds) -> None:
        pitch, velocity, *rest = (int(arg) for arg in message.args)
        channel = rest[0] - 1 if rest else 0
        self._keyboard.hear(bytes((0x90 | channel, pitch, velocity)), at)

    def _pedal(self, message: Message, at: Seconds) -> None:
        for channel in range(16):  # OSC names no channel: the pedal is everyone's
            self._keyboard.hear(bytes((0xB0 | channel, SUSTAIN, int(message.args[0]))), at)

    def _tap(self, _: Message, at: Seconds) -> None:
        self._pulse.tapped(at)

    # The song

    def _play(self, message: Message, at: Seconds) -> None:
        self._course.play(float(message.args[0]) * QUARTER if message.args else None, at)

    def _stop(self, _: Message, at: Seconds) -> None:
        self._course.stop(at)

    def _locate(self, message: Message, at: Seconds) -> None:
        self._course.locate(float(message.args[0]) * QUARTER, at)

    def _panic(self, _: Message, at: Seconds) -> None:
        self._duo.end(at)
        self._duo.go_on(at)

    # Settings

    def _set(self, message: Message, at: Seconds) -> None:
        self._wishes.set(str(message.args[0]), message.args[1], at)

    def _meter(self, message: Message, at: Seconds) -> None:
        self._wishes.set("meter", f"{message.args[0]}/{message.args[1]}", at)

    def _lock(self, message: Message, at: Seconds) -> None:
        """Set the key, the chords, the role or the tempo: the setting is named like the address."""
        self._wishes.set(message.path.rpartition("/")[2], message.args[0], at)

    # Suggestions

    def _ask(self, message: Message, at: Seconds) -> None:
        kind, bars = Kind(str(message.args[0])), int(message.args[1])
        seed = int(message.args[2]) if len(message.args) > 2 else None
        self._duo.ask(kind, bars, seed, at)

    def _audition(self, message: Message, at: Seconds) -> None:
        name = str(message.args[0])
        self._offers.find(name)
        self._course.start_for_offer(at)
        self._offers.audition(name, self._course.transport.tick_at(at))

    def _accept(self, message: Message, _: Seconds) -> None:
        self._offers.accept(str(message.args[0]))

    def _reject(self, message: Message, _: Seconds) -> None:
        self._offers.reject(str(message.args[0]))

    def _undo(self, _: Message, __: Seconds) -> None:
        self._offers.undo()


TOLD: dict[str, Callable[[Addresses, Message, Seconds], None]] = {
    "/antiphon/note": Addresses._note,
    "/antiphon/pedal": Addresses._pedal,
    "/antiphon/transport/play": Addresses._play,
    "/antiphon/transport/stop": Addresses._stop,
    "/antiphon/transport/locate": Addresses._locate,
    "/antiphon/tempo": Addresses._lock,
    "/antiphon/tap": Addresses._tap,
    "/antiphon/meter": Addresses._meter,
    "/antiphon/key": Addresses._lock,
    "/antiphon/chords": Addresses._lock,
    "/antiphon/role": Addresses._lock,
    "/antiphon/ask": Addresses._ask,
    "/antiphon/audition": Addresses._audition,
    "/antiphon/accept": Addresses._accept,
    "/antiphon/reject": Addresses._reject,
    "/antiphon/undo": Addresses._undo,
    "/antiphon/set": Addresses._set,
    "/antiphon/panic": Addresses._panic,
}
"""What each address of the protocol does; `status` and `subscribe` are the wires' own."""
