import json
import logging
import shutil
from pathlib import Path

import pytest

from generators.card import read_card
from onnx_models.workshop.evaluation import answers, promises, report
from onnx_models.workshop.evaluation.baselines import fitted
from onnx_models.workshop.evaluation.cli import keep
from onnx_models.workshop.evaluation.report import Scores, flat, lines, measured
from onnx_models.workshop.measure.originality import Learnt
from tests.generators.shipped import shipped_card, shipped_folder
from tests.onnx_models.evaluation.books import pieces


@pytest.fixture(scope="module")
def log() -> list[str]:
    return []


@pytest.fixture(scope="module")
def scores(log: list[str]) -> Scores:
    """Measure the smallest model on a few tunes."""
    asked = pieces()
    learnt = Learnt(tune.phrase.notes for tune in asked.learnt)
    handler = logging.Handler()
    handler.emit = lambda record: log.append(record.getMessage())  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "TIMES", 2)
        patch.setattr(answers, "LONG", 8)
        patch.setattr(promises, "ASKED", 20)
        patch.setattr(promises, "REPEATED", 1)
        patch.setattr(report.log, "level", logging.INFO)
        report.log.addHandler(handler)
        found = measured(shipped_card(), asked, fitted(asked), learnt)
        report.log.removeHandler(handler)
    return found


def test_the_keys_are_those_that_programs_look_for(scores: Scores) -> None:
    assert set(scores) == {
        "nottingham", "oneills1850", "speed", "hard_controls", "same_bytes",
    }  # fmt: skip
    assert scores["hard_controls"] == {"answers": 20, "violations": 0}
    assert set(scores["nottingham"]) == {
        "pieces", "melody_bits_per_note", "second_half_bits_per_note", "originality",
        "chord_top1", "chord_top3", "note_in_chord", "chord_diversity", "harmonizing",
    }  # fmt: skip
    table = json.loads(json.dumps({"small": scores}))["small"]["nottingham"]
    assert {"model", "best_baseline", "fewer", "notes"} <= set(table["melody_bits_per_note"])
    assert {"model", "best_baseline", "changes"} <= set(table["chord_top1"])
    assert {"model", "human", "mismatched", "Markov"} <= set(table["note_in_chord"])
    measures = {"CHE", "CC", "CTD", "CTnCTR", "PCS", "MCTD"}
    assert set(table["harmonizing"]) == measures
    assert {"human", "model", "model_gap", "mismatched_gap"} <= set(table["harmonizing"]["CHE"])


def test_melodies_alone_are_measured_as_melodies(scores: Scores) -> None:
    assert set(scores["oneills1850"]) == {
        "pieces", "melody_bits_per_note", "second_half_bits_per_note", "originality",
    }  # fmt: skip


def test_figures_fit_together(scores: Scores) -> None:
    bits = scores["nottingham"]["melody_bits_per_note"]
    assert isinstance(bits, dict)
    assert bits["model"] == pytest.approx(bits["model_rhythm"] + bits["model_pitch"], abs=0.002)
    baseline = bits["baseline_rhythm"] + bits["baseline_pitch"]
    assert bits["best_baseline"] == pytest.approx(baseline, abs=0.002)
    assert bits["fewer"] == pytest.approx(1 - bits["model"] / bits["best_baseline"], abs=0.002)
    assert bits["notes"] == sum(len(each.phrase.notes) for each in pieces().test("nottingham"))
    assert all(value > 0 for value in scores["speed"].values() if isinstance(value, float))


def test_each_measure_is_told_with_its_seconds(scores: Scores, log: list[str]) -> None:
    assert scores
    assert any(line.startswith("small, nottingham: melody_bits_per_note: ") for line in log)
    assert all(line.endswith(" s") for line in log)
    assert len(log) == 6 + 3 + 3


def test_scores_on_a_card_are_those_that_were_measured(scores: Scores, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    shutil.copytree(shipped_folder(), folder)
    before = read_card(folder)
    keep(before, scores, 7)
    after = read_card(folder)
    assert after.table == json.loads(json.dumps(scores))
    assert len(after.scores) == len(flat(scores))
    assert {score.command for score in after.scores} == {
        "antiphon evaluate --corpora CORPORA --pieces 7"
    }
    changed = {name for name in before.__slots__ if getattr(before, name) != getattr(after, name)}
    assert changed == {"scores"}
    assert {path.name for path in folder.iterdir()} == {
        path.name for path in shipped_folder().iterdir()
    }
    for file in (before.file, *(each.file for each in before.beside)):
        assert (folder / file).read_bytes() == (shipped_folder() / file).read_bytes()


def test_the_table_can_be_read_by_a_player(scores: Scores) -> None:
    text = lines({"small": scores})
    assert text[0] == "small, nottingham"
    assert text[1] == "  pieces: 2"
    assert any(line.startswith("  melody_bits_per_note: model ") for line in text)
    assert not any("{" in line for line in text)
