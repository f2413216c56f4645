"""A Llama network as plain steps: SkyTNT's pair, which reads rows and spells the next."""

import numpy as np
from onnx import TensorProto

from generators.growing import FIRST, HIDDEN, TOKENS
from generators.tokens.skytnt import ROW
from onnx_models.workshop.adopt.plain import (
    Graph,
    Look,
    Shape,
    Weights,
    attention,
    ends,
    last,
    places,
    turns,
)


def reading(graph: Graph, weights: Weights, shape: Shape, base: float) -> None:
    """Write the large network: rows of tokens in, what it makes of them out."""
    graph.takes(TOKENS, TensorProto.INT64, [1, "rows", ROW])
    table = graph.learnt("embedding", weights["net.embed_tokens.weight"])
    graph.node("Gather", [table, TOKENS], "words")
    graph.node("ReduceSum", ["words", graph.whole(2)], "stream", keepdims=0)
    _places(graph, shape, base)
    ends(graph, last(graph, _layers(graph, weights, shape, "net")), shape.width)


def spelling(graph: Graph, weights: Weights, shape: Shape, base: float) -> None:
    """Write the small network: first what the large one made, then tokens one by one."""
    graph.takes(TOKENS, TensorProto.INT64, [1, 1])
    graph.takes(HIDDEN, TensorProto.FLOAT, [1, 1, shape.width])
    graph.takes(FIRST, TensorProto.BOOL, [1])
    table = graph.learnt("embedding", weights["net_token.embed_tokens.weight"])
    graph.node("Gather", [table, TOKENS], "words")
    graph.node("Where", [FIRST, HIDDEN, "words"], "stream")
    _places(graph, shape, base)
    found = last(graph, _layers(graph, weights, shape, "net_token"))
    head = weights["lm_head.weight"]
    ends(graph, graph.times("head", found, head.T), head.shape[0])


def _places(graph: Graph, shape: Shape, base: float) -> None:
    places(graph, "stream")
    turns(graph, shape, base)


def _layers(graph: Graph, weights: Weights, shape: Shape, net: str) -> str:
    stream = "stream"
    for layer in range(shape.layers):
        mine, name = f"{net}.layers.{layer}.", f"layer.{layer}"
        normed = _norm(graph, f"{name}.in", stream, weights[f"{mine}input_layernorm.weight"], shape)
        query, key, value = (
            graph.times(f"{name}.{part}", normed, weights[f"{mine}self_attn.{part}_proj.weight"].T)
            for part in ("q", "k", "v")
        )
        look = Look(shape, layer, shape.numbers**-0.5, turned=True)
        heard = attention(graph, f"{name}.attention", (query, key, value), look)
        out = graph.times(f"{name}.out", heard, weights[f"{mine}self_attn.o_proj.weight"].T)
        stream = graph.node("Add", [stream, out], f"{name}.middle")
        after = weights[f"{mine}post_attention_layernorm.weight"]
        thought = _thought(graph, name, _norm(graph, f"{name}.after", stream, after, shape), {
            part: weights[f"{mine}mlp.{part}_proj.weight"] for part in ("gate", "up", "down")
        })  # fmt: skip
        stream = graph.node("Add", [stream, thought], f"{name}.sum")
    return _norm(graph, "norm", stream, weights[f"{net}.norm.weight"], shape)


def _thought(graph: Graph, name: str, normed: str, weights: Weights) -> str:
    gate = graph.times(f"{name}.gate", normed, weights["gate"].T)
    graph.node("Sigmoid", [gate], f"{name}.open")
    graph.node("Mul", [gate, f"{name}.open"], f"{name}.silu")
    up = graph.times(f"{name}.up", normed, weights["up"].T)
    graph.node("Mul", [f"{name}.silu", up], f"{name}.inner")
    return graph.times(f"{name}.down", f"{name}.inner", weights["down"].T)


def _norm(graph: Graph, name: str, stream: str, weight: np.ndarray, shape: Shape) -> str:
    """Divide by the root of the mean square (B. Zhang and R. Sennrich, 2019)."""
    graph.node("Mul", [stream, stream], f"{name}.square")
    graph.node("ReduceMean", [f"{name}.square", graph.whole(-1)], f"{name}.mean", keepdims=1)
    small = graph.fixed(f"epsilon.{shape.epsilon}", np.float32(shape.epsilon))
    graph.node("Add", [f"{name}.mean", small], f"{name}.more")
    graph.node("Sqrt", [f"{name}.more"], f"{name}.root")
    graph.node("Div", [stream, f"{name}.root"], f"{name}.even")
    return graph.node("Mul", [f"{name}.even", graph.learnt(f"{name}.weight", weight)], name)
