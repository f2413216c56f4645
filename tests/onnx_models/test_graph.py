import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the workshop needs torch")
pytest.importorskip("transformers", reason="the workshop needs transformers")
pytest.importorskip("onnx", reason="the workshop needs onnx")

import torch

from generators.model import Decoder
from generators.music.errors import BadModel
from generators.music.harmony import Key
from generators.music.time import Meter
from generators.tokens import leadsheet as words
from onnx_models.workshop.export import Trained, export
from onnx_models.workshop.muon import orthogonal
from onnx_models.workshop.network import network, parameters
from onnx_models.workshop.recipe import Recipe
from onnx_models.workshop.train import HELD, grown, train
from tests.onnx_models.test_corpus import tune

SMALL = replace(
    Recipe(), width=64, layers=2, heads=4, key_heads=2, inner=96, spelling=32, context=256
)
KEY = Key(0, "major")


def test_the_graph_computes_what_the_network_computes(tmp_path: Path) -> None:
    valid = [tune(split="valid"), tune()]
    card = export(Trained(network(SMALL).eval(), SMALL, 0, 0), valid, tmp_path)
    assert card.proof.difference < 1e-4
    made = Decoder(card).begin(list(words.events(words.header(True, Meter(3, 4), KEY))))
    assert np.isfinite(made).all()


@pytest.mark.parametrize("bits", [4, 8])
def test_weights_of_fewer_bits_cost_little(bits: int, tmp_path: Path) -> None:
    valid = [tune(split="valid"), tune()]
    card = export(Trained(network(SMALL).eval(), SMALL, 0, 0), valid, tmp_path, bits)
    assert abs(card.proof.cost) < 0.01
    assert (tmp_path / "model.onnx").stat().st_size < 4 * parameters(network(SMALL)) * bits / 16


def test_training_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    tunes = [tune(), tune(split="valid")]
    quick = replace(SMALL, minutes=0.02, batch_events=512, warm_up=1, threads=1)
    train(tunes, quick, tmp_path / "small")
    train(tunes, replace(quick, minutes=0.04), tmp_path / "small")
    lines = (tmp_path / "small" / "curve.jsonl").read_text(encoding="utf-8").splitlines()
    steps = [int(line.split('"step": ')[1].split(",")[0]) for line in lines]
    assert steps == sorted(steps)
    assert steps[-1] > steps[0] > 0


def test_training_ends_after_the_steps_that_are_told(tmp_path: Path) -> None:
    told = replace(SMALL, steps=3, batch_events=512, warm_up=1, threads=1)
    train([tune(), tune(split="valid")], told, tmp_path / "small")
    curve = (tmp_path / "small" / "curve.jsonl").read_text(encoding="utf-8")
    assert json.loads(curve)["step"] == 3


def test_a_deeper_network_grows_from_a_shallow_one(tmp_path: Path) -> None:
    quick = replace(SMALL, minutes=0.02, batch_events=512, warm_up=1, threads=1)
    train([tune(), tune(split="valid")], quick, tmp_path / "small")
    deep = network(replace(SMALL, layers=4))
    grown(deep, tmp_path / "small" / HELD)
    kept = torch.load(tmp_path / "small" / HELD, weights_only=True)
    for layer in range(4):
        name = "llama.layers.{}.mlp.up_proj.weight"
        assert torch.equal(deep.state_dict()[name.format(layer)], kept[name.format(layer % 2)])


def test_a_network_with_wider_inner_layers_begins_as_the_one_it_grows_from(tmp_path: Path) -> None:
    narrow = network(SMALL)
    torch.save(narrow.state_dict(), tmp_path / HELD)
    wide = network(replace(SMALL, inner=SMALL.inner + 8))
    grown(wide, tmp_path / HELD)
    events = torch.from_numpy(np.random.default_rng(1).integers(1, words.SIZE, (1, 12, 4)))
    with torch.no_grad():
        assert torch.allclose(narrow.eval().read(events), wide.eval().read(events), atol=1e-5)


@pytest.mark.parametrize(("bits", "near"), [(32, 0.0), (8, 0.01), (4, 0.1)])
def test_training_can_go_on_from_an_exported_model(bits: int, near: float, tmp_path: Path) -> None:
    model = network(SMALL)
    for each in model.parameters():
        torch.nn.init.normal_(each, std=0.1)
    export(Trained(model.eval(), SMALL, 0, 0), [tune(split="valid"), tune()], tmp_path / "a", bits)
    other = network(SMALL)
    grown(other, tmp_path / "a")
    for name, numbers in model.state_dict().items():
        mine = numbers.clone()
        if name in (
            "llama.embed_tokens.weight",
            "known.weight",
            "hinted.weight",
            "sureness.weight",
        ):
            mine[0] = 0
        assert (other.state_dict()[name] - mine).abs().max() <= near, name


def test_a_model_of_another_shape_is_not_gone_on_from(tmp_path: Path) -> None:
    tunes = [tune(split="valid"), tune()]
    export(Trained(network(SMALL).eval(), SMALL, 0, 0), tunes, tmp_path / "a")
    with pytest.raises(BadModel, match="another shape"):
        grown(network(replace(SMALL, layers=3)), tmp_path / "a")


def test_growing_from_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="to grow from"):
        grown(network(SMALL), tmp_path / HELD)


def test_muon_makes_steps_that_are_half_orthogonal() -> None:
    ways = orthogonal(torch.randn(3, 16, 48, generator=torch.Generator().manual_seed(0)))
    sizes = torch.linalg.svdvals(ways)
    assert ((sizes > 0.5) & (sizes < 1.5)).all()
