"""How voices go from one chord to the next: how far, and which of them in parallel."""

from itertools import combinations

from generators.voicing.voicing import OCTAVE, Hand

PERFECT = (0, 7)
Step = tuple[int, int]
"""One voice: the pitch that it leaves, and the pitch that it goes to."""


def paired(before: Hand, after: Hand) -> tuple[Step, ...]:
    """Return the voices of the smallest voice leading between two sets of pitches.

    The smallest one has no crossings (D. Tymoczko, The Geometry of Musical Chords, Science 313,
    2006): as many pitches as before are paired in their order. Where the numbers differ, voices
    split or join, and it is the cheapest path through the table of distances.
    """
    one, other = sorted(before), sorted(after)
    if len(one) == len(other):
        return tuple(zip(one, other, strict=True))
    paths: dict[Step, tuple[int, tuple[Step, ...]]] = {}
    for i, low in enumerate(one):
        for j, high in enumerate(other):
            ways = [paths[at] for at in ((i - 1, j - 1), (i - 1, j), (i, j - 1)) if at in paths]
            far, steps = min(ways, default=(0, ()), key=lambda way: way[0])
            paths[i, j] = far + abs(high - low), (*steps, (low, high))
    return paths[len(one) - 1, len(other) - 1][1]


def movement(before: Hand, after: Hand) -> float:
    """Return how far the voices move in the smallest voice leading, in semitones for each voice."""
    steps = paired(before, after)
    return sum(abs(b - a) for a, b in steps) / len(steps)


def parallels(before: Hand, after: Hand) -> int:
    """Return how many pairs of voices go in parallel fifths or octaves; the bass is one voice.

    Both voices move, the same way, and are a perfect fifth, octave or unison apart before and
    after, whatever octaves lie between.
    """
    voices = [(before[0], after[0]), *paired(before[1:], after[1:])]
    return sum(_parallel(one, other) for one, other in combinations(voices, 2))


def _parallel(one: Step, other: Step) -> bool:
    if one[0] == other[0] or one[1] == other[1]:
        return False
    first, then = ((other[at] - one[at]) % OCTAVE for at in (0, 1))
    together = (one[1] - one[0]) * (other[1] - other[0]) > 0
    return first == then and first in PERFECT and together
