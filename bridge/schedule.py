"""Waits for ticks, sends bytes, ends every note."""

import heapq
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import count
from threading import Condition, Thread
from types import TracebackType
from typing import Self

from bridge.events import Action, Cancel, Carry, Follow, Pass, Play, Silence, Sounding
from bridge.priority import hurry_thread
from bridge.transport import Transport
from bridge.wire import Tally
from generators.music.time import Seconds, Ticks

log = logging.getLogger(__name__)
END, START = 0, 1  # at one tick, ends go before starts, so that a repeated note sounds
IDLE = Seconds(60.0)


class _Note:
    """A note in the heap: whether it has begun decides what its end and a cancel mean."""

    __slots__ = ("begun", "dropped", "sounding")

    def __init__(self, sounding: Sounding) -> None:
        self.sounding = sounding
        self.begun = False
        self.dropped = False


class Schedule:
    """Notes in order of tick; only the next one is ever turned into seconds.

    `send` gets each message with the moment it is due, `lead` seconds ahead of it: a port that
    places messages exactly needs them early. Moments never fall, so a port that sorts by moment
    cannot put a note's end before its start. `pass_on` gets what the player did, in the same
    way; it is `send` unless it is named.
    """

    def __init__(
        self,
        send: Callable[[bytes, Seconds, Ticks], None],
        now: Callable[[], Seconds],
        lead: Callable[[], Seconds] = lambda: Seconds(0.0),
        pass_on: Callable[[bytes, Seconds, Ticks], None] | None = None,
    ) -> None:
        self._send = send
        self._pass_on = pass_on or send
        self._now = now
        self._lead = lead
        self._wake = Condition()
        self._transport = Transport()
        self._heap: list[tuple[Ticks, int, int, _Note]] = []
        self._order = count()
        self._down: dict[tuple[int, int], _Note] = {}
        self._passed = Tally()
        self._latest = Seconds(0.0)
        self._closing = False
        self._thread: Thread | None = None
        self.sent = 0

    def apply(self, actions: Iterable[Action]) -> int:
        """Do what concerns the schedule; return how many messages had been sent before."""
        with self._wake:
            before = self.sent
            for action in actions:
                self._apply(action)
            self._wake.notify()
        return before

    def _apply(self, action: Action) -> None:
        match action:
            case Play(notes):
                for note in notes:
                    self._add(note)
            case Pass(message, at):
                self._pass(message, at)
            case Cancel(since):
                self._cancel(since)
            case Carry(by):
                self._carry(by)
            case Silence(at):
                self._silence(at)
            case Follow(transport):
                self._transport = transport
            case _:
                pass

    def _add(self, sounding: Sounding) -> None:
        """Have a note wait; one key twice at one tick is one note, the longer one."""
        begin = [n for tick, rank, _, n in self._heap if tick == sounding.start and rank == START]
        twin = next((note for note in begin if note.sounding.at_once(sounding)), None)
        if twin is not None:
            if twin.sounding.end >= sounding.end:
                return
            twin.dropped = True
            self._sweep()
        note = _Note(sounding)
        heapq.heappush(self._heap, (sounding.start, START, next(self._order), note))
        end = Ticks(max(sounding.end, sounding.start + 1))
        heapq.heappush(self._heap, (end, END, next(self._order), note))

    def _pass(self, message: bytes, at: Seconds) -> None:
        """Pass a message on as long after it came as a port needs: late, but evenly so."""
        self._passed.count(message)
        tick = self._transport.tick_at(at)
        self._latest = Seconds(max(at + self._lead(), self._latest))
        self.sent += 1
        self._pass_on(message, self._latest, tick)

    def _cancel(self, since: Ticks) -> None:
        for _, _, _, note in self._heap:
            if note.sounding.start >= since and not note.begun:
                note.dropped = True
        self._sweep()

    def _sweep(self) -> None:
        """Take out what was dropped."""
        self._heap = [entry for entry in self._heap if not entry[3].dropped]
        heapq.heapify(self._heap)

    def _carry(self, by: Ticks) -> None:
        """Move all that waits; the order stays. What was due before the jump is due at once."""
        moved: dict[int, _Note] = {id(entry[3]): entry[3] for entry in self._heap}
        for note in moved.values():
            old = note.sounding
            note.sounding = replace(old, start=Ticks(old.start + by), end=Ticks(old.end + by))
        self._heap = [(Ticks(e[0] + by), e[1], e[2], e[3]) for e in self._heap]

    def _silence(self, now: Seconds) -> None:
        """End each note by itself: many synths ignore all-notes-off."""
        at = Seconds(max(now, self._latest))
        tick = self._transport.tick_at(at)
        for _, _, _, note in sorted(self._heap, key=lambda entry: entry[:3]):
            if note.begun:
                self._end(note, at, tick)
        self._heap.clear()

    def send_due(self) -> Seconds | None:
        """Send what is due; return the moment at which to come again, None if nothing waits."""
        with self._wake:
            while (entry := self._next()) is not None:
                wait = self._when(entry) - self._lead()
                if wait > self._now():
                    return Seconds(wait)
                self._send_one()
        return None

    def send_next(self) -> bool:
        """Send the next message whatever the time is: for replay. Say whether there was one."""
        with self._wake:
            if self._next() is None:
                return False
            self._send_one()
            return True

    def _next(self) -> Ticks | None:
        return self._heap[0][0] if self._heap and self._transport.playing else None

    def _when(self, tick: Ticks) -> Seconds:
        return self._transport.when(tick)

    def _send_one(self) -> None:
        tick, rank, _, note = heapq.heappop(self._heap)
        at = Seconds(max(self._when(tick), self._latest))
        if rank == START:
            self._start(note, at, tick)
        elif note.begun:
            self._end(note, at, tick)

    def _start(self, note: _Note, at: Seconds, tick: Ticks) -> None:
        """Begin a note; of one that sounds at the same key the end goes first.

        Most synths end a key at its first note-off, however often it was begun: without this the
        second note would be cut off when the first is over.
        """
        sounding = note.sounding
        key = sounding.channel, sounding.pitch
        down = self._down.get(key)
        if down is not None:
            self._end(down, at, tick)
        note.begun, self._down[key] = True, note
        self._out(bytes((0x90 | sounding.channel, sounding.pitch, sounding.velocity)), at, tick)

    def _end(self, note: _Note, at: Seconds, tick: Ticks) -> None:
        note.begun = False
        channel, pitch = note.sounding.channel, note.sounding.pitch
        del self._down[channel, pitch]
        self._out(bytes((0x80 | channel, pitch, 0)), at, tick)

    def _out(self, message: bytes, at: Seconds, tick: Ticks) -> None:
        self._latest = at
        self.sent += 1
        self._send(message, at, tick)

    @property
    def ledger(self) -> dict[tuple[int, int], int]:
        """How often each (channel, pitch) sounds now."""
        with self._wake:
            return dict(Counter(dict.fromkeys(self._down, 1)) + self._passed.sounding)

    def __enter__(self) -> Self:
        """Start waiting in a thread of its own: a loop's timers are ten times as late."""
        self._thread = Thread(target=self._run, name="schedule", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every note; nothing is sent afterwards."""
        with self._wake:
            self._closing = True
            self._silence(self._now())
            for off in self._passed.endings():  # of keys that are still down
                self._pass(off, self._now())
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        hurry_thread()
        while True:
            with self._wake:
                if self._closing:
                    return
                due = self.send_due()
                wait = IDLE if due is None else max(0.0, due - self._now())
                self._wake.wait(wait)
