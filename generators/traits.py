"""What can be said of an answer beside its likelihood: rules with names, each a number from 0 to 1.

A rule looks at the answer and at what was heard. It has two clauses, for an answer that has much of
it and for one that has little; `generators.choose` weighs the rules, and says those that told.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import fmean, median

from generators.asked import Asked
from generators.hearing.melody import melody_of
from generators.music.harmony import NO_CHORD
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import Ticks
from generators.prompt import Prompt

RECENT = 16
"""How many bars of what was heard an answer is held against."""
FIGURE = 3
"""A figure is so many intervals in a row, with their rhythm: four notes."""
STEP, LEAP = 2, 5
"""Up to this many semitones is a step; from so many on, a leap."""
Figure = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class View:
    """An answer beside what was heard; ticks are those of the heard phrase."""

    asked: Asked
    notes: tuple[Note, ...]
    """The melody that the answer has, or that its chords stand under."""
    chords: tuple[ChordSpan, ...]
    """The chords that the answer has, or is played over."""
    sings: bool
    """Whether the melody is the answer's own."""

    @classmethod
    def of(cls, prompt: Prompt, notes: Sequence[Note], chords: Sequence[ChordSpan]) -> "View":
        """Look at an answer whose onsets are counted from its own start."""
        asked = Asked(prompt)
        under = prompt.heard.between(prompt.start, asked.end)
        sung = melody_of(Phrase.of(notes)) or melody_of(under)
        spans = [span.moved(prompt.start) for span in chords] or asked.given
        moved = tuple(note.moved(prompt.start) for note in sung)
        return cls(asked, moved, tuple(spans), bool(notes))

    @cached_property
    def heard(self) -> tuple[Note, ...]:
        """The melody of the last bars before the answer."""
        since = Ticks(max(0, self.asked.start - RECENT * self.asked.bar))
        recent = self.asked.prompt.heard.between(since, self.asked.start)
        return tuple(note.moved(since) for note in melody_of(recent))

    @cached_property
    def tonic(self) -> int:
        """The tonic of the key, 0 to 11."""
        return self.asked.key.tonic

    @cached_property
    def steps(self) -> list[int]:
        """The intervals of the answer's melody in semitones."""
        return [after.pitch - before.pitch for before, after in pairwise(self.notes)]

    @property
    def bars(self) -> float:
        """How many bars the answer has."""
        return self.asked.prompt.length / self.asked.bar

    @cached_property
    def heard_bars(self) -> int:
        """How many bars the heard melody has."""
        return len({note.onset // self.asked.bar for note in self.heard})

    def chord_at(self, tick: int) -> ChordSpan | None:
        """Return the chord that holds at a tick."""
        return next((span for span in self.chords if span.onset <= tick < span.end), None)


Measure = Callable[[View], float | None]
"""A number from 0 to 1, or None where there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with a name: how an answer is measured, and what is said of it."""

    name: str
    measure: Measure
    much: str
    """What is true of an answer that measures at least `from_`."""
    from_: float
    little: str
    """What is true of an answer that measures at most `to`."""
    to: float


def _share(found: int, whole: int) -> float | None:
    return found / whole if whole else None


def _alike(one: float, other: float) -> float:
    """Return how alike two amounts are: 1 if equal, less the more often one has the other."""
    if not one or not other:
        return float(one == other)
    return math.exp(-abs(math.log(one / other)))


def rests_on_tonic(view: View) -> float | None:
    """Whether the last note is the tonic; half where it is another tone of the tonic chord."""
    if not view.notes:
        return None
    away = (view.notes[-1].pitch - view.tonic) % 12
    third = 3 if view.asked.key.minor else 4
    return {0: 1.0, third: 0.5, 7: 0.5}.get(away, 0.0)


def ends_long(view: View) -> float | None:
    """How much longer than usual the last note lasts: 0 as long or shorter, 1 four times."""
    if len(view.notes) < 2:
        return None
    usual = median(note.length for note in view.notes[:-1])
    lasting = view.asked.end - view.notes[-1].onset
    return min(1.0, max(0.0, math.log(max(1.0, lasting) / usual, 4)))


def takes_up(view: View) -> float | None:
    """Which share of the answer's figures was heard: the same intervals in the same rhythm."""
    mine, heard = figures(view.notes), set(figures(view.heard))
    return _share(sum(figure in heard for figure in mine), len(mine)) if heard else None


def figures(notes: Sequence[Note]) -> list[Figure]:
    """Return the runs of intervals and lengths in a melody, the same in any key."""
    moves = [(b.pitch - a.pitch, round((b.onset - a.onset) / 40)) for a, b in pairwise(notes)]
    return [tuple(moves[at : at + FIGURE]) for at in range(len(moves) - FIGURE + 1)]


def rhythm_heard(view: View) -> float | None:
    """Which share of the answer's bars has the rhythm of a bar that was heard."""
    mine, heard = _rhythms(view, view.notes), set(_rhythms(view, view.heard))
    return _share(sum(rhythm in heard for rhythm in mine), len(mine)) if heard else None


def _rhythms(view: View, notes: Sequence[Note]) -> list[tuple[int, ...]]:
    bars: dict[int, list[int]] = {}
    for note in notes:
        bars.setdefault(note.onset // view.asked.bar, []).append(note.onset % view.asked.bar // 40)
    return [tuple(places) for places in bars.values()]


def moves_by_step(view: View) -> float | None:
    """Which share of the melody's moves are steps."""
    moves = [abs(step) for step in view.steps if step]
    return _share(sum(move <= STEP for move in moves), len(moves))


def turns_back(view: View) -> float | None:
    """How often a leap is followed by a move the other way (P. von Hippel and D. Huron, 2000)."""
    after = [(a, b) for a, b in pairwise(view.steps) if abs(a) >= LEAP]
    return _share(sum(a * b < 0 for a, b in after), len(after))


def keeps_register(view: View) -> float | None:
    """How near its middle is to the middle of what was heard: 0 an octave away."""
    if not view.notes or not view.heard:
        return None
    away = fmean(n.pitch for n in view.notes) - fmean(n.pitch for n in view.heard)
    return max(0.0, 1 - abs(away) / 12)


def connects(view: View) -> float | None:
    """How near its first note is to the last that was heard: 0 an octave away."""
    if not view.sings or not view.notes or not view.heard:
        return None
    return max(0.0, 1 - abs(view.notes[0].pitch - view.heard[-1].pitch) / 12)


def as_busy(view: View) -> float | None:
    """How alike the answer and what was heard are in notes to the bar."""
    if not view.heard_bars:
        return None
    return _alike(len(view.notes) / view.bars, len(view.heard) / view.heard_bars)


def varies(view: View) -> float | None:
    """Which share of its bars are not the bar before them again."""
    bars: dict[int, list[tuple[int, int]]] = {}
    for note in view.notes:
        bars.setdefault(note.onset // view.asked.bar, []).append(
            (note.onset % view.asked.bar, note.pitch)
        )
    pairs = [bars[bar] != bars[bar + 1] for bar in bars if bar + 1 in bars]
    return _share(sum(pairs), len(pairs))


def in_scale(view: View) -> float | None:
    """Which share of its notes are in the scale of the key."""
    scale = view.asked.key.scale
    return _share(sum(note.pitch % 12 in scale for note in view.notes), len(view.notes))


def strong_chord_tones(view: View) -> float | None:
    """Which share of the notes on strong beats are tones of the chord."""
    strong = [(note, view.chord_at(note.onset)) for note in view.notes if _is_strong(view, note)]
    over = [(note, span.chord) for note, span in strong if span and span.chord != NO_CHORD]
    return _share(sum(n.pitch % 12 in chord.pitch_classes for n, chord in over), len(over))


def _is_strong(view: View, note: Note) -> bool:
    meter = view.asked.prompt.heard.meter
    beat, off = divmod(note.onset % meter.bar, meter.beat)
    return off == 0 and beat in meter.strong


def cadence(view: View) -> float | None:
    """Whether it closes from dominant to tonic; half where it comes to the tonic otherwise."""
    roots = _roots(view.chords)
    if not roots:
        return None
    if (roots[-1] - view.tonic) % 12:
        return 0.0
    return 1.0 if len(roots) > 1 and (roots[-2] - view.tonic) % 12 in (7, 11) else 0.5


def _roots(chords: Sequence[ChordSpan]) -> list[int]:
    """Return the roots of chords, each once where it stays."""
    roots = [span.chord.root for span in chords if span.chord != NO_CHORD]
    return roots[:1] + [new for old, new in pairwise(roots) if new != old]


def harmony_moves(view: View) -> float | None:
    """How alike the answer and what was heard are in changes of chord to the bar."""
    heard = view.asked.before.chords
    if not view.chords or not heard:
        return None
    bars = max(1.0, (heard[-1].end - heard[0].onset) / view.asked.bar)
    return _alike(len(_roots(view.chords)) / view.bars, len(_roots(heard)) / bars)


ALL = 1.0
RULES = (
    Rule(
        "rests on the tonic", rests_on_tonic,
        "comes to rest on the tonic", ALL, "stays open at its end", 0.0,
    ),
    Rule(
        "ends long", ends_long,
        "holds its last note", 0.5, "does not hold its last note", 0.0,
    ),
    Rule(
        "takes up the figure", takes_up,
        "takes up your figures", 0.2, "has figures of its own", 0.05,
    ),
    Rule(
        "takes up the rhythm", rhythm_heard,
        "keeps to your rhythms", 0.5, "has rhythms of its own", 0.25,
    ),
    Rule(
        "moves by step", moves_by_step,
        "moves by step more than it leaps", 0.6, "leaps more than it steps", 0.5,
    ),
    Rule(
        "leaps turn back", turns_back,
        "turns back after its leaps", 0.6, "does not turn back after its leaps", 0.4,
    ),
    Rule(
        "keeps the register", keeps_register,
        "stays in your register", 0.75, "moves to another register", 0.5,
    ),
    Rule(
        "connects", connects,
        "begins near your last note", 0.75, "begins far from your last note", 0.5,
    ),
    Rule(
        "as busy", as_busy,
        "is as busy as you were", 0.8, "is not as busy as you were, or busier", 0.6,
    ),
    Rule(
        "varies", varies,
        "varies its bars", 0.8, "dwells on its bars", 0.5,
    ),
    Rule(
        "keeps the scale", in_scale,
        "keeps to the scale", ALL, "has notes from outside the scale", 0.99,
    ),
    Rule(
        "chord tones on strong beats", strong_chord_tones,
        "has chord tones on the strong beats", 0.8, "leans on its strong beats", 0.6,
    ),
    Rule(
        "cadence", cadence,
        "closes from dominant to tonic", ALL, "leaves the harmony open", 0.0,
    ),
    Rule(
        "harmony moves as before", harmony_moves,
        "changes chords as often as you did", 0.8, "changes chords at another pace", 0.6,
    ),
)  # fmt: skip
LIKELIHOOD = "likelihood"
Traits = Mapping[str, float]


def traits(prompt: Prompt, notes: Sequence[Note], chords: Sequence[ChordSpan]) -> dict[str, float]:
    """Return how an answer measures by every rule that has something to measure."""
    view = View.of(prompt, notes, chords)
    found = ((rule.name, rule.measure(view)) for rule in RULES)
    return {name: value for name, value in found if value is not None}
