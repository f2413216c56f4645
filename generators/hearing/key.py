"""In which key a phrase is.

The pitch classes that were played, weighed by how long they sound, are correlated with the
profile of each key (the method of Krumhansl and Schmuckler, in C. Krumhansl, Cognitive
Foundations of Musical Pitch, 1990). The profiles are those that D. Temperley counted in the
Kostka and Payne corpus (Music and Probability, 2007, chapter 6).
"""

from functools import cache
from math import sqrt
from operator import mul

from generators.music.harmony import Key
from generators.music.notes import Note, Phrase
from generators.music.time import QUARTER

PROFILES = {
    "major": (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400),
    "minor": (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330),
}
"""How often a pitch class occurs in a passage in a key, from its tonic upwards."""

UNKNOWN = Key(0, "major")
"""The key of silence."""
LONGEST = 4 * QUARTER  # a held note says no more than a whole note does
# What it is worth to end, or to begin, on the tonic. More names whole tunes better, but tunes
# that are cut after 8 to 32 quarters (as phrases are) worse.
LAST, FIRST = 0.05, 0.05
CHORD_SHARE = 0.5  # a chord's tones, beside melody notes of the same length
CERTAIN = 0.2  # a lead over the second best from which a key is beyond doubt

EVEN = 1e-9  # what rounding leaves where all weigh the same

Floats = tuple[float, ...]
Scores = dict[Key, float]


def key_of(phrase: Phrase) -> Key:
    """Return the key of a phrase: the one it carries, else the likeliest major or minor one.

    Silence, and notes that tell no key from another, are in C major.
    """
    if phrase.key is not None:
        return phrase.key
    scores = scores_of(phrase)
    return max(scores, key=lambda key: scores[key], default=UNKNOWN)


def confidence(phrase: Phrase) -> float:
    """Return how sure `key_of` is, from 0 (a guess) to 1 (told, or beyond doubt)."""
    if phrase.key is not None:
        return 1.0
    ranked = sorted(scores_of(phrase).values(), reverse=True)
    return min(1.0, (ranked[0] - ranked[1]) / CERTAIN) if ranked else 0.0


def scores_of(phrase: Phrase) -> Scores:
    """Return how well each major and minor key fits, likeliest signature first among equals.

    Nothing is returned for a phrase that tells no key from another.
    """
    heard = _normal(weights(phrase))
    first, last = _edges(phrase)
    if not any(heard):
        return {}
    return {
        key: sum(map(mul, heard, profile))
        + LAST * (key.tonic == last)
        + FIRST * (key.tonic == first)
        for key, profile in _profiles()
    }


def weights(phrase: Phrase) -> Floats:
    """Return how long each pitch class sounds, in quarters, from C to B; chords count too."""
    total = [0.0] * 12
    for note in phrase.notes:
        total[note.pitch % 12] += min(note.length, LONGEST) / QUARTER
    for span in phrase.chords:
        for tone in span.chord.pitch_classes:
            total[tone] += CHORD_SHARE * min(span.length, LONGEST) / QUARTER
    return tuple(total)


@cache
def _profiles() -> tuple[tuple[Key, Floats], ...]:
    """Return the keys by the number of their accidentals, so that a tie goes to the plainest."""
    every = (Key(tonic, mode) for mode in PROFILES for tonic in range(12))
    ordered = sorted(every, key=lambda key: (abs(key.fifths), key.mode, key.tonic))
    return tuple((key, _normal(_profile(key))) for key in ordered)


def _profile(key: Key) -> Floats:
    return tuple(PROFILES[key.mode][(pc - key.tonic) % 12] for pc in range(12))


def _normal(values: Floats) -> Floats:
    """Return values about 0, of length 1, so that their product is their correlation."""
    mean = sum(values) / len(values)
    about = [value - mean for value in values]
    spread = sqrt(sum(value * value for value in about))
    return tuple(value / spread for value in about) if spread > EVEN else (0.0,) * len(about)


def _edges(phrase: Phrase) -> tuple[int | None, int | None]:
    """Return the pitch classes that the phrase begins and ends on: its lowest notes there."""
    if phrase.notes:
        return _lowest(phrase, phrase.notes[0].onset), _lowest(phrase, phrase.notes[-1].onset)
    roots = [span.chord.root for span in phrase.chords if span.chord.tones]
    return (roots[0], roots[-1]) if roots else (None, None)


def _lowest(phrase: Phrase, at: int) -> int:
    sounding: list[Note] = [note for note in phrase.notes if note.onset <= at < note.end]
    return min(note.pitch for note in sounding) % 12
