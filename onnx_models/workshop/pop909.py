"""Reads POP909 songs: the melody of one file on the beats and chords of its corrected twin.

The melody is in the song's own file, whose beats begin anywhere; POP909-CL has the right bars,
keys and chords. A table gives the shift between them, in 24ths of a beat. A song is cut where its
key or its meter changes.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import mido

from generators.hearing.key import key_of
from generators.music.errors import BadValue
from generators.music.harmony import Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.qualities import BY_SUFFIX
from generators.music.time import QUARTER, Meter, Ticks
from generators.tokens.leadsheet import KINDS
from onnx_models.workshop.job import BY_HAND, FETCH, Found, Job, need
from onnx_models.workshop.quality import without_silence
from onnx_models.workshop.tune import Refused, Tune, resting_bars

SHAPES = {frozenset(tone % 12 for tone in BY_SUFFIX[kind].tones): kind for kind in reversed(KINDS)}
SIXTEENTH = QUARTER // 4
ON_THE_BAR = 0.75
"""The share of chords that must begin with a bar or its half; else the bars are not the song's."""
ENOUGH = 0.9
"""The share of melody notes that must be found again on the corrected beats."""
SHORTEST_BARS = 4
"""A stretch between two changes of key or meter is learnt from when it has so many."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a song in one meter and one key (none where nobody says)."""

    start: int
    end: int
    meter: Meter
    key: Key | None


