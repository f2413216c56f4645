from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from generators.copying import LONGEST, Guard
from generators.leadsheet import LeadSheet
from generators.music.notes import Note
from generators.music.time import Ticks
from generators.origins import Origins, Piece
from generators.patterns import mixed, mixed_one, patterns, steps
from generators.prompt import Prompt
from generators.tokens.grid import UNIT
from tests import tunes
from tests.generators.shipped import shipped_card

WHOLE = st.integers(0, 2**64 - 1)
TUNES = tunes.phrases(12, 16)


def learnt(*melodies: Sequence[Note]) -> Origins:
    return Origins.of((Piece(f"No. {n}", "Ryan"), each) for n, each in enumerate(melodies))


def sung(guard: Guard, notes: Sequence[Note], by: int = 0) -> None:
    for note in notes:
        guard.sang(note.onset // UNIT, note.pitch + by)


def share(notes: Sequence[Note], tune: Sequence[Note]) -> float:
    """Return which share of the patterns of eight notes another melody has."""
    mine = patterns(steps(notes), LONGEST + 1)
    return float(np.isin(mine, patterns(steps(tune), LONGEST + 1)).mean())


@given(WHOLE, st.integers(-(2**63), 2**63 - 1))
def test_one_run_is_mixed_as_many_are(run: int, event: int) -> None:
    many = mixed(np.array([run], np.uint64), np.array([event], np.int64))
    assert mixed_one(run, event) == int(many[0])


def test_a_run_may_not_go_on_when_it_is_full() -> None:
    notes = TUNES[0].notes
    guard = Guard(learnt(*(each.notes for each in TUNES)), ())
    sung(guard, notes[:LONGEST], by=3)
    after = notes[LONGEST]
    at = after.onset // UNIT
    assert guard.is_full(at)
    pitches = range(after.pitch - 9, after.pitch + 16)
    copied = [p for p, copies in zip(pitches, guard.copies(at, pitches), strict=True) if copies]
    assert after.pitch + 3 in copied
    assert len(copied) < 6


def test_a_melody_of_its_own_is_free() -> None:
    notes = TUNES[0].notes
    guard = Guard(learnt(*(each.notes for each in TUNES[1:])), ())
    for note, after in pairwise(notes[:40]):
        guard.sang(note.onset // UNIT, note.pitch)
        assert not guard.is_full(after.onset // UNIT)


def test_what_the_player_has_played_may_come_back() -> None:
    notes = TUNES[0].notes
    guard = Guard(learnt(notes), notes[: LONGEST + 4])
    sung(guard, notes[:LONGEST])
    assert not guard.is_full(notes[LONGEST].onset // UNIT)


def test_after_going_back_nothing_was_sung() -> None:
    notes = TUNES[0].notes
    guard = Guard(learnt(notes), ())
    sung(guard, notes[:LONGEST])
    guard.restart()
    sung(guard, notes[:3])
    assert not guard.is_full(notes[3].onset // UNIT)


def test_an_answer_does_not_go_along_with_what_was_learnt() -> None:
    player = LeadSheet(shipped_card())
    heard = TUNES[3].between(Ticks(0), Ticks(4 * TUNES[3].meter.bar))
    prompts = [Prompt(heard, heard.meter.next_bar_line(heard.end), Ticks(8 * heard.meter.bar))]
    prompts = [replace(prompts[0], seed=seed) for seed in range(6)]
    free = []
    player.origins = None
    for prompt in prompts:
        free.append(player.suggest(prompt).notes)
    player.origins = learnt(*free)
    guarded = [player.suggest(prompt).notes for prompt in prompts]
    known = sum(share(mine, its) for mine, its in zip(guarded, free, strict=True)) / len(free)
    assert known < 0.2
    assert all(len(mine) > len(its) / 2 for mine, its in zip(guarded, free, strict=True))
