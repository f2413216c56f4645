"""Music in virtual time with everything that goes wrong, and what became of each bar.

A host with an uneven clock, a player, a model that is slow and dies, an OSC line that loses, and
a cable from our output back to our input, all drawn from one seed.
"""

from collections import Counter
from dataclasses import dataclass, replace
from random import Random

from bridge.bench.cable import Cable
from bridge.bench.host import BAR, Beat, Habits, Host, Unevenness
from bridge.bench.jam import Jam
from bridge.bench.judge import Judge, Tally
from bridge.bench.model import Latency, Model
from bridge.bench.player import SOUND, Line, Player
from bridge.config import Settings
from bridge.events import Action, Ask, Cancel, Event, Heard, Planned, Play, Told
from bridge.protocol import Message
from bridge.session import Session
from generators.music.time import Seconds, Ticks
from generators.prompt import Suggestion

SCENE = 24  # bars in one role
ROLES = ("answer", "accompany", "improvise")
LADDER = ("recall", "chord_tones", "rest")
SILENT = 0.25  # seconds after a stop in which everything must have ended


@dataclass(frozen=True, slots=True)
class Weather:
    """What goes wrong: the clock's unevenness, the OSC line, the model's deaths, a cable."""

    uneven: Unevenness = Unevenness()
    line: Line = SOUND
    dies: float = 0.0
    cable: bool = True
    habits: Habits = Habits()
    seed: int = 1


class Hour(Jam):
    """A session that goes through the weather."""

    def __init__(self, latency: Latency, weather: Weather) -> None:
        super().__init__(Session(Settings(tempo=120.0, call="2")), self._left)
        rng = Random(weather.seed)
        self.cable = Cable(Random(weather.seed + 1))
        self._looped = weather.cable
        self.host = Host(weather.uneven, rng, self._clock_message, weather.habits)
        self.player = Player(self._play, weather.line, rng)
        self.model = Model(latency, self.call, self._answered, rng, weather.dies)
        self.judge = Judge(self.host.when, weather.uneven.most)
        self.bars = 0
        self.call(0.0, self._beat)

    def play(self, bars: int) -> "Hour":
        """Let so many bars go by."""
        until = self.bars + bars
        while self.bars < until:
            self.run(self.clock.moment + 20.0)
        return self

    @property
    def tally(self) -> Tally:
        """What was counted so far."""
        return self.judge.tally

    @property
    def rungs(self) -> dict[str, int]:
        """How often each rung of the ladder played."""
        return dict(self.session.rungs)

    # The world

    def _beat(self) -> None:
        """Play a beat, a beat ahead of its time."""
        beat = self.host.step()
        if beat.tick % BAR == 0:
            self._bar(beat)
        self.player.step(beat)
        while self.host.stopped:
            self.call(self.host.stopped.pop() + SILENT, self._must_be_silent)
        self.call(beat.at, self._beat)

    def _bar(self, beat: Beat) -> None:
        self.judge.passed(beat.tick, self.host.began)
        scene, within = divmod(self.bars, SCENE)
        self.bars += 1
        if within == 0:
            role = ROLES[scene % len(ROLES)]
            self.player.resting = role == "answer"
            chords = "Am | F" if role == "improvise" else "auto"
            self.player.wish(max(beat.at - 0.1, self.clock.moment), "/antiphon/chords", chords)
            self.player.wish(max(beat.at - 0.1, self.clock.moment), "/antiphon/role", role)

    def _must_be_silent(self) -> None:
        if not self.session.transport.playing:
            self.judge.silent()

    def _clock_message(self, at: float, message: bytes) -> None:
        self.event(at, Heard(message, Seconds(at), "host"))

    def _play(self, at: float, event: Event) -> None:
        """Let the player's message pass the guard, as in the process with the ports."""
        if isinstance(event, Heard):
            self.call(at, lambda: self._arrived(event, ours=False))
        else:
            self.event(at, event)

    def _left(self, message: bytes, at: Seconds, tick: Ticks) -> None:
        self.judge.left(message, at, tick)
        self.call(at, lambda: self.cable.sent(message, at))
        if self._looped:
            back = self.cable.back(at)
            self.call(back, lambda: self._arrived(Heard(message, back), ours=True))

    def _arrived(self, event: Heard, *, ours: bool) -> None:
        if self.cable.passes(event.message, event.at, ours=ours):
            self.take(event)

    def _answered(self, planned: Planned) -> None:
        self.take(planned)

    # The session

    def _think(self, ask: Ask) -> None:
        self.model.ask(ask, self.clock.moment)

    def take(self, event: Event) -> None:
        """Let the session take an event, and watch what it decides."""
        self._before = sum(self.session.rungs.values())
        super().take(event)

    def _did(self, event: Event, actions: tuple[Action, ...], sent: int) -> None:
        if sum(self.session.rungs.values()) > self._before:
            self.judge.settled(actions, self.clock.moment)
        self.judge.wanted(actions)


class NaiveHour(Hour):
    """The same engine without plan and ladder: it asks at the bar line, and plays what comes.

    An answer that comes late is played from where the song is by then, as one does who has
    nothing else.
    """

    def __init__(self, latency: Latency, weather: Weather) -> None:
        super().__init__(latency, weather)
        self._withheld: Ask | None = None
        self._asked: dict[int, Ticks] = {}

    def _wanted(self, actions: tuple[Action, ...]) -> tuple[Action, ...]:
        """Leave out what the ladder plays, and ask now."""
        bar = next((a.since for a in actions if isinstance(a, Cancel)), None)
        if sum(self.session.rungs.values()) == self._before or bar is None:
            return actions
        if self._withheld is not None:
            self._asked[self._withheld.id] = bar
            super()._think(self._withheld)
        return tuple(action for action in actions if not isinstance(action, Play))

    def _think(self, ask: Ask) -> None:
        self._withheld = replace(ask, grows=False)  # it waits for the whole answer

    def _answered(self, planned: Planned) -> None:
        bar = self._asked.pop(planned.id, None)
        if bar is None or planned.suggestion is None or not self.session.transport.playing:
            return
        self._asked.clear()
        stage, now = self.session.stage, self.session.transport.tick_at(planned.at)
        if now > bar:
            self.judge.late(bar, planned.at)
        stage.actions = []
        stage.play(self._half(planned.suggestion), bar, max(bar, now))
        self._did(planned, tuple(stage.actions), self.schedule.apply(stage.actions))

    def _half(self, suggestion: Suggestion) -> Suggestion:
        match self.session.settings.role:
            case "accompany":
                return replace(suggestion, notes=())
            case "improvise":
                return replace(suggestion, chords=())
        return suggestion


def panic(hour: Hour) -> Counter[tuple[int, int]]:
    """End an hour as the daemon does; return what sounds still."""
    hour.take(Told(Message("/antiphon/panic"), hour.clock.moment))
    return +hour.tally.sounding
