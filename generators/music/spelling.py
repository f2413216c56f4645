"""How pitches and chords are spelled: by the key, and by the chord that sounds."""

from generators.music.harmony import TONICS, Chord, Key
from generators.music.names import COMMON, LINE, by_fifths, octave_of, raised

DIMINISHED = {3, 6}
"""The tones of a chord that leads up into the next one: its root is a raised degree."""
RAISED = {1: 7, 3: 9, 6: 6, 8: 8, 10: 10}
"""How many fifths above the tonic a raised degree is, by its semitones."""
FLAT_SECOND = -5


def note_name(number: int, key: Key, chord: Chord | None = None) -> tuple[str, int]:
    """Return the name and the octave of a MIDI number: a tone of the chord goes by its root."""
    pitch_class = number % 12
    name = None if chord is None else chord.tone_name(pitch_class, _roots(chord, key))
    if name is None and key.minor and (pitch_class + 1) % 12 == key.tonic:
        name = by_fifths(key.fifths + TONICS[key.mode] + 5)  # G# minor leads up by F double sharp
    if name is None or abs(raised(name)) > 2:
        name = key.spelling[pitch_class]
    return name, octave_of(number, name)


def letters(chord: Chord, key: Key) -> tuple[str, str | None]:
    """Return the names of a chord's root and of its bass, None where it has no other bass."""
    names = _roots(chord, key)
    return names[chord.root], None if chord.bass is None else chord.bass_name(names)


def symbol(chord: Chord, key: Key) -> str:
    """Return a chord's symbol as a player in this key writes it."""
    return chord.spelled(_roots(chord, key))


def _roots(chord: Chord, key: Key) -> tuple[str, ...]:
    """Return the names of the pitch classes, the chord's root named by where the chord leads.

    In C, C#dim7 leads to D, but Db7 to C.
    """
    names, root = key.spelling, chord.root
    degree = (root - key.tonic) % 12
    leads_up = set(chord.tones) >= DIMINISHED
    place = RAISED.get(degree) if leads_up else FLAT_SECOND if degree == 1 else None
    if place is None or root in key.scale or len(COMMON[root]) == 1:
        return names
    return (*names[:root], by_fifths(key.fifths + TONICS[key.mode] + place), *names[root + 1 :])


class Accidentals:
    """Tells which accidentals a reader needs: those that the key and the measure do not tell.

    It lasts for one measure of one staff; notes are asked about in the order in which they sound.
    """

    def __init__(self, key: Key) -> None:
        """Begin a measure in a key."""
        self._now: dict[tuple[str, int], int] = {}
        self._signature = signature(key)

    def needed(self, name: str, octave: int) -> int | None:
        """Return by how much the accidental before a note alters it; None where none is needed."""
        place, alter = (name[0], octave), raised(name)
        told = self._now.get(place, self._signature[name[0]])
        self._now[place] = alter
        return None if alter == told else alter


def signature(key: Key) -> dict[str, int]:
    """Return by how much a key's signature alters each letter."""
    sharps, flats = LINE[: max(0, key.fifths)], LINE[::-1][: max(0, -key.fifths)]
    return {letter: (letter in sharps) - (letter in flats) for letter in LINE}
