import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.music.errors import BadValue
from generators.music.harmony import Chord
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import Meter, Ticks
from tests.generators.wishes import phrases
from tests.music import line

PHRASES = phrases(Meter())
TICKS = st.integers(0, 20_000)


@given(PHRASES, TICKS, TICKS)
def test_what_is_between_two_ticks_lies_within_them(phrase: Phrase, one: int, other: int) -> None:
    part = phrase.between(Ticks(one), Ticks(other))
    assert part.end <= max(0, other - one)
    begun = [note.pitch for note in phrase.notes if one <= note.onset < other]
    assert [note.pitch for note in part.notes] == begun


@given(PHRASES)
def test_a_whole_phrase_is_between_its_ends(phrase: Phrase) -> None:
    assert phrase.between(Ticks(0), phrase.end) == phrase


@given(PHRASES, TICKS)
def test_two_halves_hold_every_note_once(phrase: Phrase, cut: int) -> None:
    halves = phrase.between(Ticks(0), Ticks(cut)), phrase.between(Ticks(cut), Ticks(10**6))
    joined = halves[0].plus(halves[1], Ticks(cut))
    assert [(n.onset, n.pitch) for n in joined.notes] == [(n.onset, n.pitch) for n in phrase.notes]
    assert sum(s.length for s in joined.chords) == sum(s.length for s in phrase.chords)


@given(PHRASES, PHRASES, TICKS)
def test_both_phrases_are_in_their_sum(phrase: Phrase, other: Phrase, at: int) -> None:
    both = phrase.plus(other, Ticks(at))
    assert sorted(both.notes) == sorted([*phrase.notes, *(n.moved(at) for n in other.notes)])
    assert len(both.chords) == len(phrase.chords) + len(other.chords)
    assert (both.meter, both.key) == (phrase.meter, phrase.key)


@given(PHRASES)
def test_nothing_added_is_nothing_changed(phrase: Phrase) -> None:
    assert phrase.plus(Phrase(), Ticks(0)) == phrase


@given(PHRASES)
def test_the_bars_of_a_phrase_reach_its_end(phrase: Phrase) -> None:
    assert (phrase.bars - 1) * phrase.meter.bar < phrase.end or phrase.bars == 0
    assert phrase.end <= phrase.bars * phrase.meter.bar


def test_a_chord_that_sounds_through_is_heard_in_every_part() -> None:
    phrase = line("C4:4", under="C | %")
    part = phrase.between(Ticks(960), Ticks(1920))
    assert part.chords == (ChordSpan(Ticks(0), Ticks(960), Chord(0)),)
    assert phrase.between(Ticks(960), Ticks(960)).chords == ()
    assert phrase.between(Ticks(1920), Ticks(960)).chords == ()


@pytest.mark.parametrize(
    ("onset", "pitch", "length", "velocity"),
    [(0, 128, 1, 80), (0, -1, 1, 80), (0, 60, 0, 80), (0, 60, 1, 0), (0, 60, 1, 128)],
)
def test_a_note_that_midi_cannot_say_is_refused(
    onset: int, pitch: int, length: int, velocity: int
) -> None:
    with pytest.raises(BadValue):
        Note(Ticks(onset), pitch, Ticks(length), velocity)


def test_a_phrase_out_of_order_is_refused() -> None:
    late, early = Note(Ticks(960), 60, Ticks(1)), Note(Ticks(0), 60, Ticks(1))
    with pytest.raises(BadValue):
        Phrase((late, early))
    with pytest.raises(BadValue):
        Phrase((early.moved(-1),))
    assert Phrase.of((late, early)).notes == (early, late)


def test_a_chord_of_no_length_is_refused() -> None:
    with pytest.raises(BadValue):
        ChordSpan(Ticks(0), Ticks(0), Chord(0))
