"""An answer is played as soon as its beginning is known, and never breaks off."""

import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from bridge.answers import Answered
from bridge.config import Settings
from bridge.events import Ask
from bridge.thinker import Questions, grown
from bridge.worker import Worker
from generators.choose import growing
from generators.leadsheet import LeadSheet
from generators.music.harmony import Chord
from generators.music.notes import ChordSpan, Note
from generators.music.time import QUARTER, Ticks
from generators.prompt import Item, Prompt, Suggestion, gather
from generators.rules import Rules
from tests.fakes import RecordingPort
from tests.generators.shipped import shipped_card
from tests.generators.wishes import prompts as asked_anything
from tests.jack_server import until
from tests.jam import Jam
from tests.music import line

BAR = 4 * QUARTER
PROMPT = Prompt(line("C4 D4 E4 F4 G4 A4 G4:2"), Ticks(2 * BAR), Ticks(4 * BAR))


class Counting(Rules):
    """Goes on in quarters from a pitch, which tells its answers apart, and shows how they grow."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, prompt: Prompt) -> Iterator[Item]:
        self.asked += 1
        pitch = 48 + self.asked % 32
        for at in range(0, prompt.length, QUARTER):
            if at % BAR == 0:
                chord = Chord.named(("C", "G7")[at // BAR % 2])
                yield ChordSpan(Ticks(at), Ticks(min(BAR, prompt.length - at)), chord)
            yield Note(Ticks(at), pitch, Ticks(QUARTER))

    def grow(self, prompt: Prompt) -> Iterator[Suggestion]:
        whole = gather(self, prompt)
        for known in range(QUARTER, prompt.length, QUARTER):
            yield whole.begun(Ticks(known))
        yield whole


@dataclass
class Late:
    """The latency of a model that is slow from some question on."""

    first: int
    slow: float | None

    def __call__(self, nth: int) -> float | None:
        return self.slow if nth >= self.first else 0.01


def jam(latency: Callable[[int], float | None], begun: float) -> Jam:
    playing = Jam(Counting(), Settings(tempo=120.0, call="1", bars=2), latency)
    playing.tells_at = begun
    for at, pitch in ((0.0, 72), (0.5, 74), (1.0, 76), (1.5, 77)):
        playing.note(at, pitch, 0.3)
    return playing


def heard(port: RecordingPort) -> list[tuple[Ticks, int]]:
    return [(tick, m[1]) for m, _, tick in port.messages if m[0] == 0x90]


# In a session


def test_an_answer_begins_before_all_of_it_is_known() -> None:
    """The last plan takes 0.6 s and the bar comes 0.2 s after its question: it begins on it."""
    playing = jam(Late(7, 0.6), begun=0.5).run(6.0)
    begun = heard(playing.port)
    assert [tick for tick, _ in begun] == [Ticks(BAR + at) for at in range(0, 2 * BAR, QUARTER)]
    assert len({pitch for _, pitch in begun}) == 1
    assert playing.session.rungs["plan"] == 1


@pytest.mark.parametrize("slow", [0.01, 0.6])
def test_an_answer_that_grew_is_remembered_as_one_that_came_at_once(slow: float) -> None:
    playing = Jam(Counting(), Settings(tempo=120.0, call="1", bars=2), Late(7, slow))
    playing.tells_at = 0.5
    for at, pitch in ((0.0, 72), (0.5, 74), (1.0, 76), (1.5, 77)):
        playing.note(at, pitch, 0.3)
    heard = playing.run(5.9).session.stage.heard(Ticks(3 * BAR))
    spans = [(span.onset, span.length, str(span.chord)) for span in heard.phrase.chords]
    assert spans == [(BAR, BAR, "C"), (2 * BAR, BAR, "G7")]
    chords = [m for m, _, at in playing.port.messages if m[0] == 0x91 and at < 2 * BAR]
    assert len(chords) > 2


def test_where_the_rest_does_not_come_the_ladder_goes_on() -> None:
    playing = jam(Late(7, 60.0), begun=0.005).run(6.0)
    begun = [tick for tick, _ in heard(playing.port)]
    assert begun[0] == BAR
    assert max(after - tick for tick, after in pairwise(begun)) <= BAR
    assert begun[-1] >= 2 * BAR
    rungs = playing.session.rungs
    assert sum(rungs.values()) == 1
    assert rungs["plan"] == 0


@pytest.mark.parametrize("begun", [0.02, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("slow", [0.1, 0.5, 1.5, 4.0])
@pytest.mark.parametrize("first", range(1, 9, 2))
def test_no_note_hangs_and_none_is_doubled(begun: float, slow: float, first: int) -> None:
    playing = jam(Late(first, slow), begun).run(8.0).end()
    sounding = set[tuple[int, int]]()
    for message, _, _ in playing.port.messages:
        key, on = (message[0] & 15, message[1]), message[0] & 0xF0 == 0x90
        assert (key in sounding) is not on
        (sounding.add if on else sounding.remove)(key)
    assert not sounding
    assert heard(playing.port)[0][0] == BAR


# In the process that thinks


def test_a_plan_gives_way_once_its_beginning_is_told() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb") as sink:
        questions, told = Questions(source), list[Suggestion]()
        whole = grown(Counting(), PROMPT, questions, told.append)
        assert whole is not None
        assert (whole.known, len(told)) == (None, 15)
        pickle.dump(Ask(2, "plan", PROMPT, grows=True), sink)
        sink.flush()
        until(lambda: questions.urgent, 10, "for the newer plan to arrive")
        told.clear()
        assert grown(Counting(), PROMPT, questions, told.append) is None
        assert [each.known for each in told] == [QUARTER]


def test_the_real_process_tells_the_beginning_first() -> None:
    said = list[Answered]()
    with Worker("small", "", said.append) as worker:
        worker.ask(Ask(1, "plan", PROMPT, grows=True))
        until(lambda: said and not said[-1].is_begun, 60, "for the whole answer")
        worker.ask(Ask(2, "plan", PROMPT))
        until(lambda: said[-1].id == 2, 60, "for the same answer at once")
        assert len(worker.times) == 2
    *begun, grew, at_once = [each.suggestion for each in said]
    assert begun
    assert begun[0] is not None
    assert begun[0].notes or begun[0].chords
    assert grew == at_once


# In the model


@given(asked_anything())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_has_begun_stays_as_it_is(prompt: Prompt) -> None:
    player = LeadSheet(shipped_card())
    *begun, whole = growing(player, prompt)
    assert whole == player.suggest(prompt)
    for each in begun:
        assert each.known is not None
        assert each.notes == tuple(n for n in whole.notes if n.onset < each.known)
        assert each.chords == tuple(s for s in whole.chords if s.onset < each.known)
