"""Pieces of which somebody has written down what is to be heard in them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import mido

from generators.music.harmony import Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import QUARTER, Ticks
from generators.voicing.comping import voice
from generators.voicing.voicing import Voicing
from onnx_models.workshop import corpus, pop909
from onnx_models.workshop.job import Job
from onnx_models.workshop.tune import Refused, Tune

BOOKS = ("nottingham", "openewld", "oneills1850", "ryansMammoth", "airdsAirs")
"""Sources of melodies, whose meter and key are written at their head."""
LONG_ENOUGH = 16
"""Notes that a piece must have."""


@dataclass(frozen=True, slots=True)
class Piece:
    """All notes of a piece, and what is true of them."""

    title: str
    source: str
    split: str
    phrase: Phrase
    """Every note, as it would be heard: without key, without chord symbols."""
    keys: tuple[tuple[int, Key], ...] = ()
    """Where each key begins."""
    chords: tuple[ChordSpan, ...] = ()
    melody: tuple[Note, ...] = ()
    """The notes of `phrase` that are its melody."""
    accompanied: bool = False
    """Whether chords sound; else they are only written over the notes."""

    @property
    def key(self) -> Key | None:
        """The key it begins in."""
        return self.keys[0][1] if self.keys else None


def tunes(corpora: Path, source: str, splits: Iterable[str]) -> Iterator[Piece]:
    """Yield the tunes of a book or a collection of lead sheets."""
    wanted = set(splits)
    for job in corpus.SOURCES[source].jobs(corpora, source):
        if job.split in wanted:
            found, _ = corpus.read_job(job)
            yield from (of_tune(tune) for tune in found if len(tune.phrase.notes) >= LONG_ENOUGH)


def of_tune(tune: Tune) -> Piece:
    """Return a tune of the corpus as a piece to be heard."""
    phrase = tune.phrase
    keys = ((0, phrase.key),) if phrase.key else ()
    bare = Phrase(phrase.notes, (), phrase.meter)
    return Piece(tune.title, tune.source, tune.split, bare, keys, phrase.chords, phrase.notes)


def two_handed(piece: Piece, pattern: str) -> Piece:
    """Return a tune with its chords played under it in a pattern of the left hand."""
    left = voice(piece.chords, Voicing(pattern=pattern), piece.phrase.meter)
    notes = tuple(sorted((*piece.phrase.notes, *left)))
    return replace(piece, phrase=replace(piece.phrase, notes=notes), accompanied=True)


def songs(corpora: Path, splits: Iterable[str], source: str = "pop909") -> Iterator[Piece]:
    """Yield songs of POP909: singer, second instrument and piano together, on their true bars."""
    wanted = set(splits)
    for job in pop909.jobs(corpora, source):
        if job.split in wanted:
            try:
                yield song(job)
            except (Refused, *corpus.UNREADABLE):
                continue


def song(job: Job) -> Piece:
    """Read one song.

    Raises:
        Refused: its bars or its melody are not sure.

    """
    played, harmony = mido.MidiFile(job.first), mido.MidiFile(job.second)
    shift = job.number * QUARTER // 24
    parts = {name: _notes(played, name, shift) for name in ("MELODY", "BRIDGE", "PIANO")}
    spans = list(pop909.spans(pop909.track_notes(harmony, "chords")))
    if not parts["MELODY"] or not spans:
        raise Refused("no melody or no chords")
    everything = sorted(note for part in parts.values() for note in part)
    stretches = pop909.stretches(harmony, max(note.end for note in everything))
    if len({stretch.meter for stretch in stretches}) > 1:
        raise Refused("a change of meter")
    meter = stretches[0].meter
    by = pop909.bars_begin_ahead([span.onset for span in spans], meter)
    keys = tuple((s.start + by if s.start else 0, s.key) for s in stretches if s.key)
    return Piece(
        Path(job.first).stem,
        job.source,
        job.split,
        Phrase.of((note.moved(by) for note in everything), (), meter),
        keys,
        tuple(span.moved(by) for span in spans),
        tuple(note.moved(by) for note in sorted(parts["MELODY"])),
        accompanied=True,
    )


def _notes(song: mido.MidiFile, name: str, shift: int) -> list[Note]:
    return [
        Note(Ticks(onset * 2 + shift), pitch, Ticks(max(1, length * 2)))
        for onset, pitch, length in pop909.track_notes(song, name)
        if onset * 2 + shift >= 0
    ]


def first_bars(piece: Piece, bars: int) -> Phrase:
    """Return the first bars in which anything sounds."""
    meter = piece.phrase.meter
    start = meter.bar_line(piece.phrase.notes[0].onset)
    return piece.phrase.between(start, Ticks(start + bars * meter.bar))


def without_doubled(piece: Piece) -> Piece:
    """Leave out second notes of the same pitch at the same moment, as a piano would."""
    kept = {(note.onset, note.pitch): note for note in piece.phrase.notes}
    return replace(piece, phrase=replace(piece.phrase, notes=tuple(sorted(kept.values()))))
