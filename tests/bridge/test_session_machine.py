"""A life of a session in virtual time, drawn at random, and what holds after every deed.

Hypothesis draws 1,500 deeds of players, hosts, ports and generators, and shortens what fails. For
more: `ANTIPHON_DEEDS=100000 pytest --timeout=0 tests/bridge/test_session_machine.py`.
"""

import logging
import os
from collections import Counter
from itertools import islice

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

from bridge.config import Settings
from bridge.events import Ask, Planned
from bridge.wire import Voice, is_on, voice_of
from generators.choose import whole
from generators.music.time import QUARTER, Seconds
from generators.recall import Recall
from tests.frail import FrailPort, Mood, Moody
from tests.jam import Jam

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
WAIT = st.sampled_from([0.0, 0.003, 0.1, 0.5, 1.0, 2.0, 4.0])
PITCH = st.integers(58, 65)
TEMPO = st.integers(40, 300)
BEAT = st.integers(0, 40)


class World(Jam):
    """A jam whose port may be lost and whose generator may fail, watched message by message."""

    def __init__(self, latency: float) -> None:
        self.moody = Moody(Recall())
        super().__init__(self.moody, Settings(tempo=120.0, call="1"), latency)
        self.line = FrailPort(self.clock)
        self.voices: Counter[Voice] = Counter()
        self.begun = 0
        self.began: dict[Voice, int] = {}
        """Which start was the last one of each voice."""
        self._latest = Seconds(0.0)
        self._watched = 0

    def _think(self, ask: Ask) -> None:
        """Answer as the thinking process does: a failure is an answer without a suggestion."""
        self.asked.append(ask)
        if self.moody.mood == "never":
            return
        try:
            made = whole(self.moody, ask.prompt)
        except RuntimeError:
            made = None
        took = self._latency(len(self.asked)) or 0.0
        if ask.grows and made is not None and ask.prompt.length > QUARTER:
            at = Seconds(self.clock.moment + took / 2)
            self.event(at, Planned(ask.id, made.begun(QUARTER), at))
            if self.moody.mood == "gives way":
                return
        at = Seconds(self.clock.moment + took)
        self.event(at, Planned(ask.id, made, at))

    def forward(self, seconds: float) -> None:
        """Let time pass, at the port as well."""
        self.run(self.clock.moment + seconds)
        self.watch()
        self.line.pass_time(self.clock.moment)

    def watch(self) -> None:
        """Look at what left since the last look, and hand it to the port."""
        for message, at, _ in islice(self.port.messages, self._watched, None):
            self._watched += 1
            voice = voice_of(message)
            assert at >= self._latest, "moments fall"
            self._latest = at
            if is_on(message):
                assert not self.voices[voice], f"{voice} begins anew before it has ended"
                self.voices[voice] += 1
                self.begun += 1
                self.began[voice] = self.begun
            else:
                assert self.voices[voice], f"{voice} ends and does not sound"
                self.voices[voice] -= 1
            self.line.send(message, at)


class Life(RuleBasedStateMachine):
    """What a player, a host, a port and a generator do, in any order."""

    deeds = 0

    def __init__(self) -> None:
        super().__init__()
        self.world = World(latency=0.05)
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
        self.world.midi(self.now, *message)
        self.world.forward(0.0)

    @initialize(name=st.sampled_from(ROLES[:3]), mood=st.sampled_from(MOODS[:2]))
    def begin(self, name: str, mood: Mood) -> None:
        self.do("set", "chords", "Am | F")
        self.do("role", name)
        self.do("transport/play")
        self.world.moody.mood = mood
        self.world.forward(5.0)

    # The player

    @rule(pitch=PITCH, wait=WAIT)
    def press(self, pitch: int, wait: float) -> None:
        self.midi(0x90, pitch, 80)
        self.world.forward(wait)

    @rule(pitch=PITCH, wait=WAIT)
    def press_and_let_go(self, pitch: int, wait: float) -> None:
        self.midi(0x90, pitch, 80)
        self.world.forward(0.2)
        self.midi(0x80, pitch, 0)
        self.world.forward(wait)

    @rule(pitch=PITCH, wait=WAIT)
    def let_go(self, pitch: int, wait: float) -> None:
        self.midi(0x80, pitch, 0)
        self.world.forward(wait)

    @rule(down=st.booleans())
    def pedal(self, down: bool) -> None:
        self.midi(0xB0, 64, 127 * down)

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
        self.midi(0x90)
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
        """Nothing sounds at this moment."""
        assert self.world.schedule.ledger == {}
        assert +self.world.voices == {}

    @invariant()
    def the_ledger_tells_the_truth(self) -> None:
        assert self.world.schedule.ledger == dict(+self.world.voices)

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
        self.world.forward(3.0)
        self.world.end().watch()  # no time passes: a role would go on at its next bar
        self.world.line.pass_time(Seconds(self.now + 1.0))
        self.silent()
        assert self.world.port.hanging() == {}
        assert self.world.line.synth.sounding == set()


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
