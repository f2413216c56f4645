"""MIDI through the system: ALSA, CoreMIDI or Windows, by RtMidi.

RtMidi calls back on a thread of its own: it stamps and hands over. What leaves waits in a thread
of ours for its moment, because RtMidi sends at once.
"""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Literal

from bridge.departures import Departures
from bridge.errors import PortTrouble
from bridge.portnames import stable
from bridge.wire import Ends, Figures, PortReport, is_whole
from generators.music.time import Seconds

log = logging.getLogger(__name__)
NAME = "Antiphon"
SEQUENCER = Path("/dev/snd/seq")
NATIVE = ("ALSA lib ", "RtMidi", "MidiIn", "MidiOut", "\n")
_quiet_lock = Lock()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what C libraries write to standard error to ourselves while RtMidi is set up.

    The descriptor belongs to the whole process: what other threads write meanwhile is written
    out afterwards.
    """
    with _quiet_lock, tempfile.TemporaryFile() as kept:
        try:
            real = os.dup(2)
        except OSError:  # there is no standard error, as in a program without a console
            yield
            return
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(real, 2)
            os.close(real)
            kept.seek(0)
            _pass_on(kept.read().decode(errors="replace"))


def _pass_on(text: str) -> None:
    lines = text.splitlines(keepends=True)
    own = [line for line in lines if line.strip() and not line.startswith(NATIVE)]
    for line in set(lines) - set(own):
        log.debug("MIDI library: %s", line.strip())
    if own:
        os.write(2, "".join(own).encode())


class SystemMidi:
    """One of RtMidi's ways to the system, by name: never the unspecified one, never JACK."""

    def __init__(self, api: int, name: str) -> None:
        """Open nothing but the list of ports.

        Raises:
            PortTrouble: this system has no such thing, or does not let us.

        """
        self.api = api
        self.name = name
        self._rtmidi = _library()
        self._lists = (self.made("in", f"{NAME} list"), self.made("out", f"{NAME} list"))

    @classmethod
    def here(cls) -> "SystemMidi":
        """Return the MIDI of this system.

        Raises:
            PortTrouble: it has none, or does not let us.

        """
        rtmidi = _library()
        if sys.platform == "darwin":
            return cls(rtmidi.API_MACOSX_CORE, "CoreMIDI")
        if sys.platform == "win32":
            return cls(rtmidi.API_WINDOWS_MM, "Windows MIDI")
        _check_sequencer()
        return cls(rtmidi.API_LINUX_ALSA, "ALSA")

    @property
    def virtual(self) -> bool:
        """Whether ports of our own can be made here: everywhere but on Windows."""
        return bool(self.api != self._rtmidi.API_WINDOWS_MM)

    def made(self, direction: Literal["in", "out"], client: str) -> Any:
        """Return a new RtMidi client without a port.

        Raises:
            PortTrouble: the system does not let us.

        """
        kind = self._rtmidi.MidiIn if direction == "in" else self._rtmidi.MidiOut
        try:
            with quiet():
                return kind(self.api, client)
        except OSError as error:
            raise PortTrouble(f"{self.name} cannot be used ({error})", _remedy()) from None

    def ports(self, direction: Literal["in", "out"]) -> tuple[str, ...]:
        """Return the names of others' ports that can be heard ("in") or played to ("out")."""
        return tuple(name for name in self.every(direction) if not name.startswith(NAME))

    def every(self, direction: Literal["in", "out"]) -> tuple[str, ...]:
        """Return the names of all ports, with our own where the system shows them to us."""
        lister = self._lists[0] if direction == "in" else self._lists[1]
        try:
            return tuple(lister.get_ports())
        except OSError as error:
            log.debug("%s does not list its ports: %s", self.name, error)
            return ()

    def close(self) -> None:
        """Let go of the list of ports."""
        for lister in self._lists:
            lister.delete()


def _library() -> Any:
    try:
        import rtmidi
    except ImportError as error:
        raise PortTrouble(
            f"python-rtmidi cannot be loaded ({error})", "on Linux install libasound2"
        ) from None
    return rtmidi


def _check_sequencer() -> None:
    if not SEQUENCER.exists():
        raise PortTrouble("this system has no ALSA sequencer", "type `sudo modprobe snd-seq`")
    if not os.access(SEQUENCER, os.R_OK | os.W_OK):
        raise PortTrouble(
            f"{SEQUENCER} is not open to you", "type `sudo usermod -aG audio $USER`, log in again"
        )


def _remedy() -> str:
    return {
        "win32": "install loopMIDI and make a port in it",
        "darwin": "restart the MIDI server: open Audio MIDI Setup",
    }.get(sys.platform, "type `sudo modprobe snd-seq`")


