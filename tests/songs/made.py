"""MIDI files with one property each, written by mido; scores and tunes as short text."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import mido

MAJOR = (60, 64, 67, 65, 62, 65, 69, 67, 64, 67, 72, 71, 69, 67, 65, 62)
"""Sixteen pitches that go through C major."""


def midi(*tracks: Sequence[Any], kind: int = 1, division: int = 480) -> bytes:
    """Return a MIDI file with these tracks."""
    file = mido.MidiFile(type=kind, ticks_per_beat=division)
    file.tracks.extend(mido.MidiTrack(track) for track in tracks)
    made = BytesIO()
    file.save(file=made)
    return made.getvalue()


def line(pitches: Sequence[int] = MAJOR, channel: int = 0, step: int = 480) -> list[Any]:
    """Return notes one after the other, without rests."""
    found: list[Any] = []
    for pitch in pitches:
        found.append(mido.Message("note_on", channel=channel, note=pitch, velocity=80))
        found.append(mido.Message("note_off", channel=channel, note=pitch, time=step))
    return found


def chord(pitches: Sequence[int], channel: int = 1, length: int = 1920) -> list[Any]:
    """Return notes that sound together."""
    on = [mido.Message("note_on", channel=channel, note=p, velocity=70) for p in pitches]
    off = [mido.Message("note_off", channel=channel, note=p) for p in pitches]
    off[0] = off[0].copy(time=length)
    return [*on, *off]


def meta(kind: str, time: int = 0, **what: Any) -> Any:
    """Return a meta event."""
    return mido.MetaMessage(kind, time=time, **what)


def meter(beats: int, unit: int, time: int = 0) -> Any:
    """Return a time signature."""
    return meta("time_signature", time, numerator=beats, denominator=unit)


def file_of(body: bytes, division: bytes = b"\x01\xe0") -> bytes:
    """Return a type 0 file around the bytes of its track."""
    header = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01" + division
    return header + b"MTrk" + len(body).to_bytes(4, "big") + body


def score(*measures: str, divisions: int = 1, head: str = "", name: str = "Voice") -> bytes:
    """Return a MusicXML score of one part; a measure is what stands between its tags."""
    first, *rest = measures
    attributes = f"<attributes><divisions>{divisions}</divisions></attributes>"
    bodies = [attributes + first, *rest]
    inner = "".join(
        f'<measure number="{number}">{body}</measure>' for number, body in enumerate(bodies, 1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<score-partwise version="3.1">'
        f'<part-list><score-part id="P1"><part-name>{name}</part-name></score-part></part-list>'
        f'<part id="P1">{inner}</part></score-partwise>'
    ).encode()


def note(step: str, octave: int = 4, duration: int = 1, more: str = "") -> str:
    """Return a note of MusicXML."""
    pitch = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
    return f"<note>{pitch}<duration>{duration}</duration>{more}</note>"


TUNE = """X:1
T:The Test
M:4/4
L:1/8
Q:1/4=100
K:G
D2|"G"G2B2 d2B2|"C"e2c2 "D7"d4|"G"g2f2 e2d2|"D"A6:|
"""
"""A tune with a pick-up, chords, a tempo and a repeat."""

HUMDRUM = """**kern\t**harte\t**kern
*M4/4\t*\t*M4/4
*k[]\t*\t*k[]
=1\t=1\t=1
1C\tC:maj\t4c
.\t.\t4d
.\tA:min\t4e
.\t.\t4f
=2\t=2\t=2
1G\tG:7\t2g
.\t.\t2b
==\t==\t==
*-\t*-\t*-
"""
"""Two voices, and chords between them."""
