from collections.abc import Iterator
from random import Random

import pytest

from generators.music.notes import Note, Phrase
from generators.music.time import QUARTER, Ticks
from generators.prompt import Item, Kind, Prompt
from generators.rules import Rules
from onnx_models.workshop.controls import asked, drawn
from onnx_models.workshop.violations import broken
from tests.music import line

TUNES = [line("G4 A4 B4 D5 B4 A4 G4:2", key="G", under="G | D7"), line("C4 E4 G4", "3/4")]


class Deaf:
    """A generator that hears no wish."""

    name = "deaf"

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        yield Note(Ticks(7), 127, prompt.length)


def test_rules_break_no_wish() -> None:
    found = asked(Rules(), 150, Random(3), TUNES)
    assert (found.answers, found.violations, found.examples) == (150, 0, [])
    assert found.notes > 0
    assert found.chords > 0


def test_who_hears_no_wish_is_found_out() -> None:
    found = asked(Deaf(), 50, Random(3), TUNES)
    assert found.violations == 50
    assert "is not within" in found.examples[0]
    assert found.as_json()["violations"] == 50
    assert "50 broke a hard wish" in str(found)


def test_every_kind_of_question_is_asked_and_the_same_ones_again() -> None:
    rng, again = Random(8), Random(8)
    prompts = [drawn(rng, TUNES) for _ in range(300)]
    assert prompts == [drawn(again, TUNES) for _ in range(300)]
    assert {prompt.kind for prompt in prompts} == set(Kind)
    assert len({prompt.heard.meter for prompt in prompts}) > 12
    wishes = [prompt.controls for prompt in prompts]
    assert {wish.grid is None for wish in wishes} == {True, False}
    assert {bool(wish.chords) for wish in wishes} == {True, False}
    assert {wish.density is None for wish in wishes} == {True, False}
    assert min(len(wish.allowed_pitches) for wish in wishes) < 4


@pytest.mark.parametrize("note", [Note(Ticks(0), 60, Ticks(961)), Note(QUARTER, 60, Ticks(1))])
def test_what_is_not_within_the_answer_is_a_fault(note: Note) -> None:
    assert broken(Prompt(Phrase(), Ticks(0), QUARTER), [note]) != []
