import pytest

from generators.music.errors import BadValue
from generators.music.harmony import Key
from generators.music.time import Meter
from generators.voicing.patterns import ALL
from generators.voicing.styles import AUTO, USUAL, Comping, usual
from generators.voicing.voicing import PATTERNS


def test_every_pattern_can_be_played() -> None:
    assert set(ALL) == set(PATTERNS)


@pytest.mark.parametrize(("meter", "pattern"), [("4/4", "comp"), ("3/4", "waltz"), ("6/8", "comp")])
def test_without_a_style_the_meter_chooses(meter: str, pattern: str) -> None:
    assert usual(AUTO, Meter.named(meter)).pattern == pattern


def test_a_style_chooses_and_a_wish_overrules_it() -> None:
    meter = Meter()
    assert Comping("standard").voicing(meter).kind == "rootless"
    wished = Comping("standard", pattern="stride", voices=2, low=60, high=90).voicing(meter)
    assert (wished.pattern, wished.kind, wished.voices) == ("stride", "rootless", 2)
    assert (wished.low, wished.high) == (60, 90)
    assert Comping().voicing(meter, Key.named("D minor")).key == Key.named("D minor")


@pytest.mark.parametrize("style", ["hymn", "chorale", "song"])
def test_parallels_are_avoided_where_the_style_avoids_them(style: str) -> None:
    assert USUAL[style].strict
    assert not USUAL["rock"].strict


def test_an_unknown_style_is_refused() -> None:
    with pytest.raises(BadValue, match="waltz"):
        Comping("polonaise").voicing(Meter())
