from dataclasses import replace

import pytest

from generators.leadsheet import LeadSheet
from generators.music.errors import BadValue
from onnx_models.workshop.evaluation.harmony import accompaniments, suiting
from onnx_models.workshop.evaluation.strange import by_style
from tests.generators.shipped import shipped_card
from tests.music import line
from tests.onnx_models.test_corpus import tune

WALTZ = line("G4 B4 D5 C5 A4:2 B4 G4 E4 D4:3", key="G", under="G | Am | Em | D", meter="3/4")
HYMN = line("C4 E4 G4:2 A4 F4 G4:2", key="C", under="C | F C")
TUNES = [
    replace(tune(phrase), style=style, split=split)
    for phrase, style, split in (
        (WALTZ, "waltz", "test"),
        (WALTZ.plus(WALTZ, WALTZ.end), "waltz", "test"),
        (WALTZ, "waltz", "train"),
        (HYMN, "hymn", "test"),
        (replace(HYMN, chords=()), "hymn", "test"),
    )
]


@pytest.fixture(scope="module")
def player() -> LeadSheet:
    return LeadSheet(shipped_card())


def test_test_tunes_of_a_style_are_accompanied_without_telling_it(player: LeadSheet) -> None:
    (told,) = by_style(player, TUNES, ["waltz"])
    waltzes = [replace(each, style="") for each in TUNES[:2]]
    alone = suiting(accompaniments(player, waltzes), [each.phrase for each in waltzes], {})
    assert told[0] == "waltz"
    assert told[1]["pieces"] == 2
    for name in ("note_in_chord", "chord_diversity"):
        assert alone[name].items() <= told[1][name].items()  # type: ignore[attr-defined]
    assert "mismatched" in told[1]["note_in_chord"]  # type: ignore[operator]


def test_at_most_as_many_as_are_wished(player: LeadSheet) -> None:
    ((_, found),) = by_style(player, [*TUNES, *TUNES], ["waltz"], 3)
    assert found["pieces"] == 3


def test_a_style_with_too_few_tunes_is_left_out(player: LeadSheet) -> None:
    assert [*by_style(player, TUNES, ["hymn", "polka"])] == []


def test_a_style_that_is_none_is_told_with_those_that_there_are(player: LeadSheet) -> None:
    with pytest.raises(BadValue, match="no style is called 'polkka'; there are reel, jig"):
        next(by_style(player, TUNES, ["waltz", "polkka"]))
