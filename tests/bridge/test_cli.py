import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bridge import cli
from bridge.protocol import KINDS
from generators.music import files
from tests.songs.made import TUNE, line, midi, note, score

ROOT = Path(__file__).parents[2]
TUNES = {"a.mid": midi(line()), "b.musicxml": score(note("C", duration=4)), "c.abc": TUNE.encode()}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with songs, in which no setting of the player's own gets in."""
    for name in ("XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "own"))
    monkeypatch.chdir(tmp_path)
    for name, data in TUNES.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def run(*words: str) -> int:
    """Run a command as `antiphon` does, with the rules: they need no model."""
    try:
        return cli.main([*words, *(["--model", "rules"] if words[:1][0] in KINDS else [])])
    except SystemExit as ended:
        return int(ended.code or 0)


def process(*words: str, data: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """Run a command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "bridge", *words],
        input=data, capture_output=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["continue", "harmonize", "improvise"])
def test_a_song_is_answered(folder: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(kind, "a.mid", "-o", "out.mid") == 0
    assert files.read((folder / "out.mid").read_bytes()).parts[0].notes
    assert capsys.readouterr().out == ""


def test_bars_in_the_middle_are_answered(folder: Path) -> None:
    assert run("infill", "a.mid", "-o", "out.musicxml", "--bars", "2-3", "--parts", "melody") == 0
    added = files.read((folder / "out.musicxml").read_bytes()).parts[-1]
    assert added.name == "Antiphon melody"
    assert 3840 <= added.notes[0].onset < 11520


def test_the_wishes_are_heard(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--bars", "3", "--key", "D minor", "--parts", "chords", "--seed", "5", "--json")
    assert run("continue", "a.mid", "-o", "out.mid", *words) == 0
    told = json.loads(capsys.readouterr().out)["songs"][0]
    assert (told["key"], told["end"] - told["start"], told["model"]) == ("D minor", 12.0, "rules")
    assert [part["name"] for part in told["parts"]] == ["Antiphon chords"]


def test_the_same_words_give_the_same_bytes(folder: Path) -> None:
    for out in ("one.mid", "two.mid"):
        assert run("continue", "a.mid", "-o", out) == 0
    assert run("continue", "a.mid", "-o", "three.mid", "--seed", "2") == 0
    one, two, three = ((folder / f"{name}.mid").read_bytes() for name in ("one", "two", "three"))
    assert one == two != three


def test_the_best_of_several_is_chosen_and_explained(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("continue", "a.mid", "-o", "one.mid", "--best-of", "1", "--explain") == 0
    assert "the best of 1, as it came" in capsys.readouterr().err
    assert run("continue", "a.mid", "-o", "best.mid", "--best-of", "5", "--explain") == 0
    said = capsys.readouterr().err
    assert "first of" in said
    assert re.search(r"the best of [2-5], by \+\d\.\d\d: [a-z ]+ \+\d", said)
    assert run("continue", "a.mid", "-o", "again.mid", "--best-of", "5", "--json") == 0
    told = json.loads(capsys.readouterr().out)["songs"][0]
    assert told["choices"][0]["place"] == 0
    assert told["nearest"] is None
    best, again = ((folder / f"{name}.mid").read_bytes() for name in ("best", "again"))
    assert best == again


def test_a_batch_goes_on_past_a_bad_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.mid").write_bytes(b"MThd")
    assert run("continue", ".", "nothing.mid", "--out-dir", "out") == 1
    assert sorted(p.name for p in (folder / "out").iterdir()) == sorted(TUNES)
    said = capsys.readouterr().err.splitlines()
    assert "antiphon: 3 of 5 answered" in said
    assert [line.split(":")[1].strip() for line in said[-2:]] == ["bad.mid", "nothing.mid"]


def test_a_batch_may_be_read_by_a_program(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("harmonize", "a.mid", "nothing.mid", "--out-dir", "out", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 1
    assert ["error" in song for song in told["songs"]] == [False, True]


def test_all_are_written_in_the_format_that_is_named(folder: Path) -> None:
    assert run("continue", ".", "--out-dir", "out", "--format", "mxl") == 0
    assert {p.suffix for p in (folder / "out").iterdir()} == {".mxl"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["continue", "a.mid"], "say where the answer goes"),
        (["continue", "a.mid", "-o", "x.mid", "--out-dir", "y"], "say where the answer goes"),
        (["continue", "a.mid", "c.abc", "-o", "x.mid"], "do not fit into one file"),
        (["continue", ".", "-o", "x.mid"], "do not fit into one file"),
        (["continue", "a.mid", "-o", "x.txt"], "no ending of a song"),
        (["continue", "a.mid", "-o", "x.krn"], "read but not written"),
        (["continue", "a.mid", "-o", "x", "--format", "wav"], "--format cannot be 'wav'"),
        (["continue", "a.mid", "-o", "-", "--json"], "both want standard output"),
        (["continue", "-", "-", "--out-dir", "y"], "standard input is one song"),
        (["continue", "a.mid", "-o", "x.mid", "--best-of", "0"], "--best-of cannot be '0'; it"),
        (["continue", "a.mid", "-o", "x.mid", "--best-of", "33"], "the best of 33"),
        (["continue", "a.mid", "-o", "x.mid", "--tune", "x"], "--tune cannot be 'x'; it is"),
        (["continue", "a.mid", "-o", "x.mid", "--seed"], "--seed needs a value; see"),
        (["calibrate", "--ms", "nan"], "--ms cannot be 'nan'; it is a number, 0 to 1000"),
        (["models", "drop"], "action cannot be 'drop'; it is one of list, add"),
        (["replay"], "what is missing is LOG; see"),
        (["continue", "a.mid", "-o", "x.mid", "--bars", "many"], "--bars cannot be 'many'"),
        (["continue", "a.mid", "-o", "x.mid", "--bars", "5-8"], "a number of bars"),
        (["continue", "a.mid", "-o", "x.mid", "--bars", "0"], "0 bars"),
        (["infill", "a.mid", "-o", "x.mid"], "which bars"),
        (["continue", "a.mid", "-o", "x.mid", "--key", "H"], "'H' is not a key"),
        (["continue", "a.mid", "-o", "x.mid", "--parts", "drums"], "no part is called 'drums'"),
        (["continue", "a.mid", "-o", "x.mid", "--seed=-1"], "--seed cannot be '-1'; it"),
        (["continue", "a.mid", "-o", "x.mid", "--seed", "x"], "--seed cannot be 'x'; it is a"),
        (["continue", "a.mid", "-o", "x.mid", "--loud"], "continue does not take --loud"),
    ],
)
def test_words_that_make_no_sense_are_told_and_cost_2(
    folder: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert sorted(p.name for p in folder.iterdir()) == sorted(TUNES)


def test_a_song_that_fails_costs_1_and_leaves_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("continue", "nothing.mid", "-o", "out.mid") == 1
    assert capsys.readouterr().err == (
        "antiphon: nothing.mid: there is no such file; check its name\n"
    )
    assert not (folder / "out.mid").exists()


def test_bars_that_the_song_has_not_are_the_songs_fault(folder: Path) -> None:
    assert run("infill", "a.mid", "-o", "out.mid", "--bars", "50-51") == 1


def test_an_unknown_model_is_told_with_the_nearest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["continue", "a.mid", "-o", "x.mid", "--model", "rulez"]) == 2
    assert "did you mean 'rules'?" in capsys.readouterr().err


def test_an_unknown_setting_is_told_with_the_nearest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--osc-prot", "9000"]) == 2
    assert "did you mean 'osc_port'?" in capsys.readouterr().err


def test_a_setting_refuses_what_it_cannot_be(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["play", "--tempo", "fast"]) == 2
    assert "tempo cannot be 'fast'" in capsys.readouterr().err


def test_a_tune_of_a_book_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "book.abc").write_text(TUNE + "\n" + TUNE.replace("The Test", "The Other"))
    assert run("continue", "book.abc", "-o", "out.abc", "--tune", "2") == 0
    assert "of 2 tunes this is number 2" in capsys.readouterr().err
    assert run("continue", "book.abc", "-o", "out.abc", "--tune", "3") == 1


def test_the_models_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "--json"]) == 0
    assert "rules" in json.loads(capsys.readouterr().out)["rules"]
    assert cli.main(["models"]) == 0
    assert "recall" in capsys.readouterr().out


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_says_what_it_takes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0
    assert cli.COMMANDS[command].help in " ".join(capsys.readouterr().out.split())


def test_every_setting_is_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    from bridge.config import FIELDS

    assert run("play", "--help") == 0
    said = capsys.readouterr().out
    assert all("--" + name.replace("_", "-") in said for name in FIELDS)


def test_an_unknown_command_costs_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sing") == 2
    assert "sing" in capsys.readouterr().err


def test_a_song_goes_through_a_pipe(folder: Path) -> None:
    words = ("continue", "-", "-o", "-", "--model", "rules")
    done = process(*words, data=TUNES["a.mid"])
    assert (done.returncode, done.stdout[:4]) == (0, b"MThd")
    assert [p.name for p in files.read(done.stdout).parts][1:] == [
        "Antiphon melody",
        "Antiphon chords",
    ]
    notation = process(*words, "--format=musicxml", data=TUNES["a.mid"])
    assert notation.stdout.startswith(b"<?xml")


def test_a_reader_that_goes_away_is_no_trouble(folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    words = [sys.executable, "-m", "bridge", "continue", "a.mid", "-o", "-", "--model", "rules"]
    with os.fdopen(write, "wb") as gone:
        done = subprocess.run(
            words, stdout=gone, stderr=subprocess.PIPE, check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


LOADED = """
import sys
from bridge import cli
try:
    cli.main({words!r})
except SystemExit:
    pass
print(*sorted(name for name in sys.modules if "." not in name), file=sys.stderr)
"""


def loaded(*words: str) -> set[str]:
    """Return which modules a command has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(words=list(words))],
        capture_output=True, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return set(done.stderr.decode().splitlines()[-1].split())


def test_help_loads_nothing_that_takes_time() -> None:
    heavy = {"numpy", "mido", "music21", "onnxruntime", "asyncio", "starlette", "platformdirs"}
    assert not loaded("--help") & heavy


def test_midi_is_answered_without_music21(folder: Path) -> None:
    words = ("continue", "a.mid", "-o", "out.mid", "--model", "rules")
    assert not loaded(*words) & {"music21", "mido", "onnxruntime"}
    words = ("continue", "b.musicxml", "-o", "out.musicxml", "--model", "rules")
    assert "music21" not in loaded(*words)


def test_the_ports_are_listed_whatever_there_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["ports", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["ports"]
    assert all({"wire", "port", "direction", "state", "remedy"} <= set(port) for port in told)
    assert cli.main(["ports"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(told)


def test_a_log_that_is_none_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["replay", "a.mid"]) == 1
    assert capsys.readouterr().err.startswith("antiphon: ")
