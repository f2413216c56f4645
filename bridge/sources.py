"""Whose song it is: what every source says of the transport, ranked, and one of them followed.

Nothing here reads a clock or a port: each word of a source comes with its moment, so that a log
of them gives the same transport again.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from bridge.clock import LOST, Host, MidiClock
from bridge.config import Settings
from bridge.events import Stated
from bridge.transport import FASTEST, SLOWEST, Transport
from bridge.values import SOURCES
from generators.music.time import QUARTER, Seconds, Ticks

JUMP: Final = QUARTER // 4
"""Ticks: a position further off than this is a seek, not jitter."""
SILENT: Final = Seconds(1.0)
"""A source that speaks several times a second and has not for so long is gone."""
STEADY: Final = 0.02
"""Seconds by which frames may go on otherwise than time does: more is a seek."""
NEAR: Final = QUARTER / 200
"""Ticks: so near to where the source is, the position is the source's own again."""
CATCH_UP: Final = 2 * QUARTER
"""Ticks within which a difference is made up for, by going a little faster or slower."""
MOST: Final = 0.1
"""By which share of the tempo at most."""
COUNTING: Final = frozenset({"jack", "daw"})
"""The sources whose beats are counted from the start of the song, as song positions are."""
TITLES: Final = {
    "midi": "the host's MIDI clock",
    "jack": "JACK's transport",
    "link": "the Link session",
    "daw": "the DAW's OSC feedback",
}


@dataclass(slots=True)
class _Known:
    """What a source said last, and how far that was from what was expected."""

    word: Stated
    transport: Transport
    shift: float = 0.0  # ticks that our song is further on: theirs was counted anew
    jitter: float = 0.0  # seconds, a running mean


