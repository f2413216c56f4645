"""Tunes as abc2midi writes them: a tick late, the first note of a bar the loudest."""

from pathlib import Path

import mido
import pytest

from generators.music.names import pitch_number
from generators.music.time import Meter
from onnx_models.workshop import cre
from onnx_models.workshop.corpus import read_job
from onnx_models.workshop.tune import Refused, Tune

LOUD, SOFT = 105, 80
A = "D F A d f d A F D F A d f d A F E G B e g e B G E G B e g e c A"
A2 = "D F A d f d A F D F A d f d A F E G B e g e B G E G B e d c d2"
B = "a f d f a f d f g e c e g e c e a f d f a f d f g e c e d c d2"
ENDS, AGAIN = f"{A} {A}", f"{A} {A2}"


def midi(
    folder: Path,
    bars: str,
    lead: str = "",
    name: str = "Tune (reel), The",
    key: str = "Dm",
    meter: tuple[int, int] = (4, 4),
) -> None:
    """Write eighths, d2 for a quarter, as a file of the collection."""
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("key_signature", key=key))
    numerator, denominator = meter
    track.append(mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator))
    track.append(mido.MetaMessage("track_name", name=name))
    track.append(mido.MetaMessage("track_name", name="Another name"))
    bar = numerator * 480 * 4 // denominator
    at = -sum(_length(word) for word in lead.split())
    for number, word in enumerate(f"{lead} {bars}".split()):
        length = _length(word)
        first = number == 0 or at % bar == 0
        note = pitch_number(f"{word[0].upper()}{5 if word[0].islower() else 4}")
        track.append(mido.Message("note_on", note=note, velocity=LOUD if first else SOFT, time=1))
        track.append(mido.Message("note_off", note=note, velocity=0, time=length - 1))
        at += length
    song = mido.MidiFile(ticks_per_beat=480)
    song.tracks.append(track)
    (folder / "cre_irish" / "MIDI").mkdir(parents=True)
    song.save(folder / "cre_irish" / "MIDI" / "tune.mid")


def _length(word: str) -> int:
    return 480 if word.endswith("2") else 240


def read(folder: Path) -> tuple[list[Tune], list[str]]:
    return read_job(next(cre.jobs(folder, "cre_irish")))


def tune_of(folder: Path) -> Tune:
    [tune], refused = read(folder)
    assert refused == []
    return tune


def test_a_part_that_comes_again_is_written_once_and_played_twice(tmp_path: Path) -> None:
    midi(tmp_path, f"{ENDS} {AGAIN} {B} {B} {B} {B}")
    tune = tune_of(tmp_path)
    assert tune.phrase.bars == 16
    assert tune.sections == ((0, "part"), (8, "part"))
    assert tune.closes == {7, 15}
    assert tune.played is not None
    assert tune.played.bars == 32
    assert tune.played_closes == {7, 15, 23, 31}


def test_a_part_keeps_the_ending_that_leads_on(tmp_path: Path) -> None:
    midi(tmp_path, f"{ENDS} {AGAIN} {B} {B}")
    tune = tune_of(tmp_path)
    last = [note for note in tune.phrase.notes if note.onset // 3840 == 7]
    assert [note.length / 960 for note in last] == [0.5] * 6 + [1]


def test_the_loud_notes_tell_the_bar_lines_and_so_the_pick_up(tmp_path: Path) -> None:
    midi(tmp_path, f"{AGAIN} {B} {B}", lead="A F")
    tune = tune_of(tmp_path)
    assert [note.onset / 960 for note in tune.phrase.notes[:4]] == [3, 3.5, 4, 4.5]
    assert tune.closes == {8, 16}
    assert tune.played is None


def test_bar_lines_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    midi(tmp_path, f"{A} d2 d {A} {B} {B}")
    song = mido.MidiFile(tmp_path / "cre_irish" / "MIDI" / "tune.mid")
    notes = cre.notes_of(song)
    shifted = [note.moved(480 * (note.onset > 16 * 960)) for note in notes]
    with pytest.raises(Refused, match="bar lines that do not add up"):
        cre.pick_up(shifted, Meter(4, 4))
    with pytest.raises(Refused, match="bar lines that nobody knows"):
        cre.pick_up(notes[:1], Meter(4, 4))


@pytest.mark.parametrize(
    ("told", "notes", "key"),
    [
        ("Dm", f"{AGAIN} {B} {B}", "D dorian"),
        ("C", "C D E F G A B c " * 16, "C major"),
        ("Em", "E G B e f d B A " * 16, "E minor"),
        ("Am", "A B c d e f g a " * 16, "A minor"),
        ("G", "G A B c d e G F " * 16, "G mixolydian"),
    ],
)
def test_the_mode_is_heard_on_the_tonic_that_the_file_tells(
    tmp_path: Path, told: str, notes: str, key: str
) -> None:
    midi(tmp_path, notes, key=told)
    assert str(tune_of(tmp_path).phrase.key) == key


@pytest.mark.parametrize(
    ("name", "meter", "style"),
    [
        ("Tune (reel), The", (4, 4), "reel"), ("Tune (h'pipe)", (2, 2), "hornpipe"),
        ("Tune, The", (6, 8), "jig"), ("Tune, The", (9, 8), "slip jig"),
        ("Tune Slide", (12, 8), "jig"), ("Tune, The", (4, 4), "folk"),
    ],
)  # fmt: skip
def test_the_style_is_in_the_title_or_else_in_the_meter(
    tmp_path: Path, name: str, meter: tuple[int, int], style: str
) -> None:
    midi(tmp_path, f"{AGAIN} {B} {B}", name=name, meter=meter)
    tune = tune_of(tmp_path)
    assert (tune.title, tune.style) == (name, style)


def test_a_tune_that_is_no_whole_number_of_parts_stays_as_it_is(tmp_path: Path) -> None:
    midi(tmp_path, f"{AGAIN} {A}")
    tune = tune_of(tmp_path)
    assert tune.phrase.bars == 12
    assert (tune.sections, tune.played) == ((), None)
