"""What is said of an answer: whole, grammatical, and true of what was asked and answered."""

import re
from dataclasses import replace

import pytest

from generators.asked import Asked
from generators.choose import best, draw
from generators.leadsheet import LeadSheet
from generators.music.harmony import Key
from generators.music.notes import Phrase
from generators.music.time import Meter, Ticks
from generators.prompt import Controls, Generator, Kind, Prompt
from generators.recall import Recall
from generators.rules import Rules
from generators.sentences import joined, why
from tests.fakes import Scripted
from tests.generators.shipped import shipped_card
from tests.music import chords, line

BAR = Meter().bar
CALL = line("G4 A4 B4 D5 B4 A4 G4:2 E4 G4 A4 B4 A4:3 -", key="G", under="G | C | Am | D")
TUNE = line("B4 A4 G4:2 G4:4")


def asking(kind: Kind = Kind.CONTINUE, bars: int = 2, **wishes: object) -> Prompt:
    start = Ticks(0) if kind is Kind.HARMONIZE else Ticks(4 * BAR)
    return Prompt(CALL, start, Ticks(bars * BAR), kind, controls=Controls(**wishes))  # type: ignore[arg-type]


def said(prompt: Prompt, melody: Phrase | None = TUNE, under: str = "") -> str:
    notes = melody.notes if melody else ()
    return why(Asked(prompt), notes, chords(under) if under else ())


def test_chords_that_the_answer_drew_are_its_own() -> None:
    assert said(asking(), under="G | C D") == (
        "goes on in G major with chords of its own, G | C D, and ends on G4"
    )
    assert said(asking(Kind.HARMONIZE), None, "G | C") == (
        "harmonizes in G major with chords of its own, G | C"
    )


def test_chords_that_were_given_are_called_so() -> None:
    locked = chords("Em | C")
    assert said(asking(chords=locked), under="Em | C") == (
        "goes on in G major over the given chords Em | C, and ends on G4"
    )
    assert said(asking(Kind.HARMONIZE, chords=locked), None, "Em | C") == (
        "harmonizes in G major with the given chords Em | C"
    )
    assert said(asking(Kind.IMPROVISE, chords=locked)) == (
        "improvises in G major over Em | C and ends on G4"
    )


def test_one_chord_is_one() -> None:
    assert (
        said(asking(Kind.HARMONIZE), None, "G")
        == "harmonizes in G major with a chord of its own, G"
    )
    locked = asking(Kind.HARMONIZE, chords=chords("Em"))
    assert said(locked, None, "Em | C") == (
        "harmonizes in G major with the given chord Em and with its own C"
    )


def test_where_some_bars_are_given_the_others_are_its_own() -> None:
    told = said(asking(bars=4, chords=chords("Em | C")), under="Em | C | Am | D")
    assert told == (
        "goes on in G major over the given chords Em | C and with its own Am | D, and ends on G4"
    )


def test_chords_that_are_given_and_not_played_are_not_named_where_nothing_is() -> None:
    assert said(asking(chords=chords("Em")), None) == "answers with a rest"


def test_a_key_is_said_to_be_asked_only_where_it_was_to_be_kept() -> None:
    assert said(asking(key=Key.named("D major"))) == "goes on in D major and ends on G4"
    asked = asking(key=Key.named("D major"), in_key=True)
    assert said(asked) == "goes on in D major as asked and ends on G4"


def test_what_leaves_the_key_is_named() -> None:
    assert said(asking(), line("G4 C#5 D5:2"), "B7 | Em") == (
        "goes on in G major but for B7 and notes of its melody, with chords of its own, B7 | Em,"
        " and ends on D5"
    )
    many = said(asking(Kind.HARMONIZE), None, "B7 | E | A | Eb | G")
    assert many.startswith("harmonizes in G major but for B7, E, A and other chords, with")
    over = said(asking(Kind.IMPROVISE, chords=chords("G | Eb")))
    assert over == "improvises in G major but for Eb, over G | Eb, and ends on G4"


def test_the_dominant_of_minor_does_not_leave_it() -> None:
    told = said(asking(key=Key.named("A minor")), line("G#4 A4"), "E7 | Am")
    assert "but for" not in told


@pytest.fixture(scope="module")
def shipped() -> LeadSheet:
    return LeadSheet(shipped_card())


@pytest.mark.parametrize("kind", [Kind.CONTINUE, Kind.HARMONIZE, Kind.IMPROVISE])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("given", ["", "Em", "Em | C | Am | D"])
def test_every_generator_gives_a_whole_reason(
    shipped: LeadSheet, kind: Kind, count: int, given: str
) -> None:
    locked = chords(given) if given else ()
    prompt = asking(kind, 4, chords=locked)
    answerers: tuple[Generator, ...] = (Rules(), Recall(), shipped)
    for answerer in answerers:
        choice = best(answerer, prompt, count)
        told = choice.suggestion.why
        assert re.match(r"(goes on|harmonizes|improvises) in [A-G]\S* (major|minor)", told)
        assert ("and is first of" in told) == (choice.drawn > 1)
        assert told.count(";") == told.count(":") == 0
        if kind is not Kind.IMPROVISE:
            own = {span.chord for span in choice.suggestion.chords if span.onset >= BAR}
            assert bool(re.search("given chords? Em", told)) == bool(given)
            assert ("own" in told) == (given.count("|") < 3) or not own


def test_one_that_says_nothing_of_its_answer_is_told_all_the_same() -> None:
    answer = draw(Scripted(*TUNE.notes), asking(), 0)
    assert answer.sentence == "scripted goes on in G major and ends on G4"
    assert replace(answer, why="").sentence == "scripted has answered"


def test_words_are_joined_as_in_a_sentence() -> None:
    assert [joined("abc"[:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]
