"""Files that nobody here wrote: those that music21 ships, and what each of them has to keep."""

from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import mido
import pytest

from generators.music import files
from generators.music.errors import BadSong
from generators.music.notes import Note
from generators.music.song import Added, Form, Song
from generators.music.time import Ticks
from tests.songs.made import TUNE, line, midi, note, score

MIDI = ["midi/testPrimitive/test03.mid", "midi/testPrimitive/test04.mid", "omr/k525short.mid"]
SCORES = [
    "corpus/bach/bwv66.6.mxl",
    "corpus/leadSheet/fosterBrownHair.mxl",
    "corpus/trecento/PMFC_01-Lugentium siccentur.xml",
    "corpus/bach/bwv171.6.mxl",
    "corpus/ryansMammoth/FrogsFrolicJig.abc",
    "corpus/essenFolksong/erk20.abc",
    "corpus/bach/bwv366.krn",
    "corpus/chopin/mazurka06-2.krn",
]


def shipped(name: str) -> bytes:
    """Return a file of music21's, or skip the test where this version has none."""
    spec = find_spec("music21")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / name
    if not path.exists():
        pytest.skip(f"this music21 ships no {name}")
    return path.read_bytes()


def added(song: Song) -> list[Added]:
    """Return two bars after the end of a song."""
    bar = song.section(song.close).meter.bar
    ends = (Ticks(song.close + at) for at in (0, bar))
    return [Added("Antiphon melody", tuple(Note(at, 72, bar) for at in ends))]


def by_music21(song: Song) -> Iterator[tuple[int, int]]:
    """Give the notes of a score as music21 reads them: onset and pitch, as they sound."""
    from music21 import converter

    read: Any = converter.parseData(song.score.decode(), format="musicxml").toSoundingPitch()
    for each in read.flatten().notes:
        if each.duration.isGrace or "ChordSymbol" in each.classes:
            continue
        for one in getattr(each, "notes", [each]):
            if one.tie is None or one.tie.type == "start":
                yield round(float(each.offset) * 960), one.pitch.midi


@pytest.mark.parametrize("name", MIDI)
def test_shipped_midi_is_read_as_mido_reads_it(name: str) -> None:
    data = shipped(name)
    song, by_mido = files.read(data), mido.MidiFile(file=BytesIO(data), clip=True)
    sounding = [m for t in by_mido.tracks for m in t if m.type == "note_on" and m.velocity]
    assert sum(len(part.notes) for part in song.parts) == len(sounding)


@pytest.mark.parametrize("name", MIDI)
def test_shipped_midi_keeps_every_event(name: str) -> None:
    data = shipped(name)
    song = files.read(data)
    made = mido.MidiFile(file=BytesIO(files.write(song, added(song), Form.MIDI)), clip=True)
    before = mido.MidiFile(file=BytesIO(data), clip=True)
    assert made.tracks[: len(before.tracks)] == before.tracks
    assert made.tracks[-1].name == "Antiphon melody"
    assert made.ticks_per_beat == before.ticks_per_beat


@pytest.mark.parametrize("name", SCORES[:3])
def test_shipped_scores_are_read_as_music21_reads_them(name: str) -> None:
    song = files.read(shipped(name))
    ours = {(note.onset, note.pitch) for part in song.parts for note in part.notes}
    assert ours == set(by_music21(song))


@pytest.mark.parametrize("name", SCORES)
def test_an_answer_to_a_shipped_score_begins_at_its_end(name: str) -> None:
    song = files.read(shipped(name))
    again = files.read(files.write(song, added(song), files.written_form(song)))
    assert [part.notes for part in again.parts[:-1]] == [part.notes for part in song.parts]
    assert again.parts[-1].notes == added(song)[0].notes
    assert again.bars == song.bars + 2


@pytest.mark.parametrize("name", [*MIDI, *SCORES])
def test_a_file_is_written_the_same_twice(name: str) -> None:
    data = shipped(name)
    first, second = (files.read(data) for _ in range(2))
    for form in (Form.MIDI, Form.MUSICXML, Form.MXL):
        assert files.write(first, added(first), form) == files.write(second, added(second), form)


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.mid", Form.MIDI), ("b.MusicXML", Form.MUSICXML), ("c/d.krn", Form.HUMDRUM)],
)
def test_an_ending_names_a_format(name: str, form: Form) -> None:
    assert files.form_of(name) is form


@pytest.mark.parametrize("name", ["a.txt", "a", ".mid.bak"])
def test_other_endings_are_refused(name: str) -> None:
    with pytest.raises(BadSong):
        files.form_of(name)


@pytest.mark.parametrize(
    "data", [midi(), midi([]), score("<note><rest/><duration>4</duration></note>")]
)
def test_silence_has_nothing_to_answer(data: bytes) -> None:
    with pytest.raises(BadSong):
        files.read(data)


@pytest.mark.parametrize("data", [midi(line((60,))), score(note("C")), TUNE.encode()])
def test_every_song_has_a_bar(data: bytes) -> None:
    song = files.read(data)
    assert song.bars >= 1
    assert song.close > 0
