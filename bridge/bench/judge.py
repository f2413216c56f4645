"""Says of each bar that was to be answered whether its answer began in time."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bridge.events import Action, Cancel, Play, Silence
from bridge.wire import is_on, voice_of
from generators.music.time import QUARTER, Seconds, Ticks

ON_TIME = 0.010  # seconds that an answer may begin off its moment, beyond what the clock is off
WAIT = Ticks(8 * QUARTER)  # after which an answer that has not begun is missed


@dataclass(slots=True)
class Due:
    """A bar whose answer is settled: where it stands, where its first note does, and when."""

    bar: Ticks
    first: Ticks | None
    decided: float
    taken_back: bool = False


@dataclass(slots=True)
class Tally:
    """What was counted: bars, errors in seconds, and note-ons and -offs at the port."""

    total: int = 0
    on_time: int = 0
    errors: list[float] = field(default_factory=list)
    sounding: Counter[tuple[int, int]] = field(default_factory=Counter)
    lost: int = 0
    sent: int = 0


class Judge:
    """Watches what a session decides and what leaves, beside where the host truly is.

    An answer is in time when its first note leaves within `ON_TIME` and the clock's own lateness
    of its true moment. Bars that the host or the player took back are not counted.
    """

    def __init__(self, when: Callable[[int, float], float | None], allowed: float) -> None:
        self._when = when
        self._allowed = ON_TIME + allowed
        self._due: list[Due] = []
        self.tally = Tally()

    def settled(self, actions: Iterable[Action], now: float) -> None:
        """Take note of a bar that was settled: the role cancels from it on, then plays."""
        bar = next((a.since for a in actions if isinstance(a, Cancel)), None)
        if bar is not None:
            self._due.append(Due(bar, None, now))

    def wanted(self, actions: Iterable[Action]) -> None:
        """Take note of what is to be played, and of what is taken back."""
        for action in actions:
            match action:
                case Cancel(since):
                    self._take_back(since)
                case Silence():
                    self._due.clear()
                case Play(notes) if notes:
                    self._begin(Ticks(min(note.start for note in notes)))

    def left(self, message: bytes, at: Seconds, tick: Ticks) -> None:
        """Take note of a message that leaves at a moment, meant for a tick."""
        tally, voice = self.tally, voice_of(message)
        tally.sent += 1
        tally.sounding[voice] += 1 if is_on(message) else -1
        if tally.sounding[voice] < 0:
            tally.lost, tally.sounding[voice] = tally.lost + 1, 0
        if is_on(message):
            for due in [each for each in self._due if each.first == tick]:
                self._judge(due, at)

    def late(self, bar: Ticks, at: Seconds) -> None:
        """Take note that the answer to a bar comes when the bar has begun."""
        for due in [each for each in self._due if each.bar == bar]:
            due.first = bar
            self._judge(due, at)

    def passed(self, tick: int, began: float) -> None:
        """Give up bars whose answers never began, and those before the part that began then."""
        for due in list(self._due):
            if due.decided < began or (due.first is None and due.taken_back):
                self._due.remove(due)
            elif tick > due.bar + WAIT:
                self._due.remove(due)
                self.tally.total += 1

    def silent(self) -> None:
        """Count what still sounds where nothing may: the song stands still."""
        self.tally.lost += sum((+self.tally.sounding).values())
        self.tally.sounding.clear()

    def _take_back(self, since: Ticks) -> None:
        for due in self._due:
            if due.first is not None and due.first >= since:
                due.first, due.taken_back = None, True

    def _begin(self, first: Ticks) -> None:
        for due in self._due:
            if due.first is None and first >= due.bar:
                due.first, due.taken_back = first, False

    def _judge(self, due: Due, at: Seconds) -> None:
        self._due.remove(due)
        true = self._when(due.first or 0, at)
        if true is None:
            return
        self.tally.total += 1
        self.tally.errors.append(at - true)
        self.tally.on_time += abs(at - true) <= self._allowed
