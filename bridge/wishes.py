"""What the player wishes while it plays: a setting changes, and what is planned with it."""

from bridge.config import LIVE, known
from bridge.course import Course
from bridge.duo import Duo
from bridge.errors import BadSetting
from bridge.protocol import Value
from bridge.stage import Stage
from generators.music.time import Meter, Seconds

PLANNED = LIVE - {
    "role", "tempo", "meter", "ask_cc", "ask_note", "melody_channel", "chord_channel", "thru",
    "listen_channels", "tap_cc", "tap_note", "sources", "follow_playing",
}  # fmt: skip
"""The settings after which what is planned no longer is what the player wishes."""


class Wishes:
    """Changes the settings of the stage; nobody else does."""

    def __init__(self, stage: Stage, duo: Duo, course: Course) -> None:
        self._stage = stage
        self._duo = duo
        self._course = course
        self.meter_told = False
        """Whether the player has named a meter, which is then kept whatever is heard."""

    def set(self, setting: str, value: Value, at: Seconds, *, heard: bool = False) -> None:
        """Change a setting, and let what depends on it follow; `heard` if nobody asked for it.

        Raises:
            BadSetting: it is none, refuses the value, or cannot change while Antiphon runs.

        """
        name = known(setting)
        if name not in LIVE:
            raise BadSetting(f"{name} cannot change while Antiphon runs", "set it at the start")
        self._stage.settings = self._stage.settings.changed(name, value)
        new = getattr(self._stage.settings, name)
        self._stage.tell("/antiphon/setting", name, int(new) if isinstance(new, bool) else new)
        if name in ("meter", "follow_playing"):  # to follow anew is to leave the meter to the ear
            self.meter_told = name == "meter" and not heard
        self._duo.changed(name, at)
        self._follow(name, at)

    def _follow(self, name: str, at: Seconds) -> None:
        transport, wished = self._stage.transport, self._stage.settings
        if name == "tempo" and self._course.ours:
            self._course.move(transport.at_tempo(wished.tempo, at), at)
        elif name == "meter":
            self._course.move(transport.in_meter(Meter.named(wished.meter), at), at)
        elif name == "role":
            self._duo.change_role(at)
        elif transport.playing and name in PLANNED:
            self._duo.renew(at)
