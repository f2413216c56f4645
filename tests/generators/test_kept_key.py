"""A key that is asked for holds for every chord that an answer writes."""

from collections.abc import Sequence

import pytest

from generators.leadsheet import LeadSheet
from generators.music.harmony import MODES, NO_CHORD, Chord, Key
from generators.music.notes import Phrase
from generators.music.time import Meter, Ticks
from generators.prompt import Controls, Generator, Kind, Prompt
from generators.recall import Recall
from generators.rules import Rules
from onnx_models.workshop.violations import broken
from tests.generators.shipped import shipped_card
from tests.music import chords, line

BAR = Meter().bar
HEARD = line("G4 A4 B4 D5 B4 A4 G4:2 C5 B4 A4 G#4 A4:4", under="G | Eb7 | F#m7b5 | B7")
KEYS = [Key(tonic, mode) for tonic in (0, 4, 9, 10) for mode in ("major", "minor")]


@pytest.fixture(scope="module")
def shipped() -> LeadSheet:
    return LeadSheet(shipped_card())


@pytest.mark.parametrize(
    ("key", "inside", "outside"),
    [
        ("C", "C Am7 G13 Dm7/G F^7 Bm7b5 N.C.", "D7 E Fm C7 G7b9 C/Bb"),
        ("A minor", "Am C E E7 G G#dim7 E7b9 Am^7 C+ E/G#", "A7 D Gm E7#9 E9 G/G#"),
        ("D dorian", "Dm G7 Am C^7", "A7 Gm Bb"),
    ],
)
def test_a_key_holds_its_chords_and_minor_its_dominant(key: str, inside: str, outside: str) -> None:
    assert [c for c in inside.split() if not Key.named(key).holds(Chord.named(c))] == []
    assert [c for c in outside.split() if Key.named(key).holds(Chord.named(c))] == []
    assert Key.named(key).holds(NO_CHORD)


def leaving(generator: Generator, prompt: Prompt, seeds: Sequence[int], key: Key) -> list[str]:
    """Return the chords of many answers that a key does not hold."""
    return [
        str(item.chord)
        for seed in seeds
        for item in generator(
            Prompt(prompt.heard, prompt.start, prompt.length, prompt.kind, seed, prompt.controls)
        )
        if not hasattr(item, "pitch") and not key.holds(item.chord)
    ]


@pytest.mark.parametrize("kind", [Kind.CONTINUE, Kind.HARMONIZE, Kind.INFILL])
@pytest.mark.parametrize("key", KEYS, ids=str)
def test_no_chord_leaves_a_key_that_was_asked_for(shipped: LeadSheet, kind: Kind, key: Key) -> None:
    start = Ticks(4 * BAR) if kind is Kind.CONTINUE else Ticks(0)
    wish = Controls(key=key, in_key=True, temperature=2.0, closeness=1.0)
    heard = HEARD if kind is not Kind.INFILL else Phrase(HEARD.notes, (), HEARD.meter)
    prompt = Prompt(heard, start, Ticks(4 * BAR), kind, controls=wish)
    assert leaving(Rules(), prompt, range(12), key) == []
    assert leaving(Recall(), prompt, range(12), key) == []
    assert leaving(shipped, prompt, range(2), key) == []


def test_without_the_wish_they_leave_it(shipped: LeadSheet) -> None:
    key = Key.named("E major")
    wish = Controls(key=key, temperature=2.0, closeness=1.0)
    prompt = Prompt(HEARD, Ticks(4 * BAR), Ticks(4 * BAR), controls=wish)
    generators: tuple[Generator, ...] = (Rules(), Recall(), shipped)
    for generator in generators:
        assert leaving(generator, prompt, range(4), key)


def test_chords_ahead_of_a_player_keep_the_key_too(shipped: LeadSheet) -> None:
    key = Key.named("E minor")
    wish = Controls(key=key, in_key=True, temperature=2.0)
    prompt = Prompt(HEARD, Ticks(4 * BAR), Ticks(2 * BAR), Kind.HARMONIZE, controls=wish)
    assert leaving(shipped, prompt, range(4), key) == []


def test_a_key_that_is_heard_is_kept_where_none_was_named(shipped: LeadSheet) -> None:
    key = Key.named("Bb major")
    heard = Phrase(HEARD.notes, HEARD.chords, HEARD.meter, key)
    wish = Controls(in_key=True, temperature=2.0, closeness=1.0)
    prompt = Prompt(heard, Ticks(4 * BAR), Ticks(4 * BAR), controls=wish)
    generators: tuple[Generator, ...] = (Rules(), Recall(), shipped)
    for generator in generators:
        assert leaving(generator, prompt, range(3), key) == []


def test_given_chords_stay_though_they_leave_the_key(shipped: LeadSheet) -> None:
    given = chords("Eb7 | F#7")
    wish = Controls(key=Key(0), in_key=True, chords=given)
    prompt = Prompt(HEARD, Ticks(4 * BAR), Ticks(4 * BAR), controls=wish)
    generators: tuple[Generator, ...] = (Rules(), Recall(), shipped)
    for generator in generators:
        found = [item for item in generator(prompt) if not hasattr(item, "pitch")]
        assert [str(item.chord) for item in found[:2]] == ["Eb7", "F#7"]
        assert broken(prompt, found) == []


@pytest.mark.parametrize("mode", MODES)
def test_rules_have_chords_in_every_mode(mode: str) -> None:
    key = Key(2, mode)
    prompt = Prompt(HEARD, Ticks(4 * BAR), Ticks(8 * BAR), controls=Controls(key=key, in_key=True))
    assert leaving(Rules(), prompt, range(6), key) == []


def test_a_chord_outside_the_key_is_told_as_a_fault() -> None:
    wish = Controls(key=Key(0), in_key=True)
    prompt = Prompt(Phrase(), Ticks(0), Ticks(2 * BAR), controls=wish)
    assert broken(prompt, chords("C | Eb")) == [f"{chords('C | Eb')[1]} leaves C major"]
