"""Which tones of a chord are said: those without which it is another chord come first."""

from generators.music.harmony import Chord, Key

THIRDS, SEVENTHS = (3, 4, 5, 2), (10, 11, 9)
"""What stands for the third (or is suspended before it), and for the seventh."""
FIFTHS, NINTHS, HIGH_COLOURS = (7, 6, 8), (14, 13, 15), (21, 20, 18, 17)


def ranked(chord: Chord) -> list[int]:
    """Return the pitch classes of a chord, what says most first.

    That is the third, the seventh, colours, fifth and root; a triad is plainest whole, so that its
    root comes before its fifth.
    """
    tones = list(chord.tones)
    third, seventh = _first(tones, THIRDS), _first(tones, SEVENTHS)
    colours = [tone for tone in reversed(tones) if tone > 12 or tone in (6, 8)]
    rest = [tone for tone in (7, 0) if tone in tones]
    if not seventh and not colours:
        rest = rest[::-1]
    return _classes(chord, [*third, *seventh, *colours, *rest, *tones])


def needed(chord: Chord) -> frozenset[int]:
    """Return the pitch classes that must be heard: the third, and the seventh if there is one."""
    tones = list(chord.tones)
    return frozenset(_classes(chord, [*_first(tones, THIRDS), *_first(tones, SEVENTHS)]))


def rootless(chord: Chord, key: Key | None) -> list[int]:
    """Return the tones of a left hand over a bass: third, seventh, ninth, fifth or thirteenth.

    The ninth, and the thirteenth of a dominant, are added where the key has them; where it has
    not, the root and the fifth take their places. A chord on a root outside the key is coloured
    as if by itself. Without a seventh there is nothing to spare, and the chord stays whole.
    (The left-hand voicings of M. Levine, The Jazz Piano Book, 1989.)
    """
    key = key if key is not None and chord.root in key.scale else None
    tones = list(chord.tones)
    third, seventh = _first(tones, THIRDS), _first(tones, SEVENTHS)
    if not third or not seventh:
        return ranked(chord)
    ninth, fifth = _ninth(chord, key), _fifth(chord, key)
    return _classes(chord, [*third, *seventh, ninth, fifth])


def _ninth(chord: Chord, key: Key | None) -> int:
    written = _first(chord.tones, NINTHS)
    if written:
        return written[0]
    altered = any(tone in (6, 8) for tone in chord.tones)
    fitting = (14, 13) if _dominant(chord) and key is not None else (14,)
    return next((tone for tone in fitting if not altered and _has(key, chord, tone)), 0)


def _fifth(chord: Chord, key: Key | None) -> int:
    written = _first(chord.tones, HIGH_COLOURS)
    plain = chord.quality in ("7", "9")
    if not written and plain and _has(key, chord, 21):
        return 21
    return (written or _first(chord.tones, FIFTHS) or [0])[0]


def _dominant(chord: Chord) -> bool:
    return 4 in chord.tones and 10 in chord.tones


def _has(key: Key | None, chord: Chord, tone: int) -> bool:
    return key is None or (chord.root + tone) % 12 in key.scale


def _first(tones: list[int] | tuple[int, ...], wanted: tuple[int, ...]) -> list[int]:
    """Return the first of the wanted tones that is there, in a list; else an empty one."""
    return [tone for tone in tones if tone in wanted][:1]


def _classes(chord: Chord, tones: list[int]) -> list[int]:
    return list(dict.fromkeys((chord.root + tone) % 12 for tone in tones))
