"""A jam in virtual time: a session, a schedule, and a generator that takes its time.

Nothing waits: the clock is moved from one event to the next, so an hour of music takes seconds.
"""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Self

from bridge.events import Action, Ask, Event, Passed, Tell, Told
from bridge.protocol import understood
from bridge.replay import Clock
from bridge.schedule import Schedule
from bridge.session import Session
from generators.music.time import Seconds, Ticks

LEAD = Seconds(0.01)  # as a JACK server with periods of 256 frames asks for


class Jam:
    """A session that is driven by events at their moments, as the daemon drives it live."""

    def __init__(
        self,
        session: Session,
        send: Callable[[bytes, Seconds, Ticks], None],
        clock: Clock | None = None,
    ) -> None:
        self.session = session
        self.clock = clock or Clock()
        self.schedule = Schedule(send, self.clock, lambda: LEAD)
        self._coming: list[tuple[float, int, Event | Callable[[], None]]] = []
        self._order = count()

    def event(self, at: float, event: Event) -> None:
        """Let something happen at a moment."""
        heapq.heappush(self._coming, (at, next(self._order), event))

    def call(self, at: float, what: Callable[[], None]) -> None:
        """Have something done at a moment."""
        heapq.heappush(self._coming, (at, next(self._order), what))

    def run(self, until: float) -> Self:
        """Let the music happen up to a moment."""
        clock, coming = self.clock, self._coming
        while (at := self._next(until)) is not None:
            clock.moment = Seconds(max(at, clock.moment))
            self.schedule.send_due()
            if coming and coming[0][0] <= clock.moment:
                self._happen(heapq.heappop(coming)[2])
            elif (wake := self.session.wake) is not None and wake <= clock.moment:
                self.take(Passed(clock.moment))
                again = self.session.wake
                assert again is None or again > clock.moment, "it would wake for ever"  # noqa: S101
        clock.moment = Seconds(until)
        self.schedule.send_due()
        return self

    def end(self) -> Self:
        """Stop as the daemon does."""
        self.take(Told(understood("/antiphon/panic", ()), self.clock.moment))
        return self

    def take(self, event: Event) -> None:
        """Let the session take an event, and do what it wants."""
        actions = self._wanted(self.session.take(event))
        self._did(event, actions, self.schedule.apply(actions))
        for action in actions:
            if isinstance(action, Ask):
                self._think(action)
            elif isinstance(action, Tell):
                self._say(action)

    # What a jam of a kind of its own does otherwise

    def _wanted(self, actions: tuple[Action, ...]) -> tuple[Action, ...]:
        """Return those of the session's actions that are done."""
        return actions

    def _did(self, event: Event, actions: tuple[Action, ...], sent: int) -> None:
        """Take note of what an event led to, and how many messages had been sent before."""

    def _think(self, ask: Ask) -> None:
        """Take a question: its answer is an event that comes later, or never."""

    def _say(self, tell: Tell) -> None:
        """Take note of what listeners are told."""

    def _happen(self, what: Event | Callable[[], None]) -> None:
        if callable(what):
            what()
        else:
            self.take(what)

    def _next(self, until: float) -> float | None:
        soonest = self._coming[0][0] if self._coming else until + 1
        for moment in (self.session.wake, self.schedule.send_due()):
            if moment is not None and moment < soonest:
                soonest = moment
        return None if soonest > until else soonest
