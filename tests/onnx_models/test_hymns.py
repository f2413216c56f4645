import pytest

from generators.music.time import QUARTER
from onnx_models.workshop.corpus import read_job
from onnx_models.workshop.hymns import read
from onnx_models.workshop.job import Job
from onnx_models.workshop.tune import Refused, Tune

HYMN = """X: 7
T: Old Tune
C: Words: nobody, 1800.
C: copyright: public domain.  This score is a part of a hymnal.
M: 4/4 % time signature
L: 1/4 % default length
%%staves (S1V1 S1V2) | (S2V1 S2V2)
V: S1V1 clef=treble
V: S1V2
V: S2V1 clef=bass
V: S2V2
K: G % key signature
% 1
[V: S1V1] [Q:1/4=100] "^Verse" G | B A G !fermata!A | (B c) d
w: 1.~Praise to the Lord, the_ Al- migh- ty
[V: S1V2] D | G F D F | G G G
[V: S2V1] B, | D D B, D | D E D
[V: S2V2] G, | G, D, G, D, | G, C, B,,
% 4
[V: S1V1] G | c B A> B | G3 |]
[V: S1V2] D | E D E D & x2 F2 | D3 |]
[V: S2V1] B, | G, G, C2 | B,3 |]
[V: S2V2] G,, | C, G,, A,, D, | G,,3 |]
"""


def hymn(text: str = HYMN) -> Tune:
    (tune,), refused = read(Job("open_hymnal", "train", text, style="hymn"))
    assert refused == []
    return tune


def test_the_soprano_is_the_melody_and_a_pick_up_ends_the_first_bar() -> None:
    tune = hymn()
    assert (tune.title, tune.style, tune.tempo) == ("Old Tune", "hymn", 100)
    assert [(note.onset / QUARTER, note.pitch) for note in tune.phrase.notes[:5]] == [
        (3, 67), (4, 71), (5, 69), (6, 67), (7, 69),
    ]  # fmt: skip
    assert tune.phrase.bars == 5


def test_four_voices_make_the_chord_of_each_beat() -> None:
    symbols = [(span.onset // QUARTER, str(span.chord)) for span in hymn().phrase.chords]
    assert symbols[:6] == [(3, "G"), (5, "D"), (6, "G"), (7, "D"), (8, "G"), (9, "C")]
    assert symbols[-1] == (16, "G")


def test_a_suspended_voice_is_heard_as_what_it_resolves_to() -> None:
    late = HYMN.replace("G F D F |", "G (G/F/) D F |")
    assert [str(span.chord) for span in hymn(late).phrase.chords][:3] == ["G", "D", "G"]


def test_a_line_of_music_is_a_line_of_the_verse() -> None:
    assert hymn().closes == {2, 4}


def test_a_hymn_that_is_not_free_is_refused() -> None:
    owned = HYMN.replace("copyright: public domain.", "copyright: Words: Copyright 2009, somebody.")
    with pytest.raises(Refused, match="public domain"):
        hymn(owned)
    assert read_job(Job("open_hymnal", "train", owned)) == (
        [],
        ["not said to be in the public domain"],
    )


def test_a_hymn_in_free_meter_or_with_voices_that_part_is_refused() -> None:
    with pytest.raises(Refused, match="no meter"):
        hymn(HYMN.replace("M: 4/4", "M: none"))
    with pytest.raises(Refused, match="different lengths"):
        hymn(HYMN.replace("G,,3 |]", "G,,3 | G,,4 |]"))
    with pytest.raises(Refused, match="no four voices"):
        hymn(HYMN.replace("S1V1", "S1"))
