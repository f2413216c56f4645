"""The weights of an exported model, read back: what `graph` wrote, so that training can go on.

Weights of fewer bits come back as what they stand for: a block of 32 numbers shares a scale, and
they are counted from the middle (`MatMulNBits` of ONNX Runtime, without zero points).
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from generators.card import read_card
from generators.music.errors import BadModel
from onnx_models.workshop.export import FILE, SPELLER

Floats = npt.NDArray[np.float32]
Shapes = Mapping[str, tuple[int, ...]]


def restored(folder: Path, shapes: Shapes) -> dict[str, Floats]:
    """Return the weights of a model on a shelf, by their names in the network.

    `shapes` are those of the network that they are for.

    Raises:
        BadModel: the folder holds no model, or one of another shape.

    """
    card = read_card(folder)
    card.model_bytes()
    try:
        found = {**_network(_numbers(folder / FILE)), **_speller(_numbers(folder / SPELLER))}
    except KeyError as error:
        raise BadModel(
            f"{card.name} was not exported by this version ({error})", "train and export it anew"
        ) from error
    for name, shape in shapes.items():
        if name not in found or found[name].shape != shape:
            raise BadModel(f"{card.name} has another shape than the recipe", "train it anew")
    return found


def _numbers(path: Path) -> dict[str, Floats]:
    """Return the numbers of a graph by their names, matrices as torch has them."""
    graph = onnx.load(path).graph
    kept = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    found: dict[str, Floats] = {}
    for node in graph.node:
        if node.op_type == "MatMul":
            found[f"{node.output[0]}.weight"] = kept[node.input[1]].T
        elif node.op_type == "MatMulNBits":
            found[f"{node.output[0]}.weight"] = _spread(node, kept)
    return {**{name: each for name, each in kept.items() if each.ndim < 3}, **found}


def _spread(node: onnx.NodeProto, kept: Mapping[str, npt.NDArray[np.generic]]) -> Floats:
    about = {each.name: each.i for each in node.attribute}
    blocks = kept[node.input[1]].astype(np.int16)
    if about["bits"] == 4:
        blocks = np.stack([blocks & 15, blocks >> 4], axis=-1).reshape(*blocks.shape[:-1], -1)
    scales = kept[node.input[2]].reshape(*blocks.shape[:2], 1).astype(np.float32)
    middle = 1 << (about["bits"] - 1)
    whole = ((blocks - middle) * scales).reshape(blocks.shape[0], -1)
    found: Floats = whole[:, : about["K"]].astype(np.float32)
    return found


def _network(kept: Mapping[str, Floats]) -> dict[str, Floats]:
    layers = sum(name.endswith(".attention.out.weight") for name in kept)
    found = {"llama.embed_tokens.weight": kept["x.table"]}
    for layer in range(layers):
        mine, its = f"llama.layers.{layer}.", f"layer.{layer}."
        out = kept[f"{its}attention.out.weight"]
        packed = kept[f"{its}attention.query.weight"]
        width, keys = out.shape[1], (packed.shape[0] - out.shape[1]) // 2
        parts = np.split(packed, [width, width + keys])
        for part, numbers in zip("qkv", parts, strict=True):
            found[f"{mine}self_attn.{part}_proj.weight"] = numbers
        found[f"{mine}self_attn.o_proj.weight"] = out
        gate, up = np.split(kept[f"{its}both.weight"], 2)
        found[f"{mine}mlp.gate_proj.weight"], found[f"{mine}mlp.up_proj.weight"] = gate, up
        found[f"{mine}mlp.down_proj.weight"] = kept[f"{its}down.weight"]
        found[f"{mine}input_layernorm.weight"] = kept[f"norm.{layer}.weight"]
        found[f"{mine}post_attention_layernorm.weight"] = kept[f"{its}norm.weight"]
    return {**found, "llama.norm.weight": kept[f"norm.{layers}.weight"]}


def _speller(kept: Mapping[str, Floats]) -> dict[str, Floats]:
    gate, up = np.split(kept["inner.both.weight"], 2)
    return {
        "known.weight": kept["known.table"],
        "hinted.weight": kept["hinted.table"],
        "sureness.weight": kept["sureness.table"],
        "norm.weight": kept["norm.weight"],
        "gate.weight": gate,
        "up.weight": up,
        "down.weight": kept["down.weight"],
        "last.weight": kept["last.weight"],
        "head.weight": kept["logits.weight"],
    }
