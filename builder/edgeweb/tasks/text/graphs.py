"""The arithmetic after a text model as a small ONNX graph, so that Python and browser give the same numbers."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from edgeweb.read.model import to_bytes
from edgeweb.schema.types import TensorInfo

Kind = Literal["softmax", "sigmoid", "scores", "pool", "vector", "fill", "tags"]
_OPSET = 18
_TYPES = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "float64": TensorProto.DOUBLE}
# So many words are offered for a blank.
_BEST = 10
_Nodes = list[onnx.NodeProto]
_Constants = dict[str, NDArray[Any]]
# Name, element type, shape.
_Value = tuple[str, int, list[int | str]]


def make(kind: Kind, output: TensorInfo, pooling: str, ended: bool = False) -> bytes:
    """`raw` (the output) and `mask` int64 [1, tokens] -> the result; `TextPipeline` tells its names.

    Args:
        pooling: for `pool`: mean, cls, max, last, weighted or mean-sqrt; several, with + between them, are joined.
        ended: of `fill` and `tags`: the output has shares already.
    """
    constants: dict[str, NDArray[Any]] = {"flat": np.array([-1], np.int64)}
    shape: list[int | str] = [f"r{i}" for i in range(len(output.shape or ()))]
    inputs: list[_Value] = [
        ("raw", _TYPES.get(output.type, TensorProto.FLOAT), shape), ("mask", TensorProto.INT64, [1, "tokens"]),
    ]  # fmt: skip
    real = helper.make_node("Cast", ["raw"], ["real"], to=TensorProto.FLOAT)
    if kind in ("pool", "vector"):
        nodes, outputs = _vector(kind, pooling, constants)
    elif kind == "fill":
        inputs.append(("places", TensorProto.INT64, [1]))
        nodes, outputs = _fill(constants, ended)
    elif kind == "tags":
        nodes, outputs = _tags(constants, ended)
    else:
        nodes, outputs = _scores(kind)
    return _model([real, *nodes], inputs, outputs, constants)


def _scores(kind: Kind) -> tuple[_Nodes, list[_Value]]:
    """[1, classes] to [classes], squashed."""
    node = helper.make_node
    squash = {
        "softmax": node("Softmax", ["real"], ["shares"], axis=-1),
        "sigmoid": node("Sigmoid", ["real"], ["shares"]),
        "scores": node("Identity", ["real"], ["shares"]),
    }
    return [squash[kind], node("Reshape", ["shares", "flat"], ["scores"])], [("scores", TensorProto.FLOAT, ["classes"])]


def _vector(kind: Kind, pooling: str, constants: _Constants) -> tuple[_Nodes, list[_Value]]:
    """One vector of length 1: of the model's own, or of those of all tokens."""
    node = helper.make_node
    pooled = _pooled(pooling, constants) if kind == "pool" else [node("Identity", ["real"], ["pooled"])]
    nodes = [
        *pooled, node("Reshape", ["pooled", "flat"], ["whole"]),
        node("LpNormalization", ["whole"], ["vector"], axis=-1, p=2),
    ]  # fmt: skip
    return nodes, [("vector", TensorProto.FLOAT, ["size"])]


def pooling(vectors: str, mask: str, way: str) -> tuple[_Nodes, _Constants]:
    """Nodes from a graph's own tensors, [1, tokens, size] and [1, tokens], to `pooled`; what they take besides."""
    node = helper.make_node
    constants: _Constants = {}
    casts = [
        node("Cast", [vectors], ["real"], to=TensorProto.FLOAT), node("Cast", [mask], ["mask"], to=TensorProto.INT64),
    ]  # fmt: skip
    return [*casts, *_pooled(way, constants)], constants


def _fill(constants: _Constants, ended: bool) -> tuple[_Nodes, list[_Value]]:
    """The best words at one place."""
    node = helper.make_node
    constants["best"] = np.array([_BEST], np.int64)
    nodes = [
        node("Gather", ["real", "places"], ["there"], axis=1), _shares("there", ended),
        node("Reshape", ["shares", "flat"], ["all"]), node("Shape", ["all"], ["count"]),
        node("Min", ["count", "best"], ["most"]), node("TopK", ["all", "most"], ["scores", "classes"]),
    ]  # fmt: skip
    return nodes, [("scores", TensorProto.FLOAT, ["k"]), ("classes", TensorProto.INT64, ["k"])]


