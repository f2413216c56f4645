"""The one owner of live state: events in, actions out, and no I/O.

The daemon drives it in real time, replay in virtual time; every event carries its moment, so
the same events give the same actions.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bridge.bar_ear import BarEar
from bridge.config import LIVE, Settings, known
from bridge.ear import Ear
from bridge.errors import BadMessage, BadSetting
from bridge.events import Action, Event, Follow, Heard, Passed, Planned, Stated, Told, Tuned
from bridge.offers import Offers
from bridge.plans import RUNGS
from bridge.player import Player
from bridge.protocol import Message
from bridge.roles import role
from bridge.sources import JUMP, TITLES, Sources
from bridge.stage import MARGIN, Stage, beats
from bridge.tempo_ear import SURE, Taps, TempoEar
from bridge.transport import Transport
from bridge.wire import ALL_OFF
from generators.music.errors import PlayerError
from generators.music.time import QUARTER, Meter, Seconds, Ticks
from generators.prompt import Kind

Press = tuple[Seconds, int, int, int]
"""A key that went down: when, its pitch, velocity and channel."""

log = logging.getLogger(__name__)
FREE_STOP = 2  # bars of nothing after which a clock that playing started stands still again
SUSTAIN = 64
NEARER = 0.3  # the share of what a beat is off that is made up for at once,
STEP = QUARTER / 20  # and how many ticks at most: 25 ms at 120
TOGETHER = Seconds(0.1)  # a key this long before the host's start belongs to its first bar
WISHES = LIVE - {
    "role", "tempo", "meter", "ask_cc", "ask_note", "melody_channel", "chord_channel", "thru",
    "listen_channels", "tap_cc", "tap_note", "sources", "follow_playing",
}  # fmt: skip
"""The settings after which what is planned no longer is what the player wishes."""


class Session:
    """What Antiphon hears, decides and wants done."""

    def __init__(self, settings: Settings) -> None:
        self.stage = Stage(settings)
        self.rungs: Counter[str] = Counter(dict.fromkeys(RUNGS, 0))
        self.offers = Offers(self.stage)
        self.sources = Sources()
        self._tempo_ear, self._bar_ear, self._taps = TempoEar(), BarEar(), Taps()
        self._ear = Ear(self.stage)
        self._player = Player(self.stage)
        self._early: deque[Press] = deque(maxlen=16)
        self._free = False  # the player's first note started the clock
        self._quiet_since: Ticks | None = None
        self._role = role(self.settings.role, self.stage, self.rungs, self.offers)

    def take(self, event: Event) -> tuple[Action, ...]:
        """Take what happened; return what is to be done."""
        self.stage.actions = []
        try:
            self._take(event)
            self._rest_if_done(event.at)
        except PlayerError as error:
            self.stage.tell("/antiphon/error", error.what, error.remedy)
            if isinstance(event, Passed):
                self._role.reset()  # what failed now would fail again at once
        except Exception:  # one of the three places: whatever is wrong, no note may hang
            log.exception("a fault in the session; everything that sounds is ended")
            self._give_up(event.at)
        return tuple(self.stage.actions)

    def _take(self, event: Event) -> None:
        match event:
            case Heard(message, at, port):
                self._hear(message, at, port)
            case Told(message, at):
                TOLD[message.path](self, message, at)
            case Planned(at=at):
                self.offers.planned(event)
                self._role.planned(event, self.transport.tick_at(at))
            case Passed(at):
                self._pass(at)
            case Stated(at=at):
                self._follow(self.sources.stated(event, self.transport, self.settings), at)
            case Tuned(margin):
                self.stage.margin = max(MARGIN, margin)

    def _give_up(self, at: Seconds) -> None:
        """Return to a known state after a fault: silence, and nothing planned."""
        self.stage.actions = []
        self.stage.forget()
        self.stage.hush(at)
        self._player.end(at)
        self._role.reset()

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
        due = self._role.next_decision
        moments = [] if due is None else [self.stage.when_to_decide(due)]
        if self.stage.loop.grace is not None:
            moments.append(self.stage.loop.grace)
        if self._ear.due is not None:
            moments.append(self.transport.when(self._ear.due))
        if self._bar_ear.due is not None:
            moments.append(self._bar_ear.due)
        if self.sources.due is not None:
            moments.append(self.sources.due)
        if self._free and self._quiet_since is not None:
            moments.append(self.transport.when(self._quiet_since + FREE_STOP * self.stage.bar))
        return min(moments, default=None)

    @property
    def figures(self) -> dict[str, Any]:
        """What happened so far, for the status."""
        return {
            "answers": sum(self.rungs.values()) - self.rungs["rest"],
            "rungs": dict(self.rungs),
            "accepted": len(self.offers.accepted),
            "played_tempo": self._tempo_ear.figures,
            "played_bar": self._bar_ear.figures,
        }

    # Playing

    def _hear(self, message: bytes, at: Seconds, port: str = "") -> None:
        status = message[0]
        if status >= 0xF0:
            self._real_time(message, at, port)
        elif status & 15 in self.settings.listened and not self._asks(message, at):
            self._player.plays(message, at)
            self._listen(message, at)

    def _asks(self, message: bytes, at: Seconds) -> bool:
        """Say whether this key or controller asks for an answer or taps, and see to it."""
        status, number, *value = message
        kind = status & 0xF0
        keys = kind in (0x80, 0x90)
        if keys:
            deeds = {self.settings.ask_note: self._demand, self.settings.tap_note: self._tapped}
        elif kind == 0xB0:
            deeds = {self.settings.ask_cc: self._demand, self.settings.tap_cc: self._tapped}
        else:
            return False
        deed = deeds.get(number)
        if deed is not None and ((kind == 0x90 and value[0]) or (not keys and value[0] >= 64)):
            deed(at)
        return deed is not None

    def _listen(self, message: bytes, at: Seconds) -> None:
        status = message[0]
        if status & 0xF0 == 0x90 and message[2]:
            self._press(message[1], message[2], status & 15, at)
        elif status & 0xF0 in (0x80, 0x90):
            self._release(message[1], status & 15, at)
        elif status & 0xF0 == 0xB0:
            self._control(message[1], message[2], status & 15, at)

    def _press(self, pitch: int, velocity: int, channel: int, at: Seconds) -> None:
        self._start_free(at)
        self._listen_for_tempo(at)
        self._bar_ear.pressed(pitch, velocity, at)
        self._early.append((at, pitch, velocity, channel))
        tick = self.transport.tick_at(at)
        self._player.press(pitch, velocity, channel, tick)
        self.stage.tell("/antiphon/heard/note", pitch, velocity, channel + 1, beats(tick))
        self._heard(tick)
        self._ear.pressed(tick)

    def _release(self, pitch: int, channel: int, at: Seconds) -> None:
        self._bar_ear.released(pitch, at)
        tick = self.transport.tick_at(at)
        self._player.release(pitch, channel, tick)
        self.stage.tell("/antiphon/heard/note", pitch, 0, channel + 1, beats(tick))
        self._heard(tick)

    def _control(self, number: int, value: int, channel: int, at: Seconds) -> None:
        self._player.control(number, value, channel)
        if number == SUSTAIN:
            self._player.pedal(value >= 64, channel, self.transport.tick_at(at))
        elif number in ALL_OFF:
            self._player.let_go(self.transport.tick_at(at), channel)

    def _heard(self, tick: Ticks) -> None:
        self._quiet_since = None
        if self.transport.playing:
            self._role.heard(tick)

    def _demand(self, at: Seconds) -> None:
        self._start_free(at)
        if self.transport.playing:
            self._role.demand(self.transport.tick_at(at))

    def _start_free(self, at: Seconds) -> None:
        """Without a host the first note is the downbeat."""
        waits = self.sources.clock.armed or self.settings.clock not in ("auto", "internal")
        if self.transport.playing or waits:
            return
        self.sources.take_over()
        self._free = True
        tick = self.stage.next_bar(self.transport.tick_at(at))
        self._move(replace(self.transport, playing=True, tick=float(tick), at=at), at)

    # Time

    def _real_time(self, message: bytes, at: Seconds, port: str) -> None:
        changed = self.sources.heard(message, at, port, self.transport, self.settings)
        self._follow(changed, at)

    def _follow(self, changed: Transport | None, at: Seconds) -> None:
        """Go by what a source says, if it is in charge."""
        if changed is None:
            return
        if self.sources.leads:
            self._free = False
        bars_change = changed.meter != self.transport.meter
        self._move(changed, at)
        if bars_change:
            self._role.reset()
            self._go_on(at)

    def _listen_for_tempo(self, at: Seconds) -> None:
        """Estimate the tempo of what is played where no host gives one; take it if that is sure."""
        if self.sources.leads:
            return
        heard = self._tempo_ear.pressed(at)
        if heard is None:
            return
        self.stage.tell("/antiphon/heard/tempo", round(heard.bpm, 2), round(heard.sure, 3))
        self._bar_ear.beat(heard, at)
        if self._follows_playing(at) and heard.sure >= SURE:
            self._take_tempo(heard.bpm, at)
            if heard.sure_of_beat >= SURE:
                self._take_beat(heard.beat, at)

    def _follows_playing(self, at: Seconds) -> bool:
        """Say whether the clock goes by what is played: a host and the foot go before that."""
        led = self.sources.leads or self._taps.go_on(at)
        return self.settings.follow_playing and self._free and not led

    def _listen_for_bars(self, at: Seconds) -> None:
        """Estimate where the bars of what is played are; take them if that is sure."""
        heard = self._bar_ear.passed(at)
        if heard is None or self.sources.leads:
            return
        self.stage.tell("/antiphon/heard/downbeat", *heard.told(self.transport))
        if self._role.answers or not self._follows_playing(at):
            return
        meter = heard.other_meter(self.transport)
        if meter is not None:
            self._set(Message("/antiphon/set", ("meter", str(meter))), at)
        line = heard.other_bar_line(self.transport)
        if line is not None:
            self._move(replace(self.transport, bar_line=line), at)
            self._role.rebarred(self.transport.tick_at(at))
            self._go_on(at)

    def _tapped(self, at: Seconds) -> None:
        """Take a tap; from the second on, the taps are the tempo and the beat."""
        bpm = self._taps.tapped(at)
        if bpm is not None and not self.sources.leads:
            self.stage.tell("/antiphon/heard/tempo", round(bpm, 2), 1.0)
            self._take_tempo(bpm, at)
            self._take_beat(at, at)

    def _take_beat(self, beat: Seconds, at: Seconds) -> None:
        """Come nearer to a beat that was tapped or heard, in steps that nobody hears as a jump."""
        now = self.transport
        off = now.position(beat) % QUARTER
        off = off if off < QUARTER / 2 else off - QUARTER
        if now.playing:
            here, step = now.anchored(at), min(STEP, max(-STEP, NEARER * off))
            self._move(replace(here, tick=here.tick - step), at)

    def _take_tempo(self, bpm: float, at: Seconds) -> None:
        if abs(bpm - self.settings.tempo) >= 0.5:
            self._set(Message("/antiphon/set", ("tempo", round(bpm, 1))), at)

    def _move(self, transport: Transport, at: Seconds) -> None:
        """Go by another transport, unless it is a stop that may be half of a jump."""
        loop, before = self.stage.loop, self.transport
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
        early = self._pressed_just_now(at)
        looped = jumped and self._goes_round(transport, at)
        arrived = started or (jumped and transport.playing)
        if before.playing and (jumped or not transport.playing):
            self._leave(at, looped=looped)
        if (jumped or started) and not self._free:
            transport = transport.counted_from_start()
        self.stage.transport = transport
        if looped:
            self.stage.carry()
            self._role.carried(Ticks(-self.stage.loop.length))
        elif arrived:
            self.stage.forget()
        if jumped or before.playing != transport.playing:
            self._quiet_since = None
        self.stage.do(Follow(transport))
        if jumped or transport.differs(before):
            self._tell_transport(at)
        self._tell_bar_line(before)
        if arrived:
            self._begin(at, early)

    def _leave(self, at: Seconds, *, looped: bool) -> None:
        """Let all keys go where the song jumps or stops; a loop keeps what was planned."""
        self._player.let_go(self.transport.tick_at(at))
        if not looped:
            self.stage.hush(at)
            self._role.reset()

    def _goes_round(self, transport: Transport, at: Seconds) -> bool:
        """Say whether a jump is the loop that was expected, and settle what begins at its end."""
        loop, before = self.stage.loop, self.transport
        here, there = before.position(at), transport.position(at)
        if not (before.playing and transport.playing):
            return False
        loop.grace = None
        known = loop.leads(here, there)
        if known:
            self._role.passed(loop.end)
        else:
            loop.jumped(here, there, before)
        return known

    def _pressed_just_now(self, at: Seconds) -> list[Press]:
        """Return the newest keys that are still down."""
        down = self.stage.down
        return [press for press in self._early if at - press[0] < TOGETHER and press[1] in down]

    def _begin(self, at: Seconds, early: list[Press]) -> None:
        """Set the role going; keys that went down with the start belong to the first bar."""
        tick = self.transport.tick_at(at)
        self._role.passed(tick)
        for _, pitch, velocity, channel in early:
            self._player.press(pitch, velocity, channel, tick)
            self._heard(tick)
            self._ear.pressed(tick)

    def _tell_transport(self, at: Seconds) -> None:
        now = self.transport
        self.stage.tell(
            "/antiphon/transport",
            int(now.playing), beats(now.position(at)), now.tempo, now.meter.beats, now.meter.unit,
            self.source,
        )  # fmt: skip
        if self.source != "internal":
            self.stage.tell("/antiphon/heard/tempo", now.tempo)

    def _tell_bar_line(self, before: Transport) -> None:
        if self.transport.bar_line != before.bar_line:
            self.stage.tell("/antiphon/barline", beats(self.transport.bar_line))

    def _stop_after_all(self, at: Seconds) -> None:
        """Stop, where a host that stopped at the end of its loop has not started anew."""
        self.stage.loop.forget()
        if not self.sources.leads:
            self._move(replace(self.transport.anchored(at), playing=False), at)

    def _pass(self, at: Seconds) -> None:
        grace = self.stage.loop.grace
        if grace is not None and at >= grace:
            self._stop_after_all(at)
        if not self.transport.playing:
            return
        self._listen_for_bars(at)
        title = TITLES.get(self.source, "")
        instead = self.sources.lost(at, self.transport, self.settings)
        if instead is not None:
            self._move(instead, at)
            if not instead.playing:
                self.stage.tell(
                    "/antiphon/error", f"{title} stopped coming", "press play in the host again"
                )
            return
        tick = self.transport.tick_at(at)
        self.stage.loop.passed(tick)
        due = self._role.next_decision
        if self._ear.passed(tick):
            self._role.changed(tick)
        self._role.passed(tick)
        if due is None or self.stage.settled(due, tick):
            self._ear.tell_key()  # within a phrase the guess wavers

    def _rest_if_done(self, at: Seconds) -> None:
        """Let a clock that the player's first note started stand still when nothing goes on."""
        if not self._free or not self._role.resting or self.stage.down:
            self._quiet_since = None
            return
        tick = self.transport.tick_at(at)
        self._quiet_since = max(self._quiet_since or tick, self.stage.busy_until)
        if tick >= self._quiet_since + FREE_STOP * self.stage.bar:
            self._halt(at)

    def _halt(self, at: Seconds) -> None:
        self._free = False
        self._move(replace(self.transport.anchored(at), playing=False), at)

    # What is told

    def _take_over(self) -> None:
        """Leave a host's clock for our own; while the host plays, it is in charge.

        Raises:
            BadMessage: the host plays, or the settings follow no one else.

        """
        if self.settings.clock in TITLES:
            raise BadMessage(
                f"only {TITLES[self.settings.clock]} is followed", "start with --clock auto"
            )
        if self.sources.leads:
            raise BadMessage("the host's transport is in charge", "start and stop it there")
        self.sources.take_over()

    def _play(self, message: Message, at: Seconds) -> None:
        self._take_over()
        self._free = False
        tick = float(message.args[0]) * QUARTER if message.args else self.transport.position(at)
        self._move(replace(self.transport, playing=True, tick=tick, at=at), at)

    def _stop(self, _: Message, at: Seconds) -> None:
        self._take_over()
        self._halt(at)

    def _locate(self, message: Message, at: Seconds) -> None:
        self._take_over()
        self._move(replace(self.transport, tick=float(message.args[0]) * QUARTER, at=at), at)

    def _meter(self, message: Message, at: Seconds) -> None:
        self._set(Message("/antiphon/set", ("meter", f"{message.args[0]}/{message.args[1]}")), at)

    def _lock(self, message: Message, at: Seconds) -> None:
        """Set the key, the chords, the role or the tempo: the setting is named like the address."""
        self._set(Message("/antiphon/set", (message.path.rpartition("/")[2], *message.args)), at)

    def _set(self, message: Message, at: Seconds) -> None:
        name = known(str(message.args[0]))
        if name not in LIVE:
            raise BadSetting(f"{name} cannot change while Antiphon runs", "set it at the start")
        self.stage.settings = self.settings.changed(name, message.args[1])
        value = getattr(self.settings, name)
        self.stage.tell("/antiphon/setting", name, int(value) if isinstance(value, bool) else value)
        self._player.changed(name, at)
        if name == "tempo" and self.source == "internal":
            self._move(self.transport.at_tempo(self.settings.tempo, at), at)
        elif name == "meter":
            meter = Meter.named(self.settings.meter)
            self._move(self.transport.in_meter(meter, at), at)
            self._role.rebarred(self.transport.tick_at(at))
            self._go_on(at)
        elif name == "role":
            self._change_role(at)
        elif self.transport.playing and name in WISHES:
            self._role.renew(self.transport.tick_at(at))

    def _change_role(self, at: Seconds) -> None:
        self.stage.hush(at)
        self._role = role(self.settings.role, self.stage, self.rungs, self.offers)
        self._go_on(at)

    def _go_on(self, at: Seconds) -> None:
        """Let a role that was reset find its next bar."""
        if self.transport.playing:
            self._role.passed(self.transport.tick_at(at))

    def _ask(self, message: Message, at: Seconds) -> None:
        kind, bars = Kind(str(message.args[0])), int(message.args[1])
        seed = int(message.args[2]) if len(message.args) > 2 else None
        start = self.stage.next_bar(self.transport.tick_at(at))
        self.offers.ask(kind, start, Ticks(bars * self.stage.bar), seed)

    def _audition(self, message: Message, at: Seconds) -> None:
        self.offers.find(str(message.args[0]))
        if not self.transport.playing:
            self._take_over()
            tick = self.stage.next_bar(self.transport.tick_at(at))
            self._free = True
            self._move(replace(self.transport, playing=True, tick=float(tick), at=at), at)
        self.offers.audition(str(message.args[0]), self.transport.tick_at(at))

    def _tap(self, _: Message, at: Seconds) -> None:
        self._tapped(at)

    def _panic(self, _: Message, at: Seconds) -> None:
        self.stage.hush(at)
        self._player.end(at)
        self._role.reset()
        self._go_on(at)


