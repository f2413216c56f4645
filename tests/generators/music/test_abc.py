import re
import shutil
import subprocess
from pathlib import Path

import pytest

from generators.music import abc, files
from generators.music.errors import BadSong
from generators.music.harmony import Chord, Key
from generators.music.notes import ChordSpan, Note
from generators.music.qualities import BY_SUFFIX
from generators.music.song import Added, Form
from generators.music.time import Meter, Ticks
from tests.songs.made import TUNE

VOICES = """X:7
T:Two
M:3/4
L:1/4
V:A clef=treble
V:B
K:D
[V:A] DEF|G2 z|
w: one two- three|four
[V:B] D,2 A,|D,3|
"""
BOOK = f"%%a book\n\n{TUNE}\n{VOICES}\n"


def test_a_tune_is_read_with_its_chords_its_key_and_its_pick_up() -> None:
    song = files.read(TUNE.encode())
    assert (song.form, song.title, song.pickup, song.tempi) == (
        Form.ABC, "The Test", 960, ((0, 100.0),),
    )  # fmt: skip
    assert song.key(Ticks(0)) == Key(7)
    assert [str(span.chord) for span in song.chords] == ["G", "C", "D7", "G", "D"]
    assert song.parts[0].notes[1] == Note(Ticks(960), 67, Ticks(960))


def test_voices_sound_together_and_are_sung() -> None:
    song = files.read(VOICES.encode())
    assert [[n.onset for n in part.notes] for part in song.parts] == [
        [0, 960, 1920, 2880], [0, 1920, 2880],
    ]  # fmt: skip
    assert song.parts[0].lyrics == ((0, "one"), (960, "two"), (1920, "three"), (2880, "four"))


def test_a_book_gives_the_tune_that_is_asked_for() -> None:
    assert files.read(BOOK.encode()).title == "The Test"
    second = files.read(BOOK.encode(), tune=2)
    assert (second.title, second.notices) == ("Two", ("of 2 tunes this is number 2",))
    with pytest.raises(BadSong, match="there is no tune 3; the book has 2"):
        files.read(BOOK.encode(), tune=3)


@pytest.mark.parametrize(
    ("verse", "sung"),
    [
        ("sing a song", [(0, "sing"), (1, "a"), (2, "song")]),
        ("sun-ny day", [(0, "sun"), (1, "ny"), (2, "day")]),
        ("day_ bright", [(0, "day"), (2, "bright")]),
        ("* two * four", [(1, "two"), (3, "four")]),
        ("one | two", [(0, "one"), (2, "two")]),
        ("of~the day", [(0, "of the"), (1, "day")]),
        ("too ma-ny words for it", [(0, "too"), (1, "ma"), (2, "ny"), (3, "words")]),
    ],
)
def test_words_find_their_notes(verse: str, sung: list[tuple[int, str]]) -> None:
    assert [(word.note, word.text) for word in abc.syllables(verse, [2, 2])] == sung


def test_chords_graces_and_decorations_are_counted_as_sung() -> None:
    assert abc.notes_in_bars('"Am"!f![CEG]2 {gf}A z|_B2^c x| % DEF') == [2, 2, 0]


def test_an_answer_leaves_the_book_as_it_was() -> None:
    song = files.read(BOOK.encode(), tune=2)
    added = Added("Antiphon melody", (Note(song.close, 61, Ticks(960)),))
    made = files.write(song, [added], Form.ABC).decode().splitlines()
    lines = iter(made)
    assert all(line in lines for line in BOOK.splitlines())
    assert made.index('V:antiphon1 name="Antiphon melody"') > made.index("[V:B] D,2 A,|D,3|")


def test_an_answer_is_read_back_where_it_was_put() -> None:
    song = files.read(TUNE.encode())
    start = song.close
    notes = [Note(Ticks(start + at), p, Ticks(320)) for at, p in ((0, 66), (320, 65), (640, 66))]
    notes.append(Note(Ticks(start + 960), 70, Ticks(1920)))
    chords = (ChordSpan(start, Ticks(3840), Chord.named("D7")),)
    added = [Added("Tune", tuple(notes)), Added("Chords", (), chords)]
    again = files.read(files.write(song, added, Form.ABC))
    assert again.parts[1].notes == tuple(notes)
    assert again.parts[0].notes == song.parts[0].notes


def test_an_answer_repeats_where_the_tune_does() -> None:
    song = files.read(TUNE.encode())
    made = files.write(song, [Added("A", (Note(Ticks(960), 60, Ticks(960)),))], Form.ABC)
    assert made.decode().rstrip().endswith(":|")


