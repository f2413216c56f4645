import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.music.errors import BadValue
from generators.music.harmony import NO_CHORD, Chord
from generators.music.notes import ChordSpan
from generators.music.qualities import QUALITIES
from generators.music.time import Meter, Ticks
from generators.voicing.comping import voice
from generators.voicing.hands import hands
from generators.voicing.voicing import PATTERNS, Voicing
from tests.music import chords

CHORDS = st.builds(
    Chord,
    st.integers(0, 11),
    st.sampled_from([q.suffix for q in QUALITIES]),
    st.none() | st.integers(0, 11),
)
METERS = st.sampled_from(
    [Meter(4, 4), Meter(3, 4), Meter(6, 8), Meter(5, 4), Meter(7, 8), Meter(2, 2), Meter(12, 8)]
)


@given(
    st.lists(st.tuples(CHORDS, st.integers(1, 9000)), max_size=6), st.sampled_from(PATTERNS), METERS
)
def test_every_note_belongs_to_its_chord_and_its_span(
    wanted: list[tuple[Chord, int]], pattern: str, meter: Meter
) -> None:
    at, spans = 0, []
    for chord, length in wanted:
        spans.append(ChordSpan(Ticks(at), Ticks(length), chord))
        at += length
    for note in voice(spans, Voicing(pattern=pattern), meter):
        span = next(s for s in spans if s.onset <= note.onset < s.end)
        assert note.end <= span.end
        assert note.pitch % 12 in span.chord.pitch_classes


@given(CHORDS)
def test_the_bass_is_lowest_and_the_third_is_heard(chord: Chord) -> None:
    bass, *upper = hands([ChordSpan(Ticks(0), Ticks(1), chord)], Voicing())[0]
    assert bass % 12 == (chord.root if chord.bass is None else chord.bass)
    assert bass < min(upper)
    thirds = {(chord.root + tone) % 12 for tone in chord.tones if tone in (2, 3, 4, 5)}
    assert not thirds or thirds & {pitch % 12 for pitch in upper}


def test_voices_move_less_than_blocks_in_root_position() -> None:
    spans = chords("C | Am | F | G | Em | Am | Dm7 | G7")
    led = [hand[1:] for hand in hands(spans, Voicing())]
    moved = sum(
        abs(a - b) for one, two in itertools.pairwise(led) for a, b in zip(one, two, strict=False)
    )
    roots = [sorted(60 + span.chord.root + tone for tone in span.chord.tones[:3]) for span in spans]
    blocks = sum(
        abs(a - b) for one, two in itertools.pairwise(roots) for a, b in zip(one, two, strict=False)
    )
    assert moved < blocks / 2


def test_the_first_chord_is_led_on_from_the_hand_before() -> None:
    spans = chords("F")
    near = hands(spans, Voicing(), previous=(36, 72, 76, 79))[0]
    far = hands(spans, Voicing(), previous=(36, 52, 55, 60))[0]
    assert sum(near[1:]) > sum(far[1:])


def test_no_chord_is_silence() -> None:
    assert voice([ChordSpan(Ticks(0), Ticks(960), NO_CHORD)], Voicing(), Meter()) == ()


@pytest.mark.parametrize(
    ("meter", "basses"),
    [("4/4", [0, 2]), ("3/4", [0]), ("6/8", [0, 3]), ("5/4", [0, 3]), ("7/8", [0, 2, 4])],
)
def test_comping_puts_the_bass_on_the_strong_beats(meter: str, basses: list[int]) -> None:
    spans = chords("C", meter)
    beat = Meter.named(meter).beat
    notes = voice(spans, Voicing(pattern="comp"), Meter.named(meter))
    assert [note.onset // beat for note in notes if note.pitch < 48] == basses
    assert any(note.pitch >= 52 and note.onset // beat not in basses for note in notes)


def test_an_unknown_pattern_is_refused() -> None:
    with pytest.raises(BadValue, match="comp"):
        Voicing(pattern="polka")
