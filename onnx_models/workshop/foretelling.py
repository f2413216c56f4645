"""How well a model foretells a tune, word by word, with and without what was played before.

A tune is read as it is played, its repeats written out. Where it is longer than the model can
read, it is read again from its head and its latest half.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generators.habits import HEAD, Hint
from generators.model import Decoder, Made
from generators.sampling import Logits, log_chances
from generators.tokens import leadsheet as words
from onnx_models.workshop.lessons import Lesson, Numbers, Sheet, Way, sheet_of, written
from onnx_models.workshop.surprise import by_section

Question = tuple[int, tuple[int, ...], Hint]
"""Which event is asked about, the words of it that are known, and what the memory expects."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """Bits that were spent on a part, and how many notes (or chords) it has."""

    rhythm: float
    """On places, and on the ends of bars."""
    names: float
    """On pitches (or on roots, kinds and basses)."""
    count: int

    @property
    def each(self) -> float:
        """Bits for a note, or a chord."""
        return (self.rhythm + self.names) / max(1, self.count)

    def __add__(self, other: "Foretold") -> "Foretold":
        """Add up two pieces."""
        return Foretold(
            self.rhythm + other.rhythm, self.names + other.names, self.count + other.count
        )

    def __sub__(self, other: "Foretold") -> "Foretold":
        """Leave out a part of a piece."""
        return Foretold(
            self.rhythm - other.rhythm, self.names - other.names, self.count - other.count
        )


def melody_of(decoder: Decoder, lesson: Lesson, deaf: bool = False, since: int = 0) -> Foretold:
    """Return what a melody costs of which no harmony is told, from a bar on.

    `deaf` is without the memory. What comes before the bar is read, and is not counted.
    """
    return _foretold(decoder, written(lesson, Way(False, harmony=False)), 0, deaf, since)


def chords_of(decoder: Decoder, lesson: Lesson, deaf: bool = False) -> Foretold:
    """Return what the chords of a tune cost, the melody of each bar known."""
    return _foretold(decoder, written(lesson, Way(False)), 1, deaf)


def _foretold(
    decoder: Decoder, tokens: Iterable[int], part: int, deaf: bool, since: int = 0
) -> Foretold:
    sheet = sheet_of(tokens)
    costs = costs_of(decoder, sheet, deaf)
    lines = np.flatnonzero(sheet.events[:, 0] == words.BAR_TOKEN)
    before = slice(0, lines[since] if since else 0)
    return _spent(sheet.events, costs, part) - _spent(sheet.events[before], costs[before], part)


def _spent(events: Numbers, costs: npt.NDArray[np.float64], part: int) -> Foretold:
    rhythm, names = costs.copy(), costs.copy()
    rhythm[:, 1:], names[:, :1] = 0, 0
    spent, count = by_section(events, rhythm, chords_first=False)[part]
    named, _ = by_section(events, names, chords_first=False)[part]
    return Foretold(float(spent / np.log(2)), float(named / np.log(2)), count)


def costs_of(decoder: Decoder, sheet: Sheet, deaf: bool = False) -> npt.NDArray[np.float64]:
    """Return how many nats each word costs, given all before it; 0 for what is told."""
    found = np.zeros(sheet.events.shape)
    asked = np.argwhere(sheet.events > 0)
    asked = asked[asked[:, 0] >= HEAD]
    questions = [question(sheet, at, word, deaf) for at, word in asked.tolist()]
    chances = log_chances(answers(decoder, made_of(decoder, sheet), questions))
    true = sheet.events[asked[:, 0], asked[:, 1]]
    found[asked[:, 0], asked[:, 1]] = -chances[np.arange(len(true)), true]
    return found


def question(sheet: Sheet, at: int, word: int, deaf: bool = False) -> Question:
    """Return the question what a word of an event may be."""
    hint = Hint() if deaf else Hint(*sheet.hints[at, word].tolist())
    return at, tuple(sheet.events[at, :word].tolist()), hint


def answers(decoder: Decoder, made: Made, questions: Sequence[Question]) -> Logits:
    """Return the logits of each question's word: a row a question."""
    rows = made[[at - 1 for at, _, _ in questions]]
    return decoder.spell(rows, [told for _, told, _ in questions], [hint for *_, hint in questions])


def made_of(decoder: Decoder, sheet: Sheet) -> Made:
    """Return what the model makes of each event of a sheet, however long that is."""
    events = sheet.whole
    room, half = decoder.card.context, decoder.card.context // 2
    decoder.rewind(0)
    decoder.holder = None
    made = [decoder.feed(events[:room])]
    at = len(events[:room])
    while at < len(events):
        decoder.rewind(0)
        start = at - half
        part = decoder.feed([*events[:HEAD], *events[start : start + room - HEAD]])[HEAD:]
        made.append(part[at - start :])
        at = start + len(part)
    return np.concatenate(made)
