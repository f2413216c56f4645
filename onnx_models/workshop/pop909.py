"""Reads POP909 songs: the melody of one file on the beats and chords of its corrected twin.

The melody is in the song's own file, whose beats begin anywhere; POP909-CL has the right bars,
key and chords. A table gives the shift between them, in 24ths of a beat.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import mido

from generators.hearing.key import key_of
from generators.music.harmony import Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.qualities import BY_SUFFIX
from generators.music.time import QUARTER, Meter, Ticks
from generators.tokens.leadsheet import KINDS
from onnx_models.workshop.tune import Refused

SHAPES = {frozenset(tone % 12 for tone in BY_SUFFIX[kind].tones): kind for kind in reversed(KINDS)}
HALF = 2 * QUARTER
ON_THE_BAR = 0.75
"""The share of chords that must begin with a half bar; else the bars are not the song's."""
ENOUGH = 0.9
"""The share of melody notes that must be found again on the corrected beats."""


def songs(folder: Path) -> Iterator[tuple[str, Path, Path, int]]:
    """Yield the songs that have a sure alignment and are in 4/4: name, melody, chords, shift."""
    with (folder / "pop909_cl_alignment.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            name = row["song"]
            if float(row["match_fraction"]) >= ENOUGH and row["time_signatures"] == "4/4":
                melody = folder / "POP909" / name / f"{name}.mid"
                chords = folder / "POP909_CL_processed" / f"{name}.mid"
                yield name, melody, chords, int(row["offset_24ths_melody_to_CL"])


def phrase_of(melody: Path, chords: Path, shift: int) -> Phrase:
    """Return the melody and the chords of a song.

    Raises:
        Refused: a track is missing, or the key changes.

    """
    tune, harmony = mido.MidiFile(melody), mido.MidiFile(chords)
    notes = [
        Note(Ticks(onset * 2 + shift * 40), pitch, Ticks(max(1, length * 2)))
        for onset, pitch, length in _notes(tune, "MELODY")
        if onset * 2 + shift * 40 >= 0
    ]
    if not notes:
        raise Refused("no melody")
    spans = list(_spans(_notes(harmony, "chords")))
    if sum(span.onset % HALF == 0 for span in spans) < ON_THE_BAR * len(spans):
        raise Refused("chords that are not on the bars")
    phrase = Phrase.of(notes, spans, Meter(4, 4))
    return Phrase(phrase.notes, phrase.chords, phrase.meter, _key(harmony, phrase))


def _key(harmony: mido.MidiFile, phrase: Phrase) -> Key:
    names = {m.key for track in harmony.tracks for m in track if m.type == "key_signature"}
    if len(names) > 1:
        raise Refused("a change of key")
    heard = key_of(phrase)
    if not names:
        return heard
    told = Key.named(names.pop())
    tonic = (told.tonic + 3) % 12 if told.minor else told.tonic
    return heard if heard in {Key(tonic), Key((tonic + 9) % 12, "minor")} else told


def _notes(song: mido.MidiFile, name: str) -> Iterator[tuple[int, int, int]]:
    for track in song.tracks:
        if track.name != name:
            continue
        at, down = 0, {}
        for message in track:
            at += message.time
            if message.type == "note_on" and message.velocity:
                down[message.note] = at
            elif message.type in ("note_on", "note_off") and message.note in down:
                began = down.pop(message.note)
                yield began, message.note, at - began


def _spans(notes: Iterator[tuple[int, int, int]]) -> Iterator[ChordSpan]:
    together: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for onset, pitch, length in notes:
        together[onset].append((pitch, length))
    for onset, tones in sorted(together.items()):
        chord = chord_of([pitch for pitch, _ in tones])
        if chord is not None:
            longest = max(length for _, length in tones)
            yield ChordSpan(Ticks(onset * 2), Ticks(longest * 2), chord)


def chord_of(pitches: list[int]) -> Chord | None:
    """Return the chord whose tones these are, its root preferably the lowest."""
    classes = {pitch % 12 for pitch in pitches}
    bass = min(pitches) % 12
    for root in [bass, *sorted(classes - {bass})]:
        kind = SHAPES.get(frozenset((each - root) % 12 for each in classes))
        if kind is not None:
            return Chord(root, kind, bass)
    return None
