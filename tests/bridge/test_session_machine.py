"""A life of a session in virtual time, drawn at random, and what holds after every deed.

Hypothesis draws 1,500 deeds of players, hosts, ports and generators, and shortens what fails. For
more: `ANTIPHON_DEEDS=100000 pytest --timeout=0 tests/bridge/test_session_machine.py`.
"""

import logging
import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bridge.wire import Tally
from generators.music.time import Seconds
from tests.bridge.world import World
from tests.frail import Mood

LONG = "ANTIPHON_DEEDS" in os.environ
DEEDS = int(os.environ.get("ANTIPHON_DEEDS", "1500"))
LIFE = 60  # deeds
SEEN = 0.3  # seconds until the death of a port is noticed
ROLES = ("answer", "accompany", "improvise", "suggest", "off")
MOODS: tuple[Mood, ...] = ("well", "overlaps", "raises", "breaks off", "never", "gives way")
WISHES = (
    ("chords", "auto"), ("chords", "Am | F"), ("chords", "C | N.C."), ("pattern", "pad"),
    ("call", "phrase"), ("call", "1"), ("call", "2"), ("commit", 0), ("commit", 1),
    ("melody_channel", 1), ("melody_channel", 2), ("chord_channel", 2), ("bars", 0), ("bars", 1),
)  # fmt: skip
SIDES = (
    ("thru", 1), ("thru", 1), ("thru", 0), ("listen_channels", "all"), ("listen_channels", "1"),
    ("listen_channels", "2-3"), ("split_note", 61), ("split_note", 64), ("split_note", -1),
    ("left_channel", 0), ("left_channel", 2), ("ask_note", 60), ("ask_note", -1),
    ("tap_note", 61), ("tap_note", -1), ("ask_cc", 64), ("ask_cc", -1),
)  # fmt: skip
CABLES = (None, None, 0.005, 0.045)  # seconds that a cable from the output to the input takes
UNUSED = 90  # a pitch that nobody else plays
WAIT = st.sampled_from([0.0, 0.003, 0.1, 0.5, 1.0, 2.0, 4.0])
PITCH = st.integers(58, 65)
TEMPO = st.integers(40, 300)
BEAT = st.integers(0, 40)
CHANNEL = st.sampled_from([0, 0, 1, 2])  # ours are the first two


