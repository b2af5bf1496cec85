"""The arithmetic after a text model as a small ONNX graph, so that Python and browser give the same numbers."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from edgeweb.manifest import TensorInfo
from edgeweb.model import to_bytes

Kind = Literal["softmax", "sigmoid", "scores", "pool", "vector", "fill", "tags"]
_OPSET = 18
_TYPES = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "float64": TensorProto.DOUBLE}
# So many words are offered for a blank.
_BEST = 10
_Nodes = list[onnx.NodeProto]


def make(kind: Kind, output: TensorInfo, pooling: str) -> bytes:
    """`raw` (the output) and `mask` int64 [1, tokens] -> the result; `manifest.TextPipeline` tells its names.

    Args:
        pooling: for `pool`: mean, cls, max or last, as sentence-transformers names them.
    """
    node = helper.make_node
    nodes: _Nodes = [node("Cast", ["raw"], ["real"], to=TensorProto.FLOAT)]
    constants: dict[str, NDArray[Any]] = {"first": np.array([0], np.int64), "flat": np.array([-1], np.int64)}
    inputs: list[tuple[str, int, list[int | str]]] = [
        ("raw", _TYPES.get(output.type, TensorProto.FLOAT), [f"r{i}" for i in range(len(output.shape or ()))]),
        ("mask", TensorProto.INT64, [1, "tokens"]),
    ]
    outputs: list[tuple[str, int, list[int | str]]] = []
    if kind in ("softmax", "sigmoid", "scores"):
        squash = {"softmax": node("Softmax", ["real"], ["shares"], axis=-1), "sigmoid": node("Sigmoid", ["real"], ["shares"])}
        nodes += [squash.get(kind, node("Identity", ["real"], ["shares"])), node("Reshape", ["shares", "flat"], ["scores"])]
        outputs = [("scores", TensorProto.FLOAT, ["classes"])]
    elif kind in ("pool", "vector"):
        nodes += _pooled(pooling, constants) if kind == "pool" else [node("Identity", ["real"], ["pooled"])]
        nodes += [
            node("Reshape", ["pooled", "flat"], ["whole"]),
            node("LpNormalization", ["whole"], ["vector"], axis=-1, p=2),
        ]
        outputs = [("vector", TensorProto.FLOAT, ["size"])]
    elif kind == "fill":
        inputs.append(("places", TensorProto.INT64, [1]))
        constants["one"], constants["best"] = np.array([1], np.int64), np.array([_BEST], np.int64)
        nodes += [
            node("Gather", ["real", "places"], ["there"], axis=1),
            node("Softmax", ["there"], ["shares"], axis=-1),
            node("Reshape", ["shares", "flat"], ["all"]),
            node("Shape", ["all"], ["count"]), node("Min", ["count", "best"], ["most"]),
            node("TopK", ["all", "most"], ["scores", "classes"]),
        ]  # fmt: skip
        outputs = [("scores", TensorProto.FLOAT, ["k"]), ("classes", TensorProto.INT64, ["k"])]
    else:
        constants["last"] = np.array([-1], np.int64)
        nodes += [
            node("Softmax", ["real"], ["shares"], axis=-1),
            node("ReduceMax", ["shares", "last"], ["highest"], keepdims=0),
            node("ArgMax", ["shares"], ["places"], axis=-1, keepdims=0),
            node("Reshape", ["highest", "flat"], ["scores"]), node("Reshape", ["places", "flat"], ["classes"]),
        ]  # fmt: skip
        outputs = [("scores", TensorProto.FLOAT, ["tokens"]), ("classes", TensorProto.INT64, ["tokens"])]
    return _model(nodes, inputs, outputs, constants)


def _pooled(pooling: str, constants: dict[str, NDArray[Any]]) -> _Nodes:
    """[1, tokens, size] to [1, size], of the tokens that count."""
    node = helper.make_node
    constants |= {"tokens": np.array([1], np.int64), "size": np.array([-1], np.int64)}
    if pooling == "cls":
        return [node("Gather", ["real", "first"], ["pooled"], axis=1)]
    counted = [node("Cast", ["mask"], ["counts"], to=TensorProto.FLOAT), node("Unsqueeze", ["counts", "size"], ["weight"])]
    if pooling == "last":
        constants["one"] = np.array(1, np.int64)
        return [
            node("ReduceSum", ["mask", "tokens"], ["many"], keepdims=0), node("Sub", ["many", "one"], ["end"]),
            node("Gather", ["real", "end"], ["pooled"], axis=1),
        ]  # fmt: skip
    if pooling == "max":
        constants |= {"whole": np.array(1, np.float32), "far": np.array(1e9, np.float32)}
        return [
            *counted, node("Sub", ["weight", "whole"], ["off"]), node("Mul", ["off", "far"], ["away"]),
            node("Add", ["real", "away"], ["kept"]), node("ReduceMax", ["kept", "tokens"], ["pooled"], keepdims=0),
        ]  # fmt: skip
    return [
        *counted, node("Mul", ["real", "weight"], ["weighted"]),
        node("ReduceSum", ["weighted", "tokens"], ["sum"], keepdims=0), node("ReduceSum", ["weight", "tokens"], ["many"], keepdims=0),
        node("Div", ["sum", "many"], ["pooled"]),
    ]  # fmt: skip


def _model(
    nodes: _Nodes,
    inputs: list[tuple[str, int, list[int | str]]],
    outputs: list[tuple[str, int, list[int | str]]],
    constants: dict[str, NDArray[Any]],
) -> bytes:
    groups = [[helper.make_tensor_value_info(*value) for value in group] for group in (inputs, outputs)]
    used = {name for node in nodes for name in node.input}
    tensors = [numpy_helper.from_array(array, name) for name, array in constants.items() if name in used]
    graph = helper.make_graph(nodes, "text", *groups, tensors)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    onnx.checker.check_model(made)
    return to_bytes(made)
