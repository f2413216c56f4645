"""A GPT-2 network as plain steps: the Anticipatory Music Transformer."""

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from generators.growing import TOKENS
from onnx_models.workshop.adopt.plain import (
    Graph,
    Look,
    Shape,
    Weights,
    attention,
    ends,
    last,
    places,
)

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Habits:
    """What GPT-2 networks differ in, beside their size."""

    scaled: bool = True
    """Whether attention is divided by the root of a head's size."""
    scaled_by_layer: bool = False
    """Whether it is divided by the number of the layer as well."""


def reading(graph: Graph, weights: Weights, shape: Shape, habits: Habits) -> None:
    """Write the network: tokens in, what may come after the last of them out."""
    graph.takes(TOKENS, TensorProto.INT64, [1, "time"])
    table = graph.learnt("embedding", weights["wte.weight"])
    graph.node("Gather", [table, TOKENS], "words")
    places(graph, "words")
    graph.node("Gather", [graph.learnt("standing", weights["wpe.weight"]), "places"], "where")
    stream = graph.node("Add", ["words", "where"], "stream")
    for layer in range(shape.layers):
        stream = _layer(graph, weights, (shape, habits, layer), stream)
    normed = _norm(graph, "norm", stream, (weights, "ln_f"), shape)
    head = weights.get("lm_head.weight", weights["wte.weight"])
    ends(graph, graph.times("head", last(graph, normed), head.T), head.shape[0])


def _layer(graph: Graph, weights: Weights, of: tuple[Shape, Habits, int], stream: str) -> str:
    shape, habits, layer = of
    mine, name = f"h.{layer}.", f"layer.{layer}"
    normed = _norm(graph, f"{name}.in", stream, (weights, f"{mine}ln_1"), shape)
    packed, bias = weights[f"{mine}attn.c_attn.weight"], weights[f"{mine}attn.c_attn.bias"]
    weight_parts, bias_parts = (np.split(each, 3, axis=-1) for each in (packed, bias))
    three = [
        graph.times(f"{name}.{part}", normed, weight_parts[at], bias_parts[at])
        for at, part in enumerate("qkv")
    ]
    scale = shape.numbers**-0.5 if habits.scaled else 1.0
    look = Look(shape, layer, scale / (layer + 1) if habits.scaled_by_layer else scale)
    heard = attention(graph, f"{name}.attention", (three[0], three[1], three[2]), look)
    out = graph.times(f"{name}.out", heard, *_pair(weights, f"{mine}attn.c_proj"))
    stream = graph.node("Add", [stream, out], f"{name}.middle")
    normed = _norm(graph, f"{name}.after", stream, (weights, f"{mine}ln_2"), shape)
    inner = graph.times(f"{name}.inner", normed, *_pair(weights, f"{mine}mlp.c_fc"))
    bent = _gelu(graph, f"{name}.bent", inner)
    thought = graph.times(f"{name}.thought", bent, *_pair(weights, f"{mine}mlp.c_proj"))
    return graph.node("Add", [stream, thought], f"{name}.sum")


def _pair(weights: Weights, name: str) -> tuple[Floats, Floats]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _norm(graph: Graph, name: str, stream: str, of: tuple[Weights, str], shape: Shape) -> str:
    weight, bias = _pair(*of)
    learnt = [graph.learnt(f"{name}.weight", weight), graph.learnt(f"{name}.bias", bias)]
    return graph.node("LayerNormalization", [stream, *learnt], name, axis=-1, epsilon=shape.epsilon)


def _gelu(graph: Graph, name: str, stream: str) -> str:
    """Bend as GPT-2 does, by the hyperbolic tangent (D. Hendrycks and K. Gimpel, 2016)."""

    def times(one: str, other: str | float, output: str) -> str:
        value = (
            other if isinstance(other, str) else graph.fixed(f"f.{other:.6f}", np.float32(other))
        )
        return graph.node("Mul", [one, value], output)

    square = times(stream, stream, f"{name}.square")
    cube = times(times(square, stream, f"{name}.cube"), 0.044715, f"{name}.small")
    graph.node("Add", [stream, cube], f"{name}.both")
    graph.node("Tanh", [times(f"{name}.both", sqrt(2 / pi), f"{name}.scaled")], f"{name}.tanh")
    graph.node("Add", [f"{name}.tanh", graph.fixed("f.one", np.float32(1))], f"{name}.more")
    return times(times(stream, f"{name}.more", f"{name}.double"), 0.5, name)
