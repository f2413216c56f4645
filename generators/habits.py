"""What was just played, as a memory that tells the model what followed the like before.

After the longest run of words that was there before, the memory tells what followed it last, and
how sure that is: the longer the run, and the fewer ways it ever went on, the more. It also lays
the bar beside the earlier bar that it goes along with, and tells what came next there: that holds
on over a note that was changed, where the run breaks off, and lets chords come back under a melody
that comes back. A model is told so as a `Hint` and makes of it what it learnt to make; it knows
many tunes, the memory knows only this one (the short-term memory of listeners: D. Conklin and
I. Witten, 1995; the cache of language models: R. Kuhn and R. De Mori, 1990).
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise, takewhile
from typing import NamedTuple

from generators.runs import Followed, Runs
from generators.tokens import leadsheet as words

DEPTHS = (24, 16, 12, 8, 6, 4, 3, 2, 1)
"""The runs that are looked for, in words, the longest first: a note is two words."""
LEADING = 5
"""So many of them, the longest, tell which earlier bar this one goes along with."""
STEPS = (12, 8, 6, 5, 4, 3)
"""The same for runs of intervals: a tune that comes back higher or lower, or a sequence."""
USUAL = 0.3
"""The closeness at which the memory is believed as much as it deserves."""
OVER = words.BAR_TOKEN
"""How the end of a bar's melody, or of its chords, is remembered, whatever word it has."""
RUNS = 2 * len(DEPTHS)
ALONE, AGREED, AGAINST = 1, 1 + RUNS, 1 + 2 * RUNS
"""Where the ways of being sure begin of what a run tells: by run, in several ways or always; each
where nothing else is known, where the bar beside or the intervals tell the same, and where the bar
beside tells another word."""
BESIDE = 1 + 3 * RUNS
"""Where those begin of what the bar beside tells: by how often it was right of late, where no run,
a short one or a long one tells another word."""
STREAKS, STREAK = 4, 15
"""How many are told apart of how often the bar beside was right, and the most that is counted."""
RIGHT_OF_LATE = 4
"""From so often on, the bar beside is believed rather than a run."""
SHORT, SHORTER, SINGLE = 6, 7, len(DEPTHS) - 1
"""From these of the depths on, runs are short, shorter, and of one word."""
HALF_SURE, CHORDED = 5, 3
"""From these on, runs yield to intervals of `FAR`, and those of chords to the bar beside."""
FAR = 3
"""So many of the steps, the longest, are far."""
MOVED = BESIDE + 3 * STREAKS
"""Where those begin of what the intervals tell, by run."""
SURENESSES = MOVED + len(STEPS)
"""How many ways there are of being sure, with that of knowing nothing, which is 0."""
PLACES = range(words.FIRST_PLACE, words.FIRST_PITCH)
PITCHES = range(words.FIRST_PITCH, words.REST_TOKEN)
NOWHERE = -1


class Hint(NamedTuple):
    """The word that the memory expects, and how sure it is; 0 and 0 where it knows nothing."""

    word: int = 0
    sureness: int = 0


NOTHING = Hint()


class _Before(NamedTuple):
    """What was known before a word was learnt, besides the runs."""

    back: int
    streak: int
    event: int