class Sources:
    """Every source of the transport, and the one that is in charge.

    A source takes over when it starts to play and no source of a higher rank does. A source that
    falls silent hands over to the next that plays. Where two agree about the beat, the position
    goes on without a jump and the tempo makes up for the difference.
    """

    def __init__(self) -> None:
        self.name = "internal"
        self._midi = Host()
        self._known: dict[str, _Known] = {}
        self._slews = False

    @property
    def clock(self) -> MidiClock:
        """The MIDI clock that is followed, of all ports that send one."""
        return self._midi.clock

    @property
    def leads(self) -> bool:
        """Whether a host plays, and so is in charge."""
        return self.name != "internal" and self._plays(self.name)

    @property
    def due(self) -> Seconds | None:
        """When to ask whether the source has fallen silent."""
        if self.name == "midi":
            last = self.clock.last
            return Seconds(last + 0.6) if self.clock.playing and last is not None else None
        if not self.leads:
            return None
        return Seconds(self._known[self.name].transport.at + SILENT + 0.1)

    def take_over(self) -> None:
        """Go by our own clock from now on."""
        self.name, self._slews = "internal", False

    # What sources say

    def heard(
        self, message: bytes, at: Seconds, port: str, now: Transport, settings: Settings
    ) -> Transport | None:
        """Take a real-time message of MIDI; return the transport where that changes it."""
        theirs = self._midi.feed(message, at, port, now)  # counted even while it is not followed
        if theirs is None or "midi" not in settings.ranked:
            return None
        if not self._may("midi", self.clock.playing, now, settings):
            return None
        return self._followed("midi", theirs, at, now, starts=self.clock.playing)

    def stated(self, word: Stated, now: Transport, settings: Settings) -> Transport | None:
        """Take what another source says; return the transport where that changes it."""
        if word.source not in settings.ranked:
            return None
        theirs = self._meant(word, now, settings)
        shift = self._shift(word, theirs)
        if shift:
            line = Ticks(round(shift))
            theirs = replace(theirs, tick=theirs.tick + shift, bar_line=line)
        stopped_before = not self._plays(word.source)
        self._learn(word, theirs, shift)
        if word.source in COUNTING and word.beat is not None:
            self.clock.compare(theirs.tick)  # playing or not: Ardour plays on without a word
        if not theirs.playing and stopped_before and self.name != word.source:
            return None
        if not self._may(word.source, theirs.playing, now, settings):
            return None
        return self._followed(word.source, theirs, word.at, now, starts=theirs.playing)

    def lost(self, at: Seconds, now: Transport, settings: Settings) -> Transport | None:
        """Return what to go by after the source has fallen silent; None while it speaks."""
        if self.name == "midi":
            if not self.clock.lost(at):
                return None
            self.clock.pause()
        elif not self.leads or at - self._known[self.name].transport.at <= SILENT:
            return None
        else:
            del self._known[self.name]
        for other in settings.ranked:
            if other in self._known and self._plays(other) and self._fresh(other, at):
                theirs = self._known[other].transport.anchored(at)
                return self._followed(other, theirs, at, now, starts=True)
        return replace(now.anchored(at), playing=False)

    def figures(self, now: Transport) -> dict[str, Any]:
        """Say who is in charge, how unevenly it speaks, and what each source says."""
        return {
            "jitter_ms": round(self._jitter(self.name) * 1000, 3),
            "sources": {
                name: {
                    "playing": self._plays(name),
                    "bpm": round(self._tempo(name, now), 2),
                    "jitter_ms": round(self._jitter(name) * 1000, 3),
                }
                for name in SOURCES
                if name in self._known or (name == "midi" and self.clock.last is not None)
            },
        }

    # Who is in charge

    def _may(self, name: str, playing: bool, now: Transport, settings: Settings) -> bool:
        """Say whether a source is, or becomes, the one that is followed."""
        if name == self.name:
            return True
        if not playing:
            return self.name == "internal" and not now.playing
        if not self.leads:
            return True
        ranks = settings.ranked
        return self.name not in ranks or ranks.index(name) < ranks.index(self.name)

    def _plays(self, name: str) -> bool:
        if name == "midi":
            return self.clock.playing
        return name in self._known and self._known[name].transport.playing

    def _fresh(self, name: str, at: Seconds) -> bool:
        last = self.clock.last if name == "midi" else self._known[name].transport.at
        return last is not None and at - last <= max(SILENT, LOST)

    def _followed(
        self, name: str, theirs: Transport, at: Seconds, now: Transport, *, starts: bool
    ) -> Transport:
        """Go by a source, without a jump where it agrees about the beat."""
        changes = name != self.name
        if starts:
            if changes:
                self._slews = now.playing
            self.name = name
        if not (now.playing and theirs.playing):
            self._slews = False
        if name == "link":
            theirs = _folded(theirs, at, now)
        return self._slewed(theirs, at, now) if self._slews else theirs

    def _slewed(self, theirs: Transport, at: Seconds, now: Transport) -> Transport:
        off = theirs.position(at) - now.position(at)
        if abs(off) < NEAR or abs(off) > JUMP:
            self._slews = False
            return theirs
        share = max(-MOST, min(MOST, off / CATCH_UP))
        tempo = max(SLOWEST, min(FASTEST, theirs.tempo * (1 + share)))
        return replace(theirs, tick=now.position(at), at=at, tempo=tempo)

    # What is known

    def _meant(self, word: Stated, now: Transport, settings: Settings) -> Transport:
        """Return a source's word as a transport; what it does not say is ours."""
        tempo = max(SLOWEST, min(FASTEST, word.tempo or self._untold(word, now, settings)))
        seconds = word.seconds or 0.0
        tick = word.beat * QUARTER if word.beat is not None else seconds * tempo * QUARTER / 60
        return replace(
            now,
            playing=word.playing,
            tempo=tempo,
            tick=tick,
            at=word.at,
            meter=word.meter or now.meter,
        )

    def _untold(self, word: Stated, now: Transport, settings: Settings) -> float:
        """Return the tempo of a source that gives none: not ours of now, which may be bent."""
        if word.beat is None:  # seconds alone, of which the player's tempo makes beats
            return settings.tempo
        known = self._known.get(word.source)
        return now.tempo if known is None else known.transport.tempo

    def _shift(self, word: Stated, theirs: Transport) -> float:
        """Return by how many ticks our song is further on than a source says.

        Where the meter changes, JACK's masters count bars on as if all before had been as long:
        beats jump, while its frames go on. The song does not jump, its bars begin elsewhere.
        """
        known = self._known.get(word.source)
        if known is None or not (known.transport.playing and word.playing):
            return 0.0
        if word.beat is None or known.word.beat is None:
            return 0.0
        if word.seconds is None or known.word.seconds is None:
            return 0.0  # only a source that counts time beside its beats can tell this from a seek
        passed = word.seconds - known.word.seconds
        if abs(passed - (word.at - known.word.at)) > STEADY:
            return 0.0
        goes_on = known.transport.tick + passed * known.transport.ticks_per_second
        off = goes_on - theirs.tick - known.shift
        return known.shift if abs(off) <= JUMP else known.shift + off

    def _learn(self, word: Stated, theirs: Transport, shift: float) -> None:
        known = self._known.setdefault(word.source, _Known(word, theirs))
        known.word, known.shift = word, shift
        if known.transport.playing and theirs.playing:
            off = abs(theirs.tick - known.transport.position(theirs.at))
            if off < JUMP:
                known.jitter += (off / theirs.ticks_per_second - known.jitter) / 16
        known.transport = theirs

    def _jitter(self, name: str) -> float:
        if name == "midi":
            return self.clock.jitter
        return self._known[name].jitter if name in self._known else 0.0

    def _tempo(self, name: str, now: Transport) -> float:
        if name == "midi":
            return self.clock.tempo or now.tempo
        return self._known[name].transport.tempo


def _folded(theirs: Transport, at: Seconds, now: Transport) -> Transport:
    """Return it at the nearest place of our song: Link agrees about the bar, not about the song.

    Where the beat agrees the song goes on, and its bars are the session's from now on.
    """
    bar = now.meter.bar
    off = theirs.position(at) - now.position(at)
    agrees = now.playing and abs(off - round(off / QUARTER) * QUARTER) <= JUMP
    step = QUARTER if agrees else bar
    by = Ticks(-round(off / step) * step)
    if theirs.position(at) + by < 0:
        by = Ticks(by + bar)
    return replace(theirs, tick=theirs.tick + by, bar_line=Ticks(by % bar))
