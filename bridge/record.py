"""A session's log: what it took, and what left. One line of JSON for each.

It holds what was played, so it is written only when the player asks for it.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from bridge.config import Settings
from bridge.errors import BadSetting
from bridge.events import Event, Heard, Passed, Planned, Stated, Told, Tuned
from bridge.protocol import Message
from generators.music.errors import BadSong
from generators.music.harmony import Chord
from generators.music.notes import ChordSpan, Note
from generators.music.time import Meter, Seconds, Ticks
from generators.prompt import Suggestion

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
    """Writes a log; a full disk ends the log, not the music."""

    def __init__(self, path: Path, settings: Settings) -> None:
        try:
            self._file: TextIO | None = path.open("w", encoding="utf-8")
        except OSError as error:
            raise BadSetting(
                f"{path} cannot be written ({error.strerror})", "record elsewhere"
            ) from None
        self._write({"antiphon": FORMAT, "settings": asdict(settings)})

    def took(self, event: Event, sent: int) -> None:
        """Write down an event."""
        self._write({"sent": sent, **_written(event)})

    def left(self, message: bytes, tick: Ticks) -> None:
        """Write down a message that left."""
        self._write({"out": message.hex(), "tick": tick})

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is None:
            return
        try:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
            self._file.flush()
        except OSError:
            self._file = None


def read(path: Path) -> tuple[Settings, list[Taken | Left]]:
    """Read a log.

    Raises:
        BadSong: it is no log of Antiphon's, or cannot be read.

    """
    try:
        with path.open(encoding="utf-8") as file:
            lines = list(_lines(file))
        settings = Settings(**lines[0]["settings"])
        if lines[0]["antiphon"] != FORMAT:
            raise BadSong(f"{path} was recorded by another version", "replay it with that one")
        return settings, list(_entries(lines[1:]))
    except OSError as error:
        raise BadSong(f"{path} cannot be read ({error.strerror})", "check its name") from None
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise BadSong(
            f"{path} is not a recorded session ({error})", "record one: antiphon record LOG"
        ) from None


def _lines(file: TextIO) -> Iterator[dict[str, Any]]:
    """Read line by line; the last one may be cut, where the machine went down."""
    for line in file:
        if line.endswith("\n"):
            yield json.loads(line)


def _entries(lines: list[dict[str, Any]]) -> Iterator[Taken | Left]:
    for line in lines:
        if "out" in line:
            yield Left(Ticks(line["tick"]), bytes.fromhex(line["out"]))
        else:
            yield Taken(_event(line), line["sent"])


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


def _event(line: dict[str, Any]) -> Event:
    at = Seconds(line["at"])
    if "heard" in line:
        return Heard(bytes.fromhex(line["heard"]), at, line["port"])
    if "tuned" in line:
        return Tuned(line["tuned"], at)
    if "stated" in line:
        return _stated(line, at)
    if "told" in line:
        return Told(Message(line["told"], tuple(line["args"])), at)
    if "planned" in line:
        made = line["suggestion"]
        return Planned(line["planned"], None if made is None else _suggestion(made), at)
    return Passed(at)


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


def _stated(line: dict[str, Any], at: Seconds) -> Stated:
    meter = None if line["meter"] is None else Meter.named(line["meter"])
    known = line["beat"], line["seconds"], line["tempo"]
    return Stated(line["stated"], line["playing"], at, *known, meter)


def _suggestion_written(made: Suggestion) -> dict[str, Any]:
    return {
        "source": made.source,
        "notes": [[n.onset, n.pitch, n.length, n.velocity] for n in made.notes],
        "chords": [[s.onset, s.length, str(s.chord)] for s in made.chords],
        "score": made.score,
        "why": made.why,
        "known": made.known,
    }


def _suggestion(made: dict[str, Any]) -> Suggestion:
    return Suggestion(
        made["source"],
        tuple(Note(Ticks(on), pitch, Ticks(long), loud) for on, pitch, long, loud in made["notes"]),
        tuple(
            ChordSpan(Ticks(on), Ticks(long), Chord.named(name))
            for on, long, name in made["chords"]
        ),
        made["score"],
        made["why"],
        made.get("known"),
    )