class SystemWire:
    """Ports on the system's own MIDI: a virtual pair, or one port that the player named."""

    lead = Seconds(0.0)

    def __init__(
        self,
        midi: SystemMidi,
        ends: Ends,
        named: dict[str, str] | None = None,
        title: str = NAME,
    ) -> None:
        """Open virtual ports, or the named ones: {"in": name} or {"out": name}.

        Raises:
            PortTrouble: a port cannot be had.

        """
        self._midi = midi
        self._ends = ends
        self._named = named or {}
        self._title = title
        self._heard = 0
        self._gone = False
        self._trouble = ""
        wanted = tuple(self._named) or ("in", "out")
        self._in = self._listening() if "in" in wanted else None
        self._out = self._opened("out") if "out" in wanted else None
        self._departures = Departures(self._put, ends.left)

    @property
    def name(self) -> str:
        """What the player calls it: ALSA, or `ALSA, Keystation` for a port that was named."""
        return ", ".join((self._midi.name, *(stable(name) for name in self._named.values())))

    def _opened(self, direction: Literal["in", "out"]) -> Any:
        own = f"{self._title} {direction}"
        client = self._midi.made(direction, own)
        name = self._named.get(direction)
        try:
            with quiet():
                if name is None:
                    return client.open_virtual_port(own)
                return client.open_port(client.get_ports().index(name), own)
        except (OSError, ValueError, NotImplementedError) as error:
            client.delete()
            what = name or own
            raise PortTrouble(
                f"{what!r} cannot be opened ({error})", "close what uses it"
            ) from None

    def _listening(self) -> Any:
        port = self._opened("in")
        port.ignore_types(sysex=True, timing=False, active_sense=True)
        port.set_callback(self._arrived)
        port.set_error_callback(self._failed)
        return port

    def _arrived(self, event: tuple[list[int], float], data: object = None) -> None:
        message = bytes(event[0])
        if is_whole(message):
            self._heard += 1
            self._ends.heard(message, Seconds(monotonic()), self.port("in"))

    def _failed(self, kind: int, text: str, data: object = None) -> None:
        self._trouble = text

    def _put(self, message: bytes) -> None:
        if self._out is not None:
            self._out.send_message(message)

    def port(self, direction: Literal["in", "out"]) -> str:
        """Return the name of a port that stays when it is plugged in again."""
        return stable(self._named.get(direction, f"{self._title} {direction}"))

    @property
    def alive(self) -> bool:
        """Whether messages still go through."""
        return not self._gone and not self._departures.broken

    @property
    def reaches(self) -> bool:
        """Whether it can play at all: who listens to a virtual port cannot be known."""
        return self._out is not None and self.alive

    def send(self, message: bytes, at: Seconds) -> None:
        """Have a message leave at a moment; nothing happens where there is no way out."""
        if self._out is not None and message:
            self._departures.add(message, at)

    def tend(self) -> None:
        """Notice that a named port was unplugged."""
        for direction, name in self._named.items():
            there = self._midi.ports("in" if direction == "in" else "out")
            if self.alive and name not in there:
                self._gone = True
                self._departures.stop()
                self._ends.gone()

    @property
    def troubles(self) -> tuple[PortTrouble, ...]:
        """Nothing: a port that cannot be had makes no wire."""
        return ()

    def unsent(self) -> tuple[bytes, ...]:
        """Return, once, what was given to it and never left."""
        return self._departures.unsent()

    def figures(self) -> Figures:
        """Say how it has done so far."""
        out = self._departures
        return Figures(
            sent=out.sent,
            heard=self._heard,
            late=out.late,
            latest=Seconds(out.latest),
            lost=out.lost,
        )

    def reports(self) -> tuple[PortReport, ...]:
        """Say which ports it has, and how they are."""
        found: list[PortReport] = []
        for direction, port in (("in", self._in), ("out", self._out)):
            if port is not None:
                way: Literal["in", "out"] = "in" if direction == "in" else "out"
                found.append(self._report(way))
        return tuple(found)

    def _report(self, direction: Literal["in", "out"]) -> PortReport:
        trouble = self._trouble or self._departures.broken
        if trouble or self._gone:
            state = trouble or "it was unplugged"
            again = "it is taken up again when it is back"
            return PortReport(
                self._midi.name, self.port(direction), direction, state, again, works=False
            )
        state = "open" if direction in self._named else "ready for your DAW to choose"
        return PortReport(self._midi.name, self.port(direction), direction, state)

    def close(self) -> None:
        """Stop listening, end what has begun, then close."""
        if self._in is not None:
            self._in.cancel_callback()
        ended = self._departures.close() if self.alive else self._departures.stop()
        self._gone = True
        if not ended:  # RtMidi hangs in a send: deleting the port under it would be a crash
            log.warning("%s does not let go of %s; leaving it", self._midi.name, self.port("out"))
            return
        for port in (self._in, self._out):
            if port is not None:
                with quiet():
                    port.delete()
        self._in = self._out = None
