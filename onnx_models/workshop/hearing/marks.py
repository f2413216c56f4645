"""How hearing is marked: the measures of MIREX, on notes.

Keys: the weighted score of the audio key task (J. Downie, 2005): a fifth away half a point, the
relative key 0.3, the parallel key 0.2. Chords: the share of time with the right root, with the
right major or minor chord among those that are one, and with the right seventh (C. Raffel and
others, mir_eval, 2014). Melody: precision, recall and F of notes.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import ChordSpan, Note

FIFTH, RELATIVE, PARALLEL = 0.5, 0.3, 0.2


def key_mark(heard: Key, true: Key) -> float:
    """Return the weighted key score of one answer."""
    if heard == true:
        return 1.0
    if heard.mode == true.mode and (heard.tonic - true.tonic) % 12 == 7:
        return FIFTH
    if heard.mode != true.mode and heard.scale == true.scale:
        return RELATIVE
    return PARALLEL if heard.tonic == true.tonic else 0.0


def third_of(chord: Chord) -> str | None:
    """Return whether a chord is major or minor, or None where it is neither, as a sus chord is."""
    if chord == NO_CHORD:
        return "none"
    tones = {tone % 12 for tone in chord.tones}
    if 7 not in tones or (3 in tones) == (4 in tones):
        return None
    return "minor" if 3 in tones else "major"


def seventh_of(chord: Chord) -> tuple[str | None, int | None]:
    """Return a chord's third and seventh."""
    tones = {tone % 12 for tone in chord.tones}
    return third_of(chord), next((each for each in (10, 11) if each in tones), None)


def chord_marks(
    heard: Sequence[ChordSpan], true: Sequence[ChordSpan]
) -> dict[str, tuple[float, float]]:
    """Return, for each measure, the ticks that are right and those that were asked."""
    marks = {"root": [0, 0], "majmin": [0, 0], "sevenths": [0, 0], "bass": [0, 0]}
    for length, mine, meant in _together(heard, true):
        right = {
            "root": mine.root == meant.root and (mine == NO_CHORD) == (meant == NO_CHORD),
            "majmin": (mine.root, third_of(mine)) == (meant.root, third_of(meant)),
            "sevenths": (mine.root, seventh_of(mine)) == (meant.root, seventh_of(meant)),
            "bass": _bass(mine) == _bass(meant),
        }
        for name, mark in marks.items():
            if name in ("root", "bass") or third_of(meant) is not None:
                mark[0] += length * right[name]
                mark[1] += length
    return {name: (mark[0], mark[1]) for name, mark in marks.items()}


def _bass(chord: Chord) -> int | None:
    if chord == NO_CHORD:
        return None
    return chord.root if chord.bass is None else chord.bass


def _together(
    heard: Sequence[ChordSpan], true: Sequence[ChordSpan]
) -> Iterable[tuple[int, Chord, Chord]]:
    """Yield each stretch in which neither changes, where a chord is written."""
    edges = sorted({edge for span in (*heard, *true) for edge in (span.onset, span.end)})
    mine, meant = iter([*heard, None]), iter([*true, None])
    one, other = next(mine), next(meant)
    for start, end in pairwise(edges):
        while one is not None and one.end <= start:
            one = next(mine)
        while other is not None and other.end <= start:
            other = next(meant)
        if other is not None and other.onset <= start and other.chord != NO_CHORD:
            inside = one is not None and one.onset <= start
            yield end - start, one.chord if one is not None and inside else NO_CHORD, other.chord


def note_counts(heard: Iterable[Note], true: Iterable[Note]) -> tuple[int, int, int]:
    """Return how many notes are right (onset and pitch), were heard, and are true."""
    mine = {(note.onset, note.pitch) for note in heard}
    meant = {(note.onset, note.pitch) for note in true}
    return len(mine & meant), len(mine), len(meant)


def f_measure(right: int, heard: int, true: int) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * right / (heard + true) if heard + true else 0.0
