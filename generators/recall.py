"""The player's own material, developed: a variable-order Markov chain on what was just played.

It is the fallback while a model is late, so it answers at once and knows nothing beforehand:
where nothing was heard it has nothing to say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from generators.changes import changes, given_changes
from generators.ground import PULSE, Ground, Onsets, in_order
from generators.hearing.rhythm import snapped, step_of
from generators.memory import DEEPEST, Fitness, Memory, Step, pick
from generators.music.notes import ChordSpan, Note
from generators.music.time import Ticks
from generators.prompt import Item, Kind, Prompt

USED_PLACE, OTHER_PLACE = 1.0, 0.25  # for landing where the player's notes begin in the bar
ON_CHORD, OFF_CHORD = 1.0, 0.2  # for a note on a beat

CHROMATIC = 0.1  # for a note that is neither in the chord nor in the scale
LONGEST_GAP = 2  # bars: a longer rest in what was heard is no habit
FAR, STRAYED = 12, 0.3  # semitones from the player's middle, and what is left beyond
FORBIDDEN = 0.02  # for a habit whose pitch has to give way to an allowed one


Landing = tuple[float, tuple[float, ...] | None]
"""What landing on a tick is worth, and what each pitch class is worth there."""


class Recall:
    """Answers from what the player has just played."""

    name = "recall"
    drafts = 6

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        """Yield chords and notes in order of onset; nothing where nothing was heard."""
        ground = Ground(prompt)
        if not (prompt.heard.notes or prompt.heard.chords or prompt.controls.chords):
            return
        rng = Random(prompt.seed)
        match prompt.kind:
            case Kind.HARMONIZE:
                yield from changes(ground, ground.within, rng)
            case Kind.IMPROVISE:
                yield from recalled(ground, given_changes(ground), rng)
            case _:
                yield from _answer(ground, rng)


def recalled(ground: Ground, spans: Sequence[ChordSpan], rng: Random) -> Iterator[Note]:
    """Yield a line made of the player's habits over these chords."""
    line = habits(ground)
    if line:
        yield from Line(ground, spans, line, rng).notes()


def habits(ground: Ground) -> tuple[Note, ...]:
    """Return what was played, on the steps it keeps to, or on the grid that is wished."""
    step = step_of([note.onset for note in ground.melody])
    grid = ground.prompt.controls.grid
    return snapped(ground.melody, step if grid is None or step % grid == 0 else grid)


def _answer(ground: Ground, rng: Random) -> Iterator[Item]:
    """Yield melody and chords; a player who played no chords has the melody harmonized."""
    if ground.harmony:
        spans = changes(ground, (), rng)
        yield from in_order(spans, recalled(ground, spans, rng))
        return
    notes = list(recalled(ground, given_changes(ground), rng))
    yield from in_order(changes(ground, notes, rng), iter(notes))