class Habits:
    """A melody or a progression so far, word by word, and what followed each run of it."""

    def __init__(self, melody: "Habits | None" = None) -> None:
        """Begin a melody; or a progression, which knows the melody that it goes with."""
        self._melody = melody
        self._runs, self._moves = Runs(DEPTHS), Runs(STEPS)
        self._sung: list[int] = []
        self._undo: list[_Before] = []
        self._lines = [0]
        self._event = NOWHERE
        self._back = self._streak = 0
        self._now: Followed | None = None
        self._laid: tuple[int, list[int]] = NOWHERE, []

    def copy(self, melody: "Habits | None" = None) -> "Habits":
        """Return the same, to go on with apart."""
        other = Habits(melody)
        other._runs, other._moves = self._runs.copy(), self._moves.copy()
        other._sung, other._undo, other._lines = [*self._sung], [*self._undo], [*self._lines]
        other._event, other._back, other._streak = self._event, self._back, self._streak
        other._now = self._now
        return other

    @property
    def told(self) -> list[int]:
        """Everything that was learnt, in order."""
        return self._runs.row

    def learn(self, *tokens: int) -> None:
        """Remember some words, and what they came after."""
        for token in tokens:
            self._undo.append(_Before(self._back, self._streak, self._event))
            if beside := self._beside(()):
                right = beside == token
                self._streak = min(self._streak + 1, STREAK) if right else self._streak // 2
            self._runs.learn(token)
            if token in PLACES:
                self._event = len(self.told) - 1
            elif token in PITCHES:
                if self._sung:
                    self._moves.learn(token - self._sung[-1])
                self._sung.append(token)
            elif token == OVER:
                self._lines.append(len(self.told))
                self._event = NOWHERE
            self._lead()

    def _lead(self) -> None:
        """Find the bar that this one goes along with, if a long run tells of one."""
        run = self._now = self._runs.followed()
        if run is not None and run.number < LEADING:
            back = len(self._lines) - bisect_right(self._lines, run.at)
            self._back = back or self._back

    def place(self) -> int:
        """Return how much is remembered."""
        return len(self.told)

    def back(self, place: int) -> None:
        """Forget what was learnt after this."""
        while len(self.told) > place:
            token = self.told[-1]
            self._runs.forget()
            if token == OVER:
                self._lines.pop()
            elif token in PITCHES:
                self._sung.pop()
                if self._sung:
                    self._moves.forget()
            self._back, self._streak, self._event = self._undo.pop()
        self._now = self._runs.followed()
        self._laid = NOWHERE, []

    def hint(self) -> Hint:
        """Return what is expected to come next."""
        return self.hint_after()

    def hint_after(self, *tokens: int) -> Hint:
        """Return what would be expected after some words more, without learning them."""
        beside, run = self._beside(tokens), self._runs.followed(tokens) if tokens else self._now
        moved = self._moved(tokens)
        if moved.word and run is not None and run.symbol == moved.word:
            return Hint(moved.word, AGREED + 2 * run.number + run.always)
        if moved.word and _believes_move(moved, run):
            return moved
        if run is None:
            return self._told_beside(beside, 0) if beside else NOTHING
        return self._weighed(run, beside)

    def _moved(self, tokens: Sequence[int]) -> Hint:
        """Return the pitch that intervals tell, if one comes next; unsure if others followed."""
        last = tokens[-1] if tokens else self.told[-1] if self.told else 0
        move = self._moves.followed() if last in PLACES and self._sung else None
        if move is None:
            return NOTHING
        return Hint(self._sung[-1] + move.symbol, MOVED + move.number if move.always else 0)

    def _weighed(self, run: Followed, beside: int) -> Hint:
        """Return what a run tells, or the bar beside, whichever is believed."""
        sure = 2 * run.number + run.always
        if not beside:
            return Hint(run.symbol, ALONE + sure)
        if beside == run.symbol:
            return Hint(beside, AGREED + sure)
        if self._believes_bar(run.number, beside):
            return self._told_beside(beside, 1 if run.number >= SHORT else 2)
        return Hint(run.symbol, AGAINST + sure)

    def _believes_bar(self, number: int, word: int) -> bool:
        """Whether the bar beside is believed, which tells this word, rather than a run.

        Where it was right more often on valid tunes: rather than a run of one word, where it was
        right of late, and of where a chord comes and its root, unless the run is a long one.
        """
        if word >= words.FIRST_KIND:
            return False
        short = number >= (SINGLE if self._melody is None else CHORDED)
        return short or self._streak >= RIGHT_OF_LATE

    def _told_beside(self, word: int, against: int) -> Hint:
        often = self._streak * STREAKS // (STREAK + 1)
        return Hint(word, BESIDE + STREAKS * against + often)

    def _beside(self, tokens: Sequence[int]) -> int:
        """Return the word that comes next in the bar that this one goes along with, or 0.

        `tokens` come after what was learnt. Of an event that was begun it is the next word, where
        the bar beside has that event; else the place of the next one, or that it is over.
        """
        back = (self._melody and self._melody._back) or self._back
        first = len(self._lines) - 1 - back
        if not back or first < 0:
            return 0
        if self._laid[0] != first:
            self._laid = first, self.told[self._lines[first] : self._lines[first + 1]]
        other, begun = self._laid[1], list(tokens)
        if self._event != NOWHERE and not (tokens and tokens[0] in PLACES):
            begun = [*self.told[self._event :], *tokens]
        if not begun or _is_whole(begun):
            after = begun[0] if begun else 0
            return next((word for word in other if word > after and word in PLACES), OVER)
        if begun[0] not in other:
            return 0
        at = other.index(begun[0])
        end = at + len(begun)
        return other[end] if other[at:end] == begun else 0

    def last_bars(self, count: int) -> list[list[int]]:
        """Return the words of the last whole bars, the latest last."""
        lines = self._lines[-count - 1 :] if count else []
        return [self.told[a : b - 1] for a, b in pairwise(lines)]

    @cached_property
    def most_alike(self) -> int:
        """How often one bar was played in a row, at most, when this was first asked."""
        return max((len(list(same)) for bar, same in groupby(self.last_bars(64)) if bar), default=1)


