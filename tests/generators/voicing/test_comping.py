from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings

from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import ChordSpan, Note
from generators.music.time import QUARTER, Meter, Ticks
from generators.voicing.comping import voice
from generators.voicing.hands import hands
from generators.voicing.voicing import PATTERNS, Voicing
from tests.generators.voicing.examples import METERS, PROGRESSIONS, spans_of, voicings
from tests.music import chords

EIGHTH = QUARTER // 2
COMPED = Voicing(pattern="comp")
MANY = settings(max_examples=60, deadline=None)


def played(text: str, meter: str, pattern: str) -> tuple[Note, ...]:
    """Return the notes of chords in a pattern."""
    return voice(chords(text, meter), Voicing(pattern=pattern), Meter.named(meter))


def onsets(notes: tuple[Note, ...], unit: int, *, bass: bool) -> list[float]:
    """Return when bass, or chords, are struck, in units."""
    return sorted({note.onset / unit for note in notes if (note.pitch < 48) == bass})


@MANY
@given(PROGRESSIONS, voicings(), METERS)
def test_no_pitch_begins_again_before_it_has_ended(
    wanted: list[tuple[Chord, int]], voicing: Voicing, meter: Meter
) -> None:
    notes = voice(spans_of(wanted), voicing, meter)
    for pitch in {note.pitch for note in notes}:
        line = sorted(note for note in notes if note.pitch == pitch)
        assert all(one.end <= other.onset for one, other in pairwise(line))


@MANY
@given(PROGRESSIONS, voicings(), METERS)
def test_every_note_lies_within_its_chord_and_all_of_the_hand_is_heard(
    wanted: list[tuple[Chord, int]], voicing: Voicing, meter: Meter
) -> None:
    spans = spans_of(wanted)
    notes = voice(spans, voicing, meter)
    for span, hand in zip(spans, hands(spans, voicing), strict=True):
        here = [note for note in notes if span.onset <= note.onset < span.end]
        assert all(note.end <= span.end for note in here)
        assert set(hand) <= {note.pitch for note in here}
        assert not hand or min(note.onset for note in here) == span.onset


@MANY
@given(PROGRESSIONS, voicings(("full", "parts", "shell", "root")), METERS)
def test_every_note_but_the_way_to_the_next_chord_belongs_to_its_chord(
    wanted: list[tuple[Chord, int]], voicing: Voicing, meter: Meter
) -> None:
    spans = spans_of(wanted)
    notes = voice(spans, voicing, meter)
    for span in spans:
        here = [note for note in notes if span.onset <= note.onset < span.end]
        strange = [note for note in here if note.pitch % 12 not in span.chord.pitch_classes]
        assert len(strange) <= (voicing.pattern == "walk")
        assert all(note.end == span.end for note in strange)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_chord_is_silence(pattern: str) -> None:
    silence = ChordSpan(Ticks(0), Ticks(3840), NO_CHORD)
    assert voice([silence], Voicing(pattern=pattern), Meter()) == ()
    notes = played("C | N.C. | F", "4/4", pattern)
    assert not [note for note in notes if note.end > 3840 and note.onset < 7680]


@pytest.mark.parametrize(
    ("meter", "basses", "answers"),
    [
        ("4/4", [0, 2], [1, 3]),
        ("3/4", [0], [1, 2]),
        ("6/8", [0, 3], [2, 5]),
        ("9/8", [0, 3, 6], [2, 5, 8]),
        ("12/8", [0, 3, 6, 9], [2, 5, 8, 11]),
        ("5/4", [0, 3], [1, 2, 4]),
        ("7/8", [0, 2, 4], [1, 3, 5, 6]),
        ("2/4", [0, 1], [0.5, 1.5]),
        ("2/2", [0, 1], [0.5, 1.5]),
    ],
)
def test_comping_answers_the_bass_of_each_group(
    meter: str, basses: list[float], answers: list[float]
) -> None:
    notes, beat = played("C", meter, "comp"), Meter.named(meter).beat
    assert onsets(notes, beat, bass=True) == basses
    assert onsets(notes, beat, bass=False) == answers


