from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.music.errors import BadValue
from generators.music.harmony import MODES, NO_CHORD, Chord, Key
from generators.music.names import FLATS, SHARPS
from generators.music.qualities import QUALITIES, Quality
from tests.generators.wishes import chords, keys

EVERY = st.just(NO_CHORD) | chords
BASSES = (None, 1, 4, 7, 10)


@pytest.mark.parametrize("quality", QUALITIES, ids=lambda quality: f"C{quality.suffix}")
def test_every_chord_is_read_as_it_is_written(quality: Quality) -> None:
    for root in range(12):
        for bass in (None, *range(12)):
            chord = Chord(root, quality.suffix, bass)
            for spelling in (FLATS, SHARPS):
                assert Chord.named(chord.spelled(spelling)) == chord
            assert Chord.named(str(chord)) == chord


@pytest.mark.parametrize("quality", QUALITIES, ids=lambda quality: f"C{quality.suffix}")
def test_every_chord_goes_to_harte_and_back(quality: Quality) -> None:
    for root in range(12):
        for bass in (None, *range(12)):
            chord = Chord(root, quality.suffix, bass)
            assert Chord.from_harte(chord.harte) == chord


@pytest.mark.parametrize("quality", QUALITIES, ids=lambda quality: f"C{quality.suffix}")
def test_every_chord_goes_to_musicxml_and_back(quality: Quality) -> None:
    for bass in BASSES:
        chord = Chord(3, quality.suffix, bass)
        kind, degrees = chord.musicxml
        assert Chord.from_musicxml(3, kind, degrees, bass) == chord
        assert Chord.from_musicxml(3, kind, degrees[::-1], bass) == chord


@pytest.mark.parametrize("quality", QUALITIES, ids=lambda quality: f"C{quality.suffix}")
def test_every_other_spelling_is_read(quality: Quality) -> None:
    for suffix in quality.also:
        assert Chord.named(f"C{suffix}") == Chord(0, quality.suffix)
        assert Chord.named(f"F#{suffix}/E") == Chord(6, quality.suffix, 4)


def test_no_two_kinds_are_spelled_alike() -> None:
    every = [name for quality in QUALITIES for name in {quality.suffix, *quality.also}]
    assert sorted(every) == sorted(set(every))


def test_no_two_kinds_have_the_same_tones() -> None:
    assert len({quality.tones for quality in QUALITIES}) == len(QUALITIES)


@pytest.mark.parametrize(
    ("symbol", "written"),
    [
        ("C", "C"), ("Cmaj", "C"), ("CM7", "Cmaj7"), ("C△7", "Cmaj7"), ("C△", "Cmaj7"),
        ("CΔ7", "Cmaj7"), ("Bb^7", "Bbmaj7"), ("C-7", "Cm7"), ("Cmin7", "Cm7"), ("CMIN7", "Cm7"),
        ("F♯ø/A", "F#m7b5/A"), ("F#ø7", "F#m7b5"), ("B°7", "Bdim7"), ("B°", "Bdim"),
        ("C+", "Caug"), ("C+7", "C7#5"), ("G7alt", "G7#5b9"), ("G7sus", "G7sus4"),
        ("Gsus", "Gsus4"), ("C69", "C6/9"), ("C6/9/G", "C6/9/G"), ("Db7(b9)", "C#7b9"),
        ("E7#9", "E7#9"), ("C7(b9,b13)", "C7b9b13"), ("C−7", "Cm7"), ("C m7", "Cm7"),
        (" Am7 / G ", "Am7/G"), ("C/C", "C"), ("N.C.", "N.C."), ("NC", "N.C."), ("Cb", "B"),
        ("Abb", "G"), ("Cmaj7(#11)", "Cmaj7#11"), ("C(add9)", "Cadd9"), ("Ebm(maj7)", "Ebm(maj7)"),
    ],
)  # fmt: skip
def test_common_spellings_are_understood(symbol: str, written: str) -> None:
    assert str(Chord.named(symbol)) == written


