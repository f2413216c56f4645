"""Writes a trained network as an ONNX graph for plain ONNX Runtime.

The graph is written out by hand, since it is small and must keep two promises: attention is
`GroupQueryAttention`, whose keys and values stay in one buffer that is both past and present,
and every name stands in the card. Rotary places are those of Llama (halves, not pairs).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from generators.tokens import leadsheet as words
from onnx_models.workshop.recipe import Recipe

MICROSOFT = "com.microsoft"
EPSILON = 1e-6
Weights = dict[str, npt.NDArray[np.float32]]

TOKENS, LAST, LENGTH, MADE = "tokens", "last", "length", "made"
TOLD, HINT, LOGITS = "told", "hint", "logits"


@dataclass
class Graph:
    """Nodes and numbers as they are gathered."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    numbers: list[onnx.TensorProto] = field(default_factory=list)

    def number(self, name: str, values: npt.NDArray[np.float32]) -> str:
        """Add learnt numbers."""
        whole = np.ascontiguousarray(values, dtype=np.float32)
        self.numbers.append(numpy_helper.from_array(whole, name))
        return name

    def axis(self, number: int) -> str:
        """Add the number of an axis, once."""
        name = f"axis {number}"
        if all(each.name != name for each in self.numbers):
            self.numbers.append(numpy_helper.from_array(np.array([number], np.int64), name))
        return name

    def node(self, kind: str, inputs: list[str], outputs: list[str], **attributes: object) -> str:
        """Add one step; return its first output."""
        self.nodes.append(helper.make_node(kind, inputs, outputs, outputs[0], **attributes))
        return outputs[0]

    def times(self, name: str, stream: str, weights: npt.NDArray[np.float32]) -> str:
        """Multiply by learnt numbers, which torch keeps the other way round."""
        return self.node("MatMul", [stream, self.number(f"{name}.weight", weights.T)], [name])


def cache_names(layer: int) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return what a layer's keys and values are called when they come in and go out."""
    return (f"past.{layer}.key", f"present.{layer}.key"), (
        f"past.{layer}.value",
        f"present.{layer}.value",
    )


def build(weights: Weights, recipe: Recipe) -> onnx.ModelProto:
    """Return the graph of the network that reads events, with these weights."""
    graph = Graph()
    _places(graph, recipe)
    stream = _summed(graph, "x", weights["llama.embed_tokens.weight"], TOKENS)
    normed = _norm(graph, "norm.0", stream, weights["llama.layers.0.input_layernorm.weight"])
    for layer in range(recipe.layers):
        stream, normed = _layer(graph, weights, recipe, layer, (stream, normed))
    graph.node("Identity", [normed], [MADE])
    return _model(graph, recipe)


def build_speller(weights: Weights, recipe: Recipe) -> onnx.ModelProto:
    """Return the graph that spells an event, with these weights."""
    graph = Graph()
    told = _summed(graph, "known", weights["known.weight"], TOLD)
    told = graph.node("Add", [told, _hinted(graph, weights)], ["all told"])
    stream = graph.node("Add", [MADE, told], ["stream"])
    normed = _norm(graph, "norm", stream, weights["norm.weight"])
    both = np.concatenate([weights["gate.weight"], weights["up.weight"]])
    inner = _gated(graph, "inner", normed, both)
    down = graph.times("down", inner, weights["down.weight"])
    _, last = _add_norm(graph, "last", (stream, down), weights["last.weight"])
    graph.times(LOGITS, last, weights["head.weight"])
    size = weights["head.weight"].shape[0]
    inputs = [
        helper.make_tensor_value_info(MADE, TensorProto.FLOAT, ["rows", recipe.width]),
        helper.make_tensor_value_info(TOLD, TensorProto.INT64, ["rows", words.ARITY - 1]),
        helper.make_tensor_value_info(HINT, TensorProto.INT64, ["rows", 2]),
    ]
    outputs = [helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["rows", size])]
    return _finished(graph, f"{recipe.name} speller", inputs, outputs)


def _hinted(graph: Graph, weights: Weights) -> str:
    """Add what the memory expects, and how sure it is; row 0 of both tables is nothing."""
    graph.node("Split", [HINT], ["hint word", "hint sureness"], axis=-1, num_outputs=2)
    word = _summed(graph, "hinted", weights["hinted.weight"], "hint word")
    sureness = _summed(graph, "sureness", weights["sureness.weight"], "hint sureness")
    return graph.node("Add", [word, sureness], ["hints"])


def _summed(graph: Graph, name: str, table: npt.NDArray[np.float32], tokens: str) -> str:
    """Add up the rows of a table for the words of each event; word 0 is nothing."""
    rows = table.copy()
    rows[0] = 0
    graph.node("Gather", [graph.number(f"{name}.table", rows), tokens], [f"{name}.each"])
    return graph.node("ReduceSum", [f"{name}.each", graph.axis(-2)], [name], keepdims=0)


