"""Writes other people's networks as ONNX graphs of plain steps that every provider has.

No step is of a vendor's own, so that the same file runs on CUDA, DirectML and CoreML in full
precision as well as on the CPU. Past keys and values come in, those with the new ones go out;
`keep` says how many of the past are still meant, so that going back is a number.

The weights lie in a file beside the graph: a graph of more than 2 GB cannot be one file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from generators.growing import KEEP, OUT

ALIGNED = 64
"""Bytes between which weights begin, so that they can be mapped and not copied."""
NEVER = -1e9
"""What a place that may not be looked at is worth, before the exponential."""
Weights = Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a network is, and how its attention looks."""

    layers: int
    heads: int
    key_heads: int
    width: int
    context: int
    epsilon: float

    @property
    def numbers(self) -> int:
        """How many numbers a head has."""
        return self.width // self.heads


@dataclass
class Graph:
    """Nodes as they are gathered; learnt numbers go to the file beside."""

    beside: Path
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    numbers: list[onnx.TensorProto] = field(default_factory=list)
    inputs: list[onnx.ValueInfoProto] = field(default_factory=list)
    outputs: list[onnx.ValueInfoProto] = field(default_factory=list)
    parameters: int = 0

    def learnt(self, name: str, values: npt.NDArray[np.float32]) -> str:
        """Write learnt numbers to the file beside, once."""
        if any(each.name == name for each in self.numbers):
            return name
        content = np.ascontiguousarray(values, dtype="<f4").tobytes()
        with self.beside.open("ab") as file:
            file.write(bytes(-file.tell() % ALIGNED))
            at = file.tell()
            file.write(content)
        tensor = TensorProto(name=name, dims=values.shape, data_type=TensorProto.FLOAT)
        tensor.data_location = TensorProto.EXTERNAL
        place = {"location": self.beside.name, "offset": at, "length": len(content)}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        self.numbers.append(tensor)
        self.parameters += values.size
        return name

    def fixed(self, name: str, values: Any) -> str:
        """Add numbers that are part of the graph."""
        if not any(each.name == name for each in self.numbers):
            self.numbers.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def whole(self, *values: int) -> str:
        """Add whole numbers."""
        return self.fixed("i." + "_".join(map(str, values)), np.array(values, np.int64))

    def node(self, kind: str, inputs: list[str], output: str, **attributes: object) -> str:
        """Add one step; return its output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], output, **attributes))
        return output

    def times(self, name: str, stream: str, values: npt.NDArray[np.float32], *bias: Any) -> str:
        """Multiply by learnt numbers that lie inputs by outputs; add a bias where there is one."""
        plain = f"{name}.plain" if bias else name
        self.node("MatMul", [stream, self.learnt(f"{name}.weight", values)], plain)
        if not bias:
            return plain
        return self.node("Add", [plain, self.learnt(f"{name}.bias", bias[0])], name)

    def takes(self, name: str, kind: int, shape: list[int | str]) -> str:
        """Add an input."""
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def gives(self, name: str, shape: list[int | str]) -> str:
        """Add an output."""
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def save(self, path: Path) -> None:
        """Write the graph."""
        whole = helper.make_graph(self.nodes, path.stem, self.inputs, self.outputs, self.numbers)
        sets = [helper.make_opsetid("", 18)]
        model = helper.make_model(whole, opset_imports=sets, ir_version=9, producer_name="antiphon")
        path.write_bytes(model.SerializeToString())


def places(graph: Graph, stream: str) -> None:
    """Say where the new words stand, and at which words each of them may look."""
    graph.takes(KEEP, TensorProto.INT64, [1])
    graph.node("Shape", [stream], "count", start=1, end=2)
    graph.node("Add", [KEEP, "count"], "whole")
    scalar = graph.fixed("axis", np.array([0], np.int64))
    for name in (KEEP, "whole"):
        graph.node("Squeeze", [name, scalar], f"{name}.one")
    one, none = graph.fixed("one", np.int64(1)), graph.fixed("none", np.int64(0))
    graph.node("Range", [f"{KEEP}.one", "whole.one", one], "places")
    graph.node("Range", [none, "whole.one", one], "all")
    graph.node("Unsqueeze", ["places", graph.whole(1)], "rows")
    graph.node("LessOrEqual", ["all", "rows"], "seen")
    zero, never = graph.fixed("zero", np.float32(0)), graph.fixed("never", np.float32(NEVER))
    graph.node("Where", ["seen", zero, never], "mask")


def attention(graph: Graph, name: str, three: tuple[str, str, str], look: "Look") -> str:
    """Let every word look at those before it; return what it found, heads side by side."""
    shape, layer = look.shape, look.layer
    query = _heads(graph, f"{name}.q", three[0], (shape.heads, shape.numbers))
    kept = []
    for kind, stream in zip(("key", "value"), three[1:], strict=True):
        new = _heads(graph, f"{name}.{kind}", stream, (shape.key_heads, shape.numbers))
        if kind == "key" and look.turned:
            new = turned(graph, f"{name}.key.turned", new, shape.numbers)
        kept.append(_grown(graph, f"{layer}.{kind}", new, shape))
    if look.turned:
        query = turned(graph, f"{name}.q.turned", query, shape.numbers)
    key, value = (_shared(graph, each, shape) for each in kept)
    graph.node("Transpose", [key], f"{name}.across", perm=[0, 1, 3, 2])
    graph.node("MatMul", [query, f"{name}.across"], f"{name}.raw")
    scale = graph.fixed(f"scale.{look.scale}", np.float32(look.scale))
    graph.node("Mul", [f"{name}.raw", scale], f"{name}.scaled")
    graph.node("Add", [f"{name}.scaled", "mask"], f"{name}.masked")
    graph.node("Softmax", [f"{name}.masked"], f"{name}.shares", axis=-1)
    graph.node("MatMul", [f"{name}.shares", value], f"{name}.found")
    graph.node("Transpose", [f"{name}.found"], f"{name}.back", perm=[0, 2, 1, 3])
    return graph.node("Reshape", [f"{name}.back", graph.whole(1, -1, shape.width)], name)


@dataclass(frozen=True, slots=True)
class Look:
    """How one layer looks back."""

    shape: Shape
    layer: int
    scale: float
    turned: bool = False
    """Whether places are told by turning keys and queries (Llama)."""


def _heads(graph: Graph, name: str, stream: str, size: tuple[int, int]) -> str:
    graph.node("Reshape", [stream, graph.whole(1, -1, *size)], f"{name}.split")
    return graph.node("Transpose", [f"{name}.split"], f"{name}.heads", perm=[0, 2, 1, 3])


def _grown(graph: Graph, name: str, new: str, shape: Shape) -> str:
    """Put new keys or values after those that are kept."""
    cache: list[int | str] = [1, shape.key_heads, "past", shape.numbers]
    graph.takes(f"past.{name}", TensorProto.FLOAT, cache)
    start, axis = graph.whole(0), graph.whole(2)
    graph.node("Slice", [f"past.{name}", start, KEEP, axis], f"kept.{name}")
    graph.node("Concat", [f"kept.{name}", new], f"present.{name}", axis=2)
    return graph.gives(f"present.{name}", [1, shape.key_heads, "whole", shape.numbers])


def _shared(graph: Graph, name: str, shape: Shape) -> str:
    """Give each group of heads the keys that it shares."""
    groups = shape.heads // shape.key_heads
    if groups == 1:
        return name
    size = shape.numbers
    graph.node("Unsqueeze", [name, graph.whole(2)], f"{name}.wide")
    graph.node("Tile", [f"{name}.wide", graph.whole(1, 1, groups, 1, 1)], f"{name}.many")
    return graph.node(
        "Reshape", [f"{name}.many", graph.whole(1, shape.heads, -1, size)], f"{name}.shared"
    )


def turned(graph: Graph, name: str, heads: str, numbers: int) -> str:
    """Turn keys or queries by their places (J. Su et al., 2021), halves as in Llama."""
    graph.nodes.append(
        helper.make_node("Split", [heads], [f"{name}.1", f"{name}.2"], axis=-1, num_outputs=2)
    )
    graph.node("Neg", [f"{name}.2"], f"{name}.minus")
    graph.node("Concat", [f"{name}.minus", f"{name}.1"], f"{name}.round", axis=-1)
    graph.node("Mul", [heads, "cosines"], f"{name}.straight")
    graph.node("Mul", [f"{name}.round", "sines"], f"{name}.across")
    return graph.node("Add", [f"{name}.straight", f"{name}.across"], name)


def turns(graph: Graph, shape: Shape, base: float) -> None:
    """Add the cosines and sines of the new words' places."""
    speeds = base ** (-np.arange(0, shape.numbers, 2) / shape.numbers)
    angles = np.arange(shape.context)[:, None] * np.concatenate([speeds, speeds])[None, :]
    for name, values in (("cosines", np.cos(angles)), ("sines", np.sin(angles))):
        table = graph.fixed(f"{name}.table", values.astype(np.float32))
        graph.node("Gather", [table, "places"], name)


def last(graph: Graph, stream: str) -> str:
    """Keep what stands at the last place alone."""
    start, end, axis = graph.whole(-1), graph.whole(2**31 - 1), graph.whole(1)
    return graph.node("Slice", [stream, start, end, axis], f"{stream}.last")


def ends(graph: Graph, stream: str, size: int) -> None:
    """Say that this is what comes out."""
    graph.node("Identity", [stream], OUT)
    graph.gives(OUT, [1, 1, size])
