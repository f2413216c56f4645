from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from music21 import corpus, stream

from generators.hearing.chords import chord_now, chord_of, chords_of, is_polyphonic
from generators.music.harmony import Chord, Key
from generators.music.names import pitch_number
from generators.music.notes import Note, Phrase
from generators.music.qualities import QUALITIES
from generators.music.time import Ticks, ticks
from tests.music import chords, line

OTHER_ROOT = {"m#5": "Ab/C", "m7#5": "Abadd9/C"}
"""Kinds that are the same notes as a commoner chord in inversion."""


@pytest.mark.parametrize("quality", QUALITIES, ids=lambda quality: f"C{quality.suffix}")
@pytest.mark.parametrize("root", [0, 5, 11])
def test_a_chord_in_root_position_is_heard_as_itself(quality: object, root: int) -> None:
    meant = Chord(root, quality.suffix)  # type: ignore[attr-defined]
    expected = (
        Chord.named(OTHER_ROOT[meant.quality]).transposed(root)
        if meant.quality in OTHER_ROOT
        else meant
    )
    assert chord_of([36 + root, *(60 + root + tone for tone in meant.tones)]) == expected


@pytest.mark.parametrize(
    ("notes", "symbol"),
    [
        ("E3 G3 C4", "C/E"),
        ("G2 C4 E4", "C/G"),
        ("Eb3 G3 C4", "Cm/Eb"),
        ("F2 G3 B3 D4", "G7/F"),
        ("C4 E4", "C"),
        ("C3 G3", "C5"),
        ("C3 E4 B4", "Cmaj7"),
        ("D3 F#3 C4", "D7"),
        ("A2 C4 E4 G4", "Am7"),
        ("C3 E4 G4 A4", "C6"),
        ("D3 C4 E4 G4", "Cadd9/D"),
        ("B2 D4 F4 A4", "Bm7b5"),
        ("C4", "N.C."),
        ("C3 C4 C5", "N.C."),
        ("", "N.C."),
    ],
)
def test_the_simplest_explanation_wins(notes: str, symbol: str) -> None:
    assert chord_of(map(pitch_number, notes.split())) == Chord.named(symbol)


def test_the_key_decides_between_readings() -> None:
    dyad = [pitch_number("C4"), pitch_number("Eb4"), pitch_number("Gb4"), pitch_number("A4")]
    assert chord_of(dyad, Key.named("Bb minor")).quality == "dim7"


@given(st.lists(st.integers(0, 100), max_size=8), st.integers(0, 27))
def test_notes_a_few_semitones_up_are_as_much_of_a_chord(pitches: list[int], up: int) -> None:
    once, moved = chord_of(pitches), chord_of(pitch + up for pitch in pitches)
    assert len(moved.tones) == len(once.tones)


CADENCE = "C4+E4+G4:4 F3+A3+C4:4 G3+B3+D4+F4:4 C3+G3+C4+E4:4"


