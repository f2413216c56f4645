"""The whole musical behaviour: events in, actions out, and no I/O.

The daemon drives it in real time, replay in virtual time; every event carries its moment, so
the same events give the same actions. Each piece of its state has one owner: what is heard and
planned, `Stage`; the hands and the role, `Duo`; where the song is, `Course`; its tempo and bars
where no host gives them, `Pulse`; the settings, `Wishes`.
"""

import logging
from collections import Counter
from math import inf
from typing import Any

from bridge.addresses import Addresses
from bridge.config import Settings
from bridge.course import Course
from bridge.duo import Duo
from bridge.events import Action, Event, Heard, Passed, Planned, Stated, Told, Tuned
from bridge.keyboard import Keyboard
from bridge.plans import RUNGS
from bridge.pulse import Pulse
from bridge.sources import Sources
from bridge.stage import MARGIN, Stage
from bridge.transport import Transport
from bridge.wishes import Wishes
from generators.music.errors import PlayerError
from generators.music.time import Seconds

log = logging.getLogger(__name__)

SPARE = 0.02  # seconds around a decision of the role's that are kept free for it


class Session:
    """What Antiphon hears, decides and wants done."""

    def __init__(self, settings: Settings) -> None:
        self.stage = Stage(settings)
        self.rungs: Counter[str] = Counter(dict.fromkeys(RUNGS, 0))
        self.sources = Sources()
        self._duo = Duo(self.stage, self.rungs)
        self._course = Course(self.stage, self._duo, self.sources)
        wishes = Wishes(self.stage, self._duo, self._course)
        self._pulse = Pulse(self.stage, self._duo, self._course, wishes)
        self._keyboard = Keyboard(self.stage, self._duo, self._course, self._pulse)
        self._addresses = Addresses(self._duo, self._course, wishes, self._pulse, self._keyboard)

    def take(self, event: Event) -> tuple[Action, ...]:
        """Take what happened; return what is to be done."""
        self.stage.actions = []
        try:
            self._take(event)
            self._course.rest_if_done(event.at)
        except PlayerError as error:
            self.stage.tell("/antiphon/error", error.what, error.remedy)
            if isinstance(event, Passed):
                self._duo.reset()  # what failed now would fail again at once
        except Exception:  # one of the three places: whatever is wrong, no note may hang
            log.exception("a fault in the session; everything that sounds is ended")
            self._give_up(event.at)
        return tuple(self.stage.actions)

    def _take(self, event: Event) -> None:
        match event:
            case Heard(message, at, port):
                self._keyboard.hear(message, at, port)
            case Told(message, at):
                self._addresses.told(message, at)
            case Planned():
                self._duo.planned(event)
            case Passed(at):
                if self._course.passed(at):
                    self._pass(at)
            case Stated():
                self._course.stated(event)
            case Tuned(margin):
                self.stage.margin = max(MARGIN, margin)

    def _pass(self, at: Seconds) -> None:
        """Let the role decide first: to hear where the bars are takes some milliseconds."""
        decides = min(self._duo.due, default=inf) < at + SPARE
        self._duo.passed(at)
        if decides:
            self._pulse.wait(Seconds(at + SPARE))
        else:
            self._pulse.passed(at)

    def _give_up(self, at: Seconds) -> None:
        """Return to a known state after a fault: silence, and nothing planned."""
        self.stage.actions = []
        self.stage.forget()
        self._duo.end(at)

    @property
    def source(self) -> str:
        """Who says where the song is."""
        return self.sources.name

    @property
    def transport(self) -> Transport:
        """Where the song is."""
        return self.stage.transport

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self.stage.settings

    @property
    def wake(self) -> Seconds | None:
        """The moment at which `Passed` is to be taken next; None while nothing is going on."""
        if not self.transport.playing:
            return None
        return min((*self._duo.due, *self._course.due, *self._pulse.due), default=None)

    @property
    def figures(self) -> dict[str, Any]:
        """What happened so far, for the status."""
        return {
            "answers": sum(self.rungs.values()) - self.rungs["rest"],
            "rungs": dict(self.rungs),
            "accepted": len(self._duo.offers.accepted),
            "played_tempo": self._pulse.figures,
            "played_bar": self._pulse.bar_figures,
        }
