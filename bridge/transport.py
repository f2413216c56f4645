"""Where ticks and seconds meet."""

from dataclasses import dataclass, field, replace

from generators.music.errors import BadValue
from generators.music.time import QUARTER, Meter, Seconds, Ticks

SLOWEST, FASTEST = 10.0, 1000.0  # quarters a minute: what hosts allow, with room


@dataclass(frozen=True, slots=True)
class Transport:
    """The song's position and speed, known at one moment; replaced, never altered.

    `tempo` is in quarters a minute. `tick` is the position at the moment `at`. `bar_line` is a
    tick that is a bar line, so that a meter may change anywhere in a song.
    """

    tempo: float = 120.0
    meter: Meter = field(default_factory=Meter)
    playing: bool = False
    tick: float = 0.0
    at: Seconds = Seconds(0.0)
    bar_line: Ticks = Ticks(0)

    def __post_init__(self) -> None:
        """Refuse tempi that no host has."""
        if not SLOWEST <= self.tempo <= FASTEST:
            raise BadValue(f"tempo {self.tempo:g} is outside {SLOWEST:g} to {FASTEST:g}")

    @property
    def ticks_per_second(self) -> float:
        """How fast ticks pass while it plays."""
        return self.tempo * QUARTER / 60

    def position(self, now: Seconds) -> float:
        """Return where the song is, in ticks with a fraction."""
        return self.tick + (now - self.at) * self.ticks_per_second * self.playing

    def tick_at(self, now: Seconds) -> Ticks:
        """Return the tick nearest to this moment."""
        return Ticks(round(self.position(now)))

    def when(self, tick: float) -> Seconds:
        """Return the moment of a tick, as long as it plays on like this."""
        return Seconds(self.at + (tick - self.tick) / self.ticks_per_second)

    def ticks_in(self, length: float) -> Ticks:
        """Return how many ticks pass in so many seconds."""
        return Ticks(round(length * self.ticks_per_second))

    def anchored(self, now: Seconds) -> "Transport":
        """Return the same movement, known at this moment."""
        return replace(self, tick=self.position(now), at=now)

    def at_tempo(self, tempo: float, now: Seconds) -> "Transport":
        """Return it at another tempo from this moment on."""
        return replace(self.anchored(now), tempo=tempo)

    def counted_from_start(self) -> "Transport":
        """Return it with bars counted from the start of the song, as hosts do."""
        return replace(self, bar_line=Ticks(0))

    def differs(self, other: "Transport") -> bool:
        """Say whether listeners would want to know: an estimated tempo wavers all the time."""
        return (
            self.playing != other.playing
            or self.meter != other.meter
            or abs(self.tempo - other.tempo) > 0.05
        )

    def in_meter(self, meter: Meter, now: Seconds) -> "Transport":
        """Return it in another meter, counted from the bar line that was last passed."""
        return replace(self, meter=meter, bar_line=self.bar_at(self.tick_at(now)))

    def bar_at(self, tick: Ticks) -> Ticks:
        """Return the last bar line at or before a tick."""
        return Ticks(tick - (tick - self.bar_line) % self.meter.bar)

    def next_bar(self, tick: Ticks) -> Ticks:
        """Return the first bar line at or after a tick."""
        return Ticks(-(-(tick - self.bar_line) // self.meter.bar) * self.meter.bar + self.bar_line)