def names(phrase: Phrase) -> list[tuple[int, str]]:
    return [(span.onset // 960, str(span.chord)) for span in chords_of(phrase)]


def test_block_chords_are_heard_bar_by_bar() -> None:
    assert names(line(CADENCE)) == [(0, "C"), (4, "F"), (8, "G7"), (12, "C")]


def test_broken_chords_under_a_tune_are_heard() -> None:
    tune = line("E5:4 A5:4 D5:4 E5:4")
    left = line("C3 G3 E4 G3 F3 C4 A4 C4 G3 D4 B4 D4 C3 G3 E4 G3")
    assert [name for _, name in names(tune.plus(left, Ticks(0)))] == ["C", "F", "G", "C"]


def test_a_walking_bass_names_the_inversion() -> None:
    held = "C3+E4+G4+C5:2 E3+C4+G4+C5:2 F3+A4+C5:4"
    spans = names(line(held))
    assert spans[0] == (0, "C")
    assert spans[-1] == (4, "F")


def test_silence_within_a_song_ends_no_chord() -> None:
    assert names(line("C4+E4+G4:3 - F4+A4+C5:4")) == [(0, "C"), (4, "F")]


def test_a_line_carries_no_chords() -> None:
    assert chords_of(line("C4 E4 G4 C5")) == ()


def test_chords_that_are_written_are_believed() -> None:
    written = chords("F#m7 | B7")
    assert chords_of(Phrase.of(line(CADENCE).notes, written)) == written


@pytest.mark.parametrize("meter", ["3/4", "6/8", "5/4", "7/8", "12/8"])
def test_chords_change_on_felt_beats(meter: str) -> None:
    phrase = line("C4+E4+G4:3 D4+F#4+A4:3 G3+B3+D4:3", meter)
    spans = chords_of(phrase)
    assert spans
    assert all(span.onset % phrase.meter.pulse == 0 for span in spans)
    assert all(one.end == other.onset for one, other in pairwise(spans))


def test_legato_is_not_polyphony() -> None:
    overlapping = [Note(n.onset, n.pitch, Ticks(n.length + 100)) for n in line("C4 D4 E4").notes]
    assert not is_polyphonic(overlapping)
    assert is_polyphonic(line("C4+E4 D4").notes)


def test_octaves_are_one_line() -> None:
    assert not is_polyphonic(line("C4+C5 D4+D5").notes)


def test_a_pedal_under_changing_chords_stays_a_bass() -> None:
    hands = line("E4+G4+C5:4 F4+A4+C5:4 E4+G4+C5:4")
    pedal = line("C3:4 C3:4 C3:4")
    assert names(hands.plus(pedal, Ticks(0))) == [(0, "C"), (4, "F/C"), (8, "C")]


def test_passing_notes_of_a_tune_change_no_chord() -> None:
    tune = line("E5:1/2 F5:1/2 G5:1/2 A5:1/2 G5:1/2 F5:1/2 E5 A5:1/2 G5:1/2 F5:1/2 E5:1/2 F5:2")
    left = line("C3+E3+G3:4 F3+A3+C4:4")
    assert names(tune.plus(left, Ticks(0))) == [(0, "C"), (4, "F")]


def test_a_seventh_and_an_inversion_are_told() -> None:
    assert names(line("C3+E4+G4+C5:4 B2+D4+F4+G4:4 C3+E4+G4+C5:4")) == [
        (0, "C"),
        (4, "G7/B"),
        (8, "C"),
    ]


def test_what_comes_later_does_not_change_what_is_heard_now() -> None:
    song = line("E5:4 A5:4 D5:4").plus(line("C3 G3 E4 G3 F3 C4 A4 C4 G3 D4 B4 D4"), Ticks(0))
    heard = [str(chord_now(song, Ticks(bar * 3840))) for bar in (1, 2, 3)]
    assert [name.partition("/")[0] for name in heard] == ["C", "F", "G"]
    assert chord_now(song, Ticks(3840)) == chord_now(
        song.between(Ticks(0), Ticks(3840)), Ticks(3840)
    )


def test_no_chord_stands_before_anything_is_played() -> None:
    assert str(chord_now(Phrase(), Ticks(0))) == "N.C."
    assert str(chord_now(line("C4+E4+G4"), Ticks(0))) == "N.C."


@cache
def chorale() -> stream.Score:
    return corpus.parse("bach/bwv66.6", forceSource=True)


def test_a_chorale_is_heard_with_the_roots_that_music21_hears() -> None:
    told = chorale().chordify().flatten().getElementsByClass("Chord")
    triads = [each for each in told if each.isMajorTriad() or each.isMinorTriad()]
    notes = [
        Note(ticks(float(n.offset)), n.pitch.midi, ticks(float(n.quarterLength)))
        for part in chorale().parts
        for n in part.stripTies().flatten().notes
    ]
    spans = chords_of(Phrase.of(notes))
    right = [
        any(
            s.onset <= ticks(float(each.offset)) < s.end and s.chord.root == each.root().pitchClass
            for s in spans
        )
        for each in triads
    ]
    assert len(triads) > 20
    assert sum(right) >= 0.8 * len(right)