class Line:
    """A line as it grows."""

    def __init__(
        self, ground: Ground, spans: Sequence[ChordSpan], heard: Sequence[Note], rng: Random
    ) -> None:
        """Learn the habits, and where in the bar they begin."""
        self._ground, self._spans, self._rng = ground, spans, rng
        self._memory = Memory(heard, ground.ladder)
        self._steps = list(self._memory.steps)
        self._places = {note.onset % ground.meter.bar for note in heard}
        self._allowed = frozenset(ground.pitches)
        self._rest = ground.rest
        self._onsets = Onsets(ground, self._rest)
        self._last = heard[-1]
        self._worths: dict[tuple[frozenset[int], int], tuple[float, ...]] = {}

    def notes(self) -> Iterator[Note]:
        """Yield each note when it is known where the next begins."""
        at = self._onsets.after(Ticks(-1))
        note = None if at is None else self._opening(at)
        while note is not None:
            self._onsets.take(note.onset)
            held = self._steps[-1].held
            following = self._following(note)
            if following is None:
                yield note
            else:
                gap = Ticks(following.onset - note.onset)
                length = 2 * note.length if held else note.length
                yield replace(note, length=Ticks(min(length, gap)))
            note = following

    def _opening(self, at: Ticks) -> Note | None:
        """Return the first note: a tone of the harmony that the habits would come to."""
        if at == self._rest:
            return self._closing(self._last.pitch)
        tones = self._ground.tones(self._spans, at)

        def fitness(step: Step) -> float:
            return ON_CHORD if self._landing(self._last.pitch, step) % 12 in tones else OFF_CHORD

        step = self._pick(fitness) or Step(0, self._last.length, self._last.length)
        self._steps.append(step)
        pitch = self._ground.nearest(self._landing(self._last.pitch, step), tones)
        return self._ground.sung(at, pitch, step.length)

    def _following(self, note: Note) -> Note | None:
        """Return the next note; None after the last."""
        if self._rest is not None and note.onset >= self._rest:
            return None
        step = self._pick(self._fitness(note))
        if step is None:
            return self._beside_habit(note)
        at = Ticks(note.onset + step.gap)
        self._steps.append(step)
        if self._rest is not None and at >= self._rest:
            return self._closing(note.pitch)
        if at >= self._ground.length:
            return None
        return self._ground.sung(at, self._landing(note.pitch, step), step.length)

    def _fitness(self, note: Note) -> Fitness:
        """Return how well steps from a note suit: by where and on what they land."""
        rung, centre = self._ground.ladder.rung(note.pitch), self._ground.centre
        landings: dict[Ticks, Landing] = {}

        def fitness(step: Step) -> float:
            if step.gap not in landings:
                landings[step.gap] = self._landing_at(Ticks(note.onset + step.gap), step.gap)
            worth, classes = landings[step.gap]
            if worth == 0 or classes is None:
                return worth
            wish = self._ground.ladder.pitch(rung + step.rungs)
            worth *= classes[wish % 12] * (STRAYED if abs(wish - centre) > FAR else 1)
            return worth if wish in self._allowed else FORBIDDEN * worth

        return fitness

    def _landing_at(self, at: Ticks, gap: Ticks) -> Landing:
        """Return what a tick is worth, and each pitch class there."""
        ground = self._ground
        if gap > LONGEST_GAP * ground.meter.bar:
            return 0.0, None
        if at >= (ground.length if self._rest is None else self._rest):
            return OTHER_PLACE, None
        if not self._onsets.free(at):
            return 0.0, None
        place = USED_PLACE if ground.place(at) in self._places else OTHER_PLACE
        return place, self._classes(ground.tones(self._spans, at), ground.weight(at))

    def _classes(self, tones: frozenset[int], weight: int) -> tuple[float, ...]:
        """Return what each pitch class is worth over a chord, on a tick of some weight."""
        known = self._worths.get((tones, weight))
        if known is None:
            scale, off = self._ground.scale(tones), OFF_CHORD if weight >= PULSE else ON_CHORD
            known = tuple(
                (ON_CHORD if pc in tones else off) * (1 if pc in scale else CHROMATIC)
                for pc in range(12)
            )
            self._worths[tones, weight] = known
        return known

    def _wish(self, pitch: int, step: Step) -> int:
        ladder = self._ground.ladder
        return ladder.pitch(ladder.rung(pitch) + step.rungs)

    def _landing(self, pitch: int, step: Step) -> int:
        wish = self._wish(pitch, step)
        return wish if wish in self._allowed else self._ground.nearest(wish)

    def _pick(self, fitness: Fitness) -> Step | None:
        controls = self._ground.prompt.controls
        chances = self._memory.chances(self._steps[-DEEPEST:], fitness, controls.closeness)
        return pick(chances, self._rng, controls.temperature, controls.top_p)

    def _beside_habit(self, note: Note) -> Note | None:
        """Go on where the wishes allow no habit: on the next beat, on the harmony."""
        at = self._onsets.after(note.onset)
        if at is None:
            return None
        if at == self._rest:
            return self._closing(note.pitch)
        pitch = self._ground.nearest(note.pitch, self._ground.tones(self._spans, at))
        self._steps.append(Step(0, Ticks(at - note.onset), self._ground.meter.pulse))
        return self._ground.sung(at, pitch, self._ground.meter.pulse)

    def _closing(self, near: int) -> Note | None:
        return None if self._rest is None else self._ground.last(self._spans, self._rest, near)
