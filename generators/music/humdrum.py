"""Humdrum as text: its **kern spines alone, and the chords and words that stand beside them.

music21 reads **kern; of what else a file may hold it stumbles over some. Files whose spines
split or join are left to it as they are.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from generators.music.errors import BadSong, BadValue
from generators.music.harmony import NO_CHORD, Chord
from generators.music.names import pitch_class

PATHS = re.compile(r"(?m)(?:^|\t)\*[\^vx+](?:\t|$)")
LENGTH = re.compile(r"(\d+)(?:%(\d+))?(\.*)")
LONG = {"0": Fraction(1, 2), "00": Fraction(1, 4), "000": Fraction(1, 8)}
"""Breves and longer, as divisors of a whole note."""
MXHM = re.compile(r"([A-G][#-]*)\s+([a-z0-9-]+)(?:/([A-G][#-]*))?$")


class Place(NamedTuple):
    """Somewhere in a file: the bar, counted from 0, and the quarters after its start."""

    bar: int
    at: Fraction


@dataclass(frozen=True)
class Spines:
    """A file as rows of tokens, and what each column holds."""

    text: str

    @cached_property
    def rows(self) -> list[list[str]]:
        """The rows that have a token for every column: not the reference records."""
        lines = self.text.splitlines()
        return [line.split("\t") for line in lines if line and not line.startswith("!!")]

    @cached_property
    def kinds(self) -> list[str]:
        """What the columns hold, as **kern; none where they change on the way."""
        heads = [row for row in self.rows if row[0].startswith("**")]
        return heads[0] if len(heads) == 1 and not PATHS.search(self.text) else []

    def columns(self, *kinds: str) -> list[int]:
        """Return the columns of these kinds."""
        return [column for column, kind in enumerate(self.kinds) if kind in kinds]

    @cached_property
    def plain(self) -> str:
        """The file with its **kern columns only.

        Raises:
            BadSong: its notes have no lengths of their own.

        """
        kern = self.columns("**kern")
        if any(row[0].startswith("*tb") for row in self.rows):
            raise BadSong(
                "the notes in this Humdrum have no lengths, its rows are counted (*tb)",
                "write the lengths into its notes",
            )
        if not kern or len(kern) == len(self.kinds):
            return self.text
        lines = []
        for line in self.text.splitlines():
            row = line.split("\t")
            whole = line.startswith("!!") or len(row) < len(self.kinds)
            lines.append(line if whole else "\t".join(row[column] for column in kern))
        return "\n".join([*lines, ""])

    @cached_property
    def places(self) -> Mapping[int, Place]:
        """Where each row of notes is; rows without a new note share what lies between."""
        kern = self.columns("**kern")
        ends = dict.fromkeys(kern, Fraction(0))
        bar, bar_line, found, waiting = 0, Fraction(0), dict[int, Place](), list[int]()
        for number, row in enumerate(self.rows):
            if row[0].startswith("=") and found:
                bar, bar_line, waiting = bar + 1, max(ends.values(), default=Fraction(0)), []
            if row[0][:1] in "*=!" or len(row) != len(self.kinds):
                continue
            begun = [column for column in kern if length_of(row[column]) is not None]
            if not begun:
                waiting.append(number)
                continue
            now = max(bar_line, *(ends[column] for column in begun)) - bar_line
            found |= _shared(waiting, found, Place(bar, now))
            found[number] = Place(bar, now)
            waiting = []
            for column in begun:
                ends[column] = bar_line + now + (length_of(row[column]) or 0)
        return found

    def chords(self) -> Iterator[tuple[Place, Chord]]:
        """Give the chords of the first **harte or **mxhm column, and where they are."""
        for column in self.columns("**harte", "**mxhm")[:1]:
            for number, place in self.places.items():
                chord = chord_of(self.rows[number][column])
                if chord is not None:
                    yield place, chord


def _shared(rows: list[int], found: dict[int, Place], after: Place) -> dict[int, Place]:
    """Return places for rows without notes, evenly between the note before and the one after."""
    last = max(found, default=None)
    before = found[last] if last is not None else Place(after.bar, Fraction(0))
    start = before.at if before.bar == after.bar else Fraction(0)
    step = (after.at - start) / (len(rows) + 1)
    return {row: Place(after.bar, start + step * i) for i, row in enumerate(rows, 1)}


def length_of(token: str) -> Fraction | None:
    """Return how many quarters a token lasts; None for a null token, 0 for a grace note.

    One that does not say is a quarter, as music21 takes it.
    """
    if token in (".", ""):
        return None
    if "q" in token:
        return Fraction(0)
    found = LENGTH.search(token)
    if found is None:
        return Fraction(1)
    whole = LONG.get(found[1]) or Fraction(max(1, int(found[1])), int(found[2] or 1))
    dots = len(found[3])
    return Fraction(4) / whole * (2 - Fraction(1, 2**dots))


def chord_of(token: str) -> Chord | None:
    """Return the chord of a **harte or **mxhm token, None where it is none that we know."""
    try:
        if found := MXHM.match(token):
            bass = pitch_class(found[3].replace("-", "b")) if found[3] else None
            return Chord.from_musicxml(pitch_class(found[1].replace("-", "b")), found[2], (), bass)
        if token in ("N", "none"):
            return NO_CHORD
        root, _, rest = token.partition(":")
        return Chord.from_harte(f"{root.replace('-', 'b')}:{rest}") if root else None
    except BadValue:
        return None
