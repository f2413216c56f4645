"""How much of what a model did not foresee was melody, and how much harmony."""

from generators.tokens import leadsheet as words

PITCH_TOKENS = range(words.FIRST_PITCH, words.REST_TOKEN)
Sum = tuple[float, int]
"""Nats, and how many notes or chords they were spent on."""


def by_section(tokens: list[int], nats: list[float], chords_first: bool) -> tuple[Sum, Sum]:
    """Return the nats and the number of the melody's notes, then of the chords.

    What ends a section counts to it; the cost of a rest counts to the notes.
    """
    melody, harmony = [0.0, 0], [0.0, 0]
    in_chords = chords_first
    for token, cost in zip(tokens[3:], nats[3:], strict=True):
        (harmony if in_chords else melody)[0] += cost
        melody[1] += token in PITCH_TOKENS
        harmony[1] += words.FIRST_ROOT <= token <= words.NO_CHORD_TOKEN
        if token in words.SECTION_ENDS:
            in_chords = chords_first if token != words.TURN_TOKEN else not chords_first
    return (melody[0], int(melody[1])), (harmony[0], int(harmony[1]))