def _note(session: Session, message: Message, at: Seconds) -> None:
    pitch, velocity, *rest = (int(arg) for arg in message.args)
    channel = rest[0] - 1 if rest else 0
    session._hear(bytes((0x90 | channel, pitch, velocity)), at)


def _pedal(session: Session, message: Message, at: Seconds) -> None:
    for channel in range(16):  # OSC names no channel: the pedal is everyone's
        session._hear(bytes((0xB0 | channel, SUSTAIN, int(message.args[0]))), at)


TOLD: dict[str, Callable[[Session, Message, Seconds], None]] = {
    "/antiphon/note": _note,
    "/antiphon/pedal": _pedal,
    "/antiphon/transport/play": Session._play,
    "/antiphon/transport/stop": Session._stop,
    "/antiphon/transport/locate": Session._locate,
    "/antiphon/tempo": Session._lock,
    "/antiphon/tap": Session._tap,
    "/antiphon/meter": Session._meter,
    "/antiphon/key": Session._lock,
    "/antiphon/chords": Session._lock,
    "/antiphon/role": Session._lock,
    "/antiphon/ask": Session._ask,
    "/antiphon/audition": Session._audition,
    "/antiphon/accept": lambda session, message, _: session.offers.accept(str(message.args[0])),
    "/antiphon/reject": lambda session, message, _: session.offers.reject(str(message.args[0])),
    "/antiphon/undo": lambda session, _, __: session.offers.undo(),
    "/antiphon/set": Session._set,
    "/antiphon/panic": Session._panic,
}
"""What each address of the protocol does; `status` and `subscribe` are the wires' own."""
