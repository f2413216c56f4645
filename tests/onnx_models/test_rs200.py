from pathlib import Path

import pytest

from generators.music.harmony import Chord
from generators.music.names import pitch_name
from onnx_models.workshop import rs200
from onnx_models.workshop.corpus import read_job
from onnx_models.workshop.measures import Measure, carried
from onnx_models.workshop.roman import chord_of
from onnx_models.workshop.rs200 import harmony_of, melody_of, together
from onnx_models.workshop.tune import Refused, Tune

C = 0
VERSE = "...1 3... 5... _ | ..64 .... .... _ | 7.6. 5... _ _ | 1 | 3.4. 5.6. 5... _ | "
MELODY = f"% A Song\n\n[F] [OCT=4] R*2 | \n\n{VERSE}{VERSE}\n% spoken at the end\n"
HARMONY = """
% A Song

A: I vi | IV | V7 | I |     % over a pedal
In: I |*2
Vr: $A ii V/V |
S: [F] $In $Vr*2
"""


def song(folder: Path, melody: str = MELODY, harmony: str = HARMONY) -> None:
    for place, name, text in (
        ("rs200_melody", "a_song_dt.mel", melody),
        ("rs200_harmony", "a_song_tdc.har", harmony),
    ):
        (folder / "rs200" / place).mkdir(parents=True, exist_ok=True)
        (folder / "rs200" / place / name).write_text(text, encoding="utf-8")


def read(folder: Path) -> list[Tune]:
    tunes, refused = read_job(next(rs200.jobs(folder, "rs200")))
    assert refused == []
    return tunes


def sung(text: str) -> str:
    """Write onsets in quarters of a bar of four, and pitches."""
    return " ".join(
        f"{bar}:{float(share * 4):g}:{pitch_name(pitch)}"
        for bar, measure in enumerate(melody_of(text))
        for share, pitch in measure.melody
    )


def played(text: str) -> list[str]:
    """Write the chords of each bar."""
    return [" ".join(str(chord) for _, chord in bar.chords) for bar in carried(harmony_of(text))]


def test_words_share_a_bar_and_signs_share_a_word() -> None:
    assert sung("[C] [OCT=4] 1.3. _ .5 | ...1 | ") == "0:0:C4 0:0.666667:E4 0:3.33333:G4 1:3:C5"
    assert sung("[C] [OCT=4] 1... ...2 _ _ |") == "0:0:C4 0:1.75:D4"


def test_a_degree_is_sung_where_it_is_nearest_to_the_last_one() -> None:
    assert sung("[F] [OCT=4] 1 | 5 | 6 | 2 |") == "0:0:F4 1:0:C4 2:0:D4 3:0:G4"
    assert sung("[F] [OCT=4] 1 | ^5 | v6 |") == "0:0:F4 1:0:C5 2:0:D4"


def test_a_signature_lowers_degrees_until_it_is_taken_back() -> None:
    assert sung("[C] [..b...b] [OCT=4] 3n37#4 |").endswith("0:1:E4 0:2:Bb4 0:3:F#4")
    assert sung("[C] [..b...b] [OCT=4] 3 | [0] 3 | b3 |") == "0:0:Eb4 1:0:E4 2:0:Eb4"


def test_rests_count_bars_of_the_meter_that_holds() -> None:
    bars = melody_of("[C] [OCT=4] R*3 | [2/4] 1. | [4/4] | ")
    assert [str(bar.meter) for bar in bars] == ["4/4", "4/4", "4/4", "2/4", "4/4"]


def test_what_is_no_degree_is_refused() -> None:
    with pytest.raises(Refused, match="a melody that cannot be read"):
        melody_of("[C] [OCT=4] 1x | ")


@pytest.mark.parametrize(
    ("numeral", "symbol"),
    [
        ("I", "C"), ("vi", "Am"), ("bVII", "Bb"), ("#IV", "F#"), ("I7", "Cmaj7"), ("Id7", "C7"),
        ("V7", "G7"), ("bVIId7", "Bb7"), ("bVI7", "Abmaj7"), ("II7", "D7"), ("ii65", "Dm7/F"),
        ("I64", "C/G"), ("IV6", "F/A"), ("ii42", "Dm7/C"), ("V7/V", "D7"), ("V42/IV", "C7/Bb"),
        ("V6/vi", "E/Ab"), ("viix7/V", "F#dim7"), ("viih7", "Bm7b5"), ("viio/ii", "C#dim"),
        ("Vs4", "Gsus4"), ("v7s4", "G7sus4"), ("Va", "Gaug"), ("IV9", "Fmaj9"), ("Id9", "C9"),
        ("i7", "Cm7"), ("V11", "G11"), ("V+11", "Gadd11"), ("vi/bVII", "Gm"), ("V7b9", "G7b9"),
    ],
)  # fmt: skip
def test_numerals_are_chords_on_the_major_scale_of_the_tonic(numeral: str, symbol: str) -> None:
    assert chord_of(numeral, C) == Chord.named(symbol)


