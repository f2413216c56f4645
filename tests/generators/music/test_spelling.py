"""How notes, chords and signatures are spelled."""

import pickle
import re
from xml.etree import ElementTree

import pytest

from generators.music import files
from generators.music.errors import BadValue
from generators.music.harmony import Chord, Key
from generators.music.names import pitch_number
from generators.music.notes import ChordSpan
from generators.music.song import Added, Form
from generators.music.spelling import note_name, symbol
from generators.music.time import QUARTER, Ticks
from tests.music import chords, line
from tests.songs.made import line as track
from tests.songs.made import meta, midi, note, score


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("F#", "F# G# A# B C# D# E#"),
        ("Gb", "Gb Ab Bb Cb Db Eb F"),
        ("C#", "C# D# E# F# G# A# B#"),
        ("Cb", "Cb Db Eb Fb Gb Ab Bb"),
        ("Eb minor", "Eb F Gb Ab Bb Cb Db"),
        ("F# minor", "F# G# A B C# D E#"),
        ("G# minor", "G# A# B C# D# E F##"),
        ("A minor", "A B C D E F G#"),
        ("D minor", "D E F G A Bb C#"),
        ("D", "D Bb F C"),
        ("C", "C# Eb F# Ab Bb"),
    ],
)
def test_a_key_names_its_own_notes_and_those_that_are_near_it(key: str, names: str) -> None:
    numbers = [pitch_number(f"{name}4") for name in names.split()]
    assert [note_name(number, Key.named(key))[0] for number in numbers] == names.split()


@pytest.mark.parametrize(("name", "number"), [("B#3", 60), ("Cb5", 71), ("E#4", 65), ("F##4", 67)])
def test_an_octave_is_counted_by_the_letter(name: str, number: int) -> None:
    key = {"B": "C# minor", "C": "Gb", "E": "F#", "F": "G# minor"}[name[0]]
    assert note_name(number, Key.named(key)) == (name[:-1], int(name[-1]))
    assert pitch_number(name) == number


@pytest.mark.parametrize(
    ("chord", "key", "number", "name"),
    [
        ("E7", "C", 68, "G#"), ("Ab", "C", 68, "Ab"), ("Fm", "C", 68, "Ab"), ("A7", "C", 61, "C#"),
        ("B7", "G", 63, "D#"), ("Cm", "G", 63, "Eb"), ("Gm", "G", 70, "Bb"), ("F#", "G", 70, "A#"),
        ("D#7", "G# minor", 67, "F##"), ("Caug", "F", 68, "G#"), ("Bdim7", "C", 68, "Ab"),
        ("Db", "C", 65, "F"), ("C", "C", 66, "F#"),
    ],
)  # fmt: skip
def test_a_tone_of_the_chord_goes_by_its_root(chord: str, key: str, number: int, name: str) -> None:
    assert note_name(number, Key.named(key), Chord.named(chord))[0] == name


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("C#/E#", "F# minor"), ("E/G#", "A minor"), ("Ebm/Gb", "Db"), ("C#dim7", "C"),
        ("Db7", "C"), ("G#dim7", "C"), ("Ab", "C"), ("F#m7b5", "C"), ("Cb", "Gb"), ("F/G", "C"),
        ("D/F#", "F"), ("C#", "C# minor"), ("G#7", "C# minor"), ("Bb", "D"), ("F", "E"),
        ("N.C.", "E"),
    ],
)  # fmt: skip
def test_a_chord_is_written_as_a_player_in_the_key_writes_it(written: str, key: str) -> None:
    assert symbol(Chord.named(written), Key.named(key)) == written


def test_a_bass_without_a_key_is_named_from_its_root() -> None:
    assert [str(Chord(root, "", (root + 4) % 12)) for root in (1, 4, 9)] == [
        "C#/E#",
        "E/G#",
        "A/C#",
    ]


@pytest.mark.parametrize(
    ("text", "fifths"),
    [("Gb", -6), ("F#", 6), ("Ebm", -6), ("D#m", 6), ("Cb", -7), ("C# major", 7)],
)
def test_a_key_keeps_the_signature_that_it_is_named_with(text: str, fifths: int) -> None:
    key = Key.named(text)
    assert key.fifths == fifths
    assert Key.named(str(key)).fifths == fifths
    assert key == Key(key.tonic, key.mode)


def test_a_signature_of_another_key_is_refused() -> None:
    with pytest.raises(BadValue, match="not the signature"):
        Key(6, "major", 5)


def test_a_key_of_more_than_seven_signs_is_written_as_the_one_that_sounds_the_same() -> None:
    assert str(Key.named("A#")) == "Bb major"


@pytest.mark.parametrize("text", ["Gb", "F#", "C# minor"])
def test_a_key_in_another_place_has_the_usual_signature(text: str) -> None:
    moved = Key.named(text).transposed(1)
    assert (moved.written, moved) == (None, Key((Key.named(text).tonic + 1) % 12, moved.mode))


def test_a_key_that_is_kept_is_the_same_and_one_kept_without_a_signature_has_the_usual() -> None:
    assert pickle.loads(pickle.dumps(Key.named("Gb"))).fifths == -6  # noqa: S301 - our own
    old = Key.__new__(Key)
    old.__setstate__([6, "major"])
    assert (old, old.fifths) == (Key(6), 6)


