"""The model in a thread of the daemon, against the model in a process of its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from statistics import median
from threading import Event, Thread
from time import monotonic, perf_counter
from typing import Any

from bridge.answers import Answered
from bridge.bench.calls import Conversation, phrases
from bridge.bench.figures import spread
from bridge.bench.precision import Thinking, in_a_process, precision
from bridge.bench.takeover import LOADS, asking
from bridge.config import Settings
from bridge.events import Ask
from bridge.thinker import load
from bridge.usage import resident
from generators.choose import Chooser

MEGABYTE = 1 << 20
ASKED = 12  # questions over which handing over is measured


def compare(settings: Settings, messages: int) -> dict[str, Any]:
    """Return start-up, memory, hand-over and precision of both; memory is in megabytes."""
    prompts = [question.ask for phrase in phrases(1) for question in Conversation().call(phrase)]
    process = _process(settings, prompts[-1])
    thread = _thread(settings, prompts[-1])
    for told, thinking in ((process, in_a_process(settings)), (thread, in_a_thread(settings))):
        found = precision(settings, messages, thinking)
        told["schedule_error_ms"] = spread([abs(error) for error in found.errors])
    return {"process": process, "thread": thread}


def _process(settings: Settings, ask: Ask) -> dict[str, Any]:
    """Measure a model's process: what handing over adds is what the model itself does not take."""
    began = monotonic()
    with asking(settings) as asker:
        started = monotonic() - began
        over = []
        for _ in range(ASKED):
            asked = perf_counter()
            said = asker.ask(ask)
            over.append(perf_counter() - asked - said.took)
        held = resident(asker.process)
    return _told(started, held, over)


def _thread(settings: Settings, ask: Ask) -> dict[str, Any]:
    """Measure the same of a model in a thread of this process."""
    answers: SimpleQueue[Answered] = SimpleQueue()
    before, began = resident(os.getpid()), monotonic()
    with in_a_thread(settings)(answers.put) as put:
        started = monotonic() - began
        over = []
        for _ in range(ASKED):
            asked = perf_counter()
            put(ask)
            took = answers.get().took
            over.append(perf_counter() - asked - took)
        held = resident(os.getpid()) - before
    return _told(started, held, over)


def _told(started: float, held: int, over: list[float]) -> dict[str, Any]:
    return {
        "start_ms": round(started * 1000),
        "memory_mb": round(held / MEGABYTE),
        "hand_over_ms": round(median(over) * 1000, 3),
    }


def in_a_thread(settings: Settings) -> Thinking:
    """Return a model that thinks in a thread of this process."""

    @contextmanager
    def thinking(answered: Callable[[Answered], None]) -> Iterator[Callable[[Ask], None]]:
        questions: SimpleQueue[Ask | None] = SimpleQueue()
        choose, closing = Chooser(load(settings.model, settings.models)[0]), Event()

        def think() -> None:
            while (ask := questions.get()) is not None and not closing.is_set():
                began = perf_counter()
                answered(Answered(ask.id, choose(ask.prompt), perf_counter() - began))

        thread = Thread(target=think, daemon=True)
        thread.start()
        try:
            yield questions.put
        finally:
            closing.set()
            questions.put(None)
            thread.join(LOADS)

    return thinking
