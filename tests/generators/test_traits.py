import pytest
from hypothesis import given, settings

from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import QUARTER, Meter, Ticks
from generators.prompt import Kind, Prompt
from generators.rules import Rules
from generators.traits import RULES, traits
from tests.generators.wishes import prompts
from tests.music import line

BAR = Meter().bar
CALL = line("C4 D4 E4 C4 C4 D4 E4 C4 E4 F4 G4:2 E4 F4 G4:2", key="C", under="C | C | Am | G")


def measured(answer: str, under: str = "C | F | G | C", heard: Phrase = CALL) -> dict[str, float]:
    made = line(answer, under=under)
    prompt = Prompt(heard, Ticks(4 * BAR), Ticks(4 * BAR))
    return traits(prompt, made.notes, made.chords)


STEPWISE = "C4 D4 E4 D4 E4 F4 E4 D4 D4 E4 F4 E4 D4:4"


def test_an_answer_that_ends_on_the_tonic_rests_there() -> None:
    assert measured("E4 D4 C4:2")["rests on the tonic"] == 1
    assert measured("C4 D4 E4:2")["rests on the tonic"] == 0.5
    assert measured("C4 E4 D4:2")["rests on the tonic"] == 0


def test_figures_are_taken_up_in_any_place_of_the_scale() -> None:
    assert measured("C5 D5 E5 C5")["takes up the figure"] == 1
    assert measured("G4 A4 B4 G4")["takes up the figure"] == 1
    assert measured("C5 G4 C5 D4")["takes up the figure"] == 0
    assert measured("C5:2 D5:2 E5:2 C5:2")["takes up the figure"] == 0


def test_rhythms_are_taken_up_bar_by_bar() -> None:
    assert measured("A4 A4 A4:2 B4 B4 B4 B4")["takes up the rhythm"] == 1
    assert measured("A4 A4 A4:2 B4:3 B4")["takes up the rhythm"] == 0.5


def test_steps_are_told_from_leaps() -> None:
    assert measured(STEPWISE)["moves by step"] == 1
    assert measured("C4 G4 C5 C5 D5")["moves by step"] == pytest.approx(1 / 3)


def test_leaps_turn_back_or_go_on() -> None:
    assert measured("C4 A4 G4 C4 D4")["leaps turn back"] == 1
    assert measured("C4 G4 C5 D5")["leaps turn back"] == 0
    assert "leaps turn back" not in measured(STEPWISE)


def test_the_register_is_that_of_the_call() -> None:
    near, far = measured("E4 E4 E4 E4"), measured("E6 E6 E6 E6")
    assert near["keeps the register"] > 0.9
    assert (far["keeps the register"], far["connects"]) == (0, 0)


def test_an_answer_may_be_as_busy_as_its_call() -> None:
    same = " ".join(["C4 D4 E4 C4 C4 D4 E4 C4 E4 F4 G4:2 E4 F4 G4:2"])
    assert measured(same)["as busy"] == 1
    assert measured("C4:4 D4:4 E4:4 C4:4")["as busy"] == pytest.approx(4 / 14)


def test_the_same_bar_again_and_again_is_heard() -> None:
    assert measured("C4 D4 E4 C4 " * 4)["varies"] == 0
    assert measured(STEPWISE)["varies"] == 1


def test_strong_beats_want_chord_tones() -> None:
    assert measured("C4 D4 E4 D4 F4 G4 A4 G4")["chord tones on strong beats"] == 1
    assert measured("D4 C4 F4 E4 G4 F4 B4 A4")["chord tones on strong beats"] == 0


def test_cadences_are_told_apart() -> None:
    assert measured(STEPWISE, "C | F | G7 | C")["cadence"] == 1
    assert measured(STEPWISE, "C | G | F | C")["cadence"] == 0.5
    assert measured(STEPWISE, "C | F | C | G")["cadence"] == 0


def test_chords_under_a_melody_are_measured_with_it() -> None:
    tune = line("C4 E4 G4 E4 F4 A4 C5 A4", key="C")
    prompt = Prompt(tune, Ticks(0), Ticks(2 * BAR), Kind.HARMONIZE)
    good, bad = line("", under="C | F").chords, line("", under="B | F#").chords
    on = "chord tones on strong beats"
    assert (traits(prompt, (), good)[on], traits(prompt, (), bad)[on]) == (1, 0)


def test_nothing_is_measured_where_nothing_is() -> None:
    assert traits(Prompt(Phrase(), Ticks(0), QUARTER), (), ()) == {}


@settings(max_examples=40, deadline=None)
@given(prompts())
def test_every_trait_of_every_answer_is_from_nothing_to_one(prompt: Prompt) -> None:
    answer = list(Rules()(prompt))
    notes = [item for item in answer if isinstance(item, Note)]
    chords = [item for item in answer if isinstance(item, ChordSpan)]
    found = traits(prompt, notes, chords)
    assert set(found) <= {rule.name for rule in RULES}
    assert all(0 <= value <= 1 for value in found.values())


def test_no_rule_could_say_both_of_its_clauses() -> None:
    assert all(rule.to < rule.from_ for rule in RULES)
