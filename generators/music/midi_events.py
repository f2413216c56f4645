"""The bytes of a Standard MIDI File and the events in them.

Written against the MIDI Manufacturers Association's Standard MIDI Files 1.0 (RP-001). Tracks
are kept as bytes and read beside that, because a file that is only added to must come out as it
went in: unknown events, escapes, running status and foreign chunks with it.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from generators.music.errors import BadSong

META, SYSEX, ESCAPE = 0xFF, 0xF0, 0xF7
NAME, LYRIC, CUE, END = 0x03, 0x05, 0x07, 0x2F
TEMPO, METER, KEY = 0x51, 0x58, 0x59
LONE_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1}
"""How many bytes follow the system messages that have no place in files, but are met there."""
HEADER_WITHIN = 256  # what some programs put before the header: a MacBinary or RIFF header
LARGEST_NUMBER = 4  # bytes of a variable-length number


class Event(NamedTuple):
    """One event: when (in the file's ticks), its status byte, and its bytes.

    The first byte of a meta event says which one it is.
    """

    tick: int
    status: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of the file: its four letters, its bytes, and whether the file has them all."""

    kind: bytes
    body: bytes
    whole: bool = True


@dataclass(frozen=True, slots=True)
class MidiBytes:
    """A file as its chunks: the header's numbers, and all that comes after it."""

    type: int
    division: int
    chunks: tuple[Chunk, ...]
    header_rest: bytes = b""
    promised: int = 0
    """How many tracks its header tells of."""

    @property
    def tracks(self) -> tuple[Chunk, ...]:
        """The tracks."""
        return tuple(chunk for chunk in self.chunks if chunk.kind == b"MTrk")

    @property
    def whole(self) -> bool:
        """Whether all is there that its header and its chunks tell of."""
        return len(self.tracks) >= self.promised and all(chunk.whole for chunk in self.chunks)


class _Truncated(Exception):
    """The data ends inside an event."""


def split(data: bytes) -> MidiBytes:
    """Return the chunks of a file.

    Raises:
        BadSong: it is no MIDI file, or has no track.

    """
    start = data.find(b"MThd", 0, HEADER_WITHIN)
    if start < 0 or len(data) < start + 14:
        raise BadSong("this is not a whole MIDI file: it ends in its header", "export it again")
    size, kind, promised, division = struct.unpack(">LHHh", data[start + 4 : start + 14])
    if kind > 2 or division == 0:
        raise BadSong("the header of this MIDI file is damaged", "export it again")
    chunks = tuple(_chunks(data, start + 8 + size))
    found = MidiBytes(kind, division, chunks, data[start + 14 : start + 8 + size], promised)
    if not found.tracks:
        raise BadSong("this MIDI file has no track", "export it again")
    return found


def _chunks(data: bytes, at: int) -> Iterator[Chunk]:
    while at + 8 <= len(data) and data[at : at + 4].isalnum():
        kind, size = struct.unpack(">4sL", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        yield Chunk(kind, body, len(body) == size)
        at += 8 + size


def joined(file: MidiBytes) -> bytes:
    """Return the file's bytes; its header counts the tracks that are there."""
    fields = struct.pack(">HHh", file.type, len(file.tracks), file.division) + file.header_rest
    chunks = (Chunk(b"MThd", fields), *file.chunks)
    return b"".join(c.kind + struct.pack(">L", len(c.body)) + c.body for c in chunks)


def with_tracks(file: MidiBytes, bodies: Iterable[bytes]) -> MidiBytes:
    """Return the file with more tracks, put after its last one; type 0 becomes type 1."""
    last = max(i for i, chunk in enumerate(file.chunks) if chunk.kind == b"MTrk")
    added = tuple(Chunk(b"MTrk", body) for body in bodies)
    chunks = (*file.chunks[: last + 1], *added, *file.chunks[last + 1 :])
    return replace(file, type=max(1, file.type), chunks=chunks)


def mended(chunk: Chunk) -> Chunk:
    """Return a track that breaks off, cut after its last whole event and ended there."""
    if chunk.whole or chunk.kind != b"MTrk":
        return chunk
    _events, whole = read(chunk.body)
    return Chunk(b"MTrk", chunk.body[:whole] + b"\x00\xff\x2f\x00")


def read(body: bytes) -> tuple[list[Event], int]:
    """Return a track's events, and how many of its bytes they are.

    A track that breaks off gives what comes before. Running status lives on across meta events
    and system exclusive: the standard ends it there, but programs write such files.

    Raises:
        BadSong: a byte is there that no event can have.

    """
    found: list[Event] = []
    at = tick = running = 0
    whole = 0
    try:
        while at < len(body):
            delta, at = _number(body, at)
            tick += delta
            status, at = (body[at], at + 1) if _byte(body, at) >= 0x80 else (running, at)
            running = status if status < SYSEX else running
            data, at = _data(body, at, status)
            if status == META and data[0] == END:
                break
            found.append(Event(tick, status, data))
            whole = at
    except _Truncated:
        pass
    return found, whole


def _byte(body: bytes, at: int) -> int:
    if at >= len(body):
        raise _Truncated
    return body[at]


def _number(body: bytes, at: int) -> tuple[int, int]:
    value = 0
    for here in range(at, at + LARGEST_NUMBER):
        byte = _byte(body, here)
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, here + 1
    raise _damaged(at)


def _data(body: bytes, at: int, status: int) -> tuple[bytes, int]:
    """Return the bytes of an event after its status, and where the next one begins."""
    if status >= SYSEX:
        return _system(body, at, status)
    if status < 0x80:
        raise _damaged(at)
    data, after = _taken(body, at, 1 if 0xC0 <= status < 0xE0 else 2)
    if max(data) >= 0x80:
        raise _damaged(at)
    return data, after


def _system(body: bytes, at: int, status: int) -> tuple[bytes, int]:
    if status == META:
        kind, at = _taken(body, at, 1)
        size, at = _number(body, at)
        data, at = _taken(body, at, size)
        return kind + data, at
    if status in (SYSEX, ESCAPE):
        size, at = _number(body, at)
        return _taken(body, at, size)
    return _taken(body, at, LONE_BYTES.get(status, 0))


def _taken(body: bytes, at: int, size: int) -> tuple[bytes, int]:
    if at + size > len(body):
        raise _Truncated
    return body[at : at + size], at + size


def _damaged(at: int) -> BadSong:
    return BadSong(f"this MIDI file is damaged (byte {at} of a track)", "export it again")


def encode(events: Iterable[Event]) -> bytes:
    """Return a track's bytes; the end of the track is put at the last event."""
    body = bytearray()
    now = 0
    for event in events:
        body += _encoded(event.tick - now) + bytes([event.status]) + _sized(event)
        now = event.tick
    return bytes(body) + b"\x00\xff\x2f\x00"


def _sized(event: Event) -> bytes:
    if event.status == META:
        return event.data[:1] + _encoded(len(event.data) - 1) + event.data[1:]
    if event.status in (SYSEX, ESCAPE):
        return _encoded(len(event.data)) + event.data
    return event.data


def _encoded(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.insert(0, number & 0x7F | 0x80)
    return bytes(digits)


def delayed(body: bytes, by: int) -> bytes:
    """Return a track's bytes with all of it later by so many ticks."""
    first, after = _number(body, 0) if body else (0, 0)
    return _encoded(first + by) + body[after:] if body else body


def meta(tick: int, kind: int, data: bytes) -> Event:
    """Return a meta event."""
    return Event(tick, META, bytes([kind]) + data)
