from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.music.errors import BadValue
from generators.music.harmony import Chord, Key
from generators.music.names import pitch_number
from generators.music.notes import ChordSpan
from generators.music.time import Ticks
from generators.voicing.bass import REACH
from generators.voicing.hands import hands
from generators.voicing.motion import movement, parallels
from generators.voicing.positions import positions
from generators.voicing.tones import needed
from generators.voicing.voicing import KINDS, Hand, Voicing
from tests.generators.voicing.examples import CHORDS, PROGRESSIONS, spans_of, voicings
from tests.music import chords

CADENCE = "C | Am | F | G | Em | Am | Dm7 | G7 | C"
MANY = settings(max_examples=60, deadline=None)


def hand(names: str) -> Hand:
    """Read the pitches of a hand, the bass first."""
    return tuple(pitch_number(name) for name in names.split())


def under(symbol: str) -> list[ChordSpan]:
    """Return one chord that lasts a bar."""
    return list(chords(symbol))


@MANY
@given(PROGRESSIONS, voicings())
def test_a_hand_lies_in_its_registers_with_the_bass_below(
    wanted: list[tuple[Chord, int]], voicing: Voicing
) -> None:
    led = hands(spans_of(wanted), voicing)
    assert [bool(each) for each in led] == [bool(chord.tones) for chord, _ in wanted]
    for bass, *upper in filter(None, led):
        assert voicing.bass <= bass <= voicing.bass + REACH
        assert voicing.low <= min(upper)
        assert max(upper) <= voicing.high
        assert bass < min(upper)
        assert upper == sorted(set(upper))
        assert 1 <= len(upper) <= voicing.voices


@MANY
@given(CHORDS, voicings())
def test_the_bass_is_the_root_or_the_inversion(chord: Chord, voicing: Voicing) -> None:
    bass, *_ = hands([ChordSpan(Ticks(0), Ticks(1), chord)], voicing)[0]
    assert bass % 12 == (chord.root if chord.bass is None else chord.bass)


@MANY
@given(CHORDS, voicings(tuple(kind for kind in KINDS if kind != "root")))
def test_third_and_seventh_are_always_heard(chord: Chord, voicing: Voicing) -> None:
    voicing = replace(voicing, voices=max(2, voicing.voices))
    heard = {p % 12 for p in hands([ChordSpan(Ticks(0), Ticks(1), chord)], voicing)[0]}
    assert needed(chord) <= heard


@MANY
@given(CHORDS, voicings(tuple(kind for kind in KINDS if kind != "rootless")))
def test_nothing_is_added_to_a_chord_unless_it_is_coloured(chord: Chord, voicing: Voicing) -> None:
    heard = {p % 12 for p in hands([ChordSpan(Ticks(0), Ticks(1), chord)], voicing)[0]}
    assert heard <= chord.pitch_classes


@MANY
@given(PROGRESSIONS.filter(bool), voicings())
def test_the_first_chord_lies_as_it_would_live(
    wanted: list[tuple[Chord, int]], voicing: Voicing
) -> None:
    spans = spans_of(wanted)
    assert hands(spans, voicing)[0] == hands(spans[:1], voicing)[0]
    assert hands(spans, voicing) == hands(spans, voicing)


@MANY
@given(st.sampled_from(KINDS))
def test_a_chord_that_is_repeated_stays_where_it_is(kind: str) -> None:
    led = hands(chords("F7 | F7 | F7"), Voicing(kind=kind))
    assert len(set(led)) == 1


@pytest.mark.parametrize("kind", ["full", "parts", "rootless"])
def test_voices_move_less_than_half_as_far_as_blocks(kind: str) -> None:
    spans = chords(CADENCE)
    led, blocks = (hands(spans, Voicing(kind=each)) for each in (kind, "root"))
    far = [sum(movement(a[1:], b[1:]) for a, b in pairwise(line)) for line in (led, blocks)]
    assert far[0] < far[1] / 2


def test_a_choir_sings_no_parallels_where_blocks_do_little_else() -> None:
    spans = chords(CADENCE)
    choir = hands(spans, Voicing(kind="parts", strict=True))
    blocks = hands(spans, Voicing(kind="root", strict=True))
    assert sum(parallels(a, b) for a, b in pairwise(choir)) == 0
    assert sum(parallels(a, b) for a, b in pairwise(blocks)) > 8


@pytest.mark.parametrize("kind", ["full", "parts"])
def test_parallels_are_avoided_where_they_would_be_sung(kind: str) -> None:
    spans = chords("C | D | Em | F | G | Am | Bb | C")
    free, strict = (hands(spans, Voicing(kind=kind, strict=wish)) for wish in (False, True))
    found = [sum(parallels(a, b) for a, b in pairwise(line)) for line in (free, strict)]
    assert found[0] > 2
    assert found[1] == 0