class Life(RuleBasedStateMachine):
    """What a player, a host, a port and a generator do, in any order."""

    deeds = 0

    def __init__(self) -> None:
        super().__init__()
        self.world = World(latency=0.05)
        self.keys = Tally()
        self.may_sound = True

    @property
    def now(self) -> float:
        """The moment."""
        return self.world.clock.moment

    def do(self, path: str, *args: float | str) -> None:
        """Say something by OSC, now."""
        Life.deeds += 1
        self.world.tell(self.now, f"/antiphon/{path}", *args)
        self.world.forward(0.0)

    def midi(self, *message: int) -> None:
        """Let a message arrive, now."""
        Life.deeds += 1
        self.keys.count(bytes(message))
        self.world.midi(self.now, *message)
        self.world.forward(0.0)

    @initialize(
        name=st.sampled_from(ROLES[:3]),
        mood=st.sampled_from(MOODS[:2]),
        cable=st.sampled_from(CABLES),
        thru=st.booleans(),
    )
    def begin(self, name: str, mood: Mood, cable: float | None, thru: bool) -> None:
        self.world = World(latency=0.05, cable=cable)
        self.do("set", "thru", int(thru))
        self.do("set", "chords", "Am | F")
        self.do("role", name)
        self.do("transport/play")
        self.world.moody.mood = mood
        self.world.forward(5.0)

    # The player

    @rule(pitch=PITCH, channel=CHANNEL, wait=WAIT)
    def press(self, pitch: int, channel: int, wait: float) -> None:
        self.midi(0x90 | channel, pitch, 80)
        self.world.forward(wait)

    @rule(pitch=PITCH, wait=WAIT)
    def press_and_let_go(self, pitch: int, wait: float) -> None:
        self.midi(0x90, pitch, 80)
        self.world.forward(0.2)
        self.midi(0x80, pitch, 0)
        self.world.forward(wait)

    @rule(pitch=PITCH, channel=CHANNEL, wait=WAIT)
    def let_go(self, pitch: int, channel: int, wait: float) -> None:
        self.midi(0x80 | channel, pitch, 0)
        self.world.forward(wait)

    @rule(wait=WAIT)
    def let_all_go(self, wait: float) -> None:
        for off in self.keys.endings():
            self.midi(*off)
        self.world.forward(wait)

    @rule(down=st.booleans(), channel=CHANNEL)
    def pedal(self, down: bool, channel: int) -> None:
        self.midi(0xB0 | channel, 64, 127 * down)

    @rule(channel=CHANNEL)
    def all_notes_off(self, channel: int) -> None:
        self.midi(0xB0 | channel, 123, 0)

    @rule(side=st.sampled_from(SIDES))
    def side(self, side: tuple[str, float | str]) -> None:
        self.do("set", *side)

    @rule(pitch=PITCH, channel=CHANNEL, side=st.sampled_from(SIDES), wait=WAIT)
    def side_while_a_key_is_down(
        self, pitch: int, channel: int, side: tuple[str, float | str], wait: float
    ) -> None:
        self.midi(0x90 | channel, pitch, 80)
        self.world.forward(0.1)
        self.do("set", *side)
        self.world.forward(0.1)
        self.midi(0x80 | channel, pitch, 0)
        self.world.forward(wait)

    @rule(wait=WAIT)
    def wait(self, wait: float) -> None:
        Life.deeds += 1
        self.world.forward(wait)

    @rule(name=st.sampled_from(ROLES))
    def role(self, name: str) -> None:
        self.do("role", name)
        self.may_sound = name not in ("suggest", "off")
        if not self.may_sound:  # another one may play the bar that begins now
            self.silent()

    @rule(wish=st.sampled_from(WISHES))
    def wish(self, wish: tuple[str, float | str]) -> None:
        self.do("set", *wish)

    @rule(meter=st.sampled_from([(3, 4), (4, 4), (6, 8), (5, 4)]))
    def meter(self, meter: tuple[int, int]) -> None:
        self.do("meter", *meter)

    @rule(bars=st.integers(1, 4))
    def ask(self, bars: int) -> None:
        self.do("ask", "continue", bars)

    @rule(number=st.integers(1, 4))
    def audition(self, number: int) -> None:
        self.may_sound = True
        self.do("audition", f"s{number}")

    @rule(number=st.integers(1, 4))
    def accept(self, number: int) -> None:
        self.do("accept", f"s{number}")

    @rule()
    def panic(self) -> None:
        before = self.world.begun
        self.do("panic")
        self.ended(before)

    @rule()
    def break_the_session(self) -> None:
        """Half a message: no driver sends one, and it must do no harm."""
        before = self.world.begun
        self.midi(0x90 | min(self.world.session.settings.listened))
        self.ended(before)

    # The host

    @rule(wait=WAIT)
    def play(self, wait: float) -> None:
        self.do("transport/play")
        self.world.forward(wait)

    @rule()
    def stop(self) -> None:
        self.do("transport/stop")

    @rule(tempo=TEMPO)
    def tempo(self, tempo: int) -> None:
        self.do("tempo", tempo)

    @rule(beat=BEAT, wait=WAIT)
    def seek(self, beat: int, wait: float) -> None:
        self.do("transport/locate", beat)
        self.world.forward(wait)

    @rule(beat=BEAT, rounds=st.integers(2, 4), length=st.floats(0.3, 4.0))
    def loop(self, beat: int, rounds: int, length: float) -> None:
        for _ in range(rounds):
            self.do("transport/locate", beat)
            self.world.forward(length)

    @rule(seconds=st.floats(0.2, 6.0), tempo=TEMPO)
    def host_plays(self, seconds: float, tempo: int) -> None:
        Life.deeds += 1
        self.world.host(self.now, seconds, tempo)

    @rule(status=st.sampled_from([0xFA, 0xFB, 0xFC, 0xF8]))
    def host_says(self, status: int) -> None:
        self.midi(status)

    @rule(sixteenth=st.integers(0, 127))
    def host_locates(self, sixteenth: int) -> None:
        self.midi(0xF2, sixteenth, 0)

    # What fails

    @rule(mood=st.sampled_from(MOODS))
    def mood(self, mood: Mood) -> None:
        Life.deeds += 1
        self.world.moody.mood = mood

    @rule(wait=WAIT)
    def lose_the_port(self, wait: float) -> None:
        Life.deeds += 1
        self.world.line.die()
        self.world.forward(SEEN)
        self.world.line.look()
        self.world.forward(wait)

    @rule()
    def find_the_port(self) -> None:
        Life.deeds += 1
        self.world.line.come_back()
        self.world.forward(0.05)

    # What holds

    def ended(self, before: int) -> None:
        """All notes up to this one have ended; the bar that begins now may sound already."""
        assert [v for v in +self.world.voices if self.world.began[v] <= before] == []

    def silent(self) -> None:
        """Nothing of ours sounds at this moment."""
        assert +self.world.voices == {}

    @invariant()
    def the_ledger_tells_the_truth(self) -> None:
        assert self.world.schedule.ledger == dict(self.world.voices + self.world.passed)

    @invariant()
    def only_keys_that_are_down_sound(self) -> None:
        assert self.world.passed <= self.world.held.sounding

    @invariant()
    def only_what_is_wished_is_passed_on(self) -> None:
        settings = self.world.session.settings
        channels = settings.listened if settings.thru else ()
        assert all(channel in channels for channel, _ in +self.world.passed)
        assert all(channel in channels for channel, down in self.world.pedals.items() if down)

    @invariant()
    def only_keys_that_are_down_are_heard(self) -> None:
        down = {pitch for _, pitch in +self.world.held.sounding}
        assert set(self.world.session.stage.down) <= down

    @invariant()
    def each_hand_keeps_to_its_side(self) -> None:
        settings, stage = self.world.session.settings, self.world.session.stage
        if not settings.left_channel:
            assert all(pitch < settings.split_note for pitch in stage.left.down)
            assert all(pitch >= settings.split_note for pitch in stage.capture.down)

    @invariant()
    def nothing_sounds_while_the_song_stands_still(self) -> None:
        if not self.world.session.transport.playing:
            self.silent()

    @invariant()
    def a_silent_role_is_silent(self) -> None:
        if not self.may_sound:
            self.silent()

    def teardown(self) -> None:
        """After all this, everything ends, also at the synth."""
        self.world.line.come_back()
        self.lift_all()
        assert +self.world.passed == {}
        assert not any(self.world.pedals.values())
        assert self.world.session.stage.down == ()
        self.world.end()  # no time passes: a role would go on at its next bar
        self.world.line.pass_time(Seconds(self.now + 1.0))
        self.silent()
        assert self.world.schedule.ledger == {}
        assert self.world.line.synth.sounding == set()

    def lift_all(self) -> None:
        """Let the player take hands and feet away; a key that is held tells of a loop before."""
        channels = range(3)
        for channel in channels:
            self.midi(0x90 | channel, UNUSED, 80)
        self.world.forward(0.5)
        for off in self.keys.endings():
            self.midi(*off)
        for channel in channels:
            self.midi(0xB0 | channel, 64, 0)
        self.world.forward(3.0)


def test_every_note_ends_whatever_happens(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)  # of faults in the session there are many, on purpose
    before = Life.deeds
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=max(1, DEEDS // LIFE),
            stateful_step_count=LIFE,
            deadline=None,
            derandomize=not LONG,  # each time the same deeds, unless one goes looking
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Life.deeds - before >= 0.9 * DEEDS
