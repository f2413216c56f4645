from itertools import pairwise
from random import Random

import pytest

from generators.hearing.rhythm import snapped, step_of
from generators.music.notes import Phrase
from generators.music.time import QUARTER, Ticks
from tests.music import line


@pytest.mark.parametrize(
    ("notes", "step"),
    [
        ("C4 D4 E4:2", QUARTER),
        ("C4:1/2 D4:1/2 E4", 480),
        ("C4:1/3 D4:1/3 E4:1/3 F4", 320),
        ("C4:1/4 D4:3/4 E4", 240),
        ("C4:1/6 D4:5/6 E4", 160),
        ("", QUARTER),
    ],
)
def test_the_plainest_division_that_fits_is_found(notes: str, step: int) -> None:
    assert step_of([note.onset for note in line(notes).notes]) == step


def test_unsteady_notes_fall_on_the_step_they_meant() -> None:
    rng = Random(1)
    meant = line("C4 D4:1/2 E4:1/2 F4 G4:1/2 A4:1/2 C5:2").notes
    played = [note.moved(rng.randint(0, 30)) for note in meant]
    assert snapped(played) == meant


def test_notes_that_fall_together_leave_the_last() -> None:
    notes = line("C4:1/8 E4 G4").notes
    assert [n.pitch for n in snapped(notes, QUARTER)] == [64, 67]


def test_silence_stays_silence() -> None:
    assert snapped(Phrase().notes) == ()


def test_no_note_outlasts_the_next() -> None:
    notes = snapped(line("C4:1/2 E4:3/2 G4").notes, Ticks(960))
    assert all(a.end <= b.onset for a, b in pairwise(notes))