def flat_score(fifths: int, transposed: str = "") -> bytes:
    signature = f"<key><fifths>{fifths}</fifths></key>"
    return score(f"<attributes>{signature}{transposed}</attributes>" + note("G", duration=4))


def added_to(data: bytes, phrase: str, under: str = "") -> bytes:
    """Return a song with a phrase written over its first bars, and chords."""
    song = files.read(data)
    parts = [Added("Antiphon melody", line(phrase).notes)]
    parts += [Added("Antiphon chords", (), chords(under))] if under else []
    return files.write(song, parts, song.form if song.form is not Form.MIDI else Form.MUSICXML)


def names_in(data: bytes) -> list[str]:
    """Return the notes of the first part that Antiphon has added: letter, alteration, sign."""
    root = ElementTree.fromstring(data)  # noqa: S314 - our own
    part = next(each for each in root.findall("part") if "antiphon" in each.get("id", ""))
    found = []
    for written in part.iterfind(".//note[pitch]"):
        name = (written.findtext("pitch/step") or "") + (written.findtext("pitch/octave") or "")
        alter = int(written.findtext("pitch/alter") or 0)
        found.append(f"{name}{alter:+d} {written.findtext('accidental') or ''}".strip())
    return found


@pytest.mark.parametrize("fifths", [-7, -6, 6, 7])
def test_a_part_has_the_signature_that_the_score_has(fifths: int) -> None:
    made = added_to(flat_score(fifths), "C4:4")
    assert set(re.findall(rb"<fifths>(-?\d)</fifths>", made)) == {str(fifths).encode()}


@pytest.mark.parametrize(
    ("transpose", "fifths"),
    [
        ("<diatonic>-1</diatonic><chromatic>-2</chromatic>", -6),
        ("<chromatic>-2</chromatic>", -6),
        ("<diatonic>2</diatonic><chromatic>3</chromatic>", -7),
    ],
)
def test_a_transposing_part_tells_the_signature_that_sounds(transpose: str, fifths: int) -> None:
    song = files.read(flat_score(-4, f"<transpose>{transpose}</transpose>"))
    key = song.key(Ticks(0))
    assert key is not None
    assert key.fifths == fifths


@pytest.mark.parametrize(("name", "fifths"), [("Gb", -6), ("F#", 6), ("Ebm", -6), ("Cb", 5)])
def test_midi_tells_the_signature_and_a_score_of_it_has_the_same(name: str, fifths: int) -> None:
    data = midi([meta("key_signature", key=name), *track((66, 70, 73, 70))])
    assert set(re.findall(rb"<fifths>(-?\d)</fifths>", added_to(data, "C4:4"))) == {
        str(fifths).encode()
    }


def test_notes_have_the_accidentals_that_key_and_bar_do_not_tell() -> None:
    made = added_to(flat_score(1), "F#4 F4 F4 F#4 F5:2 F4:2")
    assert names_in(made) == [
        "F4+1", "F4+0 natural", "F4+0", "F4+1 sharp", "F5+0 natural", "F4+0 natural",
    ]  # fmt: skip


def test_a_tied_note_keeps_its_name_and_has_no_second_sign() -> None:
    made = added_to(flat_score(0), "C4:3 G#4:2 G#4 C4:2", "E | Fm")
    assert names_in(made) == [
        "C4+0", "G4+1 sharp", "G4+1", "A4-1 flat", "C4+0",
    ]  # fmt: skip


def test_a_melody_over_an_answer_is_spelled_by_its_chords() -> None:
    assert names_in(added_to(flat_score(0), "G#4:4 G#4:4", "E7 | Fm")) == [
        "G4+1 sharp", "A4-1 flat",
    ]  # fmt: skip


def test_abc_has_double_sharps_and_ties_that_keep_their_name() -> None:
    tune = b"X:1\nT:t\nM:4/4\nL:1/4\nK:G#m\nG B d g|G4|\n"
    song = files.read(tune)
    melody = Added("Antiphon melody", line("G4:4 G4:3 G#4:2 G#4:3").notes)
    harmony = Added("Antiphon chords", (), chords("D#7 | G#m E"))
    text = files.write(song, [melody, harmony], Form.ABC).decode()
    assert "^^F4" in text
    back = files.read(text.encode())
    assert [n.pitch for n in back.parts[1].notes] == [67, 67, 68, 68]


def test_a_chord_in_a_score_is_spelled_by_its_key() -> None:
    key = "<attributes><key><fifths>3</fifths><mode>minor</mode></key></attributes>"
    song = files.read(score(key + note("F", duration=4)))
    spans = (ChordSpan(Ticks(0), Ticks(4 * QUARTER), Chord.named("C#/E#")),)
    made = files.write(song, [Added("Antiphon chords", (), spans)], Form.MUSICXML)
    assert b"<bass-step>E</bass-step><bass-alter>1</bass-alter>" in made


@pytest.mark.parametrize(
    ("phrase", "sign"),
    [
        ("A2 A3+C#4+F#4 A3+C#4+F#4", "F"),
        ("E2 B3+E4+G4 B3+E4+G4 G2", "F"),
        ("C4 E4 G4 C5", "G"),
        ("A3 C4 E4 A4", "G"),
        ("C2 G2 C3", "F"),
    ],
)
def test_a_part_stands_in_the_clef_with_fewer_ledger_lines(phrase: str, sign: str) -> None:
    made = added_to(flat_score(0), phrase).decode()
    assert re.findall("<sign>(.)</sign>", made) == [sign]
