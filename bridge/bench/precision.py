"""How exactly notes leave, while the model thinks without a pause and all cores are busy.

The real schedule, the real process with the ports and the real model's process are at work, and a
session follows a host's clock beside them. Where there is no MIDI the notes are timed where the
schedule hands them over. An empty loop keeps time beside it, and an empty JACK client sees how
evenly its cycles come: what the machine itself gives.
"""

import gc
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from os import cpu_count
from threading import Event
from time import monotonic

from bridge.answers import Answered
from bridge.bench.calls import Conversation, phrases
from bridge.bench.load import busy_cores, empty_client, timed_loop
from bridge.bench.takeover import loaded
from bridge.clock import PER_QUARTER
from bridge.config import Settings
from bridge.events import Ask, Follow, Heard, Play, Sounding
from bridge.ports import Ports
from bridge.schedule import Schedule
from bridge.session import Session
from bridge.transport import Transport
from bridge.worker import Worker
from generators.music.time import QUARTER, Seconds, Ticks

STEP = 0.005  # seconds between two messages
TEMPO = 125.0  # at which that is a whole number of ticks
PIECE = 100  # messages that are given to the schedule at once
AHEAD = 0.3  # seconds before their time
CLOCK = 60 / TEMPO / PER_QUARTER
SWITCH = 0.0005  # as in the daemon
AFTER = 3.0  # seconds in which the last messages must have left
PITCHES = range(36, 100)


@dataclass(slots=True)
class Precision:
    """By how many seconds messages, and a bare loop's moments, were missed; where; what answered.

    `cycles` is by how many seconds JACK's cycles came too late to an empty client, `late` how many
    messages the schedule handed over after their moment, and `answers` how many the model gave.
    """

    port: str
    errors: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    cycles: list[float] = field(default_factory=list)
    late: int = 0
    answers: int = 0
    missing: int = 0


class Stopwatch:
    """Pairs what the schedule wants to leave with what did."""

    def __init__(self) -> None:
        self._due: defaultdict[bytes, deque[float]] = defaultdict(deque)
        self.errors: list[float] = []
        self.late = 0

    def wanted(self, message: bytes, at: Seconds) -> None:
        """Take note of a message that is handed over now, and of its moment."""
        self._due[message].append(at)
        self.late += monotonic() > at

    def left(self, message: bytes, at: Seconds) -> None:
        """Take note of when it left; a second way out, or a repeated end, is not counted."""
        due = self._due.get(message)
        if due:
            self.errors.append(at - due.popleft())

    @property
    def missing(self) -> int:
        """How many have not left."""
        return sum(map(len, self._due.values()))


Thinking = Callable[[Callable[[Answered], None]], AbstractContextManager[Callable[[Ask], None]]]
"""Has a model at work for as long as a block lasts: given where answers go, it tells how to ask."""


def precision(settings: Settings, messages: int, thinking: Thinking | None = None) -> Precision:
    """Let so many messages leave under full load; return how far each was off its moment."""
    seconds = messages * STEP + AHEAD + AFTER + 20
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        with ExitStack() as stack:
            watch = Stopwatch()
            ports, name = _ports(stack, settings, watch)
            stack.enter_context(busy_cores(max(0, (cpu_count() or 1) - 1), seconds))
            said = stack.enter_context(_busy(thinking or in_a_process(settings)))
            schedule = stack.enter_context(_schedule(ports, watch))
            found = Precision(name)
            stack.callback(gc.unfreeze)
            gc.freeze()  # as in the daemon
            with ExitStack() as beside:
                beside.enter_context(timed_loop(messages, STEP, found.bare))
                if name == "JACK":
                    beside.enter_context(empty_client(messages * STEP, found.cycles))
                _play(schedule, messages)
                _wait(watch, messages)
            found.errors, found.late = watch.errors, watch.late
            found.answers, found.missing = len(said), watch.missing
            return found
    finally:
        sys.setswitchinterval(before)


def _ports(stack: ExitStack, settings: Settings, watch: Stopwatch) -> tuple[Ports | None, str]:
    """Open the ports, connected with nothing; none where there are none."""
    alone = replace(settings, midi_in="", midi_out="")
    ports = Ports(alone, lambda message, at, port: None, lambda: None, watch.left)
    stack.callback(ports.close)
    works = [report.wire for report in ports.report() if report.works and report.port]
    if not works:
        return None, "none: timed where the schedule hands over"
    return ports, works[0]


def _schedule(ports: Ports | None, watch: Stopwatch) -> Schedule:
    def send(message: bytes, at: Seconds, tick: Ticks) -> None:
        watch.wanted(message, at)
        if ports is None:
            watch.left(message, Seconds(monotonic()))
        else:
            ports.send(message, at)

    lead = (lambda: Seconds(0.0)) if ports is None else lambda: ports.lead
    return Schedule(send, lambda: Seconds(monotonic()), lead)


def in_a_process(settings: Settings) -> Thinking:
    """Return a model that thinks in a process of its own, as it does live."""

    @contextmanager
    def thinking(answered: Callable[[Answered], None]) -> Iterator[Callable[[Ask], None]]:
        with Worker(settings.model, settings.models, answered) as worker:
            loaded(worker)
            yield worker.ask

    return thinking


@contextmanager
def _busy(thinking: Thinking) -> Iterator[list[float]]:
    """Have a model answer one question after another; how long each took is in the list."""
    said: list[float] = []
    questions = _questions()

    def again(answer: Answered) -> None:
        said.append(answer.took)
        ask(replace(questions[len(said) % len(questions)], id=len(said) + 2))

    with thinking(again) as ask:
        ask(questions[0])
        yield said


def _questions() -> list[Ask]:
    talk = Conversation()
    asked = [question.ask for phrase in phrases(2) for question in talk.call(phrase)]
    return asked[len(asked) // 2 :]


def _play(schedule: Schedule, messages: int) -> None:
    """Give the schedule notes piece by piece, while a session follows a host's clock."""
    began = monotonic() + AHEAD
    transport = Transport(tempo=TEMPO, playing=True, tick=0.0, at=Seconds(began))
    schedule.apply([Follow(transport)])
    session, clocks = Session(settings=Settings()), 0
    session.take(Heard(b"\xfa", Seconds(began)))
    step = round(STEP * TEMPO * QUARTER / 60)
    for first in range(0, messages // 2, PIECE // 2):
        count = min(PIECE // 2, messages // 2 - first)
        schedule.apply([Play(tuple(_note(first + nth, step) for nth in range(count)))])
        end = began + (first + count) * 2 * STEP - AHEAD
        while (now := monotonic()) < end:
            while clocks * CLOCK < now - began:
                clocks += 1
                session.take(Heard(b"\xf8", Seconds(now)))
            Event().wait(CLOCK / 2)


def _note(number: int, step: int) -> Sounding:
    start = Ticks(number * 2 * step)
    pitch = PITCHES[number % len(PITCHES)]
    return Sounding(start, Ticks(start + step), pitch, 1 + number // 64 % 100, 0)


def _wait(watch: Stopwatch, messages: int) -> None:
    end = monotonic() + AFTER
    while len(watch.errors) < messages and monotonic() < end:
        Event().wait(0.02)
