from collections.abc import Iterator
from dataclasses import replace

import pytest

from generators import choose
from generators.choose import Chooser, alike, best, compared, diverse, draw, ranked, seed_of
from generators.music.notes import Note, Phrase
from generators.music.time import Meter, Ticks
from generators.prompt import Item, Prompt, Suggestion
from generators.rules import Rules
from generators.traits import LIKELIHOOD
from tests.music import line

BAR = Meter().bar
CALL = line("C4 D4 E4 C4 C4 D4 E4 C4 E4 F4 G4:2 E4 F4 G4:2", key="C", under="C | C | Am | G")
PROMPT = Prompt(CALL, Ticks(4 * BAR), Ticks(2 * BAR), seed=11)
CLOSING, OPEN = "E4 D4 B3 C4 C4:4", "A4 F4 A4 F4 D4:4"


class Songbook:
    """A quick generator that answers each seed with the next of its melodies."""

    name = "songbook"
    drafts = 3

    def __init__(self, *melodies: str) -> None:
        self.melodies = [line(melody) for melody in melodies]
        self.asked: list[Prompt] = []

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        self.asked.append(prompt)
        yield from self.melodies[(len(self.asked) - 1) % len(self.melodies)].notes


@pytest.fixture
def tonic_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weigh nothing but that an answer comes to rest on the tonic."""
    monkeypatch.setattr(choose, "WEIGHTS", {"rests on the tonic": 1.0})


def made(melody: str, under: str = "") -> Suggestion:
    phrase = line(melody, under=under)
    return Suggestion("", phrase.notes, phrase.chords)


# Seeds


def test_the_first_answer_has_the_seed_of_the_prompt_and_the_others_their_own() -> None:
    seeds = [seed_of(11, nth) for nth in range(6)]
    assert seeds[0] == 11
    assert len(set(seeds)) == 6
    assert seeds == [seed_of(11, nth) for nth in range(6)]
    assert not set(seeds[1:]) & {seed_of(12, nth) for nth in range(6)}


# The ranking


@pytest.mark.usefixtures("tonic_matters")
def test_the_answer_that_has_what_counts_comes_first() -> None:
    book = Songbook(OPEN, CLOSING)
    choice = best(book, PROMPT, 2)
    assert choice.suggestion.notes == line(CLOSING).notes
    assert choice.suggestion.why.endswith(
        "and ends on C4, and is first of 2 because it comes to rest on the tonic"
    )
    assert choice.worths == {"rests on the tonic": pytest.approx(0.5)}


@pytest.mark.usefixtures("tonic_matters")
def test_a_reason_is_given_only_where_it_is_true_and_told() -> None:
    drawn = [made(OPEN), made(CLOSING)]
    first, second = ranked(Rules(), PROMPT, drawn)
    assert "comes to rest" in first.suggestion.why
    assert second.suggestion.why.endswith(", and is second of 2 on the whole")
    alike_ones = ranked(Rules(), PROMPT, [made(CLOSING), made("G4 F4 D4 C4 C4:4")])
    assert [choice.suggestion.why.partition(", and is ")[2] for choice in alike_ones] == [
        "first of 2 on the whole", "second of 2 on the whole",
    ]  # fmt: skip


def test_a_trait_that_speaks_against_is_said_by_its_other_clause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choose, "WEIGHTS", {"rests on the tonic": -1.0})
    first, _ = ranked(Rules(), PROMPT, [made(OPEN), made(CLOSING)])
    assert first.suggestion.why.endswith("and is first of 2 because it stays open at its end")


@pytest.mark.usefixtures("tonic_matters")
def test_what_the_model_says_of_its_answer_is_kept() -> None:
    drawn = [replace(made(CLOSING), why="goes on in C major"), made(OPEN)]
    first, _ = ranked(Rules(), PROMPT, drawn)
    assert first.suggestion.why == (
        "goes on in C major, and is first of 2 because it comes to rest on the tonic"
    )


def test_one_answer_is_as_it_came() -> None:
    assert best(Rules(), PROMPT, 1).suggestion == draw(Rules(), PROMPT, 0)


def test_the_same_answer_twice_is_one() -> None:
    assert len(ranked(Rules(), PROMPT, [made(OPEN), made(OPEN), made(CLOSING)])) == 2


def test_a_trait_that_some_lack_counts_for_those_that_have_it() -> None:
    told = compared([{"a": 1.0, "b": 0.5}, {"a": 0.0}, {"a": 0.5, "b": 0.0}], {"a": 2.0, "b": 4.0})
    assert told == [{"a": 1.0, "b": 1.0}, {"a": -1.0}, {"a": 0.0, "b": -1.0}]


# Variety


def test_the_next_one_is_good_and_unlike_the_first() -> None:
    likeness = [[1.0, 0.95, 0, 0], [0.95, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]]
    assert diverse([1.0, 0.95, 0.7, 0.0], likeness) == [0, 2, 1, 3]
    assert diverse([1.0, 0.95, 0.0], likeness) == [0, 1, 2]
    assert diverse([0.0, 0.0, 0.0], likeness) == [0, 2, 1]
    assert diverse([], []) == []


def test_answers_are_as_alike_as_what_they_share() -> None:
    assert alike(made(OPEN, "C | G"), made(OPEN, "C | G")) == 1
    assert alike(made("C4 D4"), made("E4:2")) == pytest.approx((0 + 1 / 2) / 2)
    assert alike(made("C4 D4", "C"), made("C4 E4", "G")) == pytest.approx((1 / 3 + 1 + 0) / 3)
    assert alike(Suggestion(""), Suggestion("")) == 1


def test_answers_of_a_set_differ() -> None:
    chooser = Chooser(Rules())
    answers = [chooser(replace(PROMPT, place=place)) for place in range(3)]
    assert len({(each.notes, each.chords) for each in answers}) == 3
    places = [each.why.partition(", and is ")[2].split()[0] for each in answers]
    assert places == ["first", "second", "third"]


# Sets


def test_a_set_is_drawn_once_and_its_places_do_not_depend_on_their_order() -> None:
    one, other = Chooser(Rules()), Chooser(Rules())
    forth = [one(replace(PROMPT, place=place)) for place in range(6)]
    back = [other(replace(PROMPT, place=place)) for place in reversed(range(6))]
    assert forth == back[::-1]
    book = Songbook(OPEN, CLOSING, "G4:4 G4:4")
    chooser = Chooser(book)
    for place in range(3):
        chooser(replace(PROMPT, place=place))
    assert len(book.asked) == 3
    assert {prompt.place for prompt in book.asked} == {None}


def test_an_answer_that_has_no_place_is_the_first_that_comes() -> None:
    assert Chooser(Rules())(PROMPT) == draw(Rules(), PROMPT, 0)


def test_a_slow_generator_is_asked_once_for_each_place() -> None:
    book = Songbook(OPEN, CLOSING)
    book.drafts = 1
    chooser = Chooser(book)
    assert not chooser.draw(replace(PROMPT, place=2))
    first, second = (chooser(replace(PROMPT, place=place)) for place in range(2))
    assert (first.notes, second.notes) == (line(OPEN).notes, line(CLOSING).notes)
    assert [prompt.seed for prompt in book.asked] == [seed_of(11, 0), seed_of(11, 1)]


def test_where_all_answers_are_the_same_every_place_has_it() -> None:
    chooser = Chooser(Songbook(OPEN))
    answers = [chooser(replace(PROMPT, place=place)) for place in range(3)]
    assert {answer.notes for answer in answers} == {line(OPEN).notes}


def test_silence_can_be_ranked() -> None:
    quiet = Prompt(Phrase(), Ticks(0), Ticks(BAR), place=0)
    loud = Suggestion("", (Note(Ticks(0), 60, Ticks(BAR)),))
    assert len(ranked(Rules(), quiet, [Suggestion(""), loud])) == 2


def test_every_weight_is_of_a_trait_that_is_known() -> None:
    assert set(choose.WEIGHTS) == {LIKELIHOOD, *choose.CLAUSES}
