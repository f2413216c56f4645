"""A phrase as a piano roll (SVG): the call in grey, the answer in colour, chords by their names."""

from collections.abc import Iterator
from itertools import count
from xml.sax.saxutils import escape

from generators.music.harmony import Key
from generators.music.names import pitch_name
from generators.music.notes import Note, Phrase
from generators.music.spelling import symbol
from generators.music.time import Ticks

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 800, 34, 8, 22, 16
LANE = 6
"""How high a semitone is."""
FEWEST_LANES = 18
BLACK = frozenset({1, 3, 6, 8, 10})
CALL = "#9a9a9a"
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
    'height="{height}" font-family="Helvetica,Arial,sans-serif" font-size="11">\n'
    '<rect width="{width}" height="{height}" fill="#fff"/>'
)


class Roll:
    """The paper that a roll is drawn on."""

    def __init__(self, phrase: Phrase, end: Ticks) -> None:
        """Make room for all the notes of a phrase that is over at a bar line."""
        pitches = [note.pitch for note in phrase.notes] or [60]
        spare = max(2, -(-(FEWEST_LANES - (max(pitches) - min(pitches) + 1)) // 2))
        self._phrase, self._end = phrase, end
        self._low, self._high = min(pitches) - spare, max(pitches) + spare
        self._key = phrase.key or Key(0)
        self.bottom = self.y(self._low) + LANE
        self.height = self.bottom + BOTTOM

    def x(self, at: int) -> float:
        """Return where a tick is."""
        return round(LEFT + (WIDTH - LEFT - RIGHT) * at / self._end, 1)

    def y(self, pitch: int) -> int:
        """Return where the lane of a pitch begins."""
        return TOP + (self._high - pitch) * LANE

    def lanes(self) -> Iterator[str]:
        """Draw the lanes of black keys darker, and name every C."""
        for pitch in range(self._low, self._high + 1):
            if pitch % 12 in BLACK:
                yield (
                    f'<rect x="{LEFT}" y="{self.y(pitch)}" width="{WIDTH - LEFT - RIGHT}" '
                    f'height="{LANE}" fill="#f3f3f3"/>'
                )
            if pitch % 12 == 0:
                yield f'<text x="6" y="{self.y(pitch) + LANE}">{pitch_name(pitch)}</text>'

    def bars(self, first: int, answer: Ticks) -> Iterator[str]:
        """Draw the bar lines and number the bars; the one at which the answer begins is thick."""
        for number, at in zip(count(first), range(0, self._end, self._phrase.meter.bar)):
            x, look = self.x(at), 'stroke="#ccc"'
            if at == answer:
                look = 'stroke="#333" stroke-width="2"'
            yield f'<path d="M{x} {TOP}V{self.bottom}" {look}/>'
            if number:
                yield f'<text x="{x + 3}" y="{self.height - 4}" fill="#777">{number}</text>'

    def note(self, note: Note, colour: str) -> str:
        """Draw a note."""
        width = max(2.0, round(self.x(note.end) - self.x(note.onset) - 1, 1))
        place = f'x="{self.x(note.onset)}" y="{self.y(note.pitch)}"'
        return f'<rect {place} width="{width}" height="{LANE}" rx="1" fill="{colour}"/>'

    def chords(self) -> Iterator[str]:
        """Write the name of each chord where it begins, as long as there is room for it."""
        free = 0.0
        for span in self._phrase.chords:
            name, x = symbol(span.chord, self._key), self.x(span.onset) + 2
            if x >= free:
                yield f'<text x="{x:g}" y="14">{escape(name)}</text>'
                free = x + 6.5 * len(name) + 3


def roll(phrase: Phrase, answer: Ticks, end: Ticks, colour: str, *, pickup: bool = False) -> str:
    """Return the piano roll of a call and its answer, which begins at a bar line."""
    paper = Roll(phrase, end)
    notes = [paper.note(n, CALL if n.onset < answer else colour) for n in phrase.notes]
    head = HEAD.format(width=WIDTH, height=paper.height)
    drawn = [*paper.lanes(), *paper.bars(0 if pickup else 1, answer), *notes, *paper.chords()]
    return "\n".join([head, *drawn, "</svg>\n"])
