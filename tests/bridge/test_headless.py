import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from bridge import headless
from bridge.errors import Unwritable
from bridge.headless import Done, Order, Task
from generators.music import documents, files
from generators.music.errors import BadSong
from generators.music.notes import Note
from generators.music.song import Form
from generators.origins import Origin, Piece
from generators.prompt import Kind
from generators.rules import Rules
from generators.songs import Wish
from tests.songs.made import HUMDRUM, TUNE, line, midi, note, score

ORDER = Order(Wish(Kind.CONTINUE, bars=2), Rules())
SONGS = {
    "tune.mid": midi(line()),
    "score.musicxml": score(note("C", duration=4), note("D", duration=4)),
    "score.mxl": documents.packed(score(note("C", duration=4))),
    "tune.abc": TUNE.encode(),
    "spine.krn": HUMDRUM.encode(),
}
HIDDEN_NAMES = ("._tune.mid", ".hidden.mid")
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in SONGS.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_what_knows_the_training_names_what_the_melody_is_like(folder: Path) -> None:
    heard: list[int] = []

    def nearest(notes: Sequence[Note]) -> list[Origin]:
        heard.append(len(notes))
        return [Origin(Piece("The Rakes of Mallow", "a book"), 0.25)]

    task = Task(str(folder / "tune.mid"), str(folder / "answer.mid"), Form.MIDI)
    done = headless.run(task, replace(ORDER, nearest=nearest))
    assert done.answer is not None
    assert heard == [len(done.answer.parts[0].notes)]
    assert list(done.reasons())[-1] == (
        "nearest in the training, by shared patterns of six notes: The Rakes of Mallow (a book) 25%"
    )
    assert done.as_json()["nearest"] == [
        {"title": "The Rakes of Mallow", "source": "a book", "share": 0.25}
    ]


def test_a_melody_that_is_like_no_piece_is_said_to_be(folder: Path) -> None:
    task = Task(str(folder / "tune.mid"), str(folder / "answer.mid"), Form.MIDI)
    done = headless.run(task, replace(ORDER, nearest=lambda _: []))
    assert list(done.reasons())[-1] == (
        "no training piece shares a pattern of six notes with the melody"
    )
    assert done.as_json()["nearest"] == []
    chords = Order(Wish(Kind.HARMONIZE), Rules(), nearest=lambda _: [])
    assert headless.run(task, chords).nearest is None


def places(done: list[Task | Done]) -> list[str]:
    return [Path(each.out if isinstance(each, Task) else each.task.out).name for each in done]


