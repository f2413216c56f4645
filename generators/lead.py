"""Which part of a song is its melody."""

import re
from itertools import pairwise
from statistics import fmean

from generators.hearing.melody import melody_of
from generators.music.notes import Note, Phrase
from generators.music.song import Part, Song

SINGS = re.compile(
    r"melod|vocal|voice|vox|lead|solo|sing|sopran|cantus|superius|tune|theme|chant|stimme|right"
    r"|primo|violin i\b|violin 1|discant",
    re.IGNORECASE,
)
ACCOMPANIES = re.compile(
    r"bass|pad\b|accomp|chord|left|comp\b|harmon|rhythm|drum|perc|tenor|alto|viola|backing|antiphon",
    re.IGNORECASE,
)
CALLED, SUNG, ALONE, HIGH, OFTEN = 1.0, 1.0, 1.0, 0.8, 0.5
"""What a telling name, words, one note at a time, a high register and presence are worth."""
LOWEST, HIGHEST = 48, 76  # MIDI: where the worth of height begins and where it is full


def lead(song: Song) -> Part | None:
    """Return the part that sings, or None where a song has only drums; of equals the first."""
    return max(song.pitched, key=lambda part: _likely(part, song), default=None)


def melody(song: Song) -> tuple[Note, ...]:
    """Return the song's melody: its leading part, of which the top line is taken."""
    part = lead(song)
    return melody_of(Phrase(part.notes)) if part is not None else ()


def _likely(part: Part, song: Song) -> float:
    pitch = fmean(note.pitch for note in part.notes)
    height = min(1.0, max(0.0, (pitch - LOWEST) / (HIGHEST - LOWEST)))
    return (
        CALLED * (bool(SINGS.search(part.name)) - bool(ACCOMPANIES.search(part.name)))
        + SUNG * bool(part.lyrics)
        + ALONE * _alone(part.notes)
        + HIGH * height
        + OFTEN * _present(part.notes, song)
    )


def _alone(notes: tuple[Note, ...]) -> float:
    """Return the share of notes that nothing of the same part sounds into."""
    together = sum(
        after.onset < before.onset + before.length // 2 for before, after in pairwise(notes)
    )
    return 1 - together / len(notes)


def _present(notes: tuple[Note, ...], song: Song) -> float:
    """Return in what share of the song's bars the part plays."""
    bar = song.sections[0].meter.bar
    return min(1.0, len({note.onset // bar for note in notes}) / max(1, song.bars))
