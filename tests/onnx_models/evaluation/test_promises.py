from generators.leadsheet import LeadSheet
from onnx_models.workshop.evaluation.promises import sameness, wishes
from onnx_models.workshop.tune import Tune
from tests.generators.shipped import shipped_card
from tests.music import line

TUNES = [
    Tune("a", "nottingham", "test", line("C4 E4 G4 E4 " * 8, key="C"), frozenset({7})),
]


def test_hard_wishes_hold_and_are_counted() -> None:
    assert wishes(LeadSheet(shipped_card()), TUNES, 30) == {"answers": 30, "violations": 0}


def test_the_same_prompt_gives_the_same_answer_again_and_on_two_threads() -> None:
    found = sameness(shipped_card(), TUNES, 2)
    assert found == {"answers": 8, "differ_again": 0, "differ_on_two_threads": 0}