def jobs(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the songs with their published split; those without a sure alignment say so."""
    folder = need(corpora / source, FETCH)
    splits = _splits(need(folder / "split_midibert.csv", BY_HAND))
    table = need(folder / "pop909_cl_alignment.csv", BY_HAND)
    with table.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            name = row["song"]
            sure = float(row["match_fraction"]) >= ENOUGH
            yield Job(
                source,
                splits.get(name, "train") if sure else "unsure",
                str(folder / "POP909" / name / f"{name}.mid"),
                str(folder / "POP909_CL_processed" / f"{name}.mid"),
                "pop",
                int(row["offset_24ths_melody_to_CL"]),
            )


def _splits(table: Path) -> dict[str, str]:
    with table.open(encoding="utf-8") as lines:
        return {row["file"].removesuffix(".mid"): row["split"] for row in csv.DictReader(lines)}


def read(job: Job) -> Found:
    """Read one song: the stretches that are sung, each in one key and meter."""
    if job.split == "unsure":
        raise Refused("no sure alignment")
    melody, harmony = mido.MidiFile(job.first), mido.MidiFile(job.second)
    shift = job.number * QUARTER // 24
    notes = [
        Note(Ticks(onset * 2 + shift), pitch, Ticks(max(1, length * 2)))
        for onset, pitch, length in track_notes(melody, "MELODY")
        if onset * 2 + shift >= 0
    ]
    if not notes:
        raise Refused("no melody")
    whole = Phrase.of(notes, spans(track_notes(harmony, "chords")))
    return _found(job, whole, stretches(harmony, whole.end), _tempo(melody))


def _found(job: Job, whole: Phrase, cut: Sequence[Stretch], tempo: float | None) -> Found:
    tunes: list[Tune] = []
    refused: list[str] = []
    for stretch in cut:
        if stretch.end - stretch.start < SHORTEST_BARS * stretch.meter.bar:
            refused.append("a stretch of few bars between changes")
            continue
        try:
            phrase = phrase_in(whole, stretch)
        except Refused as reason:
            refused.append(str(reason))
            continue
        title, closes = Path(job.first).stem, resting_bars(phrase)
        song = Tune(title, job.source, job.split, phrase, closes, style=job.style, tempo=tempo)
        tunes += without_silence(song)
    return tunes, refused


def phrase_in(whole: Phrase, stretch: Stretch) -> Phrase:
    """Return a stretch of a song on its own bars.

    Raises:
        Refused: nobody sings in it, or its chords are not on its bars.

    """
    cut = whole.between(Ticks(stretch.start), Ticks(stretch.end))
    if not cut.notes:
        raise Refused("a stretch without melody")
    ahead = bars_begin_ahead([span.onset for span in cut.chords], stretch.meter)
    notes = [note.moved(ahead) for note in cut.notes]
    phrase = Phrase.of(notes, [span.moved(ahead) for span in cut.chords], stretch.meter)
    return Phrase(phrase.notes, phrase.chords, phrase.meter, _key(stretch.key, phrase))


def bars_begin_ahead(onsets: Sequence[int], meter: Meter) -> int:
    """Return by how much the first bar has to begin earlier, so that chords begin with bars.

    In a twentieth of the songs every chord begins a beat late by the file's own bars.
    """
    half = meter.bar // 2 if meter.beats % 2 == 0 and meter.beats != 6 else meter.bar
    phases = Counter(onset % meter.bar for onset in onsets)

    def fitting(first: int) -> int:
        return phases[first] + (phases[(first + half) % meter.bar] if half < meter.bar else 0)

    if fitting(0) >= ON_THE_BAR * len(onsets):
        return 0
    first = max(range(0, meter.bar, SIXTEENTH), key=lambda at: (fitting(at), phases[at]))
    if not onsets or fitting(first) < ON_THE_BAR * len(onsets):
        raise Refused("chords that are not on the bars")
    return meter.bar - first


def stretches(song: mido.MidiFile, end: int) -> list[Stretch]:
    """Return the parts of a song between its changes of meter and key.

    A key that changes within a bar changes with the next one.
    """
    meter, key, start = Meter(4, 4), None, 0
    found: list[Stretch] = []
    for tick, message in sorted(_changes(song), key=lambda change: change[0]):
        at = start + -(-(tick - start) // meter.bar) * meter.bar
        if at > start:
            found.append(Stretch(start, at, meter, key))
            start = at
        if message.type == "time_signature":
            meter = Meter(message.numerator, message.denominator)
        else:
            key = _named(message.key)
    return [*found, Stretch(start, max(end, start + 1), meter, key)]


def _changes(song: mido.MidiFile) -> Iterator[tuple[int, mido.MetaMessage]]:
    for track in song.tracks:
        at = 0
        for message in track:
            at += message.time
            if message.type in ("time_signature", "key_signature"):
                yield at * QUARTER // song.ticks_per_beat, message


def _named(name: str) -> Key | None:
    try:
        return Key.named(name)
    except BadValue:
        return None


def _key(told: Key | None, phrase: Phrase) -> Key:
    """Return the key that is told, or its relative where that is the one that is heard."""
    heard = key_of(phrase)
    if told is None:
        return heard
    tonic = (told.tonic + 3) % 12 if told.minor else told.tonic
    return heard if heard in {Key(tonic), Key((tonic + 9) % 12, "minor")} else told


def _tempo(song: mido.MidiFile) -> float | None:
    microseconds = next((m.tempo for t in song.tracks for m in t if m.type == "set_tempo"), None)
    return None if not microseconds else round(60_000_000 / microseconds, 2)


def track_notes(song: mido.MidiFile, name: str) -> Iterator[tuple[int, int, int]]:
    """Yield onset, pitch and length of the notes of the tracks of this name, in file ticks."""
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


def spans(notes: Iterable[tuple[int, int, int]]) -> Iterator[ChordSpan]:
    """Yield the chords that notes which begin together make."""
    together: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for onset, pitch, length in notes:
        together[onset].append((pitch, length))
    for onset, tones in sorted(together.items()):
        chord = chord_of([pitch for pitch, _ in tones])
        if chord is not None:
            longest = max(length for _, length in tones)
            yield ChordSpan(Ticks(onset * 2), Ticks(longest * 2), chord)


def chord_of(pitches: Sequence[int]) -> Chord | None:
    """Return the chord whose tones these are, its root preferably the lowest."""
    classes = {pitch % 12 for pitch in pitches}
    bass = min(pitches) % 12
    for root in [bass, *sorted(classes - {bass})]:
        kind = SHAPES.get(frozenset((each - root) % 12 for each in classes))
        if kind is not None:
            return Chord(root, kind, bass)
    return None