@pytest.mark.parametrize("name", SONGS)
@pytest.mark.parametrize("ending", [".mid", ".musicxml", ".mxl"])
def test_every_format_becomes_every_other(folder: Path, name: str, ending: str) -> None:
    out = folder / f"answer{ending}"
    done = headless.run(Task(str(folder / name), str(out), files.form_of(str(out))), ORDER)
    assert done.trouble is None
    song = files.read(out.read_bytes())
    assert [part.name for part in song.parts][-2:] == ["Antiphon melody", "Antiphon chords"]
    assert sorted(p.name for p in folder.iterdir()) == sorted([*SONGS, out.name])


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("nothing.mid", None, "no such file"),
        ("empty.mid", b"", "empty"),
        ("noise.mid", bytes(range(256)), "no song that can be read"),
        ("half.mid", midi(line())[:18], "no track"),
        ("silence.mid", midi([]), "no notes"),
        ("drums.mid", midi(line(channel=9)), "only drums"),
        ("page.xml", b"<html/>", "no score"),
    ],
)
def test_a_bad_song_is_told_in_a_sentence(
    tmp_path: Path, name: str, data: bytes | None, what: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    done = headless.run(Task(str(tmp_path / name), str(tmp_path / "out.mid"), Form.MIDI), ORDER)
    assert what in str(done)
    assert not (tmp_path / "out.mid").exists()


def test_a_wrong_ending_does_not_matter(folder: Path) -> None:
    (folder / "wrong.mid").write_bytes(SONGS["score.mxl"])
    done = headless.run(Task(str(folder / "wrong.mid"), str(folder / "out"), None), ORDER)
    assert done.trouble is None
    assert documents.kind_of((folder / "out").read_bytes()) is Form.MXL


def test_a_folder_is_read_as_a_song_with_a_sentence(folder: Path) -> None:
    done = headless.run(Task(str(folder), str(folder / "out.mid"), Form.MIDI), ORDER)
    assert "cannot be read" in str(done)


def test_the_song_itself_is_never_replaced(folder: Path) -> None:
    song = folder / "tune.mid"
    done = headless.run(Task(str(song), str(folder / "." / "tune.mid"), Form.MIDI), ORDER)
    assert isinstance(done.trouble, Unwritable)
    assert song.read_bytes() == SONGS["tune.mid"]


def test_the_folder_of_an_answer_is_made(folder: Path) -> None:
    headless.save(str(folder / "new" / "er" / "out.mid"), b"x")
    assert (folder / "new" / "er" / "out.mid").read_bytes() == b"x"


def test_a_file_where_a_folder_should_be_is_told(folder: Path) -> None:
    with pytest.raises(Unwritable, match="cannot be written"):
        headless.save(str(folder / "tune.mid" / "out.mid"), b"x")


@as_root
def test_a_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(Unwritable, match="cannot be written"):
        headless.save(str(folder / "out.mid"), b"x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk at hand")
def test_a_full_disk_is_told() -> None:
    with pytest.raises(Unwritable, match="No space left"):
        headless.save("/dev/full", b"x" * 100_000)


def test_what_was_there_stays_when_writing_fails(folder: Path) -> None:
    resource = pytest.importorskip("resource")
    out = folder / "out.mid"
    out.write_bytes(b"before")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        with pytest.raises(Unwritable):
            headless.save(str(out), b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert out.read_bytes() == b"before"
    assert sorted(p.name for p in folder.iterdir()) == sorted([*SONGS, "out.mid"])


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_what_a_link_points_to_is_replaced_and_the_link_stays(folder: Path) -> None:
    (folder / "real.mid").write_bytes(b"before")
    (folder / "link.mid").symlink_to(folder / "real.mid")
    headless.save(str(folder / "link.mid"), b"after")
    assert (folder / "link.mid").is_symlink()
    assert (folder / "real.mid").read_bytes() == b"after"


def test_an_answer_may_be_read_by_whom_the_player_allows(folder: Path) -> None:
    headless.save(str(folder / "out.mid"), b"x")
    (folder / "usual").write_bytes(b"x")
    assert (folder / "out.mid").stat().st_mode == (folder / "usual").stat().st_mode


def test_a_song_comes_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe:
        def __init__(self, data: bytes = b"") -> None:
            self.buffer = BytesIO(data)

    out = Pipe()
    monkeypatch.setattr(sys, "stdin", Pipe(SONGS["tune.mid"]))
    monkeypatch.setattr(sys, "stdout", out)
    assert headless.run(Task("-", "-"), ORDER).trouble is None
    assert out.buffer.getvalue().startswith(b"MThd")


def test_a_folder_gives_every_song_a_place(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "tune.mid").write_bytes(SONGS["tune.mid"])
    for name in HIDDEN_NAMES:
        (folder / name).write_bytes(b"")
    (folder / "notes.txt").write_bytes(b"")
    out = folder / "out"
    found = list(headless.planned([str(folder)], out, None))
    assert [Path(each.out).relative_to(out) for each in found if isinstance(each, Task)] == [
        Path("score.musicxml"), Path("score.mxl"), Path("spine.musicxml"), Path("sub/tune.mid"),
        Path("tune.abc"), Path("tune.mid"),
    ]  # fmt: skip


def test_answers_of_an_earlier_run_are_no_songs(folder: Path) -> None:
    out = folder / "out"
    out.mkdir()
    (out / "tune.mid").write_bytes(SONGS["tune.mid"])
    assert len(list(headless.planned([str(folder)], out, None))) == len(SONGS)


def test_answers_may_lie_above_the_folder_of_songs(folder: Path) -> None:
    assert len(list(headless.planned([str(folder)], folder.parent, None))) == len(SONGS)


def test_songs_of_one_name_get_names_of_their_own(folder: Path) -> None:
    songs = [str(folder / "tune.mid"), str(folder / "tune.mid"), str(folder / "tune.abc")]
    assert places(list(headless.planned(songs, folder / "out", Form.MIDI))) == [
        "tune.mid", "tune-2.mid", "tune-3.mid",
    ]  # fmt: skip


def test_a_folder_without_music_is_a_trouble_among_others(folder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    found = list(headless.planned([str(bare), str(folder / "tune.mid")], folder / "out", None))
    assert isinstance(found[0], Done)
    assert isinstance(found[0].trouble, BadSong)
    assert isinstance(found[1], Task)


def test_a_program_can_read_what_was_done(folder: Path) -> None:
    out = folder / "out.mid"
    told = headless.run(Task(str(folder / "tune.mid"), str(out), Form.MIDI), ORDER).as_json()
    assert (told["start"], told["end"], told["key"], told["meter"]) == (
        16.0,
        24.0,
        "C major",
        "4/4",
    )
    assert [part["name"] for part in told["parts"]] == ["Antiphon melody", "Antiphon chords"]
    assert all(isinstance(symbol, str) for symbol in told["parts"][1]["chords"])
    assert told["model"] == "rules"
    missing = headless.run(Task("nothing.mid", str(out), Form.MIDI), ORDER).as_json()
    assert missing["error"] == "there is no such file"