def _believes_move(moved: Hint, run: Followed | None) -> bool:
    """Whether intervals are believed rather than a run: where they were right more often."""
    if not moved.sureness:
        return False
    far = moved.sureness < MOVED + FAR
    return run is None or run.number >= (HALF_SURE if far else SHORTER)


def _is_whole(event: Sequence[int]) -> bool:
    """Whether nothing more belongs to an event: a note has two words, a chord four."""
    note = len(event) > 1 and (event[1] in PITCHES or event[1] == words.REST_TOKEN)
    return note or len(event) == words.ARITY or event[1:] == [words.NO_CHORD_TOKEN]


@dataclass(frozen=True, slots=True)
class Memory:
    """What was just played: its melody, and its harmony."""

    melody: Habits
    harmony: Habits
    chords_first: bool
    bars: list[tuple[tuple[int, ...], tuple[int, ...] | None, int, int]]
    """The whole bars that were remembered, each with the place of either part after it."""

    @classmethod
    def blank(cls, chords_first: bool = False) -> "Memory":
        """Return a memory of nothing, of a sheet that has the chords of a bar first or last."""
        melody = Habits()
        return cls(melody, Habits(melody), chords_first, [])

    def copy(self) -> "Memory":
        """Return the same, to go on with apart."""
        melody = self.melody.copy()
        return Memory(melody, self.harmony.copy(melody), self.chords_first, [*self.bars])

    def keep_only(self, bars: Sequence[tuple[Sequence[int], Sequence[int] | None]]) -> None:
        """Remember just these bars: those that are remembered already are not learnt again."""
        asked = [
            (tuple(melody), None if chords is None else tuple(chords)) for melody, chords in bars
        ]
        pairs = zip(asked, self.bars, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1][:2], pairs))
        places = self.bars[same - 1][2:] if same else (0, 0)
        del self.bars[same:]
        self.melody.back(places[0])
        self.harmony.back(places[1])
        for melody, chords in asked[same:]:
            self.learn(melody, chords)

    def learn(self, melody: Sequence[int], chords: Sequence[int] | None) -> None:
        """Remember a whole bar; its chords are None where nobody knows them."""
        if chords is not None and self.chords_first:
            self.harmony.learn(*chords, OVER)
        self.melody.learn(*melody, OVER)
        if chords is not None and not self.chords_first:
            self.harmony.learn(*chords, OVER)
        places = self.melody.place(), self.harmony.place()
        self.bars.append((tuple(melody), _frozen(chords), *places))


def _frozen(chords: Sequence[int] | None) -> tuple[int, ...] | None:
    return None if chords is None else tuple(chords)


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
    memory = Memory.blank(events[0][0] == words.NUMBER[words.CHORDS_FIRST])
    habits: Habits | None = None
    for event in events[head:]:
        first = event[0]
        if first == words.UNKNOWN_TOKEN:
            habits = None
        yield event, habits
        if first in ENDS:
            if habits is not None:
                habits.learn(OVER)
            habits = _section(first, memory)
        elif habits is not None:
            habits.learn(*event)


def _section(ended_by: int, memory: Memory) -> Habits | None:
    """Return the memory of the section that begins after such an event."""
    if ended_by == words.BAR_TOKEN:
        return memory.harmony if memory.chords_first else memory.melody
    if ended_by == words.TURN_TOKEN:
        return memory.melody if memory.chords_first else memory.harmony
    return None
