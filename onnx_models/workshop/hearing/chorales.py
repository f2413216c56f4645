"""Bach's chorales with the Roman numerals that people wrote under them.

The notes are those that music21 ships, the numerals those of When in Rome (M. Gotham and others,
2023), whose file `remote.json` says which chorale is which.
"""

import csv
import json
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from music21 import converter, corpus, key, meter, roman, stream

from generators.hearing.chords import chord_of
from generators.music.errors import BadValue
from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import Meter, Ticks, ticks
from onnx_models.workshop.hearing.pieces import Piece
from onnx_models.workshop.job import need
from onnx_models.workshop.tune import Refused

SOURCE = "wir_bach_chorales"
VOICES = 4
ALIKE = 0.75
"""The share of the time in which a note that sounds has to be of the chord that is written."""
NUMBERED = re.compile(r"bwv(\d+)(?:[.\-](\d+))?")


def chorales(corpora: Path, splits: Iterable[str], most: int = 400) -> Iterator[Piece]:
    """Yield the first chorales of these splits (of the JSB data set; others are for training)."""
    wanted = set(splits)
    known = _splits(corpora)
    folders = sorted(need(corpora / SOURCE / "Chorales", "copy When in Rome there").iterdir())
    named = ((folder, _score_name(folder)) for folder in folders)
    found = [(f, n, known.get(n, "train")) for f, n in named if n]
    for folder, name, split in [each for each in found if each[2] in wanted][:most]:
        try:
            yield chorale(folder, name, split)
        except (Refused, BadValue, corpus.CorpusException, converter.ConverterException):
            continue


def _splits(corpora: Path) -> dict[str, str]:
    table = need(corpora / "jsb_chorales" / "jsb_split_music21.csv", "it tells the split")
    with table.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    order = {"train": 0, "valid": 1, "test": 2}  # what is in two splits is in the stricter one
    rows.sort(key=lambda row: order[row["split"]])
    return {row["music21_bach"]: row["split"] for row in rows}


def _score_name(folder: Path) -> str:
    told = json.loads((folder / "remote.json").read_text(encoding="utf-8"))
    names = told.get("music21") or [""]
    return str(names[0]).removesuffix(".mxl")


def chorale(folder: Path, name: str, split: str) -> Piece:
    """Read one chorale.

    Raises:
        Refused: the numerals are not those of these notes.

    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score = corpus.parse(f"bach/{name}", forceSource=True)
        analysis = converter.parse(folder / "analysis.txt", format="romanText", forceSource=True)
    voices = [voice_of(part) for part in score.parts]
    if len(voices) != VOICES or not all(voices):
        raise Refused("not four voices")
    upbeat = _upbeat(score)
    keys, chords = _harmony(analysis, upbeat)
    notes = sorted(note.moved(upbeat) for voice in voices for note in voice)
    phrase = Phrase(tuple(notes), (), _meter(score))
    _check(phrase, chords)
    melody = tuple(note.moved(upbeat) for note in voices[0])
    return Piece(name, SOURCE, split, phrase, keys, chords, melody, accompanied=True)


def voice_of(part: stream.Part) -> list[Note]:
    """Return the notes of a part of a score that music21 has read."""
    sounding = part.stripTies().flatten().notes
    return [
        Note(ticks(float(each.offset)), pitch.midi, ticks(float(each.quarterLength)))
        for each in sounding
        if each.quarterLength > 0
        for pitch in each.pitches[-1:]
    ]


def _meter(score: stream.Score) -> Meter:
    found = score.parts[0].recurse().getElementsByClass(meter.TimeSignature).first()
    if found is None:
        raise Refused("no meter")
    return Meter(found.numerator, found.denominator)


def _upbeat(score: stream.Score) -> int:
    """Return how much silence a first bar that is cut short is to begin with."""
    first = score.parts[0].getElementsByClass(stream.Measure).first()
    if first is None:
        raise Refused("no bars")
    short = ticks(float(first.duration.quarterLength))
    bar = _meter(score).bar
    return bar - short if short < bar else 0


def _harmony(
    analysis: stream.Score, upbeat: int
) -> tuple[tuple[tuple[int, Key], ...], tuple[ChordSpan, ...]]:
    """Return where each key begins, and the chords, both counted from the first bar line."""
    numerals = list(analysis.flatten().getElementsByClass(roman.RomanNumeral))
    if not numerals:
        raise Refused("no numerals")
    lead = ticks(float(numerals[0].offset))
    # An analysis counts a pick-up either from the bar line or from its own first note.
    shift = 0 if lead or not upbeat else upbeat
    keys: list[tuple[int, Key]] = []
    spans: list[ChordSpan] = []
    for numeral in numerals:
        at, length = ticks(float(numeral.offset)) + shift, ticks(float(numeral.quarterLength))
        local = _key(numeral.key)
        if not keys or keys[-1][1] != local:
            keys.append((at, local))
        if length > 0:
            spans.append(ChordSpan(Ticks(at), length, _chord(numeral)))
    return tuple(keys), tuple(spans)


def _key(found: key.Key) -> Key:
    return Key(found.tonic.pitchClass, "minor" if found.mode == "minor" else "major")


def _chord(numeral: roman.RomanNumeral) -> Chord:
    """Return a numeral's chord, by the pitch classes that it stands for and its root."""
    root = numeral.root().pitchClass
    tones = sorted({(pitch.pitchClass - root) % 12 for pitch in numeral.pitches})
    chord = chord_of([36 + root, *(60 + root + tone for tone in tones)])
    if chord == NO_CHORD:
        return chord
    return Chord(chord.root, chord.quality, numeral.bass().pitchClass)


def _check(phrase: Phrase, chords: tuple[ChordSpan, ...]) -> None:
    inside = total = 0
    for span in chords:
        for note in phrase.notes:
            together = min(note.end, span.end) - max(note.onset, span.onset)
            if together > 0:
                total += together
                inside += together * (note.pitch % 12 in span.chord.pitch_classes)
    if inside < ALIKE * total or not total:
        raise Refused("numerals that do not fit the notes")
