from pathlib import Path

import pytest

from onnx_models.workshop.job import Found
from onnx_models.workshop.lieder import jobs, read
from onnx_models.workshop.tune import Refused
from tests.onnx_models.written import part, score

VOICE = "C5 E5 G5 E5 | D5 F5 B4:2 | C5 E5 A4 C5 | B4 D5 G4:2 | E5 G5 C5 E5 | G4 D5 C5:2"
PIANO = " | ".join(["C3:4"] * 6)
NUMERALS = """Composer: Nobody
Time Signature: 4/4

m1 C: I
m2 viio
m3 I b3 vi
m4 V
m5 I
m6 V b3 I"""


def song(
    corpora: Path, voice: str = VOICE, numerals: str | None = NUMERALS, sung: bool = True
) -> Found:
    folder = corpora / "openscore_lieder" / "scores" / "Nobody" / "Lieder,_Op.1" / "1_Lied"
    parts = {"Piano": part(PIANO, sung=False), "Voice": part(voice, sung=sung)}
    score(folder / "lc1.mxl", parts, "Lied")
    if numerals is not None:
        (folder / "analysis_automatic.rntxt").write_text(numerals, encoding="utf-8")
    (job,) = jobs(corpora, "openscore_lieder")
    return read(job)


def test_the_voice_sings_over_the_chords_that_were_heard(tmp_path: Path) -> None:
    (tune,), refused = song(tmp_path)
    assert (tune.title, tune.style, str(tune.phrase.key)) == ("Lied", "song", "C major")
    assert [str(span.chord) for span in tune.phrase.chords] == [
        "C", "Bdim", "C", "Am", "G", "C", "G", "C",
    ]  # fmt: skip
    assert refused == []


def test_numbers_that_are_a_bar_apart_are_brought_together(tmp_path: Path) -> None:
    late = NUMERALS
    for number in range(1, 7):
        late = late.replace(f"m{number} ", f"m{number - 1} ")
    (tune,), _ = song(tmp_path, numerals=late)
    assert [str(span.chord) for span in tune.phrase.chords][:3] == ["C", "Bdim", "C"]


def test_chords_that_do_not_fit_are_left_out_and_counted(tmp_path: Path) -> None:
    (tune,), refused = song(tmp_path, numerals=NUMERALS.replace("C: I", "F#: I"))
    assert (tune.phrase.chords, refused) == ((), ["an analysis that does not fit (chords only)"])
    (tune,), refused = song(tmp_path, numerals=NUMERALS + "\nm7 I")
    assert (tune.phrase.chords, refused) == ((), ["an analysis of other bars (chords only)"])


def test_a_stretch_over_other_chords_is_learnt_without_them(tmp_path: Path) -> None:
    waltz = " | [M 3/4] " + " | ".join(["E5:2 D5", "C5:3"] * 2)
    again = NUMERALS.partition("m1 ")[2]
    for number in range(6, 1, -1):
        again = again.replace(f"m{number} ", f"m{number + 6} ")
    numerals = f"{NUMERALS}\nm7 {again}\nm13 F#: I\nm14 V\nm15 I\nm16 I"
    (first, second), refused = song(tmp_path, f"{VOICE} | {VOICE}{waltz}", numerals)
    assert first.phrase.chords
    assert second.phrase.chords == ()
    assert refused == ["a stretch of an analysis that does not fit (chords only)"]


def test_a_song_without_analysis_is_a_melody(tmp_path: Path) -> None:
    (tune,), refused = song(tmp_path, numerals=None)
    assert (len(tune.phrase.notes), tune.phrase.chords) == (21, ())
    assert refused == ["no analysis (chords only)"]


def test_a_song_is_cut_where_its_meter_changes(tmp_path: Path) -> None:
    waltz = " | [M 3/4] " + " | ".join(["E5:2 D5", "C5:3"] * 2)
    (first, second), _ = song(tmp_path, VOICE + waltz, None)
    assert (str(first.phrase.meter), first.phrase.bars) == ("4/4", 6)
    assert (str(second.phrase.meter), second.phrase.bars) == ("3/4", 4)


def test_the_piano_alone_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no words"):
        song(tmp_path, sung=False)
