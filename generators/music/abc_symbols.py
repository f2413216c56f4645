"""The chord symbols of an ABC tune, read as everywhere else here.

music21 reads few of the spellings that people write, and takes C-7 for B7. So each chord goes to
it under a plain one that it reads rightly, and what it makes of that is taken back.
"""

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, fromstring

from generators.music.errors import BadValue
from generators.music.harmony import Chord, Key
from generators.music.musicxml_part import symbol

QUOTED = re.compile(r'"([^"\n]*)"')
ANNOTATION = "^_<>@"
"""A text that begins so stands somewhere around a note, and is no chord."""
FIELD = re.compile(r"[A-Za-z+]:")
OTHER = re.compile(r"\s*\(.*\)$")
"""Another chord that may be played instead, as in "G(Em)"."""
KINDS = {
    "": "major", "m": "minor", "7": "dominant", "maj7": "major-seventh", "m7": "minor-seventh",
    "dim": "diminished", "aug": "augmented",
}  # fmt: skip
ROOTS = ("C", "D", "E", "F", "G", "A", "B", "C#", "D#", "F#", "G#", "A#")
PLAIN = tuple((root, kind) for kind in KINDS for root in ROOTS)
"""The names under which chords go to music21: more than a tune has different chords."""


def chord_of(text: str) -> Chord | None:
    """Return the chord of what stands in quotes over a note, if it is one.

    Of several lines the first counts, of two chords the one that is not in parentheses. A small
    letter is a root as well where more than the letter is written.
    """
    told = re.split(r";|\\n", text)[0].strip()
    for form in (told, OTHER.sub("", told)):
        form = form[:1].upper() + form[1:] if len(form) > 1 else form
        try:
            return Chord.named(form)
        except BadValue:
            continue
    return None


def dropped(tune: str) -> list[str]:
    """Return what stands over the notes of a tune as a chord would and is none that is known."""
    names = _names(tune)
    return list(dict.fromkeys(text for text in _over(tune) if chord_of(text) not in names))


def plain(tune: str) -> str:
    """Return a tune with plain chord symbols, and without any other text over its notes."""
    names = _names(tune)

    def instead(found: re.Match[str]) -> str:
        chord = None if found[1][:1] in ANNOTATION else chord_of(found[1])
        return f'"{"".join(names[chord])}"' if chord in names else ""

    lines = tune.splitlines()
    made = [line if FIELD.match(line) else QUOTED.sub(instead, line) for line in lines]
    return "\n".join([*made, ""])


def restore(root: Element, tune: str) -> None:
    """Put the chords of a tune back into what music21 made of its plain symbols."""
    chords = {(name, KINDS[kind]): chord for chord, (name, kind) in _names(tune).items()}
    for harmony in root.iter("harmony"):
        alter = int(float(harmony.findtext("root/root-alter") or 0))
        name = (harmony.findtext("root/root-step") or "") + "#" * alter
        chord = chords.get((name, harmony.findtext("kind") or ""))
        if chord is not None:
            _rewrite(harmony, chord)


def _rewrite(harmony: Element, chord: Chord) -> None:
    rest = [each for each in harmony if each.tag in ("offset", "staff")]
    made = fromstring(symbol(chord, 0, Key(0)))  # noqa: S314 - our own
    harmony[:] = [*made, *rest]


def _names(tune: str) -> Mapping[Chord | None, tuple[str, str]]:
    """Return the plain name of each chord of a tune: the same chord, the same name."""
    chords = dict.fromkeys(chord for text in _over(tune) if (chord := chord_of(text)) is not None)
    return dict(zip(chords, PLAIN, strict=False))


def _over(tune: str) -> Iterator[str]:
    """Give what stands over the notes of a tune and is no annotation."""
    for line in tune.splitlines():
        if not FIELD.match(line):
            found = QUOTED.findall(line.partition("%")[0])
            yield from (text for text in found if text.strip() and text[0] not in ANNOTATION)
