"""Reads Ceol Rince na hEireann: Irish dance tunes in MIDI files that were made from ABC.

abc2midi plays the first note of a bar the loudest. So the files tell their bar lines, pick-ups
included, though they do not write them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mido

from generators.music.harmony import Key
from generators.music.notes import Note, Phrase
from generators.music.time import QUARTER, Meter, Ticks
from onnx_models.workshop.job import Found, Job, need
from onnx_models.workshop.measures import key_on
from onnx_models.workshop.parts import in_parts
from onnx_models.workshop.styles import dance_named, fitting
from onnx_models.workshop.titles import split_of
from onnx_models.workshop.tune import Refused, Tune

DOWNBEAT = 105
"""How loud abc2midi plays the first note of a bar."""
ON_THE_BAR = 0.95
"""The share of first notes that must be on the bar lines; else nobody knows where those are."""
JIGS = {"6/8": "jig", "12/8": "jig"}
"""What a dance is whose title does not say it: jigs are the rule in these meters."""


def jobs(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the tunes."""
    folder = need(corpora / source, "copy the MIDI files of Ceol Rince na hEireann there")
    for path in sorted((folder / "MIDI").glob("*.mid")):
        yield Job(source, split_of(_title(mido.MidiFile(path), path)), str(path))


def _title(song: mido.MidiFile, path: Path) -> str:
    names = (m.name for track in song.tracks for m in track if m.type == "track_name")
    return next((" ".join(name.split()) for name in names), path.stem)


def read(job: Job) -> Found:
    """Read one tune: its parts, and how it is played."""
    song = mido.MidiFile(job.first)
    title, meter = _title(song, Path(job.first)), _meter(song)
    notes = notes_of(song)
    if not notes:
        raise Refused("no notes")
    ahead = pick_up(notes, meter)
    plain = [Note(Ticks(n.onset + ahead), n.pitch, n.length) for n in notes]
    phrase = Phrase.of(plain, (), meter)
    phrase = replace(phrase, key=_key(song, phrase))
    dance = dance_named(title.replace("h'pipe", "hornpipe"))
    style = fitting(dance or JIGS.get(str(meter), ""), meter)
    return [in_parts(Tune(title, job.source, job.split, phrase, frozenset(), style))], []


def _meter(song: mido.MidiFile) -> Meter:
    told = {
        Meter(message.numerator, message.denominator)
        for track in song.tracks
        for message in track
        if message.type == "time_signature"
    }
    if len(told) != 1:
        raise Refused("a change of meter" if told else "no meter")
    return told.pop()


def notes_of(song: mido.MidiFile) -> list[Note]:
    """Return the notes of the melody: those of the first channel, which begin a tick late."""
    down: dict[int, tuple[int, int]] = {}
    found: list[Note] = []
    for track in song.tracks:
        at = 0
        for message in track:
            at += message.time
            if message.type not in ("note_on", "note_off") or message.channel:
                continue
            if message.type == "note_on" and message.velocity:
                down[message.note] = (at - 1, message.velocity)
            elif message.note in down:
                onset, velocity = down.pop(message.note)
                scale = QUARTER // song.ticks_per_beat
                length = Ticks(max(1, (at - onset) * scale))
                found.append(Note(Ticks(max(0, onset) * scale), message.note, length, velocity))
    return sorted(found)


def pick_up(notes: list[Note], meter: Meter) -> int:
    """Return by how much the first bar begins before the first note.

    The first note is loud whether it begins a bar or not.

    Raises:
        Refused: the loud notes are not on one grid of bars.

    """
    loud = [note.onset for note in notes[1:] if note.velocity == DOWNBEAT]
    if not loud:
        raise Refused("bar lines that nobody knows")
    (line, on), *_ = Counter(onset % meter.bar for onset in loud).most_common(1)
    ahead = -line % meter.bar
    if on < ON_THE_BAR * len(loud):
        raise Refused("bar lines that do not add up")
    return ahead


def _key(song: mido.MidiFile, phrase: Phrase) -> Key:
    """Return the key on the tonic that is told; the file calls dorian minor, mixolydian major."""
    names = {m.key for track in song.tracks for m in track if m.type == "key_signature"}
    if len(names) != 1:
        raise Refused("a change of key" if names else "no key")
    told = Key.named(names.pop())
    return key_on(told.tonic, phrase, told.minor)
