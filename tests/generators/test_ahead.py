"""Chords ahead of a player: those that suit whatever may come."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from generators import ahead
from generators.ahead import HEED, drawn_by, suited
from generators.leadsheet import LeadSheet
from generators.music.notes import Note
from generators.music.time import QUARTER, Ticks
from generators.prompt import Controls, Kind, Prompt
from tests.generators.shipped import shipped_card
from tests.music import chords, line

BAR = Ticks(4 * QUARTER)
TUNE = line(
    "G4 G4 A4 G4 C5 B4:3 G4 G4 A4 G4 D5 C5:3 G4 G4 G5 E5 C5 B4 A4:2 F5 F5 E5 C5 D5 C5:3",
    key="C",
)


@pytest.fixture(scope="module")
def player() -> LeadSheet:
    return LeadSheet(shipped_card())


def test_chords_suit_melodies_that_are_on_their_tones() -> None:
    ways = [list(chords(text)) for text in ("F#", "C", "Am C")]
    melodies = [list(line(text).notes) for text in ("C4 E4 G4 E4", "E4 G4 C5 A4", "F#4 A#4 C#5 -")]
    assert suited(ways, melodies) == [3 / 11, 7 / 11, 6 / 11]
    assert suited(ways, []) == [0, 0, 0]
    assert suited([], melodies) == []


def test_what_suits_is_drawn_rather_and_what_suits_alike_as_often() -> None:
    rng = np.random.default_rng(0)
    assert Counter(drawn_by([0.5, 0.5 + 10 * HEED], rng) for _ in range(1000))[1] > 990
    once = Counter(drawn_by([0.5 + HEED, 0.5], rng) for _ in range(10000))
    assert once[0] / once[1] == pytest.approx(math.e, rel=0.1)
    assert Counter(drawn_by([0.2, 0.2], rng) for _ in range(1000))[0] == pytest.approx(500, abs=80)


def ahead_of(bar: int, kind: Kind, seed: int) -> Prompt:
    """Ask for a bar of the tune before anything of it was heard."""
    start = Ticks(bar * BAR)
    return Prompt(TUNE.between(Ticks(0), start), start, BAR, kind, seed)


def suit(player: LeadSheet, bar: int, melodies: Sequence[Sequence[Note]]) -> float:
    """Return how much of these melodies suits chords that are chosen ahead, of ten choices."""
    asked = (ahead_of(bar, Kind.HARMONIZE, seed) for seed in range(10))
    return sum(suited([player.suggest(prompt).chords for prompt in asked], melodies))


@pytest.mark.parametrize("bar", [4, 7])
def test_chords_ahead_suit_what_may_come_better_than_a_first_guess(
    player: LeadSheet, monkeypatch: pytest.MonkeyPatch, bar: int
) -> None:
    melodies = [player.suggest(ahead_of(bar, Kind.CONTINUE, seed)).notes for seed in range(10)]
    imagined = suit(player, bar, melodies)
    monkeypatch.setattr(ahead, "IMAGINED", 1)
    assert imagined > suit(player, bar, melodies)


def test_chords_that_are_given_stay(player: LeadSheet) -> None:
    given = chords("Am9 | F^7 | G7")
    wishes = Controls(chords=given)
    answer = player.suggest(Prompt(TUNE, Ticks(8 * BAR), Ticks(3 * BAR), Kind.HARMONIZE, 1, wishes))
    assert answer.chords == given
    assert not answer.notes


def test_chords_ahead_fill_the_bars_that_are_asked_for(player: LeadSheet) -> None:
    answer = player.suggest(Prompt(TUNE, Ticks(8 * BAR), Ticks(3 * BAR), Kind.HARMONIZE, 1))
    assert sum(span.length for span in answer.chords) == 3 * BAR
    assert not answer.notes
    assert answer.score < 0


def test_chords_ahead_are_the_same_each_time(player: LeadSheet) -> None:
    prompt = Prompt(TUNE, Ticks(8 * BAR + QUARTER), Ticks(7 * QUARTER), Kind.HARMONIZE, 3)
    assert player.suggest(prompt) == player.suggest(prompt)
