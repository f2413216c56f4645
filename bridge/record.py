"""A session's log: what it took, and what left. One line of JSON for each.

It holds what was played, so it is written only when the player asks for it.
"""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from threading import Lock
from typing import Any

from bridge.config import Settings
from bridge.errors import BadSetting
from bridge.events import Event, Heard, Planned, Stated, Told, Tuned
from bridge.whole import numbered
from generators.music.time import Ticks
from generators.prompt import Suggestion

log = logging.getLogger(__name__)
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """An event, and how many messages had left before it was acted on."""

    event: Event
    sent: int


@dataclass(frozen=True, slots=True)
class Left:
    """A message that left."""

    tick: Ticks
    message: bytes


class Recorder:
    """Writes a log, for any thread; a full disk ends the log, not the music.

    A session cannot be played twice, so no file that is there is written over: the log takes the
    next name that is free, `jam-2.log` beside `jam.log`. Each line goes out whole or is taken back.
    """

    def __init__(
        self, path: Path, settings: Settings, troubled: Callable[[str, str], None]
    ) -> None:
        """Begin a log.

        Raises:
            BadSetting: it cannot be written there.

        """
        self._troubled = troubled
        self._lock = Lock()
        self._length = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: FileIO | None = _opened(path)
            self.path = Path(str(self._file.name))
            self._append(self._file, {"antiphon": FORMAT, "settings": asdict(settings)})
        except OSError as error:
            raise BadSetting(
                f"{path} cannot be written ({error.strerror})", "record elsewhere"
            ) from None

    def took(self, event: Event, sent: int) -> None:
        """Write down an event."""
        self._write({"sent": sent, **_written(event)})

    def left(self, message: bytes, tick: Ticks) -> None:
        """Write down a message that left."""
        self._write({"out": message.hex(), "tick": tick})

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                with suppress(OSError):  # some network folders tell only now that they are full
                    self._file.close()
            self._file = None

    def _write(self, line: dict[str, Any]) -> None:
        with self._lock:
            if self._file is None:
                return
            try:
                self._append(self._file, line)
                return
            except OSError as error:
                why = error.strerror
                self._file = None
        what = f"the session is recorded no further ({why})"
        remedy = f"{self.path} replays up to here; make room, and start again to record the rest"
        log.warning("%s; %s", what, remedy)
        self._troubled(what, remedy)

    def _append(self, file: FileIO, line: dict[str, Any]) -> None:
        """Write a line, or leave the file as it was, closed."""
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        try:
            done = 0
            while done < len(data):
                done += file.write(data[done:]) or 0
        except OSError:
            with suppress(OSError), file:
                file.truncate(self._length)
            raise
        self._length += len(data)


def _opened(path: Path) -> FileIO:
    """Open a file that was not there, or a pipe or a device, which keeps nothing."""
    if path.exists() and not path.is_file():
        return path.open("wb", buffering=0)
    for free in numbered(path):
        with suppress(FileExistsError):
            return free.open("xb", buffering=0)
    raise AssertionError  # the names never end


def _written(event: Event) -> dict[str, Any]:
    match event:
        case Heard(message, at, port):
            return {"heard": message.hex(), "port": port, "at": at}
        case Tuned(margin, at):
            return {"tuned": margin, "at": at}
        case Stated():
            return _stated_written(event)
        case Told(message, at):
            return {"told": message.path, "args": list(message.args), "at": at}
        case Planned(number, suggestion, at):
            made = None if suggestion is None else _suggestion_written(suggestion)
            return {"planned": number, "suggestion": made, "at": at}
    return {"passed": True, "at": event.at}


def _stated_written(word: Stated) -> dict[str, Any]:
    return {
        "stated": word.source,
        "playing": word.playing,
        "at": word.at,
        "beat": word.beat,
        "seconds": word.seconds,
        "tempo": word.tempo,
        "meter": None if word.meter is None else str(word.meter),
    }


def _suggestion_written(made: Suggestion) -> dict[str, Any]:
    return {
        "source": made.source,
        "notes": [[n.onset, n.pitch, n.length, n.velocity] for n in made.notes],
        "chords": [[s.onset, s.length, str(s.chord)] for s in made.chords],
        "score": made.score,
        "why": made.why,
        "known": made.known,
    }