def test_the_bass_alternates_with_its_fifth() -> None:
    for meter in ("4/4", "3/4"):
        notes = played("F | F", meter, "comp")
        low = [note.pitch % 12 for note in notes if note.pitch < 48]
        assert low == [5, 0] * (len(low) // 2)


def test_an_inversion_keeps_its_bass() -> None:
    notes = played("C/E", "4/4", "comp")
    assert {note.pitch % 12 for note in notes if note.pitch < 48} == {4}


def test_a_chord_that_comes_early_is_held_over_the_beat() -> None:
    spans = [
        ChordSpan(Ticks(0), Ticks(3840 - EIGHTH), Chord.named("C")),
        ChordSpan(Ticks(3840 - EIGHTH), Ticks(3840 + EIGHTH), Chord.named("F")),
    ]
    early = [note for note in voice(spans, COMPED, Meter()) if note.onset >= 3840 - EIGHTH]
    first = [note for note in early if note.onset == 3840 - EIGHTH]
    assert len(first) == 4
    assert all(note.end > 3840 for note in first)
    assert 3840 not in {note.onset for note in early}


def test_each_of_several_chords_in_a_bar_brings_its_bass() -> None:
    notes = played("C Am F G", "4/4", "comp")
    assert onsets(notes, QUARTER, bass=True) == [0, 1, 2, 3]
    assert onsets(notes, QUARTER, bass=False) == [0, 1, 2, 3]


def test_an_untidy_end_is_no_beat() -> None:
    spans = [ChordSpan(Ticks(0), Ticks(3841), Chord.named("C"))]
    assert all(note.length > EIGHTH // 2 for note in voice(spans, COMPED, Meter()))


@pytest.mark.parametrize(
    ("meter", "down", "up"),
    [
        ("4/4", [0, 2, 6], [3, 5, 7]),
        ("3/4", [0, 2, 4], [3, 5]),
        ("6/8", [0, 3], [2, 5]),
        ("7/8", [0, 2, 4], [3, 6]),
    ],
)
def test_a_strum_goes_down_on_the_beat_and_up_between(
    meter: str, down: list[int], up: list[int]
) -> None:
    notes = played("C", meter, "strum")
    by_strum: dict[int, list[Note]] = {}
    for note in notes:
        by_strum.setdefault(note.onset // EIGHTH, []).append(note)
    ways = {at: [n.pitch for n in strings] for at, strings in by_strum.items()}
    assert [at for at, line in ways.items() if line == sorted(line)] == down
    assert [at for at, line in ways.items() if line == sorted(line, reverse=True)] == up


def test_the_strings_of_a_strum_follow_one_another() -> None:
    first = [note.onset for note in played("C", "4/4", "strum")][:4]
    assert first == [0, 20, 40, 60]


def test_an_arpeggio_goes_up_and_down_over_a_held_bass() -> None:
    notes = played("C", "6/8", "arpeggio")
    bass, *upper = notes
    assert (bass.onset, bass.end) == (0, 2880)
    pitches = [note.pitch for note in upper]
    assert pitches == [*sorted(set(pitches)), *sorted(set(pitches))[-2::-1]]
    assert [note.onset // EIGHTH for note in upper] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("meter", "order"),
    [
        ("4/4", [0, 2, 1, 2, 0, 2, 1, 2]),
        ("2/4", [0, 2, 1, 2]),
        ("3/4", [0, 2, 1, 2, 1, 2]),
        ("6/8", [0, 2, 1, 0, 2, 1]),
        ("7/8", [0, 2, 1, 2, 0, 2, 1]),
    ],
)
def test_alberti_goes_low_high_middle_high(meter: str, order: list[int]) -> None:
    upper = [note.pitch for note in played("C", meter, "alberti") if note.pitch >= 48]
    ranks = sorted(set(upper))
    assert [ranks.index(pitch) for pitch in upper] == order


def test_stride_has_octaves_on_the_downbeat_none_below_the_bass_that_is_asked_for() -> None:
    notes = played("F", "4/4", "stride")
    assert [note.pitch for note in notes if note.onset == 0] == [41, 53]
    assert len([note for note in notes if note.onset == 2 * QUARTER]) == 1


def test_a_walking_bass_steps_into_the_next_chord() -> None:
    voicing = Voicing(pattern="walk", key=Key.named("C major"))
    spans = chords("Dm7 | G7 | C")
    notes = voice(spans, voicing, Meter())
    basses = [hand[0] for hand in hands(spans, voicing)]
    line = {note.onset: note.pitch for note in notes if note.pitch < 52}
    for number in (1, 2):
        into = line[Ticks(number * 3840 - QUARTER)]
        assert 1 <= abs(into - basses[number]) <= 2
        assert line[Ticks(number * 3840)] == basses[number]
    assert len([at for at in line if at < 3840]) == 4


def test_pads_last_as_long_as_their_chord() -> None:
    notes = voice(chords("C | F G"), Voicing(pattern="pad"), Meter())
    assert {(note.onset, note.end) for note in notes} == {(0, 3840), (3840, 5760), (5760, 7680)}


def test_blocks_are_struck_again_on_each_bar_line() -> None:
    span = replace(chords("C")[0], length=Ticks(3 * 3840))
    notes = voice([span], Voicing(pattern="block"), Meter())
    assert {note.onset for note in notes} == {0, 3840, 7680}


def test_the_same_chords_give_the_same_notes() -> None:
    spans = chords("Am | F | C G | E7")
    assert len({voice(spans, Voicing(pattern="walk", strict=True), Meter()) for _ in range(3)}) == 1