def by_abc2midi(text: bytes, folder: Path) -> tuple[list[str], list[int]]:
    """Return what abc2midi complains about, and the pitches that it plays."""
    (folder / "tune.abc").write_bytes(text)
    said = subprocess.run(
        ["abc2midi", "tune.abc", "-o", "tune.mid"], cwd=folder, capture_output=True, check=True
    )
    complaints = [line for line in said.stdout.decode().splitlines() if "line-char" in line]
    heard = files.read((folder / "tune.mid").read_bytes())
    return complaints, [note.pitch for part in heard.parts for note in part.notes]


@pytest.mark.skipif(shutil.which("abc2midi") is None, reason="abc2midi is not installed")
def test_abc2midi_plays_the_answer_without_complaint(tmp_path: Path) -> None:
    text = TUNE.replace("D2|", "D2 |:").replace("A6:|", "A8:|")
    tune = re.sub('"[^"]*"', "", text).encode()  # the symbols would be played as well
    song = files.read(tune)
    added = Added("A", tuple(Note(Ticks(at), 30 + at // 960, Ticks(960)) for at in (960, 1920)))
    complaints, before = by_abc2midi(tune, tmp_path)
    complaints_now, played = by_abc2midi(files.write(song, [added], Form.ABC), tmp_path)
    assert (complaints, complaints_now) == ([], [])
    assert [pitch for pitch in played if pitch < 40] == [31, 32, 31, 32]  # with the repeat
    assert len(played) == len(before) + 4


@pytest.mark.parametrize("ending", ["A6", "A6|", "A6|]", "A8|", "A6:|"])
def test_a_tune_goes_on_whatever_it_ends_with(ending: str) -> None:
    song = files.read(TUNE.replace("A6:|", ending).encode())
    added = Added(
        "A", (Note(song.close, 60, Ticks(3840)), Note(Ticks(song.close + 3840), 62, Ticks(3840)))
    )
    again = files.read(files.write(song, [added], Form.ABC))
    assert again.parts[1].notes == added.notes
    assert again.parts[0].notes == song.parts[0].notes


def test_a_chart_of_chords_alone_is_read() -> None:
    chart = b'X:1\nT:Blues\nM:4/4\nL:1/4\nK:Bb\n"Bb7"z4|"Eb7"z4|"Cm7"z2 "F7"z2|"Bb"z4|]\n'
    song = files.read(chart)
    assert [str(span.chord) for span in song.chords] == ["Bb7", "Eb7", "Cm7", "F7", "Bb"]
    assert song.chords[-1].onset == 3 * 3840


def test_abc_is_not_made_of_other_formats() -> None:
    from tests.songs.made import line, midi

    with pytest.raises(BadSong, match="ABC is written for ABC only"):
        files.write(files.read(midi(line())), [], Form.ABC)


@pytest.mark.parametrize("text", ["X:1\nK:C\n", "X:1\nT:Nothing\nK:C\nz4|\n"])
def test_a_tune_without_notes_is_refused(text: str) -> None:
    with pytest.raises(BadSong):
        files.read(text.encode())


# What a head leaves out


@pytest.mark.parametrize(
    ("head", "music", "meter", "unit"),
    [
        ("", "CDEF GABc|c8|", "4/4", 480),
        ("", "CDEFGA|c6|", "3/4", 480),
        ("", "CDEFGABcd|c6B3|", "9/8", 480),
        ("", "CDEFGAB|c7|", "7/8", 480),
        ("", "G|CDEF|c4|c4|", "2/4", 480),
        ("L:1/4\n", "CDE|c3|", "3/4", 960),
        ("M:none\n", "CDEFGA|c6|", "3/4", 480),
        ("M:none\nL:1/16\n", "CDEFGABc|c8|", "2/4", 240),
        ("M:2/4\n", "CDEFGABc|c8|", "2/4", 240),
        ("M:6/8\n", "CDEFGA|c6|", "6/8", 480),
        ("M:C|\n", "CDEFGABc|c8|", "2/2", 480),
    ],
)
def test_a_tune_without_meter_or_unit_is_read_by_its_bars(
    head: str, music: str, meter: str, unit: int
) -> None:
    song = files.read(f"X:1\nT:Free\n{head}K:C\n{music}\n".encode())
    notes = song.parts[0].notes
    first = next(number for number, note in enumerate(notes) if note.pitch == 60)
    assert song.sections[0].meter == Meter.named(meter)
    assert notes[first + 1].onset - notes[first].onset == unit


def test_what_is_added_to_a_tune_without_meter_is_read_back_where_it_was_put() -> None:
    song = files.read(b"X:1\nT:Free\nK:C\nCDEF|c4|\n")
    added = Added("Antiphon melody", (Note(song.close, 62, Ticks(1920)),))
    again = files.read(files.write(song, [added], Form.ABC))
    assert again.parts[1].notes == (Note(song.close, 62, Ticks(1920)),)
    assert again.sections[0].meter == song.sections[0].meter == Meter(2)


def test_a_voice_that_begins_within_a_line_is_another() -> None:
    music = "[V:melody]CDEF|c4|[V:bass]C,2G,2|\n[V:bass]C,4|\nV:melody\nG4|\n"
    song = files.read(f"X:1\nM:4/4\nL:1/4\nV:melody\nV:bass\nK:C\n{music}".encode())
    assert [[note.onset // 960 for note in part.notes] for part in song.parts] == [
        [0, 1, 2, 3, 4, 8], [0, 2, 4],
    ]  # fmt: skip


# Chord symbols


def over(*symbols: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the chords that are read where each of these stands over a bar, and the notices."""
    music = "|".join(f'"{symbol}"C4' for symbol in symbols)
    song = files.read(f"X:1\nM:4/4\nL:1/4\nK:C\n{music}|\n".encode())
    assert all(span.onset % 3840 == 0 for span in song.chords)
    return [str(span.chord) for span in song.chords], song.notices


@pytest.mark.parametrize(
    "symbol",
    [
        "Bb6/9",
        "A7alt",
        "Bb69",
        "F#m7b5",
        "C-7",
        "C^7",
        "CM7",
        "Co",
        "Cø",
        "C+",
        "C7sus",
        "C/E",
        "Bb/D",
        "C(b5)",
        "C7(b9)",
        "N.C.",
        "Cm(maj7)",
        "Cm69",
        "C7-9",
        "D9sus4",
        "C°",
        "C△7",
        "G7+",
        "Gaug7",
        "Ebm",
        "Am7/G",
        "Cm/maj7",
        "C9(13)",
        "C7/6",
        "C9+5",
        "C7sus4b9",
    ],
)
def test_a_chord_is_read_as_it_is_everywhere_else(symbol: str) -> None:
    assert over("G", symbol, "G") == (["G", str(Chord.named(symbol)), "G"], ())


def test_every_kind_on_every_root_is_read_in_one_tune() -> None:
    every = [Chord(root, kind) for root in (0, 3, 6) for kind in BY_SUFFIX]
    for first in range(0, len(every), 60):
        wanted = [str(chord) for chord in every[first : first + 60]]
        assert over(*wanted) == (wanted, ())


def test_what_is_no_chord_is_left_out_and_told() -> None:
    read, notices = over("^slowly", "am", "play soft", "G(Em)", "Hm7", 'D7""^fine', "Hm7")
    assert read == ["Am", "G", "D7"]
    assert notices == (
        'over its notes stands "play soft", "Hm7", which is no chord that is known and was'
        " left out",
    )


def test_an_annotation_beside_a_chord_does_not_hide_it() -> None:
    song = files.read(b'X:1\nM:4/4\nL:1/4\nK:C\n"^Slow""Am"C4|"G7""_end"C2"C"C2|\n')
    assert [(span.onset, str(span.chord)) for span in song.chords] == [
        (0, "Am"), (3840, "G7"), (5760, "C"),
    ]  # fmt: skip


LOW_CHORDS = 'X:1\nT:t\nM:3/4\nL:1/4\nK:G\n"G/B"D2"D/A"D|"G/B"B"D/F#"A"C/E"G|"Am/C"A2"D/F#"D|\n'


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        (LOW_CHORDS, "G"),
        (LOW_CHORDS.replace("K:G", "K:G clef=bass"), "F"),
        ("X:1\nT:t\nM:3/4\nL:1/4\nK:G\nD,2D,|E,2E,|G,,B,,D,|\n", "F"),
    ],
)
def test_a_tune_stands_in_the_clef_of_its_notes_unless_it_names_one(text: str, sign: str) -> None:
    song = files.read(text.encode())
    melody = Added("Antiphon melody", (Note(song.close, 67, Ticks(960)),))
    made = files.write(song, [melody], Form.MUSICXML).decode()
    assert re.findall(r"<sign>(.)</sign>", made) == [sign, "G"]
