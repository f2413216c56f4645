"""How long the player waits: from their last note to the first note of the answer.

`takeover` is when the answer is asked for with the last note: the question goes to the model's
process, and the beginning of the answer comes back. `planned` is when that is there already: what
is left is to decide, to voice the chords, and to wake the schedule. Both end where the first
message is handed to the ports, whose own delay is the period of the sound card.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from threading import Event
from time import monotonic

from bridge.answers import Answered
from bridge.bench.calls import Conversation, phrases
from bridge.config import Settings
from bridge.events import Ask, Follow, Passed, Silence
from bridge.schedule import Schedule
from bridge.worker import Care, Worker
from generators.music.time import Seconds, Ticks

LOADS = 60.0  # seconds in which a model must load
ANSWERS = 20.0  # seconds in which an answer must come
WARM = 3  # notes before the last whose plans are waited for: a player leaves time for so many
FIRST = 2  # calls that are not counted: the first reads everything anew


@dataclass(slots=True)
class Waits:
    """What was measured, in seconds; `answers` is what a whole answer takes."""

    takeover: list[float] = field(default_factory=list)
    planned: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)


class Asker:
    """A real worker that is asked one question after another, and waited for."""

    def __init__(self, settings: Settings, program: str = "bridge.thinker") -> None:
        care = Care(program=program)
        self.worker = Worker(settings.model, settings.models, self._came, care=care)
        self._number = 0
        self._said: SimpleQueue[Answered] = SimpleQueue()

    def _came(self, said: Answered) -> None:
        if said.id == self._number:
            self._said.put(said)

    def ask(self, ask: Ask) -> Answered:
        """Ask, and wait for the answer, whole.

        Raises:
            TimeoutError: there is none in time.

        """
        said = self.begin(ask)
        while said.is_begun:
            said = self.more()
        return said

    def begin(self, ask: Ask) -> Answered:
        """Ask, and wait for the first that is said: the beginning of an answer, or all of it.

        Raises:
            TimeoutError: there is nothing in time.

        """
        self._number = ask.id
        self.worker.ask(ask)
        return self.more()

    def more(self) -> Answered:
        """Wait for what is said next.

        Raises:
            TimeoutError: there is nothing in time.

        """
        try:
            return self._said.get(timeout=ANSWERS)
        except Empty:
            raise TimeoutError("the model does not answer") from None

    @property
    def process(self) -> int:
        """The number of the process that thinks; 0 where there is none."""
        return self.worker.process_id


@contextmanager
def asking(settings: Settings, program: str = "bridge.thinker") -> Iterator[Asker]:
    """Have a model that is loaded for as long as a block lasts."""
    asker = Asker(settings, program)
    with asker.worker as worker:
        loaded(worker)
        yield asker


def loaded(worker: Worker) -> None:
    """Wait until a worker's model is loaded, as long as that may take."""
    end = monotonic() + LOADS
    while worker.ready is None and monotonic() < end:
        Event().wait(0.02)


class Stopwatch:
    """A real schedule that tells when the first message leaves."""

    def __init__(self) -> None:
        self._left = Event()
        self._at = 0.0
        self.schedule = Schedule(self._leaves, lambda: Seconds(monotonic()))

    def _leaves(self, message: bytes, at: Seconds, tick: Ticks) -> None:
        if not self._left.is_set():
            self._at = monotonic()
            self._left.set()

    def decide(self, talk: Conversation) -> tuple[float, float]:
        """Let the session decide its bar, which is now; return when it began, and the first note.

        Raises:
            TimeoutError: no note left.

        """
        self._left.clear()
        began = monotonic()
        actions = talk.session.take(Passed(talk.session.stage.when_to_decide(talk.due)))
        here = replace(talk.transport, tick=float(talk.due), at=Seconds(monotonic()))
        self.schedule.apply([Follow(here), *actions])
        if not self._left.wait(2.0):
            raise TimeoutError("no note of the answer left")
        self.schedule.apply([Silence(Seconds(monotonic()))])
        return began, self._at


def waits(settings: Settings, calls: int) -> Waits:
    """Measure with plans and kept cache, as Antiphon plays."""
    return _measured(settings, calls, "bridge.thinker", WARM)


def naive_waits(settings: Settings, calls: int) -> Waits:
    """Measure the same model without plan and kept cache: it is asked once, and reads all."""
    return _measured(settings, calls, "bridge.bench.forgetful", 0)


def _measured(settings: Settings, calls: int, program: str, warm: int) -> Waits:
    found, talk, watch = Waits(), Conversation(), Stopwatch()
    with asking(settings, program) as asker, watch.schedule:
        for nth, phrase in enumerate(phrases(calls + FIRST)):
            for question in talk.call(phrase):
                if question.left and question.left <= warm:
                    talk.planned(question.ask, asker.ask(question.ask).suggestion)
                if question.left:
                    continue
                said = asker.begin(question.ask)
                talk.planned(question.ask, said.suggestion)
                ready = monotonic() - question.played
                decided, left = watch.decide(talk)
                while said.is_begun:
                    said = asker.more()
                if nth >= FIRST:
                    found.answers.append(said.took)
                    found.planned.append(left - decided)
                    found.takeover.append(ready + left - decided)
            talk.over()
    return found
