from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the workshop needs torch")
pytest.importorskip("transformers", reason="the workshop needs transformers")
pytest.importorskip("onnx", reason="the workshop needs onnx")

from generators.model import Decoder
from onnx_models.workshop.export import Trained, export
from onnx_models.workshop.network import network
from onnx_models.workshop.recipe import Recipe
from onnx_models.workshop.train import train
from tests.onnx_models.test_corpus import tune

SMALL = replace(Recipe(), width=64, layers=2, heads=4, key_heads=2, inner=96, context=256)


def test_the_graph_computes_what_the_network_computes(tmp_path: Path) -> None:
    valid = [tune(split="valid"), tune()]
    card = export(Trained(network(SMALL).eval(), SMALL, 0, 0), valid, tmp_path)
    assert card.proof.difference < 1e-4
    assert np.isfinite(Decoder(card).begin([2, 5, 8])).all()


def test_training_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    tunes = [tune(), tune(split="valid")]
    quick = replace(SMALL, minutes=0.02, batch_tokens=512, warm_up=1, threads=1)
    train(tunes, quick, tmp_path)
    train(tunes, replace(quick, minutes=0.04), tmp_path)
    lines = (tmp_path / "curve.jsonl").read_text(encoding="utf-8").splitlines()
    steps = [int(line.split('"step": ')[1].split(",")[0]) for line in lines]
    assert steps == sorted(steps)
    assert steps[-1] > steps[0] > 0
