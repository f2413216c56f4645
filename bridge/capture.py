"""Keys down and up become notes."""

from collections import Counter, deque
from dataclasses import dataclass

from generators.music.notes import Note
from generators.music.time import Ticks

MOST_NOTES = 4096  # some minutes of dense playing: memory stays flat in an endless jam


@dataclass(slots=True)
class _Open:
    """A note that has begun: its key may be up while the pedal holds it."""

    onset: Ticks
    velocity: int
    down: bool = True


class Capture:
    """What the player has played, on the song's ticks.

    The same pitch may be down twice: a release lets the oldest go. A pedal holds what is let
    go until it comes up, or until the same pitch is struck again.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], deque[_Open]] = {}
        self._done: deque[Note] = deque(maxlen=MOST_NOTES)
        self._keys: deque[Note] = deque(maxlen=MOST_NOTES)
        self._pedals: set[int] = set()
        self.last_press: Ticks | None = None

    def press(self, pitch: int, velocity: int, channel: int, tick: Ticks) -> None:
        """Begin a note."""
        held = self._open.setdefault((channel, pitch), deque())
        while held and not held[0].down:
            self._end(pitch, held.popleft(), tick)
        held.append(_Open(tick, velocity))
        self.last_press = tick

    def release(self, pitch: int, channel: int, tick: Ticks) -> None:
        """Let the oldest key of this pitch up; unknown ones are no one's business."""
        held = self._open.get((channel, pitch), deque())
        oldest = next((note for note in held if note.down), None)
        if oldest is None:
            return
        oldest.down = False
        self._keys.append(_note(pitch, oldest, tick))
        if channel not in self._pedals:
            held.remove(oldest)
            self._end(pitch, oldest, tick)

    def pedal(self, down: bool, channel: int, tick: Ticks) -> None:
        """Put the pedal down, or lift it and end what only it held."""
        if down:
            self._pedals.add(channel)
            return
        self._pedals.discard(channel)
        for (each, pitch), held in self._open.items():
            if each == channel:
                for note in [note for note in held if not note.down]:
                    held.remove(note)
                    self._end(pitch, note, tick)

    def let_go(self, tick: Ticks, channel: int | None = None) -> None:
        """End everything, on one channel or on all: the player's instrument says so."""
        for key in [key for key in self._open if channel in (None, key[0])]:
            for note in self._open.pop(key):
                if note.down:
                    self._keys.append(_note(key[1], note, tick))
                self._end(key[1], note, tick)
        self._pedals = {each for each in self._pedals if channel not in (None, each)}

    def forget(self) -> None:
        """Start afresh; keys that are down now are not remembered."""
        self._open.clear()
        self._done.clear()
        self._keys.clear()
        self._pedals.clear()
        self.last_press = None

    @property
    def keys(self) -> Counter[tuple[int, int]]:
        """How often each key is down, by its channel and pitch."""
        return Counter({key: sum(n.down for n in held) for key, held in self._open.items()})

    @property
    def down(self) -> tuple[int, ...]:
        """The pitches whose keys are down, low to high."""
        pitches = (pitch for (_, pitch), held in self._open.items() if any(n.down for n in held))
        return tuple(sorted(pitches))

    @property
    def sounding(self) -> tuple[int, ...]:
        """The pitches that sound, by key or pedal, low to high."""
        return tuple(sorted({pitch for (_, pitch), held in self._open.items() if held}))

    def notes(self, since: Ticks, until: Ticks) -> list[Note]:
        """Return the notes that began in since..until, those still sounding cut at `until`."""
        done = [note for note in self._done if since <= note.onset < until]
        going = [
            _note(pitch, note, until)
            for (_, pitch), held in self._open.items()
            for note in held
            if since <= note.onset < until
        ]
        return sorted(done + going)

    def fingers(self, since: Ticks, until: Ticks) -> list[Note]:
        """Return what the fingers did: notes as long as their keys were down, pedal or not."""
        done = [note for note in self._keys if since <= note.onset < until]
        going = [
            _note(pitch, note, until)
            for (_, pitch), held in self._open.items()
            for note in held
            if note.down and since <= note.onset < until
        ]
        return sorted(done + going)

    def _end(self, pitch: int, note: _Open, tick: Ticks) -> None:
        self._done.append(_note(pitch, note, tick))


def _note(pitch: int, note: _Open, end: Ticks) -> Note:
    return Note(note.onset, pitch, Ticks(max(1, end - note.onset)), note.velocity)