def _tags(constants: _Constants, ended: bool) -> tuple[_Nodes, list[_Value]]:
    """The best class of each token, and its share."""
    node = helper.make_node
    constants["last"] = np.array([-1], np.int64)
    nodes = [
        _shares("real", ended),
        node("ReduceMax", ["shares", "last"], ["highest"], keepdims=0),
        node("ArgMax", ["shares"], ["places"], axis=-1, keepdims=0),
        node("Reshape", ["highest", "flat"], ["scores"]), node("Reshape", ["places", "flat"], ["classes"]),
    ]  # fmt: skip
    return nodes, [("scores", TensorProto.FLOAT, ["tokens"]), ("classes", TensorProto.INT64, ["tokens"])]


def _shares(scores: str, ended: bool) -> onnx.NodeProto:
    node = helper.make_node
    return node("Identity", [scores], ["shares"]) if ended else node("Softmax", [scores], ["shares"], axis=-1)


def _pooled(pooling: str, constants: _Constants) -> _Nodes:
    """[1, tokens, size] to [1, size], of the tokens that count: in one way, or in several, joined."""
    node = helper.make_node
    constants |= {"tokens": np.array([1], np.int64), "size": np.array([-1], np.int64)}
    ways = pooling.split("+")
    nodes = [node("Cast", ["mask"], ["counts"], to=TensorProto.FLOAT), node("Unsqueeze", ["counts", "size"], ["every"])]
    for way in ways:
        nodes += _way(way, f"{way}:", constants)
    return [*nodes, node("Concat", [f"{way}:pooled" for way in ways], ["pooled"], axis=-1)]


def _way(way: str, at: str, constants: _Constants) -> _Nodes:
    node = helper.make_node
    if way == "cls":
        constants["first"] = np.array(0, np.int64)
        return [node("Gather", ["real", "first"], [f"{at}pooled"], axis=1)]
    if way == "last":
        constants["one"] = np.array(1, np.int64)
        return [
            node("ReduceSum", ["mask"], [f"{at}many"], keepdims=0), node("Sub", [f"{at}many", "one"], [f"{at}end"]),
            node("Gather", ["real", f"{at}end"], [f"{at}pooled"], axis=1),
        ]  # fmt: skip
    if way == "max":
        constants |= {"unit": np.array(1, np.float32), "far": np.array(1e9, np.float32)}
        return [
            node("Sub", ["every", "unit"], [f"{at}off"]), node("Mul", [f"{at}off", "far"], [f"{at}away"]),
            node("Add", ["real", f"{at}away"], [f"{at}kept"]),
            node("ReduceMax", [f"{at}kept", "tokens"], [f"{at}pooled"], keepdims=0),
        ]  # fmt: skip
    return _mean(way, at, constants)


def _mean(way: str, at: str, constants: _Constants) -> _Nodes:
    """`weighted`: the later tokens count more; `mean-sqrt`: by the root of their number."""
    node = helper.make_node
    nodes, weight = [], "every"
    if way == "weighted":
        constants["along"] = np.array(1, np.int64)
        weight = f"{at}weight"
        nodes = [
            node("CumSum", ["every", "along"], [f"{at}place"]), node("Mul", [f"{at}place", "every"], [weight]),
        ]  # fmt: skip
    nodes += [
        node("Mul", ["real", weight], [f"{at}weighted"]),
        node("ReduceSum", [f"{at}weighted", "tokens"], [f"{at}sum"], keepdims=0),
        node("ReduceSum", [weight, "tokens"], [f"{at}many"], keepdims=0),
    ]
    if way == "mean-sqrt":
        nodes.append(node("Sqrt", [f"{at}many"], [f"{at}by"]))
    by = f"{at}by" if way == "mean-sqrt" else f"{at}many"
    return [*nodes, node("Div", [f"{at}sum", by], [f"{at}pooled"])]


def _model(
    nodes: _Nodes,
    inputs: list[_Value],
    outputs: list[_Value],
    constants: _Constants,
) -> bytes:
    takes, gives = ([helper.make_tensor_value_info(*value) for value in group] for group in (inputs, outputs))
    used = {name for node in nodes for name in node.input}
    tensors = [numpy_helper.from_array(array, name) for name, array in constants.items() if name in used]
    graph = helper.make_graph(nodes, "text", takes, gives, tensors)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    onnx.checker.check_model(made)
    return to_bytes(made)
