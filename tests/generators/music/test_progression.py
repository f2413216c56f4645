import pytest

from generators.music.errors import BadValue
from generators.music.harmony import Chord
from generators.music.progression import progression
from generators.music.time import QUARTER, Meter
from tests.music import chords


def test_each_bar_holds_its_chord() -> None:
    spans = chords("Am | F | C G | %")
    assert [(s.onset // QUARTER, s.length // QUARTER, str(s.chord)) for s in spans] == [
        (0, 4, "Am"), (4, 4, "F"), (8, 2, "C"), (10, 2, "G"), (12, 2, "C"), (14, 2, "G"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "meter", "beats"),
    [
        ("Am F", "5/4", [3, 2]),
        ("Am F", "7/8", [4, 3]),
        ("Am F C", "12/8", [6, 3, 3]),
        ("Am F C", "6/8", [2, 2, 2]),
        ("Am", "3/4", [3]),
    ],
)
def test_chords_share_the_bar_on_beats(text: str, meter: str, beats: list[int]) -> None:
    beat = Meter.named(meter).beat
    assert [span.length // beat for span in chords(text, meter)] == beats


@pytest.mark.parametrize("text", ["| Am | F |", "Am | F", "Am||F", " Am|F ||"])
def test_bar_lines_at_the_ends_and_double_ones_do_no_harm(text: str) -> None:
    assert [str(span.chord) for span in progression(text)] == ["Am", "F"]


def test_silence_of_harmony_is_written_nc() -> None:
    assert progression("N.C. | C")[0].chord == Chord(0, "N.C.")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"),
        ("Am | | F", "empty"),
        ("% | Am", "nothing"),
        ("C C C C C", "more chords"),
        ("Am | Hm", "Hm"),
        ("C|" * 600, "512"),
    ],
)
def test_a_progression_that_cannot_be_read_says_why(text: str, what: str) -> None:
    with pytest.raises(BadValue, match=what):
        progression(text)
