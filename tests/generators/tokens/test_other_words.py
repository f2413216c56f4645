"""The words of other people's models: what is told is what is read, and nothing else is."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.music.errors import BadValue
from generators.tokens import anticipation, skytnt
from generators.tokens.anticipation import Event, event_of
from generators.tokens.skytnt import Vocabulary

VERSIONS = pytest.mark.parametrize("words", skytnt.VERSIONS.values(), ids=skytnt.VERSIONS)

notes = st.builds(
    Event,
    time=st.integers(0, 9999),
    length=st.integers(0, 999),
    program=st.integers(0, 128),
    pitch=st.integers(0, 127),
    given=st.booleans(),
)


def test_the_arrival_words_lie_where_the_published_models_have_them() -> None:
    assert anticipation.SIZE == 55028
    assert (anticipation.FIRST_LENGTH, anticipation.FIRST_NOTE) == (10000, 11000)
    assert (anticipation.REST_NOTE, anticipation.GIVEN) == (27512, 27513)
    assert (anticipation.SEPARATOR, anticipation.AUTOREGRESS) == (55025, 55026)
    assert anticipation.ANTICIPATE == 55027


@given(event=notes)
def test_a_note_is_told_in_three_tokens_and_read_again(event: Event) -> None:
    tokens = event.tokens()
    assert event_of(tokens) == event
    assert max(tokens) < anticipation.SEPARATOR


@given(event=notes, since=st.integers(0, 9999))
def test_time_is_counted_from_where_the_window_begins(event: Event, since: int) -> None:
    if event.time >= since:
        assert event_of(event.tokens(since), since) == event


def test_a_rest_is_told_as_such() -> None:
    assert Event(100).tokens() == (100, 10000, 27512)
    assert event_of((100, 10000, 27512)) == Event(100)


@pytest.mark.parametrize("tokens", [(10000, 10000, 11000), (0, 0, 0), (27513, 10000, 11000)])
def test_three_tokens_that_are_no_note_are_refused(tokens: tuple[int, ...]) -> None:
    with pytest.raises(BadValue, match="are no note"):
        event_of(tokens)


@pytest.mark.parametrize("event", [Event(10000, 1, 0, 60), Event(0, 1000, 0, 60), Event(-1)])
def test_what_there_are_no_words_for_is_refused(event: Event) -> None:
    with pytest.raises(BadValue, match="cannot be told"):
        event.tokens()


@given(times=st.lists(st.integers(0, 2000)))
def test_no_silence_is_longer_than_a_second(times: list[int]) -> None:
    events = [Event(time, 10, 0, 60) for time in sorted(times)]
    told = [0, *(each.time for each in anticipation.padded(events, 0, 2000)), 2000]
    assert told == sorted(told)
    assert max(b - a for a, b in pairwise(told)) <= anticipation.SECOND


def test_the_rows_have_as_many_words_as_the_published_models() -> None:
    assert (skytnt.V1.size, skytnt.V2.size) == (3239, 3406)
    assert skytnt.V2.kinds == {
        "note": 3, "patch_change": 4, "control_change": 5, "set_tempo": 6,
        "time_signature": 7, "key_signature": 8,
    }  # fmt: skip
    assert skytnt.V1.firsts["time1"] == 7
    assert skytnt.V2.firsts["time1"] == 9
    assert skytnt.V1.digest != skytnt.V2.digest


@VERSIONS
@given(data=st.data())
def test_an_event_is_told_in_a_row_and_read_again(words: Vocabulary, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(words.events)))
    values = {n: data.draw(st.integers(0, words.sizes[n] - 1)) for n in words.events[kind]}
    row = words.row(kind, **values)
    assert len(row) == skytnt.ROW
    assert max(row) < words.size
    assert words.event(row) == (kind, values)


@VERSIONS
def test_a_row_that_is_no_event_is_refused(words: Vocabulary) -> None:
    for row in (skytnt.BEGIN_ROW, (words.kinds["note"], *[0] * 7)):
        with pytest.raises(BadValue, match="is no"):
            words.event(row)


@VERSIONS
def test_a_value_without_a_word_is_refused(words: Vocabulary) -> None:
    with pytest.raises(BadValue, match="pitch 128 cannot be told"):
        words.token("pitch", 128)
