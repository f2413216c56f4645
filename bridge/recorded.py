"""A session's log, read again: every line is looked at before any of it is played.

A log may have been cut, mended by hand or spoilt by a disk. What no session could have written is
refused with the number of its line, so that a replay never ends in the middle of nonsense.
"""

import json
from collections.abc import Callable, Iterator
from math import inf
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

from bridge.config import Settings, settings_of
from bridge.events import Event, Heard, Passed, Planned, Stated, Told, Tuned
from bridge.protocol import understood
from bridge.record import FORMAT, Left, Taken
from bridge.values import SOURCES
from bridge.wire import is_whole
from generators.music.errors import BadSong, BadValue, PlayerError
from generators.music.harmony import Chord
from generators.music.notes import ChordSpan, Note
from generators.music.time import Meter, Seconds, Ticks
from generators.prompt import Suggestion

MOST: Final = 1e9
"""No session lasts so many seconds or beats, and nothing in it is counted so far."""
BACK: Final = 10.0
"""Seconds that an event may be older than the one before it: threads stamp what they hand over."""
STATING: Final = frozenset(SOURCES) - {"midi"}
Line = dict[str, Any]


def read(path: Path) -> tuple[Settings, list[Taken | Left]]:
    """Read a log.

    Raises:
        BadSong: it is no log of Antiphon's, is damaged, or cannot be read.

    """
    try:
        with path.open("rb") as file:
            lines = enumerate(_whole_lines(file), 1)
            settings = _settings(path, next(lines, (1, b""))[1])
            return settings, list(_entries(path, lines))
    except OSError as error:
        raise BadSong(f"{path} cannot be read ({error.strerror})", "check its name") from None


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """Read line by line; the last one may be cut, where the machine went down."""
    return (line for line in file if line.endswith(b"\n"))


def _settings(path: Path, line: bytes) -> Settings:
    """Read the first line of a log."""
    try:
        header = _parsed(line)
        version, given = _whole(header, "antiphon"), _of(header, "settings", dict)
    except BadValue as error:
        raise BadSong(
            f"{path} is not a recorded session ({error.what})", "record one: antiphon record LOG"
        ) from None
    if version != FORMAT:
        raise BadSong(f"{path} was recorded by another version", "replay it with that one")
    try:
        return settings_of(given)
    except PlayerError as error:
        raise BadSong(f"line 1 of {path}: {error.what}", error.remedy) from None


def _entries(path: Path, lines: Iterator[tuple[int, bytes]]) -> Iterator[Taken | Left]:
    """Read all lines but the first."""
    latest = -inf
    for number, line in lines:
        try:
            entry = _entry(_parsed(line))
            if isinstance(entry, Taken):
                if entry.event.at < latest - BACK:
                    raise BadValue(f"its moment is {latest - entry.event.at:g} s before the last")
                latest = max(latest, entry.event.at)
        except PlayerError as error:
            raise BadSong(
                f"line {number} of {path} is damaged ({error.what})",
                "take that line out, or record anew: antiphon record LOG",
            ) from None
        yield entry