def test_whoever_knows_the_whole_progression_falls_into_no_more_parallels() -> None:
    spans = chords("Dm7 | Db7 | Cmaj7 | A7 | Dm7 | G7 | Em7 | Eb7")
    voicing = Voicing(kind="parts", voices=4, strict=True)
    whole = hands(spans, voicing)
    live: list[Hand] = []
    for span in spans:
        live += hands([span], voicing, live[-1] if live else ())
    assert sum(parallels(a, b) for a, b in pairwise(whole)) <= sum(
        parallels(a, b) for a, b in pairwise(live)
    )


def test_the_first_chord_is_led_on_from_the_hand_before() -> None:
    near = hands(under("F"), Voicing(), previous=(36, 72, 76, 79))[0]
    far = hands(under("F"), Voicing(), previous=(36, 52, 55, 60))[0]
    assert sum(near[1:]) > sum(far[1:])


def test_silence_does_not_make_the_hand_forget() -> None:
    spans = chords("C | N.C. | C")
    first, silent, last = hands(spans, Voicing(), previous=hand("C2 E4 G4 C5"))
    assert silent == ()
    assert first == last == hand("C2 E4 G4 C5")


@pytest.mark.parametrize(
    ("previous", "forms"),
    [
        ("D2 F3 A3 C4 E4", ["F3 A3 C4 E4", "F3 A3 B3 E4", "E3 G3 B3 D4"]),
        ("D2 C4 E4 F4 A4", ["C4 E4 F4 A4", "B3 E4 F4 A4", "B3 D4 E4 G4"]),
    ],
    ids=["A form first", "B form first"],
)
def test_two_five_one_goes_from_form_to_form_as_bill_evans_played_it(
    previous: str, forms: list[str]
) -> None:
    voicing = Voicing(kind="rootless", voices=4, key=Key.named("C major"))
    led = hands(chords("Dm7 | G7 | Cmaj7"), voicing, hand(previous))
    assert [each[1:] for each in led] == [hand(names) for names in forms]


def test_a_ninth_outside_the_key_is_not_added() -> None:
    voicing = Voicing(kind="rootless", voices=4, key=Key.named("C major"))
    assert 6 not in {p % 12 for p in hands(under("Em7"), voicing)[0]}
    assert 6 in {p % 12 for p in hands(under("Em7"), replace(voicing, key=None))[0]}


def test_the_dominant_of_a_minor_key_has_its_flat_ninth() -> None:
    voicing = Voicing(kind="rootless", voices=4, key=Key.named("A minor"))
    assert {p % 12 for p in hands(under("E7"), voicing)[0][1:]} == {8, 2, 5, 11}


def test_a_substitute_from_outside_the_key_is_coloured_by_itself() -> None:
    voicing = Voicing(kind="rootless", voices=4, key=Key.named("C major"))
    assert {p % 12 for p in hands(under("Db7"), voicing)[0][1:]} == {5, 11, 3, 10}


def test_shells_are_third_and_seventh() -> None:
    led = hands(chords("Dm7 | G7 | Cmaj7"), Voicing(kind="shell", voices=4))
    assert [{p % 12 for p in each[1:]} for each in led] == [{5, 0}, {11, 5}, {4, 11}]


@pytest.mark.parametrize(
    ("spread", "names"),
    [
        ("close", "C2 C4 E4 G4 B4"),
        ("drop2", "C2 G3 C4 E4 B4"),
        ("drop3", "C2 E3 C4 G4 B4"),
        ("open", "C2 C3 G3 E4 B4"),
    ],
)
def test_a_spread_lowers_voices_of_a_close_position(spread: str, names: str) -> None:
    found = positions(Chord.named("Cmaj7"), Voicing(spread=spread, voices=4))
    assert hand(names) in found


def test_open_chords_span_more_than_close_ones() -> None:
    spans = chords("Cmaj7 | Am7 | Dm7 | G7")
    widths = [
        sum(each[-1] - each[1] for each in hands(spans, Voicing(spread=spread, voices=4)))
        for spread in ("close", "drop2", "open")
    ]
    assert widths == sorted(set(widths))


@MANY
@given(CHORDS)
def test_nothing_is_muddy_in_the_usual_register(chord: Chord) -> None:
    for bass, lowest, *_ in hands([ChordSpan(Ticks(0), Ticks(1), chord)], Voicing()):
        assert bass >= 48 or lowest - bass >= 5


@pytest.mark.parametrize(
    ("wish", "what"),
    [
        ({"pattern": "polka"}, "comp"),
        ({"kind": "cluster"}, "rootless"),
        ({"spread": "wide"}, "drop2"),
        ({"low": 60, "high": 72}, "two octaves"),
        ({"bass": 40}, "octave"),
        ({"voices": 6}, "1 to 5"),
        ({"velocity": 0}, "1 to 127"),
        ({"high": 128}, "register"),
    ],
)
def test_a_voicing_that_no_hand_can_play_is_refused(wish: dict[str, int | str], what: str) -> None:
    with pytest.raises(BadValue, match=what):
        Voicing(**wish)  # type: ignore[arg-type]
