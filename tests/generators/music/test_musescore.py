"""MuseScore opens what we write without a complaint that it does not make of the song alone."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from generators.music import files
from generators.music.song import Form
from generators.prompt import Kind
from generators.rules import Rules
from generators.songs import Wish, answered
from tests.generators.music.test_files import shipped
from tests.songs.made import line, meter, midi

MUSESCORE = shutil.which("mscore3") or shutil.which("mscore") or shutil.which("musescore3")
pytestmark = pytest.mark.skipif(MUSESCORE is None, reason="MuseScore is not installed")
SAID_OF_PLAYING = ("MIDI collision", " - Note", " ... ", "convert <", "\tto <", "... success!")


def complaints(data: bytes, ending: str, folder: Path) -> list[str]:
    """Return what MuseScore says while it turns a score into MIDI, numbers left out."""
    assert MUSESCORE is not None
    (folder / f"song{ending}").write_bytes(data)
    own = dict.fromkeys(("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"), str(folder))
    screen = {"QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1"}
    done = subprocess.run(
        [MUSESCORE, "-o", "song.out.mid", f"song{ending}"],
        cwd=folder, env=os.environ | own | screen, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert (folder / "song.out.mid").exists()
    lines = (done.stdout + done.stderr).splitlines()
    said = [each for each in lines if each.strip() and not each.startswith(SAID_OF_PLAYING)]
    return [re.sub(r"[\d.]+|0x\w+", "#", each) for each in said]


@pytest.mark.parametrize("kind", [Kind.CONTINUE, Kind.HARMONIZE, Kind.IMPROVISE])
@pytest.mark.parametrize(
    "name", ["corpus/bach/bwv66.6.mxl", "corpus/leadSheet/fosterBrownHair.mxl"]
)
def test_an_answered_score_opens_as_the_song_does(name: str, kind: Kind, tmp_path: Path) -> None:
    data = shipped(name)
    song = files.read(data)
    made = files.write(song, answered(song, Wish(kind), Rules()).parts, Form.MXL)
    assert set(complaints(made, ".mxl", tmp_path)) <= set(complaints(data, ".mxl", tmp_path))


@pytest.mark.parametrize(("beats", "unit"), [(4, 4), (7, 8), (12, 8)])
def test_a_score_made_from_midi_opens_without_complaint(
    beats: int, unit: int, tmp_path: Path
) -> None:
    track = [meter(1, 8), *line((67,), step=240), meter(beats, unit), *line(step=240)]
    song = files.read(midi(track, line((36, 38), channel=9)))
    made = files.write(song, answered(song, Wish(Kind.CONTINUE), Rules()).parts, Form.MUSICXML)
    assert complaints(made, ".musicxml", tmp_path) == []