def _parsed(line: bytes) -> Line:
    """Return the object that a line holds.

    Raises:
        BadValue: it holds none.

    """
    try:
        parsed = json.loads(line.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadValue("it is no JSON" if line.strip() else "it is empty") from None
    if not isinstance(parsed, dict):
        raise BadValue("it is no JSON object")
    return parsed


def _no_number(name: str) -> NoReturn:
    raise BadValue(f"{name} is no number of a session")


def _entry(line: Line) -> Taken | Left:
    """Return what a line tells, which is one thing."""
    named = [kind for kind in ("out", *KINDS) if kind in line]
    if len(named) != 1:
        told = ", ".join(named or line) or "nothing"
        raise BadValue(f"it tells {told[:60]}, where one event or one message is told")
    if named[0] == "out":
        return Left(Ticks(_whole(line, "tick")), _message(line, "out"))
    return Taken(KINDS[named[0]](line, Seconds(_number(line, "at"))), _whole(line, "sent"))


# The events


def _heard(line: Line, at: Seconds) -> Event:
    return Heard(_message(line, "heard"), at, _of(line, "port", str))


def _told(line: Line, at: Seconds) -> Event:
    return Told(understood(_of(line, "told", str), tuple(_of(line, "args", list))), at)


def _planned(line: Line, at: Seconds) -> Event:
    made = _of(line, "suggestion", dict, type(None))
    return Planned(_whole(line, "planned"), None if made is None else _suggestion(made), at)


def _stated(line: Line, at: Seconds) -> Event:
    source, meter = _of(line, "stated", str), _of(line, "meter", str, type(None))
    if source not in STATING:
        raise BadValue(f"{source[:60]!r} says nothing of the transport")
    return Stated(
        source,
        _of(line, "playing", bool),
        at,
        _if_known(_number, line, "beat"),
        _if_known(_number, line, "seconds"),
        _if_known(_number, line, "tempo"),
        None if meter is None else Meter.named(meter),
    )


def _tuned(line: Line, at: Seconds) -> Event:
    return Tuned(_number(line, "tuned"), at)


def _passed(line: Line, at: Seconds) -> Event:
    _of(line, "passed", bool)
    return Passed(at)


KINDS: Final[dict[str, Callable[[Line, Seconds], Event]]] = {
    "heard": _heard,
    "told": _told,
    "planned": _planned,
    "stated": _stated,
    "tuned": _tuned,
    "passed": _passed,
}


def _suggestion(made: Line) -> Suggestion:
    return Suggestion(
        _of(made, "source", str),
        tuple(_note(each) for each in _of(made, "notes", list)),
        tuple(_span(each) for each in _of(made, "chords", list)),
        _number(made, "score"),
        _of(made, "why", str),
        _if_known(_whole, {"known": None, **made}, "known"),  # older logs have none
    )


def _note(values: object) -> Note:
    names = "onset", "pitch", "length", "velocity"
    given = _row(values, names)
    onset, pitch, length, velocity = (_whole(given, name) for name in names)
    return Note(Ticks(onset), pitch, Ticks(length), velocity)


def _span(values: object) -> ChordSpan:
    given = _row(values, ("onset", "length", "chord"))
    onset, length = _whole(given, "onset"), _whole(given, "length")
    return ChordSpan(Ticks(onset), Ticks(length), Chord.named(_of(given, "chord", str)))


# The values; each raises BadValue where it is not what a session writes


def _row(values: object, names: tuple[str, ...]) -> Line:
    if not isinstance(values, list) or len(values) != len(names):
        raise BadValue(f"{str(values)[:60]} is no {', '.join(names)}")
    return dict(zip(names, values, strict=True))


def _of(line: Line, name: str, *kinds: type) -> Any:
    """Return a value that is of one of these types."""
    if name not in line:
        raise BadValue(f"it has no {name!r}")
    if type(line[name]) not in kinds:
        raise BadValue(f"{name} cannot be {str(line[name])[:60]!r}")
    return line[name]


def _number(line: Line, name: str) -> float:
    return float(_within(_of(line, name, int, float), name))


def _whole(line: Line, name: str) -> int:
    value: int = _within(_of(line, name, int), name)
    return value


def _within(value: Any, name: str) -> Any:
    """Return a number that can be reckoned with; JSON has whole numbers of any length."""
    if not abs(value) < MOST:
        raise BadValue(f"{name} cannot be so large")
    return value


def _if_known(read_value: Callable[[Line, str], Any], line: Line, name: str) -> Any:
    return None if line.get(name, name) is None else read_value(line, name)


def _message(line: Line, name: str) -> bytes:
    """Return a whole MIDI message from its hexadecimal digits."""
    digits: str = _of(line, name, str)
    try:
        message = bytes.fromhex(digits)
    except ValueError:
        message = b""
    if not is_whole(message):
        raise BadValue(f"{name} cannot be {digits[:60]!r}, which is no MIDI message")
    return message
