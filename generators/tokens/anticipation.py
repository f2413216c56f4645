"""The arrival-time words of the Anticipatory Music Transformer (J. Thickstun et al., 2024).

A note is three tokens: when it begins, how long it lasts, and its instrument with its pitch.
The same words stand a second time for notes that are given and announced before their time.
Time is real time there, in hundredths of a second. A phrase has no tempo, so it is told at 125
quarters a minute, where every bar line, sixteenth and triplet is a whole number of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from generators.music.errors import BadValue
from generators.music.time import QUARTER, Ticks

PER_QUARTER = 48
UNIT = Ticks(QUARTER // PER_QUARTER)
"""Ticks in a hundredth of a second."""
SECOND = 100
TIMES, LENGTHS, PROGRAMS, PITCHES = 10_000, 1_000, 129, 128
FIRST_LENGTH = TIMES
FIRST_NOTE = FIRST_LENGTH + LENGTHS
REST_NOTE = FIRST_NOTE + PROGRAMS * PITCHES
GIVEN = REST_NOTE + 1
"""What is added to each of the three tokens of a note that is given."""
SEPARATOR = GIVEN + REST_NOTE
AUTOREGRESS, ANTICIPATE = SEPARATOR + 1, SEPARATOR + 2
SIZE = ANTICIPATE + 1
CONTEXT = 1024
AHEAD = 5 * SECOND
"""How long before its time a given note is announced."""
LONGEST_GAP = SECOND
"""Silence is broken by a rest at least this often, as it was in training."""
DIGEST = f"sha256:{sha256(f'arrival {TIMES} {LENGTHS} {PROGRAMS} {PITCHES}'.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """A note, or a rest where `pitch` is None; times are hundredths of a second."""

    time: int
    length: int = 0
    program: int = 0
    pitch: int | None = None
    given: bool = False

    def tokens(self, since: int = 0) -> tuple[int, int, int]:
        """Return its three tokens, its time counted from `since`.

        Raises:
            BadValue: the words do not reach that far.

        """
        time = self.time - since
        if not 0 <= time < TIMES or not 0 <= self.length < LENGTHS:
            raise BadValue(f"a note at {time} for {self.length} hundredths cannot be told")
        if self.pitch is None:
            return time, FIRST_LENGTH, REST_NOTE
        note = note_token(self.program, self.pitch)
        more = GIVEN if self.given else 0
        return time + more, FIRST_LENGTH + self.length + more, note + more


def note_token(program: int, pitch: int) -> int:
    """Return the token of a pitch on an instrument (128 is the drums)."""
    return FIRST_NOTE + PITCHES * program + pitch


def event_of(tokens: Sequence[int], since: int = 0) -> Event:
    """Return what three tokens say.

    Raises:
        BadValue: they are no note and no rest.

    """
    time, length, note = tokens
    given = time >= GIVEN
    if given:
        time, length, note = time - GIVEN, length - GIVEN, note - GIVEN
    if not (0 <= time < TIMES and FIRST_LENGTH <= length < FIRST_NOTE <= note <= REST_NOTE):
        raise BadValue(f"the tokens {list(tokens)} are no note")
    if note == REST_NOTE:
        return Event(time + since)
    program, pitch = divmod(note - FIRST_NOTE, PITCHES)
    return Event(time + since, length - FIRST_LENGTH, program, pitch, given)


def padded(events: Iterable[Event], start: int, end: int) -> Iterator[Event]:
    """Give the events in order, with a rest wherever nothing begins for a second."""
    now = start
    for event in events:
        yield from _rests(now, event.time)
        yield event
        now = max(now, event.time)
    yield from _rests(now, end)


def _rests(now: int, until: int) -> Iterator[Event]:
    yield from (Event(at) for at in range(now + LONGEST_GAP, until, LONGEST_GAP))
