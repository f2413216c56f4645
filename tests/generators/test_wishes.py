"""Hard wishes are never broken, whatever the prompt; and the same prompt has the same answer."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings

from generators.music.harmony import Chord
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import QUARTER, Ticks
from generators.prompt import Controls, Generator, Item, Kind, Prompt
from generators.recall import Recall
from generators.rules import Rules, chord_tones
from onnx_models.workshop.violations import broken
from tests.generators.wishes import prompts

Answerer = Callable[[Prompt], Iterable[Item]]
ANSWERERS = pytest.mark.parametrize("answerer", [Recall(), Rules(), chord_tones])
GENERATORS = pytest.mark.parametrize("generator", [Recall(), Rules()])
MANY = settings(max_examples=150, deadline=None)


@ANSWERERS
@MANY
@given(prompt=prompts())
def test_no_hard_wish_is_broken(answerer: Answerer, prompt: Prompt) -> None:
    assert broken(prompt, answerer(prompt)) == []


@ANSWERERS
@settings(max_examples=60, deadline=None)
@given(prompt=prompts())
def test_the_same_prompt_has_the_same_answer(answerer: Answerer, prompt: Prompt) -> None:
    assert list(answerer(prompt)) == list(answerer(prompt))


@settings(max_examples=100, deadline=None)
@given(prompt=prompts())
def test_chords_are_asked_for_or_left_out_by_kind(prompt: Prompt) -> None:
    kinds = {type(item) for item in Rules()(prompt)}
    if prompt.kind is Kind.HARMONIZE:
        assert kinds == {ChordSpan}
    elif prompt.kind is Kind.IMPROVISE:
        assert kinds <= {Note}
    else:
        assert ChordSpan in kinds


@settings(max_examples=100, deadline=None)
@given(prompt=prompts())
def test_chords_fill_the_answer(prompt: Prompt) -> None:
    if prompt.kind is not Kind.IMPROVISE:
        spans = [item for item in Rules()(prompt) if isinstance(item, ChordSpan)]
        assert sum(span.length for span in spans) == prompt.length


def test_a_broken_wish_is_seen() -> None:
    wishes = Controls(
        low=60,
        high=72,
        density=0.25,
        grid=QUARTER,
        chords=(ChordSpan(Ticks(0), QUARTER, Chord(0)),),
    )
    prompt = Prompt(Phrase(), Ticks(0), Ticks(3840), controls=wishes)
    bad: list[Item] = [
        Note(Ticks(0), 40, QUARTER),
        Note(Ticks(1), 64, Ticks(4000)),
        ChordSpan(Ticks(0), QUARTER, Chord(2)),
    ]
    told = " ".join(broken(prompt, bad))
    for what in ("forbidden", "off the grid", "too dense", "sound with", "is given", "not within"):
        assert what in told


EXTREMES = {
    "nothing": (),
    "one note": (Note(Ticks(0), 60, QUARTER),),
    "one pitch": tuple(Note(Ticks(QUARTER * i), 60, QUARTER) for i in range(64)),
    "ten thousand notes": tuple(
        Note(Ticks(240 * i), 48 + i * 7 % 36, Ticks(240)) for i in range(10_000)
    ),
    "ten thousand at once": tuple(Note(Ticks(0), i % 128, Ticks(1 + i)) for i in range(10_000)),
    "the lowest and the highest": (Note(Ticks(0), 0, QUARTER), Note(QUARTER, 127, QUARTER)),
}


@GENERATORS
@pytest.mark.parametrize("notes", EXTREMES.values(), ids=EXTREMES.keys())
@pytest.mark.parametrize("kind", Kind)
def test_extremes_are_answered(generator: Generator, notes: tuple[Note, ...], kind: Kind) -> None:
    heard = Phrase.of(notes)
    prompt = Prompt(heard, heard.meter.next_bar_line(heard.end), Ticks(4 * 3840), kind)
    assert broken(prompt, generator(prompt)) == []


def test_rules_need_nothing_heard() -> None:
    assert list(Rules()(Prompt(Phrase(), Ticks(0), Ticks(4 * 3840))))


def test_recall_has_nothing_to_say_where_nothing_was_heard() -> None:
    assert list(Recall()(Prompt(Phrase(), Ticks(0), Ticks(4 * 3840)))) == []
