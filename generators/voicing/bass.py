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
    """Return the tone before a new bass: a step from it, on the side that the line comes from.

    The step is in the key where one is known, else a semitone.
    """
    side = 1 if bass > target or target - 2 < voicing.bass else -1
    steps = [target + side, target + 2 * side]
    if voicing.key is not None:
        steps = [step for step in steps if step % OCTAVE in voicing.key.scale] or steps
    return steps[0] if steps[0] != bass else steps[-1]
