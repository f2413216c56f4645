"""Answers by SkyTNT's midi-model: a large network reads events, a small one spells the next.

It knows no notes that are announced. What is given (a melody to harmonize, chords to play over)
is put in when its time comes, before what the model would have written there or later.
"""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from generators.adopted import Adopted, of_another_vocabulary
from generators.card import Card
from generators.growing import Floats, Network, Reader, Speller
from generators.music.errors import BadModel
from generators.parts import Page, Part, Played, Told
from generators.sampling import Taste, draw
from generators.tokens import skytnt as words
from generators.tokens.skytnt import Row, Vocabulary

FAMILY = "skytnt"
PATCHES = {Part.MELODY: 73, Part.CHORDS: 0}
"""The melody is told as a flute, what goes with it as a piano (General MIDI, from 0)."""
TRACKS = {Part.MELODY: 1, Part.CHORDS: 2}
CHANNELS = {Part.MELODY: 0, Part.CHORDS: 1}
TEMPO = 120
HELD = 400
"""At most so many events are read at the start, or again when the model can read no more."""
LONGEST_STEP = 127
Tokens = npt.NDArray[np.int64]


class Spells(Protocol):
    """What writes the tokens of one event."""

    def begin(self, hidden: Floats) -> Floats:
        """Begin an event; return what its first token may be."""

    def feed(self, token: int) -> Floats:
        """Go on with a token; return what the next may be."""


class SkyTNT(Adopted):
    """A generator that plays one model of this family.

    Raises:
        BadModel: the model speaks another vocabulary, does not match its card, or cannot be run.

    """

    unit = words.UNIT

    def __init__(self, card: Card, networks: tuple[Network, Spells] | None = None) -> None:
        vocabulary = next((v for v in words.VERSIONS.values() if v.digest == card.vocabulary), None)
        if vocabulary is None or card.vocabulary_size != vocabulary.size:
            raise of_another_vocabulary(card)
        network, self.speller = _networks(card) if networks is None else networks
        super().__init__(card, network)
        self.vocabulary = vocabulary

    def golden(self) -> tuple[int, ...]:
        """Return the events after its card's golden prompt, always the likeliest tokens."""
        prompt, said = self.card.proof.prompt, list[int]()
        rows = [prompt[at : at + words.ROW] for at in range(0, len(prompt), words.ROW)]
        hidden = self.network.begin(rows)
        while len(said) < len(self.card.proof.answer):
            row = [int(self.speller.begin(hidden).argmax())]
            while len(row) < words.ROW:
                row.append(int(self.speller.feed(row[-1]).argmax()))
            said += row
            hidden = self.network.feed([tuple(row)])
        return tuple(said)

    def _write(self, page: Page, costs: list[float]) -> None:
        Writer(self, page, costs).write()


def _networks(card: Card) -> tuple[Network, Spells]:
    spelling = next((each.file for each in card.beside if each.file.endswith(".onnx")), None)
    if spelling is None:
        raise BadModel(f"the card of {card.name} names no second network", "add the model again")
    return Reader(card), Speller(card, spelling)


