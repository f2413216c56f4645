from dataclasses import replace

import numpy as np
import pytest

from generators.habits import NOTHING, OVER, Habits
from generators.model import Decoder, Stream
from generators.music.notes import Phrase
from generators.music.time import Ticks
from generators.sampling import log_chances
from generators.tokens import leadsheet as words
from onnx_models.workshop.foretelling import chords_of, costs_of, made_of, melody_of
from onnx_models.workshop.lessons import Lesson, Way, lesson_of, sheet_of, written
from tests.generators.shipped import shipped_card
from tests.music import line
from tests.onnx_models.test_corpus import SONG, tune

BARE = Way(False, harmony=False)
PART = "C4:1/2 E4:1/2 G4 A4:1/2 G4:1/2 E4 F4 A4:3/2 G4:1/2 D4 -"


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return Decoder(shipped_card())


def again(phrase: Phrase, times: int) -> Phrase:
    whole = phrase
    for _ in range(times - 1):
        whole = whole.plus(phrase, phrase.meter.next_bar_line(whole.end))
    return whole


def lesson(phrase: Phrase = SONG) -> Lesson:
    return lesson_of(replace(tune(), phrase=phrase, closes=frozenset()))


def word_by_word(decoder: Decoder, lesson: Lesson, deaf: bool = False) -> tuple[float, float]:
    """Read a melody as a player writes it, and add up what places and pitches cost in bits."""
    events = list(words.events(written(lesson, BARE)))
    stream = Stream(decoder, [word for event in events[:2] for word in event])
    habits, rhythm, names, sung = Habits(), 0.0, 0.0, True
    for event in events[2:]:
        bar = event[0] == words.BAR_TOKEN
        for number, word in enumerate(event):
            if sung and not (bar and number):
                hint = NOTHING if deaf or bar else habits.hint()
                cost = -log_chances(stream.logits(hint))[word] / np.log(2)
                rhythm, names = rhythm + cost * (not number), names + cost * (number > 0)
            stream.push(word)
            if sung and not bar:
                habits.learn(OVER if word == words.TURN_TOKEN else word)
        sung = bar or (sung and event[0] != words.TURN_TOKEN)
    return rhythm, names


@pytest.mark.parametrize("deaf", [False, True])
def test_a_melody_costs_what_its_words_cost_one_by_one(decoder: Decoder, deaf: bool) -> None:
    rhythm, names = word_by_word(decoder, lesson(), deaf)
    found = melody_of(decoder, lesson(), deaf)
    assert found.rhythm == pytest.approx(rhythm, rel=1e-4)
    assert found.names == pytest.approx(names, rel=1e-4)
    assert found.each == pytest.approx((rhythm + names) / found.count, rel=1e-4)


def test_notes_are_counted_without_rests_and_chords_where_they_are_written(
    decoder: Decoder,
) -> None:
    assert melody_of(decoder, lesson()).count == len(SONG.notes)
    assert melody_of(decoder, lesson(line(f"{PART} {PART}", key="C"))).count == 20
    assert chords_of(decoder, lesson()).count == 8
    two = line("C4:4 D4:4", key="C", under="C F | G")
    assert chords_of(decoder, lesson(two)).count == 3


def test_what_was_played_before_costs_less_with_the_memory(decoder: Decoder) -> None:
    repeated = lesson(again(line(PART, key="C"), 4))
    second = len(repeated.bars) // 2
    heard = melody_of(decoder, repeated, since=second)
    deaf = melody_of(decoder, repeated, deaf=True, since=second)
    assert heard.count == deaf.count == 20
    assert heard.each < deaf.each


def test_halves_add_up_to_the_whole(decoder: Decoder) -> None:
    whole, second = melody_of(decoder, lesson()), melody_of(decoder, lesson(), since=4)
    first = whole - second
    assert first.count == len(SONG.between(Ticks(0), Ticks(4 * SONG.meter.bar)).notes)
    assert second.count + first.count == whole.count
    assert min(first.rhythm, first.names, second.rhythm, second.names) > 0
    assert (first + second).each == pytest.approx(whole.each)


def test_a_tune_longer_than_the_context_is_read_whole(decoder: Decoder) -> None:
    tokens = written(lesson(again(line(PART, key="C"), 80)), BARE)
    sheet, room = sheet_of(tokens), decoder.card.context
    assert len(sheet) > room
    made = made_of(decoder, sheet)
    assert len(made) == len(sheet)
    costs = costs_of(decoder, sheet)
    beginning = costs_of(decoder, sheet_of(tokens, room))
    assert np.allclose(costs[:room], beginning, atol=1e-4)
    assert (costs[sheet.events == 0] == 0).all()
    assert (costs[2:][sheet.events[2:] > 0] > 0).all()


def test_what_is_read_for_a_measure_disturbs_no_answer(decoder: Decoder) -> None:
    """A line that is being written reads its own again."""
    tokens = written(lesson(), BARE)
    stream, alone = Stream(decoder, tokens[:60]), Stream(Decoder(shipped_card()), tokens[:60])
    melody_of(decoder, lesson())
    for each in (stream, alone):
        each.push(*tokens[60:70])
    assert np.array_equal(stream.logits(), alone.logits())
