from pathlib import Path

import pytest

from onnx_models.workshop import billboard
from onnx_models.workshop.corpus import read_all, read_job
from onnx_models.workshop.doubles import without_doubles
from onnx_models.workshop.lessons import Way, lesson_of, written
from onnx_models.workshop.tune import Tune

HEAD = "# title: A Song\n# artist: The Singers\n# metre: 4/4\n# tonic: A\n\n0.0\tsilence\n"
SONG = f"""{HEAD}0.5\tA, intro, | A:maj | x2, (guitar
4.5\tB, verse, | A:maj F#:min7 | D:maj/3 . E:7 . | A:maj | E:sus4(b7) |, (voice
12.5\tC, chorus, | D:maj | A:maj/5 | N | B:min . . E:7 | ->
20.5\tA, interlude, | A:maj | D:maj |, voice)
24.5\tsilence
26.0\tend
"""


def song(folder: Path, text: str = SONG, number: str = "0003") -> None:
    place = folder / "mcgill_billboard" / number
    place.mkdir(parents=True)
    (place / "salami_chords.txt").write_text(text, encoding="utf-8")


def read(folder: Path) -> tuple[list[Tune], list[str]]:
    return read_job(next(billboard.jobs(folder, "mcgill_billboard")))


def bars(tune: Tune) -> list[str]:
    """Write the chords that begin in each bar."""
    size, spans = tune.phrase.meter.bar, tune.phrase.chords
    return [
        " ".join(str(span.chord) for span in spans if span.onset // size == bar)
        for bar in range(tune.phrase.bars)
    ]


def test_the_chords_of_a_bar_share_its_beats_and_are_written_where_they_change(
    tmp_path: Path,
) -> None:
    song(tmp_path)
    [tune], refused = read(tmp_path)
    assert refused == []
    assert bars(tune) == [
        "A", "", "F#m7", "D/F# E7", "A", "E7sus4", "D", "A/E", "N.C.", "Bm E7", "A", "D",
    ]  # fmt: skip
    assert [span.onset / 960 for span in tune.phrase.chords[:4]] == [0, 10, 12, 14]
    assert tune.phrase.end == 12 * 3840


def test_a_song_without_melody_has_its_key_its_sections_and_its_tempo(tmp_path: Path) -> None:
    song(tmp_path)
    [tune], _ = read(tmp_path)
    assert tune.phrase.notes == ()
    assert (tune.title, str(tune.phrase.key), tune.tempo) == ("A Song", "A major", 120)
    assert tune.sections == ((0, "intro"), (2, "verse"), (6, "chorus"), (10, "part"))
    assert tune.closes == {1, 5, 9, 11}


def test_a_song_of_two_weeks_is_read_once(tmp_path: Path) -> None:
    song(tmp_path)
    song(tmp_path, SONG.replace("The Singers", "Singers"), "0100")
    song(tmp_path, SONG.replace("The Singers", "Others"), "0101")
    jobs = list(billboard.jobs(tmp_path, "mcgill_billboard"))
    assert [Path(job.first).parent.name for job in jobs] == ["0003", "0101"]


def test_a_song_is_cut_where_its_meter_or_its_tonic_changes(tmp_path: Path) -> None:
    eight = "| A:maj | D:maj | E:7 | A:maj | D:maj | B:min | E:7 | A:maj |"
    text = f"{HEAD}1\tA, verse, {eight}\n5\t| (2/4) A:maj |\n6\tA, verse, {eight}\n"
    song(tmp_path, f"{text}# tonic: E\n# metre: 3/4\n10\tB, chorus, {eight}\n")
    tunes, refused = read(tmp_path)
    assert [(str(t.phrase.meter), str(t.phrase.key), t.phrase.bars) for t in tunes] == [
        ("4/4", "A major", 8), ("4/4", "A major", 8), ("3/4", "E mixolydian", 8),
    ]  # fmt: skip
    assert refused == ["a stretch of few bars between changes"]


def test_a_song_is_cut_where_the_music_pauses(tmp_path: Path) -> None:
    eight = "| A:maj | D:maj | E:7 | A:maj | D:maj | B:min | E:7 | A:maj |"
    song(tmp_path, f"{HEAD}1\tA, verse, {eight} &pause {eight}\n")
    tunes, _ = read(tmp_path)
    assert [tune.phrase.bars for tune in tunes] == [8, 8]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SONG.replace("F#:min7", "H:min7"), "a chord that cannot be read"),
        (SONG.replace("# tonic: A\n", ""), "no key"),
        (SONG.replace("# metre: 4/4", "# metre: free"), "no meter"),
        (SONG.split("12.5")[0], "too few chords"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    song(tmp_path, text)
    assert read(tmp_path) == ([], [reason])


def test_chords_alone_are_counted_and_can_be_learnt(tmp_path: Path) -> None:
    song(tmp_path)
    [tune] = read_all(tmp_path, ["mcgill_billboard"], workers=1)
    lesson = lesson_of(tune)
    assert len(lesson.bars) == 12
    assert not any(bar.melody for bar in lesson.bars)
    assert len(written(lesson, Way(True))) == len(written(lesson, Way(False)))


def test_songs_of_the_same_changes_are_doubles(tmp_path: Path) -> None:
    song(tmp_path)
    [tune], _ = read(tmp_path)
    kept, refused = without_doubles([tune, tune])
    assert len(kept) == 1
    assert [reason for _, reason in refused] == ["a double"]