class Writer:
    """Writes one answer, event by event."""

    def __init__(self, model: SkyTNT, page: Page, costs: list[float]) -> None:
        told = page.told
        controls = told.prompt.controls
        self._network, self._speller, self._words = model.network, model.speller, model.vocabulary
        self._page, self._costs = page, costs
        self._taste = Taste(controls.temperature, controls.top_p)
        self._rng = np.random.Generator(np.random.PCG64(told.prompt.seed))
        self._given = deque(note for note in told.given if note.at < told.end)
        self._told: list[Played] = list(told.before)
        self._beat = 0
        self._spelling: int | None = None
        self._hidden: Floats = self._read()

    def _read(self) -> Floats:
        """Read the latest events after the head of a piece; time is counted from their bar."""
        told = self._page.told
        del self._told[: -min(HELD, self._network.context // 2)]
        first = self._told[0].at if self._told else told.start
        self._beat = first // told.bar * told.bar // words.PER_QUARTER
        rows = [words.BEGIN_ROW, *head(self._words, told)]
        for note in self._told:
            rows += self._rows(note)
        return self._network.begin(rows)

    def _rows(self, note: Played) -> list[Row]:
        row, self._beat = note_row(self._words, note, self._beat)
        return [row]

    def write(self) -> None:
        """Write until the answer is over, or there is no room left in it."""
        while (note := self._next()) is not None:
            self._told.append(note)
            if self._network.length + 1 >= self._network.context:
                self._hidden = self._read()
            else:
                self._hidden = self._network.feed(self._rows(note))

    def _next(self) -> Played | None:
        """Return the next note: what is given, if nothing is drawn before it."""
        given = self._given[0] if self._given else None
        times = self._times()
        drawn = self._drawn(times, given.at if given else None) if len(times) else None
        if drawn is not None:
            self._page.add(drawn)
            return drawn
        return self._given.popleft() if given is not None else None

    @property
    def _now(self) -> int:
        start = self._page.told.start
        return max(start, self._told[-1].at) if self._told else start

    def _times(self) -> Tokens:
        """Return when the next note may begin: with a bar of silence at most.

        A time at the answer's end or later says that it is over.
        """
        told, now = self._page.told, self._now
        last = now + told.bar
        open_ = np.flatnonzero(self._page.any_open()[now:]) + now
        if not len(open_):
            return open_
        last = max(last, int(open_[0]))
        over = np.arange(told.end, last + 1) if last >= told.end else np.zeros(0, np.int64)
        times: Tokens = np.concatenate([open_[open_ <= last], over])
        return times[times // words.PER_QUARTER - self._beat <= LONGEST_STEP]

    def _drawn(self, times: Tokens, before: int | None) -> Played | None:
        """Draw a note; None where it would not begin before what is given, or the end."""
        note = self._words.kinds["note"]
        self._spelling = None
        self._draw(np.array([note]))
        beats = times // words.PER_QUARTER
        beat = self._value("time1", np.unique(beats - self._beat)) + self._beat
        place = self._value("time2", times[beats == beat] % words.PER_QUARTER)
        at = beat * words.PER_QUARTER + place
        if at >= self._page.told.end or (before is not None and at >= before):
            return None
        return self._spelt(at)

    def _spelt(self, at: int) -> Played:
        """Draw the rest of a note, in the order of this version of the words."""
        parts = self._page.parts(at)
        found = {"track": self._value("track", np.array([TRACKS[part] for part in parts]))}
        part = next(each for each in parts if TRACKS[each] == found["track"])
        allowed = {
            "channel": np.array([CHANNELS[part]]),
            "pitch": self._page.pitches(part, at),
            "velocity": np.arange(1, 128),
            "duration": np.arange(1, self._words.sizes["duration"]),
        }
        for name in self._words.events["note"][len(words.WHEN) :]:
            found[name] = self._value(name, allowed[name])
        return Played(at, part, found["pitch"], found["duration"], found["velocity"])

    def _value(self, name: str, values: Tokens) -> int:
        first = self._words.firsts[name]
        return self._draw(np.unique(values) + first) - first

    def _draw(self, allowed: Tokens) -> int:
        if self._spelling is None:
            logits = self._speller.begin(self._hidden)
        else:
            logits = self._speller.feed(self._spelling)
        token, cost = draw(logits, allowed.astype(np.int64), self._taste, self._rng)
        if len(allowed) > 1:
            self._costs.append(cost)
        self._spelling = token
        return token


def head(vocabulary: Vocabulary, told: Told) -> Sequence[Row]:
    """Return how a piece begins: meter and key where there are words for them, tempo, patches."""
    begins = {"time1": 0, "time2": 0}
    meter, rows = told.prompt.heard.meter, list[Row]()
    power = meter.unit.bit_length() - 1
    if "time_signature" in vocabulary.events and meter.beats <= 16 and 1 <= power <= 4:
        rows.append(
            vocabulary.row("time_signature", **begins, track=0, nn=meter.beats - 1, dd=power - 1)
        )
    if "key_signature" in vocabulary.events:
        signature = {"sf": told.key.fifths + 7, "mi": int(told.key.minor)}
        rows += [
            vocabulary.row("key_signature", **begins, track=TRACKS[part], **signature)
            for part in Part
        ]
    rows.append(vocabulary.row("set_tempo", **begins, track=0, bpm=TEMPO))
    rows += [
        vocabulary.row(
            "patch_change", **begins, track=TRACKS[p], channel=CHANNELS[p], patch=PATCHES[p]
        )
        for p in Part
    ]
    return rows


def note_row(vocabulary: Vocabulary, note: Played, beat: int) -> tuple[Row, int]:
    """Return the row of a note after something that began in a beat, and the note's own beat.

    Silence that no step reaches over is told shorter.
    """
    own, place = divmod(note.at, words.PER_QUARTER)
    row = vocabulary.row(
        "note",
        time1=max(0, min(own - beat, LONGEST_STEP)),
        time2=place,
        track=TRACKS[note.part],
        channel=CHANNELS[note.part],
        pitch=note.pitch,
        velocity=note.velocity,
        duration=min(note.length, vocabulary.sizes["duration"] - 1),
    )
    return row, own


def note_rows(vocabulary: Vocabulary, told: Told) -> list[Row]:
    """Return what was heard before an answer as a whole piece, from its head on."""
    rows, beat = [words.BEGIN_ROW, *head(vocabulary, told)], 0
    for note in told.before:
        row, beat = note_row(vocabulary, note, beat)
        rows.append(row)
    return rows
