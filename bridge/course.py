"""The course of the song: who says where it is; starts and stops, jumps and loops."""

from collections.abc import Iterator
from dataclasses import replace

from bridge.duo import Duo
from bridge.errors import BadMessage
from bridge.events import Follow, Stated
from bridge.sources import JUMP, TITLES, Sources
from bridge.stage import Stage, beats
from bridge.transport import Transport
from generators.music.time import QUARTER, Seconds

UNTOLD = QUARTER // 20  # ticks that listeners may be off by what they were told: 25 ms at 120
FREE_STOP = 2  # bars of nothing after which a clock that playing started stands still again


class Course:
    """Moves the transport, for a source that is in charge or for the player, and the duo with it.

    Nobody else replaces the transport of the stage.
    """

    def __init__(self, stage: Stage, duo: Duo, sources: Sources) -> None:
        self._stage = stage
        self._duo = duo
        self._sources = sources
        self._told = stage.transport
        self.free = False
        """Whether the player's first note started the clock."""

    @property
    def transport(self) -> Transport:
        """Where the song is."""
        return self._stage.transport

    @property
    def led(self) -> bool:
        """Whether a host plays, and so is in charge."""
        return self._sources.leads

    @property
    def ours(self) -> bool:
        """Whether it goes by our own clock."""
        return self._sources.name == "internal"

    # What the sources say

    def heard(self, message: bytes, at: Seconds, port: str) -> None:
        """Take a real-time message of MIDI."""
        changed = self._sources.heard(message, at, port, self.transport, self._stage.settings)
        self._follow(changed, at)

    def stated(self, word: Stated) -> None:
        """Take what another source says."""
        self._follow(self._sources.stated(word, self.transport, self._stage.settings), word.at)

    def _follow(self, changed: Transport | None, at: Seconds) -> None:
        """Go by what a source says, if it is in charge."""
        if changed is None:
            return
        if self.led:
            self.free = False
        self.move(changed, at)

    # What the player says

    def start_free(self, at: Seconds) -> None:
        """Start the clock with the player's first note, which is the downbeat, without a host."""
        ours = self._stage.settings.clock in ("auto", "internal")
        if ours and not self.transport.playing and not self._sources.clock.starts_soon(at):
            self._sources.take_over()
            self._start_at_bar(at)

    def start_for_offer(self, at: Seconds) -> None:
        """Start the clock so that a suggestion can be heard, if it stands still.

        Raises:
            BadMessage: the clock is not ours to start.

        """
        if not self.transport.playing:
            self._take_over()
            self._start_at_bar(at)

    def _start_at_bar(self, at: Seconds) -> None:
        self.free = True
        tick = self._stage.next_bar(self.transport.tick_at(at))
        self.move(replace(self.transport, playing=True, tick=float(tick), at=at), at)

    def play(self, tick: float | None, at: Seconds) -> None:
        """Play from a tick, or from where the song is.

        Raises:
            BadMessage: the clock is not ours to start.

        """
        self._take_over()
        self.free = False
        tick = self.transport.position(at) if tick is None else tick
        self.move(replace(self.transport, playing=True, tick=tick, at=at), at)

    def stop(self, at: Seconds) -> None:
        """Stop.

        Raises:
            BadMessage: the clock is not ours to stop.

        """
        self._take_over()
        self._halt(at)

    def locate(self, tick: float, at: Seconds) -> None:
        """Go to a tick.

        Raises:
            BadMessage: the song is not ours to move.

        """
        self._take_over()
        self.move(replace(self.transport, tick=tick, at=at), at)

    def _take_over(self) -> None:
        """Leave a host's clock for our own; while the host plays, it is in charge.

        Raises:
            BadMessage: the host plays, or the settings follow no one else.

        """
        clock = self._stage.settings.clock
        if clock in TITLES:
            raise BadMessage(f"only {TITLES[clock]} is followed", "start with --clock auto")
        if self.led:
            raise BadMessage("the host's transport is in charge", "start and stop it there")
        self._sources.take_over()

    # As time passes

    @property
    def due(self) -> Iterator[Seconds]:
        """The moments at which `passed` is to be called, while the song goes on."""
        if self._stage.loop.grace is not None:
            yield self._stage.loop.grace
        if self._sources.due is not None:
            yield self._sources.due
        if self.free and self._duo.quiet_since is not None:
            yield self.transport.when(self._duo.quiet_since + FREE_STOP * self._stage.bar)

    def passed(self, at: Seconds) -> bool:
        """Take note that time has passed; return whether the song goes on as before."""
        grace = self._stage.loop.grace
        if grace is not None and at >= grace:
            self._stop_after_all(at)
        if not self.transport.playing:
            return False
        title = TITLES.get(self._sources.name, "")
        instead = self._sources.lost(at, self.transport, self._stage.settings)
        if instead is not None:
            self.move(instead, at)
            if not instead.playing:
                self._stage.tell(
                    "/antiphon/error", f"{title} stopped coming", "press play in the host again"
                )
            return False
        self._stage.loop.passed(self.transport.tick_at(at))
        return True

    def _stop_after_all(self, at: Seconds) -> None:
        """Stop, where a host that stopped at the end of its loop has not started anew."""
        self._stage.loop.forget()
        if not self.led:
            self.move(replace(self.transport.anchored(at), playing=False), at)

    def rest_if_done(self, at: Seconds) -> None:
        """Let a clock that the player's first note started stand still when nothing goes on."""
        self._duo.look_for_quiet(at)
        since = self._duo.quiet_since
        if not self.free or since is None:
            return
        if self.transport.tick_at(at) >= since + FREE_STOP * self._stage.bar:
            self._halt(at)

    def _halt(self, at: Seconds) -> None:
        self.free = False
        self.move(replace(self.transport.anchored(at), playing=False), at)

    # Moving

    def move(self, transport: Transport, at: Seconds) -> None:
        """Go by another transport, unless it is a stop that may be half of a jump."""
        loop, before = self._stage.loop, self.transport
        here, there = before.position(at), transport.position(at)
        if before.playing and not transport.playing and not loop.stops(here, at):
            return
        if transport.playing and not before.playing:
            loop.started(there, at, before)
        self._go(transport, at)

    def _go(self, transport: Transport, at: Seconds) -> None:
        """Go by another transport: tell the difference between a start, a stop and a seek."""
        before = self.transport
        jumped = abs(transport.position(at) - before.position(at)) > JUMP
        started = transport.playing and not before.playing
        early = self._duo.just_pressed(at)
        looped = jumped and self._goes_round(transport, at)
        arrived = started or (jumped and transport.playing)
        if before.playing and (jumped or not transport.playing):
            self._duo.leave(at, looped=looped)
        if (jumped or started) and not self.free:
            transport = transport.counted_from_start()
        self._stage.transport = transport
        if looped:
            self._duo.carry()
        elif arrived:
            self._stage.forget()
        if jumped or before.playing != transport.playing:
            self._duo.moved()
        self._stage.do(Follow(transport))
        if jumped or self._is_news(at):
            self._tell(at)
        self._tell_bar_line(before)
        if arrived:
            self._duo.begin(at, early)
        else:
            self._rebar(before, at)

    def _rebar(self, before: Transport, at: Seconds) -> None:
        """Let the duo go on by other bar lines, where they are others now."""
        now = self.transport
        if (now.meter, now.bar_line) != (before.meter, before.bar_line):
            self._duo.rebarred(at)

    def _goes_round(self, transport: Transport, at: Seconds) -> bool:
        """Say whether a jump is the loop that was expected, and settle what begins at its end."""
        loop, before = self._stage.loop, self.transport
        here, there = before.position(at), transport.position(at)
        if not (before.playing and transport.playing):
            return False
        loop.grace = None
        known = loop.leads(here, there)
        if known:
            self._duo.settle(loop.end)
        else:
            loop.jumped(here, there, before)
        return known

    def _tell_bar_line(self, before: Transport) -> None:
        if self.transport.bar_line != before.bar_line:
            self._stage.tell("/antiphon/barline", beats(self.transport.bar_line))

    def _is_news(self, at: Seconds) -> bool:
        """Say whether the song is no longer where and as listeners take it to be.

        Small changes add up: each is held against what was told, not against the one before.
        """
        now, told = self.transport, self._told
        return now.differs(told) or abs(now.position(at) - told.position(at)) > UNTOLD

    def _tell(self, at: Seconds) -> None:
        now = self._told = self.transport
        self._stage.tell(
            "/antiphon/transport",
            int(now.playing), beats(now.position(at)), now.tempo, now.meter.beats, now.meter.unit,
            self._sources.name,
        )  # fmt: skip
        if not self.ours:
            self._stage.tell("/antiphon/heard/tempo", now.tempo)