def test_a_numeral_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="a chord that cannot be read"):
        chord_of("H7", C)
    with pytest.raises(Refused, match="a chord that cannot be read"):
        chord_of("V/H", C)


def test_sections_hold_sections_and_come_as_often_as_it_says() -> None:
    assert played("A: I | V |\nB: $A*2 IV |*2\nS: [C] R | $B") == [
        "N.C.", "C", "G", "C", "G", "F", "F",
    ]  # fmt: skip


def test_a_dot_and_an_empty_bar_hold_the_chord() -> None:
    assert played("S: [C] I . V . | | . IV |") == ["C G", "G", "G F"]


def test_a_key_and_a_meter_hold_to_the_end_of_their_section() -> None:
    text = "Br: [G] I | [2/4] V |\nVr: I | V |\nS: [C] $Vr $Br $Vr"
    assert played(text) == ["C", "G", "G", "D", "C", "G"]
    bars = harmony_of(text)
    assert [str(bar.meter) for bar in bars] == ["4/4", "4/4", "4/4", "2/4", "4/4", "4/4"]
    assert [bar.tonic for bar in bars] == [0, 0, 7, 7, 0, 0]


def test_a_section_within_itself_or_a_missing_one_is_refused() -> None:
    with pytest.raises(Refused, match="sections within themselves"):
        harmony_of("A: I | $A\nS: [C] $A")
    with pytest.raises(Refused, match="a section that is missing"):
        harmony_of("S: [C] $Vr")
    with pytest.raises(Refused, match="a song without sections"):
        harmony_of("A: I |")


def test_a_song_is_sung_on_the_bars_of_its_chords(tmp_path: Path) -> None:
    song(tmp_path)
    [tune] = read(tmp_path)
    assert (tune.title, tune.style, str(tune.phrase.key)) == ("A Song", "rock", "F major")
    chords = [(span.onset // 3840, str(span.chord)) for span in tune.phrase.chords[:6]]
    assert chords == [(0, "F"), (0, "Dm"), (1, "Bb"), (2, "C7"), (3, "F"), (4, "Gm")]
    assert [note.onset / 960 for note in tune.phrase.notes[:4]] == [0.75, 1, 2, 4.5]
    assert tune.sections == ((0, "verse"), (5, "verse"))
    assert {4, 9} <= tune.closes


def test_a_note_lasts_to_the_next_one_but_no_longer_than_half_a_bar(tmp_path: Path) -> None:
    song(tmp_path)
    [tune] = read(tmp_path)
    assert [note.length / 960 for note in tune.phrase.notes[:3]] == [0.25, 1, 2]


def test_melody_and_harmony_of_different_bars_are_refused() -> None:
    melody, harmony = melody_of("[C] [OCT=4] 1 | 2 | "), harmony_of("S: [C] I | V | I |")
    with pytest.raises(Refused, match="not of the same bars"):
        together(melody, harmony)
    with pytest.raises(Refused, match="not of the same bars"):
        together(melody_of("[3/4] [C] R*3 |"), harmony)


def test_a_song_is_cut_where_its_key_changes(tmp_path: Path) -> None:
    harmony = HARMONY.replace("$Vr*2", "$Vr [G] $Vr")
    song(tmp_path, harmony=harmony, melody=f"[F] [OCT=4] R*2 | {VERSE} [G] {VERSE}")
    found, refused = rs200.read(next(rs200.jobs(tmp_path, "rs200")))
    assert [str(tune.phrase.key) for tune in found] == ["F major", "G major"]
    assert refused == []


def test_the_artists_of_all_songs_are_told() -> None:
    artists = rs200.artists_of()
    assert len(artists) == 200
    assert artists["hey_jude"] == "The Beatles"


def test_bars_say_which_chord_holds_when_they_begin() -> None:
    bars = carried(harmony_of("S: [C] I V | | R | IV |"))
    assert [str(bar.chords[0][1]) for bar in bars] == ["C", "G", "N.C.", "F"]
    assert isinstance(bars[0], Measure)