@pytest.mark.parametrize("symbol", ["", "H", "c", "C7#", "Cfoo", "/G", "C/H", "Am|F", "7", "C//G"])
def test_what_is_no_chord_symbol_says_so(symbol: str) -> None:
    with pytest.raises(BadValue, match="not a chord symbol"):
        Chord.named(symbol)


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("N", "N.C."), ("X", "N.C."), ("C", "C"), ("C:maj", "C"), ("A:min7/b3", "Am7/C"),
        ("C:(1,3,5)", "C"), ("C:(3,5,b7)", "C7"), ("D:min(9)", "Dm(add9)"), ("G:maj(9)", "Gadd9"),
        ("F#:hdim7", "F#m7b5"), ("Bb:maj6(9)/5", "Bb6/9/F"), ("C:maj(*3)", "C5"), ("C:1", "C5"),
        ("E:min7(4,*b3)", "E7sus4"), ("C:11", "C11"), ("C:maj/2", "C/D"), ("C:7/b7", "C7/Bb"),
    ],
)  # fmt: skip
def test_hartes_names_are_understood(name: str, symbol: str) -> None:
    assert Chord.from_harte(name) == Chord.named(symbol)


@pytest.mark.parametrize("name", ["", "H:maj", "C:foo", "C:maj/x", "C:(14)", ":maj", "N/3"])
def test_what_is_no_name_of_hartes_says_so(name: str) -> None:
    with pytest.raises(BadValue):
        Chord.from_harte(name)


@given(st.text(max_size=12))
def test_no_text_makes_a_reader_crash(text: str) -> None:
    for read in (Chord.named, Chord.from_harte, Key.named):
        with suppress(BadValue):
            assert str(read(text))


def test_musicxml_kinds_that_name_a_function_are_played_as_chords() -> None:
    assert Chord.from_musicxml(1, "Neapolitan") == Chord(1)
    assert Chord.from_musicxml(0, "none") == NO_CHORD
    assert Chord.from_musicxml(5, "Tristan").quality == "m7b5"


def test_degrees_that_make_no_chord_are_left_out() -> None:
    assert Chord.from_musicxml(0, "major", (("add", 4, 1),)) == Chord(0)
    with pytest.raises(BadValue, match="'other'"):
        Chord.from_musicxml(0, "other")


@given(EVERY, st.integers(-30, 30))
def test_moving_up_and_down_again_changes_nothing(chord: Chord, up: int) -> None:
    assert chord.transposed(up).transposed(-up) == chord
    moved = frozenset((pc + up) % 12 for pc in chord.pitch_classes)
    assert chord.transposed(up).pitch_classes == moved


@pytest.mark.parametrize(
    ("root", "quality", "bass"),
    [
        (12, "", None),
        (-1, "", None),
        (0, "x", None),
        (0, "", 12),
        (1, "N.C.", None),
        (0, "N.C.", 3),
    ],
)
def test_a_chord_outside_music_is_refused(root: int, quality: str, bass: int | None) -> None:
    with pytest.raises(BadValue):
        Chord(root, quality, bass)


@given(keys)
def test_every_key_is_read_as_it_is_written(key: Key) -> None:
    assert Key.named(str(key)) == key


@given(keys)
def test_a_key_has_the_signature_of_its_scale(key: Key) -> None:
    relative = next(Key(tonic) for tonic in range(12) if Key(tonic).scale == key.scale)
    assert key.fifths == relative.fifths
    assert -5 <= key.fifths <= 6
    assert len(key.scale) == 7
    assert key.minor == (key.mode in {"minor", "dorian", "phrygian", "locrian"})


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("C", Key(0)), ("Am", Key(9, "minor")), ("a", Key(9, "minor")),
        ("a minor", Key(9, "minor")),
        ("Bb", Key(10)), ("bb", Key(10, "minor")), ("F# dorian", Key(6, "dorian")),
        ("Ddor", Key(2, "dorian")), ("CM", Key(0)), ("C Major", Key(0)),
        ("e-moll", Key(4, "minor")),
        ("Es dur", None), ("H", None), ("", None), ("C foo", None), ("Gmix", Key(7, "mixolydian")),
        ("B♭ major", Key(10)), ("A-minor", Key(9, "minor")),
    ],
)  # fmt: skip
def test_common_names_of_keys_are_understood(text: str, key: Key | None) -> None:
    if key is None:
        with pytest.raises(BadValue, match="not a key"):
            Key.named(text)
    else:
        assert Key.named(text) == key


@pytest.mark.parametrize(("tonic", "mode"), [(12, "major"), (-1, "major"), (0, "blues")])
def test_a_key_outside_music_is_refused(tonic: int, mode: str) -> None:
    with pytest.raises(BadValue):
        Key(tonic, mode)


@pytest.mark.parametrize("key", [Key(t, m) for t in range(12) for m in MODES], ids=str)
def test_a_key_is_spelled_with_seven_letters(key: Key) -> None:
    letters = {key.spelling[pc][0] for pc in key.scale}
    assert len(letters) == 7
