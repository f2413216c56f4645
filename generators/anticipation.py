"""Answers by an Anticipatory Music Transformer.

Notes that are given (a melody to harmonize, chords to play over, what follows a gap) are
announced to it five seconds before their time, as it learnt; what it may write is masked.
"""

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from generators.adopted import Adopted, of_another_vocabulary
from generators.card import Card
from generators.growing import Floats, Network, Reader
from generators.parts import Page, Part, Played, Told
from generators.sampling import Taste, draw
from generators.tokens import anticipation as words
from generators.tokens.anticipation import Event

FAMILY = "anticipation"
PROGRAMS = {Part.MELODY: 73, Part.CHORDS: 0}
"""The melody is told as a flute, what goes with it as a piano (General MIDI, from 0)."""
LONGEST_PAST = 60 * words.SECOND
"""What lies further back is forgotten: the words for time end at 100 seconds."""


class Anticipation(Adopted):
    """A generator that plays one model of this family.

    Raises:
        BadModel: the model speaks another vocabulary, does not match its card, or cannot be run.

    """

    unit = words.UNIT

    def __init__(self, card: Card, network: Network | None = None) -> None:
        if card.vocabulary != words.DIGEST or card.vocabulary_size < words.SIZE:
            raise of_another_vocabulary(card)
        super().__init__(card, Reader(card) if network is None else network)

    def golden(self) -> tuple[int, ...]:
        """Return what it goes on with after its card's golden prompt, always the likeliest."""
        said: list[int] = []
        out = self.network.begin(self.card.proof.prompt)
        for _ in self.card.proof.answer:
            said.append(int(out.argmax()))
            out = self.network.feed(said[-1:])
        return tuple(said)

    def _write(self, page: Page, costs: list[float]) -> None:
        Writer(self.network, page, costs).write()


class Writer:
    """Writes one answer, event by event."""

    def __init__(self, network: Network, page: Page, costs: list[float]) -> None:
        told = page.told
        controls = told.prompt.controls
        self._network, self._page, self._costs = network, page, costs
        self._taste = Taste(controls.temperature, controls.top_p)
        self._rng = np.random.Generator(np.random.PCG64(told.prompt.seed))
        self._given = deque(event_of(note, given=True) for note in told.given)
        self._told: list[Event] = []
        self._now = 0
        self._held = network.context // 6
        heard = [event_of(note) for note in told.before][-self._held :]
        for event in words.padded(heard, _first(heard, told), told.start):
            self._announce(self._now)
            self._tell_event(event)
        self._flag = words.ANTICIPATE if told.given else words.AUTOREGRESS
        self._since = 0
        self._out: Floats = self._read()
        self._rested = -1

    def _tell_event(self, event: Event) -> None:
        self._told.append(event)
        self._now = event.time

    def _announce(self, now: int) -> list[Event]:
        """Take the given notes whose time to be announced has come."""
        found = []
        while self._given and self._given[0].time - words.AHEAD <= now:
            found.append(self._given.popleft())
        self._told += found
        return found

    def _read(self) -> Floats:
        """Read the latest events, their times counted from the earliest of them."""
        late = self._told[-self._held :]
        self._told = [each for each in late if each.time >= self._now - LONGEST_PAST]
        self._since = min((each.time for each in self._told), default=self._page.told.start)
        tokens = [token for each in self._told for token in each.tokens(self._since)]
        return self._network.begin([self._flag, *tokens])

    def write(self) -> None:
        """Write until the answer is over, or there is no room left in it."""
        while True:
            self._tell(self._announce(max(self._now, self._page.told.start)))
            if not self._has_room():
                self._out = self._read()
            event = self._event()
            if event is None:
                return
            self._tell_event(event)

    def _has_room(self) -> bool:
        room = self._network.context - self._network.length
        late = max(self._now, self._page.told.start) + 2 * words.LONGEST_GAP - self._since
        return room >= 6 and late < words.TIMES

    def _tell(self, events: Sequence[Event]) -> None:
        """Read given notes; where there is no room for them, read all of it again."""
        far = any(not 0 <= each.time - self._since < words.TIMES for each in events)
        room = self._network.context - self._network.length
        if far or 3 * len(events) > room - 6:
            self._out = self._read()
        elif events:
            tokens = [token for each in events for token in each.tokens(self._since)]
            self._out = self._network.feed(tokens)

    def _event(self) -> Event | None:
        """Draw the next event; None where the answer is over."""
        told = self._page.told
        times = self._times()
        if not len(times):
            return None
        time = self._draw(times - self._since) + self._since
        if time >= told.end:
            return None
        length = self._draw(self._lengths(time)) - words.FIRST_LENGTH
        if length == 0:
            self._rested = time
            self._feed(words.REST_NOTE)
            return Event(time)
        note = self._draw(self._notes(time)) - words.FIRST_NOTE
        program, pitch = divmod(note, words.PITCHES)
        part = Part.MELODY if program == PROGRAMS[Part.MELODY] else Part.CHORDS
        self._page.add(Played(time, part, pitch, length, told.velocity))
        return Event(time, length, program, pitch)

    def _times(self) -> npt.NDArray[np.int64]:
        """Return when the next event may begin: within a second, where there is room for it."""
        told = self._page.told
        first = max(self._now, told.start)
        last = first + words.LONGEST_GAP
        places = self._page.any_open()[first : last + 1].copy()
        rests = np.arange(first, first + len(places)) > max(self._rested, first)
        if not self._page.any_open()[first:].any():
            return np.zeros(0, np.int64)
        over = np.arange(max(first, told.end), last + 1) if last >= told.end else ()
        return np.array([*(np.flatnonzero(places | rests) + first), *over], np.int64)

    def _lengths(self, time: int) -> npt.NDArray[np.int64]:
        """Return the lengths of what begins then; 0 is a rest."""
        since = max(self._rested, self._now, self._page.told.start)
        open_, rest = bool(self._page.parts(time)), time > since
        first = 0 if rest or not open_ else 1
        last = words.LENGTHS if open_ else 1
        return np.arange(first, last, dtype=np.int64) + words.FIRST_LENGTH

    def _notes(self, time: int) -> npt.NDArray[np.int64]:
        rows = [
            self._page.pitches(part, time) + words.note_token(PROGRAMS[part], 0)
            for part in self._page.parts(time)
        ]
        return np.sort(np.concatenate(rows))

    def _draw(self, allowed: npt.NDArray[np.int64]) -> int:
        token, cost = draw(self._out, allowed, self._taste, self._rng)
        if len(allowed) > 1:
            self._costs.append(cost)
        self._feed(token)
        return token

    def _feed(self, token: int) -> None:
        self._out = self._network.feed([token])


def event_of(note: Played, *, given: bool = False) -> Event:
    """Return a note as the model is told it."""
    length = min(note.length, words.LENGTHS - 1)
    return Event(note.at, length, PROGRAMS[note.part], note.pitch, given)


def _first(heard: Iterable[Event], told: Told) -> int:
    """Return when what is told begins: the silence before the first note is not told."""
    return next((each.time for each in heard), told.start)
