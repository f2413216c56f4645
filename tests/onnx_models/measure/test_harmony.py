from dataclasses import replace
from math import cos, dist, log, pi, sin, sqrt

import pytest

from generators.music.harmony import Chord
from generators.music.notes import Phrase
from generators.music.time import QUARTER
from onnx_models.workshop.measure.harmony import (
    MEASURES,
    InChord,
    centroid,
    chord_coverage,
    chord_histogram_entropy,
    chord_tonal_distance,
    chord_tone_ratio,
    gaps,
    measured,
    melody,
    melody_chord_distance,
    note_in_chord,
    pitch_consonance,
)
from tests.music import line

CADENCE = line("E4:4 F4:4 D4:4 C4:4", key="C", under="C | F | G7 | C")


def test_the_share_of_melody_on_chord_tones_counts_time() -> None:
    # E is in C for three quarters, F is not for one; A is in F major for two quarters, G is not.
    found = note_in_chord(line("E4:3 F4 A4:2 G4:2", under="C | F"))
    assert found == InChord(5 * QUARTER, 3 * QUARTER, 0)
    assert found.share == 5 / 8
    assert found.covered == 1


def test_a_note_held_over_a_change_counts_under_both_chords() -> None:
    assert note_in_chord(line("E4:8", under="C | F")).share == 1 / 2


def test_time_without_a_chord_is_left_out_and_told() -> None:
    found = note_in_chord(line("C4:4 C4:4", under="C | N.C."))
    assert (found.share, found.covered) == (1, 1 / 2)
    assert note_in_chord(line("C4:4")).share == 0


def test_the_bass_is_a_tone_of_its_chord() -> None:
    assert note_in_chord(line("D4:4", under="C/D")).share == 1


def test_shares_of_pieces_add_up_by_their_time() -> None:
    both = note_in_chord(line("C4:12", under="C | C | C")) + note_in_chord(line("D4:4", under="C"))
    assert both.share == 12 / 16


def test_the_melody_is_the_top_line_and_its_notes_do_not_overlap() -> None:
    notes = melody(line("C4+E4+C5:2 G4:2", under="C"))
    assert [(note.pitch, note.length) for note in notes] == [(72, 1920), (67, 1920)]
    held = line("C5:4", under="C").plus(line("G5:1"), QUARTER)
    assert [note.length for note in melody(held)] == [960, 960]


def test_entropy_weighs_chords_by_how_long_they_last() -> None:
    assert chord_histogram_entropy(CADENCE) == pytest.approx(
        -(1 / 2 * log(1 / 2) + 2 * (1 / 4 * log(1 / 4)))
    )
    assert chord_histogram_entropy(line("C4:8", under="C | C")) == 0


def test_coverage_counts_chords_and_not_their_basses() -> None:
    assert chord_coverage(CADENCE) == 3
    assert chord_coverage(line("C4:8", under="C | C/E")) == 1


def test_tonal_distance_is_that_of_the_centroids() -> None:
    # C and G: C E G against G B D, computed from the circles by hand.
    def at(*pitches: int) -> list[float]:
        rows = [(1, 7 * pi / 6), (1, 3 * pi / 2), (0.5, 2 * pi / 3)]
        return [r * sum(f(p * a) for p in pitches) / 3 for r, a in rows for f in (sin, cos)]

    wanted = dist(at(0, 4, 7), at(7, 11, 2))
    assert chord_tonal_distance(line("C4:8", under="C | G")) == pytest.approx(wanted)
    assert chord_tonal_distance(line("C4:8", under="C | C")) == 0


def test_in_tonal_space_a_fifth_is_nearer_than_a_tritone() -> None:
    c, g, fis = ({0}, {7}, {6})
    assert dist(centroid(c), centroid(g)) < dist(centroid(c), centroid(fis))
    assert dist(centroid(c), centroid(c)) == 0
    # opposite on the circle of fifths (2), on that of minor thirds (2), the same major third (0)
    assert dist(centroid(c), centroid(fis)) == pytest.approx(sqrt(4 + 4))


def test_a_tone_that_leads_on_by_step_is_as_good_as_a_chord_tone() -> None:
    # C tone, D leads to E by step, E tone, F leaps to C: not proper, C tone
    assert chord_tone_ratio(line("C4 D4 E4 F4 C4:4", under="C | C")) == 4 / 5
    assert chord_tone_ratio(line("C4 D4 E4 F4", under="C")) == 3 / 4  # the last leads nowhere


def test_consonance_is_as_by_hand() -> None:
    # G over C E G: a fifth 1, a minor third 1, a unison 1; F over it: a fourth 0, -1, -1
    assert pitch_consonance(line("G4:4", under="C")) == 1
    assert pitch_consonance(line("F4:4", under="C")) == pytest.approx(-2 / 3)
    assert pitch_consonance(line("G4:3 F4", under="C")) == pytest.approx((3 - 2 / 3) / 4)


def test_long_notes_weigh_more_in_the_distance_to_their_chord() -> None:
    near, far = line("G4:4", under="C"), line("F#4:4", under="C")
    mixed = line("G4:3 F#4", under="C")
    assert melody_chord_distance(near) < melody_chord_distance(far)
    assert melody_chord_distance(mixed) == pytest.approx(
        (3 * melody_chord_distance(near) + melody_chord_distance(far)) / 4
    )


EMPTY = [Phrase(), line("C4 D4"), line("", under="C | G"), line("C4", under="N.C.")]


@pytest.mark.parametrize("phrase", EMPTY)
def test_where_there_is_nothing_to_measure_measures_are_nothing(phrase: Phrase) -> None:
    assert all(value >= 0 for value in measured(phrase).values())
    assert note_in_chord(phrase).share == 0


def test_measures_are_the_same_in_every_key() -> None:
    moved = replace(
        CADENCE,
        notes=tuple(replace(note, pitch=note.pitch + 5) for note in CADENCE.notes),
        chords=tuple(replace(s, chord=s.chord.transposed(5)) for s in CADENCE.chords),
    )
    assert measured(moved) == pytest.approx(measured(CADENCE))


def test_gaps_tell_each_piece_from_the_mean_of_all() -> None:
    one, other = line("C4:4", under="C"), line("F#4:4", under="C")
    found = gaps([one, other], [other, one])["PCS"]
    assert found.made == found.human
    assert found.apart == pytest.approx(abs(pitch_consonance(one) - pitch_consonance(other)))
    assert gaps([CADENCE], [CADENCE]).keys() == MEASURES.keys()
    assert all(gap.apart == 0 for gap in gaps([CADENCE], [CADENCE]).values())


def test_the_wrong_chords_are_told_from_the_right_ones() -> None:
    wrong = replace(
        CADENCE,
        chords=tuple(replace(s, chord=Chord((s.chord.root + 6) % 12)) for s in CADENCE.chords),
    )
    right, bad = measured(CADENCE), measured(wrong)
    assert bad["PCS"] < right["PCS"]
    assert bad["MCTD"] > right["MCTD"]
    assert note_in_chord(wrong).share < note_in_chord(CADENCE).share
