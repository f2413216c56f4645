"""ABC as text (standard 2.1): the tunes of a book, the voices of a tune, and the words under it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

TUNE = re.compile(r"(?m)^(?=X:)")
INLINE_VOICE = re.compile(r"\[V:\s*([^\s\]]+)[^\]]*\]")
SUNG = re.compile(
    r'"[^"]*"|![^!]*!|\{[^}]*\}|\[[A-Za-z]:[^\]]*\]|(?P<note>\[[^\]|]*\]|[\^_=]*[A-Ga-g])|(?P<bar>\|+)'
)
"""What a line of music has of notes (a chord is one) and bars, once all else is passed over."""
SYLLABLE = re.compile(r"[^\s\-_*|]+|[-_*|]")
TEMPO = re.compile(r'(?m)(?:^|\[)Q:\s*(?:"[^"\n]*"\s*)?(\d+)/(\d+)\s*=\s*(\d+)')
METER = re.compile(r"(?m)^M:[ \t]*(\S+).*\n?")
UNIT = re.compile(r"(?m)^L:\s*(\d+)/(\d+)")
"""The unit in which lengths are written."""
ALONE = "1"
"""What the voice of a tune is called that names none."""


@dataclass(frozen=True, slots=True)
class Word:
    """A syllable: which note of its voice sings it, and whether its word begins, goes on, ends."""

    note: int
    text: str
    kind: str = "single"


@dataclass(slots=True)
class Voice:
    """One voice of a tune: its lines of music, and the first verse under each of them."""

    name: str
    lines: list[str] = field(default_factory=list)
    verses: dict[int, str] = field(default_factory=dict)

    @property
    def words(self) -> list[Word]:
        """The words of the first verse."""
        found: list[Word] = []
        first = 0
        for number, line in enumerate(self.lines):
            bars = notes_in_bars(line)
            verse = syllables(self.verses.get(number, ""), bars)
            found += (Word(first + word.note, word.text, word.kind) for word in verse)
            first += sum(bars)
        return found


def tunes(text: str) -> list[str]:
    """Return the tunes of a book, each with what the book says before the first."""
    head, *found = TUNE.split(text) if TUNE.search(text) else ("", text)
    return [head + tune for tune in found]


def music_at(tune: str) -> int:
    """Return where the music of a tune begins: after its first key."""
    key = re.search(r"(?m)^K:.*$", tune)
    return min(key.end() + 1, len(tune)) if key else 0


def named_meter(tune: str) -> str | None:
    """Return the meter that the head of a tune names; none where it is free."""
    found = METER.search(tune[: music_at(tune)])
    return None if found is None or found[1].lower() == "none" else found[1]


def measured(tune: str, meter: str = "") -> str:
    """Return a tune whose head has a unit of length, and this meter where it names none.

    Without a meter the unit is an eighth.
    """
    if named_meter(tune) is not None:
        return tune
    head, music = tune[: music_at(tune)], tune[music_at(tune) :]
    head = METER.sub("", head)
    told = ([] if UNIT.search(head) else ["L:1/8"]) + ([f"M:{meter}"] if meter else [])
    number = re.match(r"X:.*\n", head)
    at = number.end() if number else 0
    return "\n".join([head[:at].rstrip("\n"), *told, head[at:].lstrip("\n")]).lstrip("\n") + music


def tempo(tune: str) -> float | None:
    """Return the first tempo of a tune in quarters a minute, if it names one as 1/4=120."""
    found = TEMPO.search(tune)
    if found is None or not int(found[2]):
        return None
    return 4 * int(found[1]) / int(found[2]) * int(found[3])


def voices(tune: str) -> list[Voice]:
    """Return the voices of a tune that have notes, or chords where none has any.

    An empty line ends the tune.
    """
    found: dict[str, Voice] = {}
    current = ALONE
    for line in re.split(r"\n[ \t]*\n", tune[music_at(tune) :])[0].splitlines():
        if line.startswith("V:"):
            current = (line[2:].split() or [ALONE])[0]
        elif not line.startswith("%"):
            first, *others = INLINE_VOICE.split(line)
            if first.strip() or not others:
                _take(found.setdefault(current, Voice(current)), first)
            for current, music in zip(others[::2], others[1::2], strict=True):
                _take(found.setdefault(current, Voice(current)), music)
    sung = [voice for voice in found.values() if any(map(sum, map(notes_in_bars, voice.lines)))]
    return sung or [voice for voice in found.values() if any('"' in line for line in voice.lines)]


def _take(voice: Voice, line: str) -> None:
    if line.startswith("w:"):
        voice.verses.setdefault(len(voice.lines) - 1, line[2:])
    elif not line.startswith("W:"):
        voice.lines.append(line)


def alone(tune: str, voice: Voice) -> str:
    """Return a tune with one of its voices only."""
    head = [line for line in tune[: music_at(tune)].splitlines() if not line.startswith("V:")]
    return "\n".join([*head, *voice.lines, ""])


def notes_in_bars(line: str) -> list[int]:
    """Return how many notes each bar of a line has; a chord is one, rests and graces are none."""
    if line[1:2] == ":" and line[0] != "|":
        return [0]
    counts = [0]
    for found in SUNG.finditer(line.partition("%")[0]):
        if found["note"] and re.search("[A-Ga-g]", found["note"]):
            counts[-1] += 1
        elif found["bar"]:
            counts.append(0)
    return counts


def syllables(verse: str, bars: list[int]) -> Iterator[Word]:
    """Give the syllables of a verse with the notes of its line that sing them."""
    ends = list(accumulate(bars))
    note, inside, marks = 0, False, [*SYLLABLE.findall(verse.replace("\\-", "\u2011")), ""]
    for mark, after in pairwise(marks):
        if mark == "|":
            note = next((end for end in ends if end >= note and end > 0), note)
        elif mark in ("*", "_"):
            note += 1
        elif mark != "-":
            if note < ends[-1]:
                yield Word(note, mark.replace("~", " ").strip(), _kind(inside, after == "-"))
            note, inside = note + 1, after == "-"


def _kind(inside: bool, goes_on: bool) -> str:
    if inside:
        return "middle" if goes_on else "end"
    return "begin" if goes_on else "single"
