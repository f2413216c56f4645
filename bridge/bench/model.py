"""A model's process in virtual time: slow as one likes, and it dies when one likes.

It takes questions as `bridge.worker` does: of the plans that wait the newest wins, a plan that is
being made is finished, or gives way where its beginning is told, and after a death it is started
again with the same pauses.
"""

from collections.abc import Callable, Iterator
from random import Random

from bridge.events import Ask, Planned
from bridge.worker import FIRST_WAIT, LONGEST_WAIT
from generators.music.harmony import Chord
from generators.music.notes import ChordSpan, Note
from generators.music.time import QUARTER, Seconds, Ticks
from generators.prompt import Item, Kind, Prompt, gather

BEGUN = 0.25
"""After which share of the time the beginning of an answer is told."""
Latency = Callable[[], float]
"""Gives the seconds that the next answer takes."""


class Model:
    """Thinks about one question after another.

    `later` has something done at a moment, `give` takes the answers; `dies` is the chance that
    the process dies of a question.
    """

    def __init__(
        self,
        latency: Latency,
        later: Callable[[float, Callable[[], None]], None],
        give: Callable[[Planned], None],
        rng: Random | None = None,
        dies: float = 0.0,
    ) -> None:
        self._latency, self._later, self._give = latency, later, give
        self._rng, self._dies = rng or Random(0), dies
        self._plan: Ask | None = None
        self._sets: list[Ask] = []
        self._busy = False
        self._wait = FIRST_WAIT
        self._answer = Plain()
        self.deaths = 0

    def ask(self, ask: Ask, now: float) -> None:
        """Take a question."""
        if ask.lane == "plan":
            self._plan = ask
        else:
            self._sets.append(ask)
        if not self._busy:
            self._next(now)

    def _next(self, now: float) -> None:
        ask = self._plan or (self._sets.pop(0) if self._sets else None)
        self._busy = ask is not None
        if ask is None:
            return
        if ask is self._plan:
            self._plan = None
        if self._rng.random() < self._dies:
            self.deaths += 1
            again = now + self._wait
            self._wait = min(2 * self._wait, LONGEST_WAIT)
            self._later(again, lambda: self._next(again))
            return
        took = self._latency()
        done, begun = now + took, now + BEGUN * took
        if ask.grows:
            self._later(begun, lambda: self._begun(ask, begun, done))
        else:
            self._later(done, lambda: self._done(ask, done))

    def _begun(self, ask: Ask, now: float, done: float) -> None:
        """Tell the beginning of an answer; a newer plan takes the place of its rest."""
        known = Ticks(min(QUARTER, ask.prompt.length))
        begun = gather(self._answer, ask.prompt).begun(known)
        self._give(Planned(ask.id, begun, Seconds(now)))
        if self._plan is not None:
            self._next(now)
        else:
            self._later(done, lambda: self._done(ask, done))

    def _done(self, ask: Ask, now: float) -> None:
        self._wait = FIRST_WAIT
        self._give(Planned(ask.id, gather(self._answer, ask.prompt), Seconds(now)))
        self._next(now)


class Plain:
    """Answers with a note on every beat and a chord on every bar: what it plays is not judged."""

    name = "plain"

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        """Yield the answer."""
        bar = prompt.heard.meter.bar
        chords = (Chord.named("C"), Chord.named("F"), Chord.named("G7"))
        for nth, at in enumerate(range(0, prompt.length, bar)):
            if prompt.kind is not Kind.IMPROVISE and not prompt.controls.chords:
                yield ChordSpan(Ticks(at), Ticks(min(bar, prompt.length - at)), chords[nth % 3])
            if prompt.kind is not Kind.HARMONIZE:
                pitches = sorted(prompt.controls.allowed_pitches)
                for beat in range(at, min(at + bar, prompt.length), QUARTER):
                    yield Note(Ticks(beat), pitches[beat // QUARTER % len(pitches)], QUARTER)
