"""How well a model foretells a tune, word by word, alone and mixed with what was played before.

A tune is read as it is played, its repeats written out. Where it is longer than the model can
read, it is read again from its head and its latest half.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generators.habits import KINDS, OVER, RUNS, USUAL, Habits, bucket, leaning
from generators.model import Decoder
from generators.sampling import log_chances
from generators.tokens import leadsheet as words
from onnx_models.workshop.lessons import Lesson, Numbers, Way, written

Floats = npt.NDArray[np.float64]
HEAD = 2
"""How many events a sheet begins with that are told."""
BITS = float(np.log(2))


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a tune, and how it was foreseen."""

    what: str
    """Of `KINDS`: a place (or that the bar is over), a pitch, a chord's root or its kind."""
    model: float
    """How likely the model held it."""
    memory: float
    """How likely the tune's own past made it; 0 where that tells nothing."""
    run: int
    """How long the run of words was that the past was asked about; 0 where none was known."""
    sole: bool
    """Whether that run always went on alike."""
    note: bool = False
    """Whether it is the pitch of a note, or the root of a chord: what bits are counted by."""


def melody_words(decoder: Decoder, lesson: Lesson) -> list[Word]:
    """Return the words of a melody of which no harmony is told."""
    rows = _rows(written(lesson, Way(False, harmony=False)))
    chances = chances_of(decoder, rows)
    return list(_told(rows, chances, _melody_kinds))


def chord_words(decoder: Decoder, lesson: Lesson) -> list[Word]:
    """Return the words of the chords of a tune, the melody of each bar known."""
    rows = _rows(written(lesson, Way(False)))
    return list(_told(rows, chances_of(decoder, rows), _chord_kinds))


def _rows(tokens: Iterable[int]) -> Numbers:
    events = list(words.events(tokens))
    rows = np.zeros((len(events), words.ARITY), np.int64)
    for row, event in zip(rows, events, strict=True):
        row[: len(event)] = event
    return rows


def chances_of(decoder: Decoder, rows: Numbers) -> Floats:
    """Return how likely the model holds each word of each event, all before it known."""
    found = np.ones(rows.shape)
    made = made_of(decoder, rows)
    asked = [(at, word) for at, word in np.argwhere(rows > 0).tolist() if at >= HEAD]
    told = [rows[at, :word].tolist() for at, word in asked]
    logits = decoder.spell(made[[at - 1 for at, _ in asked]], told)
    each = np.exp(log_chances(logits)[np.arange(len(asked)), [int(rows[a, w]) for a, w in asked]])
    for (at, word), chance in zip(asked, each.tolist(), strict=True):
        found[at, word] = chance
    return found


def made_of(decoder: Decoder, rows: Numbers) -> npt.NDArray[np.float32]:
    """Return what the model makes of each event of a sheet, however long that is."""
    sheet = [tuple(word for word in row if word) for row in rows.tolist()]
    room, half = decoder.card.context, decoder.card.context // 2
    decoder.rewind(0)
    made = [decoder.feed(sheet[:room])]
    at = len(sheet[:room])
    while at < len(sheet):
        decoder.rewind(0)
        start = at - half
        part = decoder.feed([*sheet[:HEAD], *sheet[start : start + room - HEAD]])[HEAD:]
        made.append(part[at - start :])
        at = start + len(part)
    return np.concatenate(made)


def _melody_kinds(event: Sequence[int], in_chords: bool) -> Sequence[str]:
    if in_chords:
        return ()
    return ("place", "pitch") if event[1] else ("place",)


def _chord_kinds(event: Sequence[int], in_chords: bool) -> Sequence[str]:
    if not in_chords or event[0] == words.UNKNOWN_TOKEN:
        return ()
    return ("place", "root", "kind", "kind")[: int(np.count_nonzero(event))]


def _told(rows: Numbers, chances: Floats, kinds: object) -> Iterator[Word]:
    """Yield the words of one section, each with what the tune's own past says of it."""
    habits, in_chords = Habits(), False
    for event, each in zip(rows[HEAD:].tolist(), chances[HEAD:].tolist(), strict=True):
        ends = event[0] in words.SECTION_ENDS
        asked = kinds(event, in_chords)  # type: ignore[operator]
        for word, (what, token) in enumerate(zip(asked, event, strict=False)):
            said = OVER if ends else token
            run, habit = habits.expected()
            memory = habit[said] / habit.total() if habit else 0.0
            note = word == 1 and token != words.REST_TOKEN
            yield Word(what, each[word], memory, run, len(habit) == 1, note)
            habits.learn(said)
            if ends:
                break
        if ends:
            in_chords = event[0] == words.TURN_TOKEN


def fitted(told: Sequence[Word], rounds: int = 30) -> dict[str, tuple[tuple[float, ...], ...]]:
    """Return how far a memory deserves to be believed (`generators.habits.Trust`).

    The share of the memory in the mixture that makes the words likeliest is found for each kind
    of word, length of run and whether it always went on alike, by expectation and maximisation.
    """
    return {
        what: tuple(
            tuple(_share(_those(told, what, sole, length), rounds) for length in range(len(RUNS)))
            for sole in (False, True)
        )
        for what in KINDS
        if any(word.what == what for word in told)
    }


def _those(told: Sequence[Word], what: str, sole: bool, length: int) -> Floats:
    rows = [
        (word.model, word.memory)
        for word in told
        if word.what == what and word.run and word.sole == sole and bucket(word.run) == length
    ]
    return np.array(rows or np.empty((0, 2)))


def _share(chances: Floats, rounds: int) -> float:
    share, few = 0.2, 20
    for _ in range(rounds):
        mine, other = (1 - share) * chances[:, 0], share * chances[:, 1]
        share = float((other / (mine + other + 1e-300)).sum() + few * 0.02) / (len(chances) + few)
    return round(share, 3)


def bits(
    told: Iterable[Word],
    trust: dict[str, tuple[tuple[float, ...], ...]] | None = None,
    closeness: float = USUAL,
) -> dict[str, float]:
    """Return the bits of each kind of word, and the number of notes (or chords) as `count`.

    With `trust`, the model is mixed with the memory, as it is when it plays.
    """
    found = dict.fromkeys(KINDS, 0.0) | {"count": 0.0}
    for word in told:
        chance = word.model
        if trust and word.run and word.what in trust:
            share = leaning(trust[word.what][word.sole][bucket(word.run)], closeness)
            chance = (1 - share) * chance + share * word.memory
        found[word.what] -= float(np.log(max(chance, 1e-12))) / BITS
        found["count"] += word.note
    return found
