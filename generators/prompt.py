"""What is asked, what is answered, and the contract between the two."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from generators.music.errors import BadValue
from generators.music.harmony import Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import Ticks

LARGEST_SEED = 2**63 - 1


class Kind(StrEnum):
    """What an answer is to what was heard."""

    CONTINUE = "continue"
    """New bars of melody and chords after what was heard."""
    HARMONIZE = "harmonize"
    """Chords: under heard notes where there are any, ahead of the player where there are none."""
    IMPROVISE = "improvise"
    """A melody over the chords that the controls hold."""
    INFILL = "infill"
    """Bars between what was heard before and what was heard after."""


@dataclass(frozen=True, slots=True)
class Controls:
    """The player's wishes. The hard ones are never broken; the soft ones lean.

    Hard: `key` when `in_key`, `pitch_classes`, `low` to `high`, `chords`, `polyphony`,
    `density`, `grid`. Soft: the rest.
    """

    key: Key | None = None
    """The key of the answer; None means the one that is heard."""
    in_key: bool = False
    """Whether melody notes outside the scale of `key` are forbidden, and chords of the answer's own
    that `Key.holds` not; chords that are given stay."""
    pitch_classes: frozenset[int] | None = None
    """The only pitch classes that a melody may use."""
    low: int = 48
    """The lowest MIDI pitch of a melody."""
    high: int = 88
    """The highest MIDI pitch of a melody."""
    chords: tuple[ChordSpan, ...] = ()
    """Chords that are given; onsets are counted from the start of the answer."""
    polyphony: int = 1
    """How many melody notes may sound at once."""
    density: float | None = None
    """The most note onsets in a beat (of the meter's unit), counted over each bar."""
    grid: Ticks | None = None
    """Onsets are multiples of this, counted from the bar line."""
    temperature: float = 1.0
    """1 samples as the model was trained; lower is safer, higher is wilder."""
    top_p: float = 0.95
    """The share of probability that is drawn from."""
    closeness: float = 0.3
    """From 0 to 1: how much the answer leans on what the player has just played."""
    style: str = ""
    """One of `generators.tokens.leadsheet.STYLES`; empty where any will do."""
    activity: float | None = None
    """About how many notes begin in a bar; None where that is left open."""

    def __post_init__(self) -> None:
        """Refuse wishes that nothing could fulfil."""
        if not 0 <= self.low <= self.high <= 127:
            raise BadValue(f"the range {self.low} to {self.high} holds no pitch")
        if not self.allowed_pitches:
            raise BadValue("no allowed pitch lies in the range", "widen the range or the scale")
        if self.polyphony < 1 or (self.density is not None and self.density <= 0):
            raise BadValue("polyphony and density are above 0")
        if not 0.05 <= self.temperature <= 5 or not 0 < self.top_p <= 1:
            raise BadValue("temperature is 0.05 to 5, top-p above 0 and up to 1")
        if not 0 <= self.closeness <= 1:
            raise BadValue("closeness is 0 to 1")
        if self.activity is not None and not 0 <= self.activity <= 64:
            raise BadValue("activity is 0 to 64 notes in a bar")

    @property
    def allowed_pitches(self) -> frozenset[int]:
        """The MIDI pitches that a melody may use: the range, the scale and the pitch classes."""
        classes = frozenset(range(12)) if self.pitch_classes is None else self.pitch_classes
        if self.in_key and self.key is not None:
            classes &= self.key.scale
        return frozenset(p for p in range(self.low, self.high + 1) if p % 12 in classes)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything that an answer depends on: the same prompt gives the same answer.

    `start` is counted from the start of what was heard (a bar line) and is where the answer
    begins: at its end to continue, inside it to harmonize or to fill in.
    """

    heard: Phrase
    start: Ticks
    length: Ticks
    kind: Kind = Kind.CONTINUE
    seed: int = 0
    controls: Controls = field(default_factory=Controls)
    place: int | None = None
    """Which of the ranked answers (`generators.choose`): 0 the best; None the first that comes."""

    def __post_init__(self) -> None:
        """Refuse answers before the start or of no length."""
        if self.start < 0 or self.length < 1:
            raise BadValue("an answer begins at 0 or later and has a length")
        if not 0 <= self.seed <= LARGEST_SEED:
            raise BadValue(f"seed {self.seed} is outside 0 to {LARGEST_SEED}")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One whole answer; onsets are counted from the start of the answer.

    `notes` is the melody; the chords are symbols until `voicing` makes notes of them.
    `score` is the mean log-probability of its tokens (0 where a rule made it), `why` what the
    player is told of it: a sentence without its subject, which is the source.
    """

    source: str
    notes: tuple[Note, ...] = ()
    chords: tuple[ChordSpan, ...] = ()
    score: float = 0.0
    why: str = ""
    known: Ticks | None = None
    """Of an answer that is still being written: all that begins before this is there. None where
    it is whole."""

    @property
    def sentence(self) -> str:
        """What the player is told of it, as a whole sentence."""
        return f"{self.source} {self.why or 'has answered'}"

    def begun(self, known: Ticks) -> "Suggestion":
        """Return its beginning, as it is told before the rest is there."""
        notes = tuple(note for note in self.notes if note.onset < known)
        chords = tuple(span for span in self.chords if span.onset < known)
        return replace(self, notes=notes, chords=chords, known=known)

    def after(self, since: Ticks) -> "Suggestion":
        """Return what begins at this tick of the answer or later."""
        notes = tuple(note for note in self.notes if note.onset >= since)
        chords = tuple(span for span in self.chords if span.onset >= since)
        return replace(self, notes=notes, chords=chords)


Item = Note | ChordSpan


class Generator(Protocol):
    """Answers a prompt.

    It yields notes and chords as soon as each is known, onsets never falling by more than a
    bar, all within `prompt.length`; the listener may stop listening at any item.
    A generator is pure: no port, thread, clock or global random source.
    """

    @property
    def name(self) -> str:
        """The name by which it is asked for and reported."""

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        """Yield the answer."""


def gather(generator: Generator, prompt: Prompt, why: str = "") -> Suggestion:
    """Let a generator finish and return its answer whole."""
    items = list(generator(prompt))
    return Suggestion(
        source=generator.name,
        notes=tuple(sorted(item for item in items if isinstance(item, Note))),
        chords=tuple(sorted((i for i in items if isinstance(i, ChordSpan)), key=lambda s: s.onset)),
        why=why,
    )
