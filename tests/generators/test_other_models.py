"""Models of other people play within the hard wishes, whatever their networks say."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from generators.anticipation import PROGRAMS, Anticipation
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.progression import progression
from generators.music.time import QUARTER, Meter, Ticks
from generators.parts import Part
from generators.prompt import Controls, Generator, Item, Kind, Prompt
from generators.skytnt import SkyTNT
from generators.tokens import anticipation, skytnt
from onnx_models.workshop.violations import broken
from tests.generators.networks import Dice, SpellingDice, anticipation_card, skytnt_card
from tests.generators.test_wishes import EXTREMES
from tests.generators.wishes import prompts
from tests.music import line

BAR = Ticks(4 * QUARTER)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def arriving(context: int = 1024) -> Anticipation:
    return Anticipation(anticipation_card(), Dice(anticipation.SIZE, context))


def spelling(version: str, context: int = 1024) -> SkyTNT:
    vocabulary = skytnt.VERSIONS[version]
    networks = (Dice(64, context), SpellingDice(vocabulary.size))
    return SkyTNT(skytnt_card(vocabulary), networks)


PLAYERS = {"anticipation": arriving(), "v1": spelling("v1"), "v2": spelling("v2")}
EACH = pytest.mark.parametrize("player", PLAYERS.values(), ids=PLAYERS)


def tune() -> Phrase:
    return line("C4 E4 G4 E4 D4 F4 A4 F4 E4 G4 C5 G4 F4 D4 B3 C4")


@EACH
@FEW
@given(prompt=prompts())
def test_no_hard_wish_is_broken(player: Generator, prompt: Prompt) -> None:
    assert broken(prompt, player(prompt)) == []


@EACH
@settings(max_examples=15, deadline=None)
@given(prompt=prompts())
def test_the_same_prompt_has_the_same_answer(player: Generator, prompt: Prompt) -> None:
    assert list(player(prompt)) == list(player(prompt))


@EACH
@pytest.mark.parametrize("notes", EXTREMES.values(), ids=EXTREMES.keys())
@pytest.mark.parametrize("kind", Kind)
def test_extremes_are_answered(player: Generator, notes: tuple[Note, ...], kind: Kind) -> None:
    heard = Phrase.of(notes)
    prompt = Prompt(heard, heard.meter.next_bar_line(heard.end), Ticks(4 * BAR), kind)
    assert broken(prompt, player(prompt)) == []


@EACH
def test_a_phrase_is_gone_on_with_in_melody_and_chords(player: Generator) -> None:
    items = list(player(Prompt(tune(), Ticks(4 * BAR), Ticks(4 * BAR), seed=3)))
    assert {type(item) for item in items} == {Note, ChordSpan}


@EACH
def test_another_seed_gives_another_answer(player: Generator) -> None:
    one, other = (
        list(player(Prompt(tune(), Ticks(4 * BAR), Ticks(2 * BAR), seed=seed))) for seed in (1, 2)
    )
    assert one != other


@EACH
def test_chords_are_found_for_a_melody(player: Generator) -> None:
    items = list(player(Prompt(tune(), Ticks(0), Ticks(4 * BAR), Kind.HARMONIZE, seed=2)))
    assert items
    assert all(isinstance(item, ChordSpan) for item in items)


@EACH
def test_a_melody_is_played_over_chords(player: Generator) -> None:
    controls = Controls(chords=progression("C | Am | F | G", Meter()))
    prompt = Prompt(Phrase(), Ticks(0), Ticks(4 * BAR), Kind.IMPROVISE, 4, controls)
    items = list(player(prompt))
    assert items
    assert all(isinstance(item, Note) for item in items)


@EACH
def test_no_bar_is_left_silent_by_more_than_a_bar(player: Generator) -> None:
    prompt = Prompt(tune(), Ticks(4 * BAR), Ticks(8 * BAR), seed=5)
    ends = [item.onset + item.length for item in player(prompt)]
    assert max(ends) >= 6 * BAR


def given_times(read: list[object]) -> Iterator[tuple[int, int]]:
    """Give for each note that was announced when it is, and how far the music had come."""
    tokens, now = list(read[1:]), 0
    for at in range(0, len(tokens) - 2, 3):
        event = anticipation.event_of([int(str(t)) for t in tokens[at : at + 3]])
        if event.given:
            yield event.time, now
        else:
            now = event.time


def test_a_melody_is_announced_five_seconds_before_its_time() -> None:
    player = arriving()
    list(player(Prompt(tune(), Ticks(0), Ticks(4 * BAR), Kind.HARMONIZE)))
    read = player.network.read  # type: ignore[attr-defined]
    assert read[0] == anticipation.ANTICIPATE
    announced = list(given_times(read))
    assert [time for time, _ in announced] == [note.onset // 20 for note in tune().notes]
    assert all(time - anticipation.AHEAD <= now for time, now in announced)


def test_without_anything_given_nothing_is_announced() -> None:
    player = arriving()
    list(player(Prompt(tune(), Ticks(4 * BAR), Ticks(BAR))))
    read = player.network.read  # type: ignore[attr-defined]
    assert read[0] == anticipation.AUTOREGRESS
    assert not list(given_times(read))


@pytest.mark.parametrize("player", [arriving(96), spelling("v2", 40)], ids=["anticipation", "v2"])
def test_a_full_context_slides_on(player: Anticipation | SkyTNT) -> None:
    prompt = Prompt(tune(), Ticks(4 * BAR), Ticks(16 * BAR), seed=1)
    items = list(player(prompt))
    assert player.network.begun > 2  # type: ignore[attr-defined]
    assert broken(prompt, items) == []
    assert max(item.onset for item in items) > 13 * BAR


def test_an_answer_longer_than_the_words_for_time_is_told_on() -> None:
    prompt = Prompt(tune(), Ticks(4 * BAR), Ticks(64 * BAR), controls=Controls(density=0.5))
    items: list[Item] = list(arriving()(prompt))
    assert broken(prompt, items) == []
    assert max(item.onset for item in items) > 60 * BAR


def test_given_notes_are_put_in_when_their_time_comes() -> None:
    player = spelling("v2")
    list(player(Prompt(tune(), Ticks(0), Ticks(4 * BAR), Kind.HARMONIZE)))
    beat, melody = 0, []
    for row in player.network.read:  # type: ignore[attr-defined]
        if row[0] == skytnt.V2.kinds["note"]:
            _, values = skytnt.V2.event(row)
            beat += values["time1"]
            if values["track"] == 1:
                melody.append((beat * 16 + values["time2"], values["pitch"]))
    assert melody == [(note.onset // 60, note.pitch) for note in tune().notes]


def test_a_suggestion_says_what_it_does() -> None:
    for player in (arriving(), spelling("v1")):
        told = player.suggest(Prompt(tune(), Ticks(4 * BAR), Ticks(2 * BAR)))
        assert told.source == player.name
        assert told.score < 0
        assert told.why.startswith("goes on in C major ")


def test_the_parts_have_instruments_of_their_own() -> None:
    assert PROGRAMS[Part.MELODY] != PROGRAMS[Part.CHORDS]
