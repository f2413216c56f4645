"""The bass line: the root or the inversion, the fifth that alternates with it, and the way on."""

from generators.music.harmony import Chord
from generators.voicing.voicing import OCTAVE, Hand, Voicing

REACH = 14  # semitones above the lowest bass: a D above a low C need not fall a seventh


def basses(chord: Chord, voicing: Voicing) -> tuple[int, ...]:
    """Return the pitches that the bass of a chord may have, from low to high."""
    tone = chord.root if chord.bass is None else chord.bass
    lowest = voicing.bass + (tone - voicing.bass) % OCTAVE
    return tuple(range(lowest, voicing.bass + REACH + 1, OCTAVE))


def other(chord: Chord, hand: Hand, voicing: Voicing) -> int:
    """Return the bass that alternates with the first one: the fifth; an inversion stays."""
    bass = hand[0]
    fifth = next((tone for tone in chord.tones if tone in (7, 6, 8)), None)
    if fifth is None or chord.bass is not None:
        return bass
    below = bass - (OCTAVE - fifth)
    if below >= voicing.bass:
        return below
    above = bass + fifth
    return above if above < min(hand[1:], default=above + 1) else bass


def approach(bass: int, target: int, voicing: Voicing) -> int:
    """Return the tone before a new bass: another one than before, a step away from the new one.

    The step is in the key where one is known, else a semitone; of both sides the nearer is taken.
    """
    near = [target + by for by in (-1, 1, -2, 2) if target + by >= voicing.bass]
    steps = [tone for tone in near if tone != bass]
    if voicing.key is not None:
        inside = [tone for tone in steps if tone % OCTAVE in voicing.key.scale]
        return min(inside or steps, key=lambda tone: abs(tone - bass))
    return min(steps, key=lambda tone: (abs(tone - target), abs(tone - bass)))
