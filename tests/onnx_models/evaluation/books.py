"""A few tunes in the splits that are measured: the song, in several keys and turns."""

from dataclasses import replace

from generators.music.notes import Phrase
from onnx_models.workshop.evaluation.pieces import Pieces
from onnx_models.workshop.tune import Tune
from tests.music import line
from tests.onnx_models.test_corpus import SONG, moved

FIDDLE = line(
    "G4 B4 D5 B4 C5 A4 F#4 A4 G4 B4 D5 G5 F#5 D5 E5 F#5"
    " G5 F#5 E5 D5 C5 B4 A4 G4 F#4 A4 D5 C5 B4 A4 G4:2",
    key="G",
)


def tune(title: str, split: str, phrase: Phrase = SONG, source: str = "nottingham") -> Tune:
    return Tune(title, source, split, phrase, frozenset(), "folk")


def turned(by: int) -> Phrase:
    """Return the song with its melody turned: each note takes the pitch of a later one."""
    pitches = [note.pitch for note in SONG.notes]
    notes = [
        replace(note, pitch=pitches[(at + by) % len(pitches)]) for at, note in enumerate(SONG.notes)
    ]
    return replace(SONG, notes=tuple(notes))


def book() -> list[Tune]:
    return [
        *(tune(f"learnt {by}", "train", moved(turned(by), by)) for by in range(6)),
        tune("a fiddle tune, learnt", "train", moved(FIDDLE, 2), "oneills1850"),
        tune("held", "valid", turned(7)),
        tune("asked", "test", turned(3)),
        tune("asked too", "test", moved(turned(9), 5)),
        tune("a fiddle tune", "test", FIDDLE, "oneills1850"),
    ]


def pieces(most: int | None = None) -> Pieces:
    return Pieces(book(), most)
