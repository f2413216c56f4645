"""Messages that wait for their moment, where the port itself cannot make them wait."""

import heapq
from collections.abc import Callable
from itertools import count
from threading import Condition, Thread
from time import monotonic

from bridge.wire import Tally, settled
from generators.music.time import Seconds

PATIENCE = 2.0  # seconds that closing may take
LATE = 0.001  # seconds from which a message counts as late: waking up takes a tenth of that


class Departures:
    """Messages that wait for their moment, in a thread of their own."""

    def __init__(
        self, put: Callable[[bytes], None], left: Callable[[bytes, Seconds], None]
    ) -> None:
        self._put = put
        self._left = left
        self._wake = Condition()
        self._heap: list[tuple[Seconds, int, bytes]] = []
        self._order = count()
        self._closing = self._stopped = False
        self.sent = self.late = self.lost = 0
        self.latest = 0.0
        self._tally = Tally()
        self.broken = ""
        self._thread = Thread(target=self._run, name="antiphon-midi", daemon=True)
        self._thread.start()

    def add(self, message: bytes, at: Seconds) -> None:
        """Have a message leave at a moment; at equal moments, in the order of the calls."""
        with self._wake:
            heapq.heappush(self._heap, (at, next(self._order), message))
            self._wake.notify()

    def unsent(self) -> tuple[bytes, ...]:
        """Return, once, what has not left."""
        with self._wake:
            left = tuple(message for _, _, message in sorted(self._heap))
            self._heap.clear()
            self.lost += len(left)
            return left

    def stop(self) -> bool:
        """Stop, and leave what waits to `unsent`; say whether the thread ended."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        self._thread.join(PATIENCE)
        return not self._thread.is_alive()

    def close(self) -> bool:
        """Send the ends of begun notes, then stop; say whether the thread ended."""
        with self._wake:
            ordered = [message for _, _, message in sorted(self._heap)]
            kept = settled(ordered, self._tally.sounding)
            self.lost += sum(message not in kept for message in ordered)
            now = Seconds(monotonic())
            self._heap = [(now, n, message) for n, message in enumerate(kept)]
            self._closing = True
            self._wake.notify()
        self._thread.join(PATIENCE)
        return self.stop()

    def _run(self) -> None:
        while (message := self._next()) is not None:
            self._left(message, Seconds(monotonic()))
            try:
                self._put(message)
            except (OSError, ValueError) as error:
                self.broken = str(error)
                return

    def _next(self) -> bytes | None:
        """Wait for the next message to be due; None when all is sent and it closes."""
        with self._wake:
            while not self._stopped:
                wait = self._heap[0][0] - monotonic() if self._heap else None
                if wait is not None and wait <= 0:
                    return self._popped(-wait)
                if self._closing and wait is None:
                    return None
                self._wake.wait(wait)
        return None

    def _popped(self, behind: float) -> bytes:
        self.sent += 1
        if behind > LATE:
            self.late += 1
            self.latest = max(self.latest, behind)
        message = heapq.heappop(self._heap)[2]
        self._tally.count(message)
        return message
