"""What is heard of the player's harmony, live: the chord that the hands make, and the key."""

from bridge.stage import Stage
from generators.hearing.chords import MEMORY, chord_now, chord_of, is_polyphonic
from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import Note, Phrase
from generators.music.time import QUARTER, Ticks

SETTLED = Ticks(QUARTER // 16)
"""So soon after its first key is down, a chord that is struck is down whole."""
STRUCK = 3
"""So many pitch classes that sound are a chord that was struck."""


class Ear:
    """Listens to what was played lately, as often as a beat, and when a chord is struck.

    To listen at each key would take time from the keys; so the session lets it listen between
    them, at the ticks that it asks for.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.due: Ticks | None = None
        """When to listen next; None until a key goes down."""
        self._key: Key | None = None

    def pressed(self, tick: Ticks) -> None:
        """Listen to a key that went down: soon where a chord is struck, else on the beat."""
        sounding = self._stage.harmony.sounding
        struck = len({pitch % 12 for pitch in sounding}) >= STRUCK
        if not self._stage.transport.playing:  # time stands still: what sounds is all there is
            self._stands(chord_of(sounding) if struck else NO_CHORD, tick)
            return
        due = Ticks(tick + SETTLED) if struck else self._beat_after(tick)
        self.due = due if self.due is None else min(self.due, due)

    def passed(self, tick: Ticks) -> bool:
        """Listen if it is time to; return whether another chord stands than before."""
        if self.due is None or tick < self.due:
            return False
        pressed = self._stage.harmony.last_press
        beat = tick if pressed is None else self._beat_after(pressed)
        self.due = beat if beat > tick else None
        notes = self._recent(tick)
        if not is_polyphonic(notes):
            return False
        origin = self._stage.bar_at(notes[0].onset)
        phrase = Phrase.of((n.moved(-origin) for n in notes), meter=self._stage.transport.meter)
        return self._stands(chord_now(phrase, Ticks(tick - origin)), tick)

    def tell_key(self) -> None:
        """Tell which key is heard, if it is another than before."""
        if self._stage.key is not None and self._stage.key != self._key:
            self._key = self._stage.key
            self._stage.tell("/antiphon/heard/key", str(self._key))

    def _stands(self, chord: Chord, tick: Ticks) -> bool:
        """Tell which chord stands, if it is another than before."""
        if chord in (NO_CHORD, self._stage.chord):
            return False
        self._stage.strike(chord, tick)
        self._stage.tell("/antiphon/heard/chord", str(chord))
        return True

    def _beat_after(self, tick: Ticks) -> Ticks:
        bar, beat = self._stage.bar_at(tick), self._stage.transport.meter.pulse
        return Ticks(bar + ((tick - bar) // beat + 1) * beat)

    def _recent(self, tick: Ticks) -> list[Note]:
        """Return what sounded in the last bars, also where it began before them."""
        since = Ticks(self._stage.bar_at(tick) - MEMORY * self._stage.bar)
        played = self._stage.harmony.notes(Ticks(0), tick)
        return sorted(_from(since, note) for note in played if note.end > since)


def _from(since: Ticks, note: Note) -> Note:
    onset = max(since, note.onset)
    return Note(onset, note.pitch, Ticks(note.end - onset), note.velocity)
