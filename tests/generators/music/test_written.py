import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.music.notes import Note
from generators.music.song import Measure
from generators.music.time import Meter, Ticks
from generators.music.written import Voice, voices_of
from tests.music import line

BAR = 3840


def measures(count: int, meter: Meter = Meter()) -> list[Measure]:  # noqa: B008 - a value
    return [Measure(str(i), Ticks(i * meter.bar), meter.bar) for i in range(count)]


def written(text: str, meter: str = "4/4") -> list[list[Voice]]:
    phrase = line(text, meter)
    bars = measures(max(1, phrase.bars), phrase.meter)
    return voices_of(phrase.notes, bars, [phrase.meter] * len(bars))


def names(voice: Voice) -> str:
    return " ".join(
        f"{'n' if w.pitches else 'r'}:{w.value.type}{'.' * w.value.dots}{'3' * w.value.triplet}"
        for w in voice
        if w.value is not None
    )


def test_plain_values_are_written_plainly() -> None:
    assert names(written("C4 D4:1/2 E4:1/2 F4:2")[0][0]) == "n:quarter n:eighth n:eighth n:half"


def test_what_is_missing_is_rests() -> None:
    assert names(written("C4:1/4 -:3/4 D4")[0][0]) == "n:16th r:16th r:eighth n:quarter r:half"


def test_a_triplet_is_found_and_marked() -> None:
    voice = written("C4:1/3 D4:1/3 E4:1/3 F4 G4:2")[0][0]
    assert names(voice) == "n:eighth3 n:eighth3 n:eighth3 n:quarter n:half"
    assert [w.tuplet for w in voice] == ["start", "", "stop", "", ""]


def test_triplets_of_cut_time_are_marked_one_by_one() -> None:
    voice = written("C4:1/3 D4:1/3 E4:1/3 F4:1/3 G4:1/3 A4:1/3 C5:2", "2/2")[0][0]
    assert names(voice) == " ".join(["n:eighth3"] * 6 + ["n:half"])
    assert [w.tuplet for w in voice] == ["start", "", "stop", "start", "", "stop", ""]


def test_a_note_goes_over_the_bar_line_on_a_tie() -> None:
    first, second = written("C4:3 D4:2")
    assert first[0][-1].pitches[0].tied_to
    assert second[0][0].pitches[0].tied_from
    assert not second[0][0].pitches[0].tied_to


def test_eighths_are_beamed_within_their_beat() -> None:
    voice = written("C4:1/2 D4:1/2 E4:1/4 F4:1/4 G4:1/4 A4:1/4 B4:1/2 C5")[0][0]
    beams = [w.beams for w in voice]
    assert beams[:3] == [("begin",), ("end",), ("begin", "begin")]
    assert beams[6] == ()


def test_six_eighths_are_two_beats() -> None:
    voice = written(" ".join(["C4:1/2"] * 6), "6/8")[0][0]
    assert [w.beams for w in voice] == [("begin",), ("continue",), ("end",)] * 2


def test_what_sounds_into_another_gets_a_voice_of_its_own() -> None:
    notes = [Note(Ticks(0), 48, Ticks(3840)), Note(Ticks(960), 64, Ticks(960))]
    voices = voices_of(notes, measures(1), [Meter()])[0]
    assert [names(voice) for voice in voices] == ["n:whole", "r:quarter n:quarter r:half"]


def test_a_note_that_is_let_go_early_is_written_whole() -> None:
    notes = [Note(Ticks(0), 60, Ticks(760)), Note(Ticks(960), 62, Ticks(900))]
    assert names(voices_of(notes, measures(1), [Meter()])[0][0]) == "n:quarter n:quarter r:half"


def test_a_note_just_before_the_bar_line_belongs_after_it() -> None:
    notes = [Note(Ticks(BAR - 20), 60, Ticks(960))]
    first, second = voices_of(notes, measures(2), [Meter()] * 2)
    assert names(first[0]) == "r:whole"
    assert names(second[0]) == "n:quarter r:quarter r:half"


@given(
    st.lists(
        st.tuples(st.integers(0, 4 * BAR), st.integers(30, 90), st.integers(1, 5000)), max_size=30
    ),
    st.sampled_from(["4/4", "3/4", "6/8", "7/8", "5/4", "12/8"]),
)
def test_every_voice_fills_every_measure(notes: list[tuple[int, int, int]], name: str) -> None:
    meter = Meter.named(name)
    bars = measures(8, meter)
    sounding = [Note(Ticks(at), pitch, Ticks(length)) for at, pitch, length in notes]
    for voices in voices_of(sounding, bars, [meter] * 8):
        for voice in voices:
            assert voice[0].onset == 0
            assert [w.end for w in voice[:-1]] == [w.onset for w in voice[1:]]
            assert voice[-1].end == meter.bar
            assert all(w.value is not None for w in voice)


@pytest.mark.parametrize(
    ("text", "meter", "as_written"),
    [
        ("C4 -:3", "4/4", "C:quarter r:quarter r:half"),
        ("-:3 C4", "4/4", "r:half r:quarter C:quarter"),
        ("-:2 C4", "3/4", "r:quarter r:quarter C:quarter"),
        ("-:3/2 C4:3/2", "6/8", "r:quarter. C:quarter."),
        ("C4:1/2 - C4:3/2", "6/8", "C:eighth r:eighth r:eighth C:quarter."),
        ("- C4:1/2 C4:3/2", "6/8", "r:quarter C:eighth C:quarter."),
        ("-:3 C4:3", "12/8", "r:half. C:half."),
        ("C4:1/4 -:3/4 C4:3", "4/4", "C:16th r:16th r:eighth C:half."),
    ],
)
def test_rests_fill_parts_of_the_bar(text: str, meter: str, as_written: str) -> None:
    assert shapes(written(text, meter)[0][0]) == as_written


@pytest.mark.parametrize(
    ("text", "meter", "as_written"),
    [
        ("C4 C4:2 C4", "4/4", "C:quarter C:half C:quarter"),
        ("C4:1/2 C4 C4:1/2 C4:2", "4/4", "C:eighth C:quarter C:eighth C:half"),
        ("C4:3/2 C4 C4:3/2", "4/4", "C:quarter. C:eighth~ C:eighth C:quarter."),
        ("C4:1/2 C4:2 C4:3/2", "4/4", "C:eighth C:eighth~ C:quarter~ C:eighth C:quarter."),
        ("C4 C4:3/2 C4:3/2", "4/4", "C:quarter C:quarter~ C:eighth C:quarter."),
        ("C4 C4:3", "4/4", "C:quarter C:half."),
        ("C4 C4 C4", "6/8", "C:quarter C:eighth~ C:eighth C:quarter"),
        ("C4:1/2 C4 C4 C4:1/2", "3/4", "C:eighth C:quarter C:quarter C:eighth"),
    ],
)
def test_a_note_shows_the_beats_that_it_goes_over(text: str, meter: str, as_written: str) -> None:
    assert shapes(written(text, meter)[0][0]) == as_written


def shapes(voice: Voice) -> str:
    """Return what a voice looks like: C:quarter. for a dotted note, ~ for a tie, r for a rest."""
    return " ".join(
        ("C:" if each.pitches else "r:")
        + (each.value.type + "." * each.value.dots if each.value else "?")
        + ("~" if each.pitches and each.pitches[0].tied_to else "")
        for each in voice
    )
