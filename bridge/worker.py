"""Hands questions to the process that thinks, and brings its answers back."""

import logging
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Condition, Thread
from time import monotonic
from types import TracebackType
from typing import Any, Self

from bridge.answers import Answered, Ready
from bridge.events import Ask
from bridge.sanity import fault
from bridge.usage import resident

log = logging.getLogger(__name__)
FIRST_WAIT, LONGEST_WAIT = 0.2, 10.0  # seconds before a dead process is started again
MOST_SETS = 32
MOST_TIMES = 512
LOOK = 0.5  # seconds between two looks at a process that owes something
REST = 5.0  # seconds between two looks at how much memory one holds that owes nothing
MEGABYTE = 1 << 20
AGAIN = "it is started again, and what you played is developed until then"


@dataclass(frozen=True, slots=True)
class Care:
    """What a process may take before it is cut off, and which program it is.

    `patience` is the seconds in which it must answer, `loading` those for its first word, `memory`
    the megabytes that it may hold; 0 is no limit.
    """

    patience: float = 20.0
    loading: float = 120.0
    memory: int = 0
    program: str = "bridge.thinker"


class Worker:
    """A process of its own with one newest-wins slot for plans, and a short row for sets.

    A process that dies, hangs, eats memory or talks rubbish is replaced; the question it had is
    lost, and the ladder plays. `troubled` is told what happened, and the remedy.
    """

    def __init__(
        self,
        model: str,
        models: str,
        answered: Callable[[Answered], None],
        troubled: Callable[[str, str], None] = lambda what, remedy: None,
        care: Care = Care(),
    ) -> None:
        # -P: a folder called bridge where the player happens to stand is not ours
        self._command = [sys.executable, "-P", "-m", care.program, model, models]
        self._care = care
        self._answered = answered
        self._troubled = troubled
        self._wake = Condition()
        self._plan: Ask | None = None
        self._sets: deque[Ask] = deque()
        self._waiting: dict[int, Ask] = {}
        self._since = 0.0  # when the process was last heard, or given something to do
        self._process: subprocess.Popen[bytes] | None = None
        self._loaded = False
        self._closing = False
        self._threads: list[Thread] = []
        self._why = ""  # why the process was cut off
        self.away = ""
        """What happened to the process that is being replaced; nothing while one lives."""
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
            "trouble": self.away or ("" if ready is None else ready.sentence),
            "restarts": self.restarts,
            "failures": self.troubles,
            "answer_ms": {
                name: round(times[int(share * (len(times) - 1))] * 1000, 1) if times else None
                for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
            },
        }

    @property
    def process_id(self) -> int:
        """The number of the process that thinks; 0 while there is none."""
        process = self._process
        return 0 if process is None else process.pid

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
            self.away, self._why = self._why or "the model's process ended", ""
            log.warning("%s; starting it again in %.1f s", self.away, wait)
            self._troubled(self.away, AGAIN)
            with self._wake:
                self._wake.wait_for(lambda: self._closing, timeout=wait)

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603  (our own module, no user's text in a shell)
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with self._wake:
            self._process, self._since, self._loaded = process, monotonic(), False
            self._wake.notify_all()
        if self._closing:
            self._kill()
        return process

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Take what a process says until it ends, or says what nobody understands."""
        while (said := self._word(process)) is not None:
            self._take(said)
        with self._wake:
            self._process = None
            lost = [ask for ask in self._waiting.values() if ask.lane == "set"]
            self._waiting.clear()
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not yet read goes down with it
                    pipe.close()
        for ask in lost:
            self._lose(ask)

    def _word(self, process: subprocess.Popen[bytes]) -> Ready | Answered | None:
        """Return the next that a process says; None when it has ended, or talks rubbish."""
        assert process.stdout is not None  # noqa: S101  (it was opened as a pipe)
        try:
            said = pickle.load(process.stdout)  # noqa: S301  (our own child's pipe)
            if isinstance(said, Ready | Answered):
                return said
            self._why = self._why or f"the model's process talks rubbish ({said!r:.40})"
        except (EOFError, OSError):
            return None
        except Exception as error:  # rubbish that is unpickled may raise anything
            self._why = self._why or f"the model's process talks rubbish ({error!r:.60})"
        return None

    def _take(self, said: Ready | Answered) -> None:
        if isinstance(said, Ready):
            self._is_ready(said)
            return
        with self._wake:
            self._since = monotonic()
            answered = self._waiting.get(said.id)
            if not said.is_begun:
                self._waiting.pop(said.id, None)
            if answered is not None and answered.lane == "plan":
                self._forget_plans_before(said.id)
        asked = None if answered is None else answered.prompt
        if wrong := fault(said, asked):
            said = Answered(said.id, None, said.took, f"it answered with {wrong}")
        if not said.is_begun:
            self.times.append(said.took)
        if said.trouble:
            self.troubles += 1
            log.warning("the generator failed: %s", said.trouble)
        self._answered(said)

    def _is_ready(self, said: Ready) -> None:
        """Know who plays; that it is not the one who was wished is said once."""
        before, self.ready, self.away = self.ready, said, ""
        with self._wake:
            self._since, self._loaded = monotonic(), True
        if said.trouble and said != before:
            log.warning("%s", said.sentence)
            self._troubled(said.trouble, said.remedy)

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
            except (OSError, ValueError):
                log.info("a question was lost: the model's process is gone")

    def _any(self) -> bool:
        return self._plan is not None or bool(self._sets)

    def _next(self) -> Ask:
        if self._plan is not None:
            plan, self._plan = self._plan, None
            return plan
        return self._sets.popleft()

    def _watch(self) -> None:
        """Cut off a process that owes an answer for too long; sleep while none can be overdue."""
        while True:
            with self._wake:
                rest = REST if self._care.memory else None
                self._wake.wait_for(lambda: self._closing or self._owes(), timeout=rest)
                self._wake.wait_for(lambda: self._closing, timeout=LOOK)
                if self._closing:
                    return
                process, why = self._process, self._overdue()
            why = why or self._swollen(process)
            if process is not None and why:
                self._why = why
                process.kill()

    def _owes(self) -> bool:
        """Say whether the process owes its first word, or an answer."""
        loads = self._process is not None and not self._loaded
        return loads or self._any() or bool(self._waiting)

    def _overdue(self) -> str:
        """Say that the process owes its first word, or an answer, for too long."""
        silent = monotonic() - self._since
        if self._process is not None and not self._loaded:
            slow = silent > self._care.loading
            return f"the model did not load within {self._care.loading:g} s" if slow else ""
        late = self._waiting and silent > self._care.patience
        return f"the model said nothing for {self._care.patience:g} s and was cut off" * bool(late)

    def _swollen(self, process: subprocess.Popen[bytes] | None) -> str:
        """Say that the process holds more memory than it may."""
        most = self._care.memory
        if process is None or not most or resident(process.pid) <= most * MEGABYTE:
            return ""
        return f"the model's process took more than {most} MB of memory and was cut off"
