"""What was just played, as a memory that tells the model what followed the like before.

After the longest run of words that was there before, the memory tells what followed it last, and
how sure that is: the longer the run, and the fewer ways it ever went on, the more. A model is
told so as a `Hint` and makes of it what it learnt to make; it knows many tunes, the memory knows
only this one (the short-term memory of listeners: D. Conklin and I. Witten, 1995; the cache of
language models: R. Kuhn and R. De Mori, 1990).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from generators.tokens import leadsheet as words

DEPTHS = (24, 16, 12, 8, 6, 4, 3, 2, 1)
"""The runs that are looked for, in words, the longest first: a note is two words."""
USUAL = 0.3
"""The closeness at which the memory is believed as much as it deserves."""
OVER = words.BAR_TOKEN
"""How the end of a bar's melody, or of its chords, is remembered, whatever word it has."""
SURENESSES = 1 + 2 * len(DEPTHS)
"""How many ways there are of being sure: not at all, and by run, in several ways or always."""


class Hint(NamedTuple):
    """The word that the memory expects, and how sure it is; 0 and 0 where it knows nothing."""

    word: int = 0
    sureness: int = 0


NOTHING = Hint()


@dataclass(slots=True)
class _Habit:
    """What followed a run last, and whether anything else ever did."""

    last: int
    always: bool = True


class Habits:
    """A melody or a progression so far, word by word, and what followed each run of it."""

    def __init__(self) -> None:
        self._after: dict[tuple[int, ...], _Habit] = {}
        self._undo: list[list[tuple[tuple[int, ...], int, bool]]] = []
        self.told: list[int] = []

    def learn(self, *tokens: int) -> None:
        """Remember some words, and what they came after."""
        after = self._after
        for token in tokens:
            recent = tuple(self.told[-DEPTHS[0] :])
            changed: list[tuple[tuple[int, ...], int, bool]] = []
            for depth in DEPTHS:
                if depth > len(recent):
                    continue
                run = recent[-depth:]
                habit = after.get(run)
                if habit is None:
                    after[run] = _Habit(token)
                    changed.append((run, -1, True))
                elif habit.last != token or not habit.always:
                    changed.append((run, habit.last, habit.always))
                    habit.always = habit.always and habit.last == token
                    habit.last = token
            self._undo.append(changed)
            self.told.append(token)

    def place(self) -> int:
        """Return how much is remembered."""
        return len(self.told)

    def back(self, place: int) -> None:
        """Forget what was learnt after this."""
        while len(self.told) > place:
            self.told.pop()
            for run, last, always in self._undo.pop():
                if last < 0:
                    del self._after[run]
                else:
                    self._after[run] = _Habit(last, always)

    def hint(self) -> Hint:
        """Return what is expected to come next."""
        recent = tuple(self.told[-DEPTHS[0] :])
        for number, depth in enumerate(DEPTHS):
            if depth <= len(recent) and (habit := self._after.get(recent[-depth:])) is not None:
                return Hint(habit.last, 1 + 2 * number + habit.always)
        return NOTHING

    def hint_after(self, *tokens: int) -> Hint:
        """Return what would be expected after some words more, without learning them."""
        self.told += tokens
        found = self.hint()
        del self.told[len(self.told) - len(tokens) :]
        return found

    def last_bars(self, count: int) -> list[list[int]]:
        """Return the words of the last whole bars, the latest last."""
        bars, end = list[list[int]](), len(self.told)
        while end and self.told[end - 1] != OVER:
            end -= 1
        while end and len(bars) < count:
            start = end - 1
            while start and self.told[start - 1] != OVER:
                start -= 1
            bars.insert(0, self.told[start : end - 1])
            end = start
        return bars

    @cached_property
    def most_alike(self) -> int:
        """How often one bar was played in a row, at most, when this was first asked."""
        return max((len(list(same)) for bar, same in groupby(self.last_bars(64)) if bar), default=1)


@dataclass(frozen=True, slots=True)
class Memory:
    """What was just played: its melody, and its harmony."""

    melody: Habits
    harmony: Habits

    @classmethod
    def blank(cls) -> "Memory":
        """Return a memory of nothing."""
        return cls(Habits(), Habits())

    def learn(self, melody: Sequence[int], chords: Sequence[int] | None) -> None:
        """Remember a whole bar; its chords are None where nobody knows them."""
        self.melody.learn(*melody, OVER)
        if chords is not None:
            self.harmony.learn(*chords, OVER)


HEAD = 2
"""How many events the head of a sheet has."""
ENDS = frozenset((*words.SECTION_ENDS, words.FILL_TOKEN))


def hints(events: Sequence[Sequence[int]], head: int = HEAD) -> list[list[Hint]]:
    """Return what the memory tells of each word of a sheet, as it grows.

    `events` are whole ones; the first `head` of them tell of the sheet, and nothing is known yet.
    """
    found: list[list[Hint]] = [[NOTHING] * len(event) for event in events[:head]]
    for event, habits in remembered(events, head):
        told = [NOTHING] * len(event)
        if habits is not None:
            known = 1 if event[0] in ENDS else len(event)
            told[:known] = [habits.hint_after(*event[:number]) for number in range(known)]
        found.append(told)
    return found


def remembered(
    events: Sequence[Sequence[int]], head: int = HEAD
) -> Iterator[tuple[Sequence[int], Habits | None]]:
    """Yield the events of a sheet after its head, each with the memory of what came before it.

    It is that of the section which the event is in, or ends; None where nobody knows that section.
    """
    memory, chords_first = Memory.blank(), events[0][0] == words.NUMBER[words.CHORDS_FIRST]
    habits: Habits | None = None
    for event in events[head:]:
        first = event[0]
        if first == words.UNKNOWN_TOKEN:
            habits = None
        yield event, habits
        if first in ENDS:
            if habits is not None:
                habits.learn(OVER)
            habits = _section(first, chords_first, memory)
        elif habits is not None:
            habits.learn(*event)


def _section(ended_by: int, chords_first: bool, memory: Memory) -> Habits | None:
    """Return the memory of the section that begins after such an event."""
    if ended_by == words.BAR_TOKEN:
        return memory.harmony if chords_first else memory.melody
    if ended_by == words.TURN_TOKEN:
        return memory.melody if chords_first else memory.harmony
    return None
