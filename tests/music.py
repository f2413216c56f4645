"""The notation that the tests are written in.

line("C4 E4 - G#4:2")       quarters, a rest of a quarter, a half
line("C4+E4+G4:4 -:1/2")    a chord, a rest of an eighth
chords("Am | F | C G")      one chord to the bar, or several that share it
"""

from fractions import Fraction

from generators.music.harmony import Key
from generators.music.names import pitch_number
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.progression import progression
from generators.music.time import QUARTER, Meter, Ticks


def line(text: str, meter: str = "4/4", key: str | None = None, under: str = "") -> Phrase:
    """Read notes one after the other, and the chords that stand under them."""
    at = Ticks(0)
    notes: list[Note] = []
    for word in text.split():
        names, _, quarters = word.partition(":")
        length = Ticks(int(Fraction(quarters or 1) * QUARTER))
        if names != "-":
            notes.extend(Note(at, pitch_number(name), length) for name in names.split("+"))
        at = Ticks(at + length)
    spans = chords(under, meter) if under else ()
    return Phrase.of(notes, spans, Meter.named(meter), Key.named(key) if key else None)


def chords(text: str, meter: str = "4/4") -> tuple[ChordSpan, ...]:
    """Read a chord progression."""
    return progression(text, Meter.named(meter))