def _places(graph: Graph, recipe: Recipe) -> None:
    """Add the cosines and sines by which keys and queries are turned, place by place."""
    half = recipe.width // recipe.heads // 2
    speeds = 10000.0 ** (-np.arange(half) / half)
    angles = np.arange(recipe.context)[:, None] * speeds[None, :]
    graph.number("cosines", np.cos(angles).astype(np.float32))
    graph.number("sines", np.sin(angles).astype(np.float32))


def _norm(graph: Graph, name: str, stream: str, weight: npt.NDArray[np.float32]) -> str:
    scale = graph.number(f"{name}.weight", weight)
    return graph.node(
        "SimplifiedLayerNormalization", [stream, scale], [name], axis=-1, epsilon=EPSILON
    )


def _add_norm(
    graph: Graph, name: str, pair: tuple[str, str], weight: npt.NDArray[np.float32]
) -> tuple[str, str]:
    """Add what a layer found to the stream; return the stream and its norm."""
    scale = graph.number(f"{name}.weight", weight)
    outputs = [name, "", "", f"{name}.sum"]
    graph.node(
        "SkipSimplifiedLayerNormalization", [*pair, scale], outputs,
        domain=MICROSOFT, epsilon=EPSILON,
    )  # fmt: skip
    return f"{name}.sum", name


def _layer(
    graph: Graph, weights: Weights, recipe: Recipe, layer: int, streams: tuple[str, str]
) -> tuple[str, str]:
    stream, normed = streams
    name, mine = f"layer.{layer}", f"llama.layers.{layer}."
    heard = _attention(graph, weights, recipe, layer, normed)
    stream, normed = _add_norm(
        graph, f"{name}.norm", (stream, heard), weights[f"{mine}post_attention_layernorm.weight"]
    )
    both = np.concatenate([weights[f"{mine}mlp.{part}_proj.weight"] for part in ("gate", "up")])
    inner = _gated(graph, name, normed, both)
    down = graph.times(f"{name}.down", inner, weights[f"{mine}mlp.down_proj.weight"])
    final = layer + 1 == recipe.layers
    after = "llama.norm.weight" if final else f"llama.layers.{layer + 1}.input_layernorm.weight"
    return _add_norm(graph, f"norm.{layer + 1}", (stream, down), weights[after])


def _gated(graph: Graph, name: str, normed: str, both: npt.NDArray[np.float32]) -> str:
    """Return the gated inner numbers of a layer; `both` is the gate's matrix over the other."""
    graph.times(f"{name}.both", normed, both)
    graph.node("Split", [f"{name}.both"], [f"{name}.gate", f"{name}.up"], axis=-1, num_outputs=2)
    graph.node("Sigmoid", [f"{name}.gate"], [f"{name}.open"])
    graph.node("Mul", [f"{name}.gate", f"{name}.open"], [f"{name}.silu"])
    return graph.node("Mul", [f"{name}.silu", f"{name}.up"], [f"{name}.inner"])


def _attention(graph: Graph, weights: Weights, recipe: Recipe, layer: int, normed: str) -> str:
    name, mine = f"layer.{layer}.attention", f"llama.layers.{layer}.self_attn."
    packed = np.concatenate([weights[f"{mine}{part}_proj.weight"] for part in ("q", "k", "v")])
    query = graph.times(f"{name}.query", normed, packed)
    keys, values = cache_names(layer)
    graph.node(
        "GroupQueryAttention",
        [query, "", "", keys[0], values[0], LAST, LENGTH, "cosines", "sines"],
        [name, keys[1], values[1]],
        domain=MICROSOFT,
        num_heads=recipe.heads,
        kv_num_heads=recipe.key_heads,
        do_rotary=1,
    )
    return graph.times(f"{name}.out", name, weights[f"{mine}o_proj.weight"])


def _model(graph: Graph, recipe: Recipe) -> onnx.ModelProto:
    pairs = [pair for layer in range(recipe.layers) for pair in cache_names(layer)]
    shape = [1, recipe.key_heads, recipe.context, recipe.width // recipe.heads]
    inputs = [
        helper.make_tensor_value_info(TOKENS, TensorProto.INT64, [1, "time", words.ARITY]),
        helper.make_tensor_value_info(LAST, TensorProto.INT32, [1]),
        helper.make_tensor_value_info(LENGTH, TensorProto.INT32, []),
        *_caches((past for past, _ in pairs), shape),
    ]
    outputs = [
        helper.make_tensor_value_info(MADE, TensorProto.FLOAT, [1, "time", recipe.width]),
        *_caches((present for _, present in pairs), shape),
    ]
    return _finished(graph, recipe.name, inputs, outputs)


def _finished(
    graph: Graph,
    name: str,
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
) -> onnx.ModelProto:
    whole = helper.make_graph(graph.nodes, name, inputs, outputs, graph.numbers)
    sets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(whole, opset_imports=sets, ir_version=9, producer_name="antiphon")


def _caches(names: Iterable[str], shape: list[int]) -> list[onnx.ValueInfoProto]:
    return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in names]


def write(model: onnx.ModelProto, path: Path) -> None:
    """Write the file, whole or not at all."""
    part = path.with_suffix(".part")
    onnx.save(model, part)
    part.replace(path)
