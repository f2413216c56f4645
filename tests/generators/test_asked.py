from dataclasses import replace

import pytest

from generators.asked import CLOSING, Asked
from generators.music.notes import Phrase
from generators.music.time import Meter, Ticks
from generators.prompt import Controls, Kind, Prompt
from generators.tokens import leadsheet as words
from tests.music import chords, line

BAR = Meter().bar
CALL = line("G4 A4 B4 D5 B4 A4 G4:2", key="G")


def asked(bars: float, kind: Kind = Kind.CONTINUE, controls: Controls | None = None) -> Asked:
    length = Ticks(round(bars * BAR))
    return Asked(Prompt(CALL, Ticks(2 * BAR), length, kind, controls=controls or Controls()))


def lefts(question: Asked) -> list[int | None]:
    return [question.wished(bar).left for bar in range(question.first, question.last + 1)]


@pytest.mark.parametrize("kind", [Kind.CONTINUE, Kind.IMPROVISE])
def test_an_answer_counts_down_to_its_close(kind: Kind) -> None:
    assert lefts(asked(8, kind)) == [None] * 4 + [4, 3, 2, 1]
    assert lefts(asked(2, kind)) == [2, 1]
    assert CLOSING == 4


def test_an_answer_that_ends_inside_a_bar_closes_in_that_bar() -> None:
    assert lefts(asked(3.5)) == [4, 3, 2, 1]


@pytest.mark.parametrize("kind", [Kind.HARMONIZE, Kind.INFILL])
def test_chords_for_a_melody_and_bridges_do_not_close(kind: Kind) -> None:
    assert lefts(asked(4, kind)) == [None] * 4


def test_how_full_a_bar_is_wished_goes_with_the_bar_of_the_grid() -> None:
    wish = Controls(activity=6)
    assert asked(1, controls=wish).wished(2).notes == 6
    short = Phrase.of(CALL.notes, meter=Meter(1, 8))
    question = Asked(Prompt(short, short.end, Ticks(960), controls=wish))
    assert question.bars_share == 2
    assert question.wished(question.first).notes == 12


def test_an_answer_comes_to_rest_in_the_second_half_of_its_last_bar() -> None:
    limits = asked(4).limits
    half, before = (limits.chord_places(5)[beat] for beat in (2, 1))
    assert limits.comes_to_rest(5, int(half))
    assert not limits.comes_to_rest(5, int(before))
    assert not limits.comes_to_rest(4, int(half))


def test_nothing_begins_in_the_last_two_beats_of_an_answer() -> None:
    limits = asked(4).limits
    places = [int(place) for place in limits.chord_places(5)]
    assert [place <= limits.last_onset(5) for place in places] == [True, True, True, False]
    assert all(int(place) <= limits.last_onset(4) for place in limits.chord_places(4))


def test_locked_chords_are_moved_to_where_the_answer_begins() -> None:
    wish = Controls(chords=chords("Am | F"))
    assert [span.onset // BAR for span in asked(2, controls=wish).given] == [2, 3]


def test_the_place_in_a_set_changes_nothing_of_what_is_asked() -> None:
    one = asked(4)
    other = Asked(replace(one.prompt, place=2))
    assert (one.frame, one.limits, one.key) == (other.frame, other.limits, other.key)


def test_the_head_of_a_sheet_tells_style_and_a_narrow_range() -> None:
    def head(wish: Controls) -> list[int]:
        return asked(4, controls=wish).header(chords_first=True)

    open_, told = head(Controls()), head(Controls(style="jig", low=60, high=72))
    assert open_[3] == words.NUMBER["any style"]
    assert open_[6] == words.NUMBER["any span"]
    assert told[3] == words.NUMBER["style jig"]
    assert told[6] == words.NUMBER["span 3"]
