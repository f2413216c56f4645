"""Hands questions to the process that thinks, and brings its answers back."""

import logging
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread
from time import monotonic
from types import TracebackType
from typing import Any, Self

from bridge.answers import Answered, Ready
from bridge.events import Ask

log = logging.getLogger(__name__)
TIME_OUT = 20.0  # seconds after which a generator that says nothing is cut off
FIRST_WAIT, LONGEST_WAIT = 0.2, 10.0  # seconds before a dead process is started again
MOST_SETS = 32
MOST_TIMES = 512


class Worker:
    """A process of its own with one newest-wins slot for plans, and a short row for sets.

    A process that dies or hangs is replaced; the question it had is lost, and the ladder plays.
    """

    def __init__(self, model: str, models: str, answered: Callable[[Answered], None]) -> None:
        # -P: a folder called bridge where the player happens to stand is not ours
        self._command = [sys.executable, "-P", "-m", "bridge.thinker", model, models]
        self._answered = answered
        self._wake = Condition()
        self._plan: Ask | None = None
        self._sets: deque[Ask] = deque()
        self._waiting: dict[int, Ask] = {}
        self._since = 0.0  # when the process was last heard, or given something to do
        self._process: subprocess.Popen[bytes] | None = None
        self._closing = False
        self._threads: list[Thread] = []
        self.ready: Ready | None = None
        self.restarts = 0
        self.troubles = 0
        self.times: deque[float] = deque(maxlen=MOST_TIMES)

    def ask(self, ask: Ask) -> None:
        """Ask; a newer plan takes the place of one that was not handed over yet."""
        dropped: Ask | None = None
        with self._wake:
            if ask.lane == "plan":
                self._plan = ask
            else:
                self._sets.append(ask)
                dropped = self._sets.popleft() if len(self._sets) > MOST_SETS else None
            self._wake.notify_all()
        if dropped is not None:
            self._lose(dropped)

    def __enter__(self) -> Self:
        """Start the process; asking is possible at once."""
        for work in (self._keep_alive, self._hand_over, self._watch):
            thread = Thread(target=work, name=f"worker {work.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process; what it was thinking of is dropped."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._kill()
        for thread in self._threads:
            thread.join(timeout=2)

    def report(self) -> dict[str, Any]:
        """Return what the status says about the model."""
        ready = self.ready
        times = sorted(self.times)
        return {
            "name": None if ready is None else ready.name,
            "providers_asked": [] if ready is None else list(ready.providers_asked),
            "providers_got": [] if ready is None else list(ready.providers_got),
            "trouble": "" if ready is None else ready.trouble,
            "restarts": self.restarts,
            "failures": self.troubles,
            "answer_ms": {
                name: round(times[int(share * (len(times) - 1))] * 1000, 1) if times else None
                for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
            },
        }

    # The process

    def _keep_alive(self) -> None:
        """Start the process, read what it says, and start it again when it dies."""
        wait = FIRST_WAIT
        while not self._closing:
            began = monotonic()
            self._listen(self._start())
            if self._closing:
                return
            self.restarts += 1
            wait = FIRST_WAIT if monotonic() - began > LONGEST_WAIT else min(2 * wait, LONGEST_WAIT)
            log.warning("the model's process ended; starting it again in %.1f s", wait)
            with self._wake:
                self._wake.wait_for(lambda: self._closing, timeout=wait)

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603  (our own module, no user's text in a shell)
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with self._wake:
            self._process = process
            self._wake.notify_all()
        if self._closing:
            self._kill()
        return process

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101  (it was opened as a pipe)
        try:
            while True:
                self._take(pickle.load(process.stdout))  # noqa: S301  (our own child's pipe)
        except (EOFError, OSError, pickle.UnpicklingError, AttributeError):
            with self._wake:
                self._process = None
                lost = [ask for ask in self._waiting.values() if ask.lane == "set"]
                self._waiting.clear()
            for ask in lost:
                self._lose(ask)
            process.kill()
            process.wait()
            process.stdout.close()

    def _take(self, said: Ready | Answered) -> None:
        if isinstance(said, Ready):
            self.ready = said
            return
        with self._wake:
            self._since = monotonic()
            answered = self._waiting.pop(said.id, None)
            if answered is not None and answered.lane == "plan":
                self._forget_plans_before(said.id)
        self.times.append(said.took)
        if said.trouble:
            self.troubles += 1
            log.warning("the generator failed: %s", said.trouble)
        self._answered(said)

    def _forget_plans_before(self, number: int) -> None:
        """Expect no answer to plans that a newer one has taken the place of."""
        for older in [n for n, ask in self._waiting.items() if n < number and ask.lane == "plan"]:
            del self._waiting[older]

    def _lose(self, ask: Ask) -> None:
        """Say that a question will not be answered."""
        self._answered(Answered(ask.id, None, 0.0, "the model's process ended"))

    def _kill(self) -> None:
        process = self._process
        if process is not None:
            process.kill()

    # Questions on their way

    def _hand_over(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._closing or (self._process and self._any()))
                if self._closing:
                    return
                process, ask = self._process, self._next()
                self._since = self._since if self._waiting else monotonic()
                self._waiting[ask.id] = ask
            try:
                assert process is not None  # noqa: S101  (waited for above)
                assert process.stdin is not None  # noqa: S101  (it was opened as a pipe)
                pickle.dump(ask, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
                process.stdin.flush()
            except OSError:
                log.info("a question was lost: the model's process is gone")

    def _any(self) -> bool:
        return self._plan is not None or bool(self._sets)

    def _next(self) -> Ask:
        if self._plan is not None:
            plan, self._plan = self._plan, None
            return plan
        return self._sets.popleft()

    def _watch(self) -> None:
        """Cut off a process that owes an answer for too long."""
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._closing, timeout=1.0)
                if self._closing:
                    return
                hung = bool(self._waiting) and monotonic() - self._since > TIME_OUT
            if hung:
                log.warning("the generator said nothing for %d s and is cut off", TIME_OUT)
                self._kill()
