"""What the ear is measured against: music21's analysers, and rules that take a line to write."""

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby

from music21 import analysis, chord, note, stream

from generators.hearing.chords import chord_of
from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import QUARTER, Ticks

ANALYSERS = {
    "Aarden-Essen": analysis.discrete.AardenEssen,
    "Krumhansl-Schmuckler": analysis.discrete.KrumhanslSchmuckler,
    "Krumhansl-Kessler": analysis.discrete.KrumhanslKessler,
    "Bellman-Budge": analysis.discrete.BellmanBudge,
    "Temperley-Kostka-Payne": analysis.discrete.TemperleyKostkaPayne,
    "simple weights": analysis.discrete.SimpleWeights,
}
"""music21's key analysers (`analyze('key')` is the first)."""
Best = Callable[[Sequence[tuple[int, int]]], Chord]
"""What makes a chord of pitches and how long they sound in a beat."""
TEMPLATES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
}


def music21_stream(phrase: Phrase) -> stream.Stream:
    """Return a phrase as music21 takes it."""
    found = stream.Stream()
    for each in phrase.notes:
        sounding = note.Note(each.pitch)
        sounding.quarterLength = each.length / QUARTER
        found.insert(each.onset / QUARTER, sounding)
    return found


def music21_keys(phrase: Phrase) -> dict[str, Key]:
    """Return the key that each of music21's analysers hears."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        taken = music21_stream(phrase)
        return {name: _key(kind().getSolution(taken)) for name, kind in ANALYSERS.items()}


def _key(found: object) -> Key:
    tonic = getattr(found, "tonic").pitchClass  # noqa: B009  (music21 has no types here)
    return Key(tonic, getattr(found, "mode"))  # noqa: B009


def template_chords(phrase: Phrase) -> list[ChordSpan]:
    """Return, for each beat, the chord whose tones sound most, if possible on its root."""

    def best(beat: Sequence[tuple[int, int]]) -> Chord:
        heard: Counter[int] = Counter()
        for pitch, length in beat:
            heard[pitch % 12] += length
        bass = min(pitch for pitch, _ in beat) % 12
        total = heard.total()

        def fit(root: int, kind: str) -> float:
            inside = sum(heard[(root + tone) % 12] for tone in TEMPLATES[kind])
            return inside / total - 0.12 * len(TEMPLATES[kind]) + 0.1 * (root == bass)

        root, kind = max(((r, k) for k in TEMPLATES for r in range(12)), key=lambda c: fit(*c))
        return Chord(root, kind, bass)

    return _by_beat(phrase, best)


def music21_chords(phrase: Phrase) -> list[ChordSpan]:
    """Return, for each beat, the root and quality that music21 gives to all its notes."""
    return _by_beat(phrase, lambda beat: _music21_chord(tuple(sorted({p for p, _ in beat}))))


@cache  # it takes tens of milliseconds, and beats come again
def _music21_chord(pitches: tuple[int, ...]) -> Chord:
    taken = chord.Chord(pitches)
    root = taken.root()
    if root is None:
        return NO_CHORD
    kind = {"minor": "m", "diminished": "dim", "augmented": "aug"}.get(taken.quality, "")
    return Chord(root.pitchClass, kind, taken.bass().pitchClass)


def struck_chords(phrase: Phrase) -> list[ChordSpan]:
    """Return, for each beat, what `chord_of` makes of all its notes: no context at all."""
    return _by_beat(phrase, lambda beat: chord_of([pitch for pitch, _ in beat]))


def _by_beat(phrase: Phrase, best: Best) -> list[ChordSpan]:
    pulse = phrase.meter.pulse
    beats: dict[int, list[tuple[int, int]]] = {}
    for each in phrase.notes:
        for beat in range(each.onset // pulse, (each.end - 1) // pulse + 1):
            length = min(each.end, (beat + 1) * pulse) - max(each.onset, beat * pulse)
            beats.setdefault(beat, []).append((each.pitch, length))
    return [
        ChordSpan(Ticks(beat * pulse), Ticks(pulse), best(heard))
        for beat, heard in sorted(beats.items())
    ]


def skyline(phrase: Phrase) -> list[Note]:
    """Return the highest of the notes that begin together (Uitdenbogerd and Zobel, 1998)."""
    return [list(together)[-1] for _, together in groupby(phrase.notes, key=lambda n: n.onset)]
