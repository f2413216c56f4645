from fractions import Fraction

import pytest

from generators.music.time import QUARTER, Meter
from onnx_models.workshop.romantext import (
    bars_of,
    beat_of,
    chord_of,
    home_key,
    labels_of,
    spans_of,
    unrolled,
)

ANALYSIS = """Composer: Nobody
Title: A Chorale
Time Signature: 4/4

Form: chorale
m0 b4 g: i
m1 V6 b2 i b2.5 vii/o7/V b3 V || b4 Bb:I
Note: m1 is not a bar of its own
m1var1 V b3 i
m2 ii6/5 b1.667 V7 b3 I :||
m3 I64 bnan V b3 V g: i"""


def test_labels_have_their_bar_beat_and_key() -> None:
    found = [(each.bar, each.beat, each.key, each.figure) for each in labels_of(ANALYSIS)]
    assert found[0] == (0, Fraction(4), "g", "i")
    assert found[3] == (1, Fraction(5, 2), "g", "vii/o7/V")
    assert found[5] == (1, Fraction(4), "B-", "I")
    assert found[7] == (2, Fraction(5, 3), "B-", "V7")
    assert [each[3] for each in found[-3:]] == ["I64", "V", "i"]
    assert len(found) == 12
    assert bars_of(ANALYSIS) == 4
    assert str(home_key(labels_of(ANALYSIS))) == "G minor"


@pytest.mark.parametrize(
    ("key", "figure", "chord"),
    [
        ("G", "V6/5/V", "A7/C#"),
        ("G", "I6/4", "G/D"),
        ("g", "vii/o7", "F#m7b5"),
        ("g", "viio4/3", "F#dim7/C"),
        ("c", "N6", "C#/F"),
        ("G", "Ger65", "D#7"),
        ("C", "IVmaj7", "Fmaj7"),
        ("B-", "ii", "Cm"),
    ],
)
def test_a_numeral_sounds_as_its_chord(key: str, figure: str, chord: str) -> None:
    heard, meant = chord_of(key, figure), chord.replace("D#", "Eb").replace("C#/", "Db/")
    assert heard is not None
    assert heard == type(heard).named(meant)


def test_what_is_no_numeral_is_no_chord() -> None:
    assert chord_of("C", "Q7") is None


def test_beats_are_those_that_are_felt_but_an_eighth_in_three_eight() -> None:
    assert beat_of(Meter(6, 8)) == 3 * QUARTER // 2
    assert beat_of(Meter(6, 4)) == 3 * QUARTER
    assert beat_of(Meter(3, 8)) == QUARTER // 2
    assert beat_of(Meter(2, 2)) == 2 * QUARTER


def test_a_chord_lasts_until_the_next_and_equal_ones_are_one() -> None:
    labels = labels_of("m1 C: I b3 I\nm2 V b3 I6\nm9 IV")
    meter, bar = Meter(), Meter().bar
    bars = {1: 0, 2: bar}
    spans = spans_of(labels, bars, dict.fromkeys(bars, meter), 2 * bar)
    assert [(str(s.chord), s.onset, s.end) for s in spans] == [
        ("C", 0, bar),
        ("G", bar, bar + bar // 2),
        ("C/E", bar + bar // 2, 2 * bar),
    ]


def test_a_repeat_with_a_pick_up_comes_again_after_whole_bars() -> None:
    labels = labels_of("m0 b4 C: V\nm1 I b3 IV\nm2 I :|| b4 V7\nm3 I")
    found = [(each.bar, int(each.beat), each.figure) for each in unrolled(labels, Meter())]
    assert found == [
        (0, 4, "V"), (1, 1, "I"), (1, 3, "IV"), (2, 1, "I"),
        (2, 4, "V"), (3, 1, "I"), (3, 3, "IV"), (4, 1, "I"),
        (4, 4, "V7"), (5, 1, "I"),
    ]  # fmt: skip
