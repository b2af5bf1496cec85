"""Small models made in code, for the pages that tests drive."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def save(path: Path, nodes: list[onnx.NodeProto], inputs: list[tuple[str, int, list[int | str]]],
         outputs: list[tuple[str, int, list[int | str]]], weights: dict[str, np.ndarray]) -> Path:  # fmt: skip
    """An ONNX file with these nodes; the ML operators are known to it."""
    groups = [[helper.make_tensor_value_info(*value) for value in group] for group in (inputs, outputs)]
    graph = helper.make_graph(nodes, "test", *groups, [numpy_helper.from_array(v, k) for k, v in weights.items()])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path


def fruit(path: Path) -> Path:
    """Weight and redness and an orchard's name -> "apple" or "lemon": heavier and redder is an apple."""
    nodes = [
        helper.make_node("OneHotEncoder", ["orchard"], ["where"], domain="ai.onnx.ml", cats_strings=["north", "south"], zeros=1),
        helper.make_node("Reshape", ["where", "two"], ["where2"]),
        helper.make_node("Concat", ["weight", "redness", "where2"], ["row"], axis=1),
        helper.make_node("LinearClassifier", ["row"], ["label", "scores"], domain="ai.onnx.ml", post_transform="SOFTMAX",
                         coefficients=[0.0, 2.0, 0.0, 0.0, 0.0, -2.0, 0.0, 0.0], intercepts=[-1.0, 1.0],
                         classlabels_strings=["apple", "lemon"]),
    ]  # fmt: skip
    inputs = [
        ("weight", TensorProto.FLOAT, ["n", 1]),
        ("redness", TensorProto.FLOAT, ["n", 1]),
        ("orchard", TensorProto.STRING, ["n", 1]),
    ]
    outputs = [("label", TensorProto.STRING, ["n"]), ("scores", TensorProto.FLOAT, ["n", 2])]
    return save(path, nodes, inputs, outputs, {"two": np.array([-1, 2], np.int64)})


def scale(path: Path, factor: float = 2) -> Path:
    """Any matrix, doubled (or times another factor): a model that gets the form for tensors."""
    nodes = [helper.make_node("Mul", ["matrix", "two"], ["doubled"])]
    shape: list[int | str] = ["rows", "columns", 3]
    return save(
        path,
        nodes,
        [("matrix", TensorProto.FLOAT, shape)],
        [("doubled", TensorProto.FLOAT, shape)],
        {"two": np.array(factor, np.float32)},
    )


def rows(path: Path, count: int = 40_000, width: int = 64) -> Path:
    """Rows of a table of random numbers, by their number: 10 MB that no compression shrinks, and nothing for a GPU to do."""
    nodes = [helper.make_node("Gather", ["table", "number"], ["row"], axis=0)]
    table = np.random.default_rng(1).standard_normal((count, width)).astype(np.float32)
    return save(
        path,
        nodes,
        [("number", TensorProto.INT64, ["n"])],
        [("row", TensorProto.FLOAT, ["n", width])],
        {"table": table},
    )


def slow(path: Path, size: int = 512, times: int = 60) -> Path:
    """Multiplies a large matrix with itself again and again: long enough to be stopped half-way."""
    nodes = []
    value = "matrix"
    for number in range(times):
        nodes += [
            helper.make_node("MatMul", [value, "matrix"], [f"m{number}"]),
            helper.make_node("Clip", [f"m{number}", "low", "high"], [f"c{number}"]),
        ]
        value = f"c{number}"
    nodes.append(helper.make_node("Identity", [value], ["product"]))
    shape: list[int | str] = ["size", "size"]
    weights = {"low": np.array(-1, np.float32), "high": np.array(1, np.float32)}
    return save(path, nodes, [("matrix", TensorProto.FLOAT, shape)], [("product", TensorProto.FLOAT, shape)], weights)


def shout(path: Path) -> Path:
    """Any text in capitals: what is entered is seen again in what comes out."""
    nodes = [helper.make_node("StringNormalizer", ["text"], ["loud"], case_change_action="UPPER")]
    return save(path, nodes, [("text", TensorProto.STRING, ["n"])], [("loud", TensorProto.STRING, ["n"])], {})


def outer(path: Path) -> Path:
    """The sum of a column's outer product with itself: a small input that needs memory by its square."""
    nodes = [
        helper.make_node("Transpose", ["column"], ["row"], perm=[1, 0]),
        helper.make_node("MatMul", ["column", "row"], ["square"]),
        helper.make_node("Mul", ["square", "square"], ["squares"]),
        helper.make_node("ReduceSum", ["squares"], ["sum"], keepdims=0),
    ]
    return save(path, nodes, [("column", TensorProto.FLOAT, ["size", 1])], [("sum", TensorProto.FLOAT, [])], {})


def wide(path: Path, size: int = 300) -> Path:
    """Two dense layers with weights as trained ones are spread, and beside it `.npz`: inputs to judge smaller forms on."""
    rng = np.random.default_rng(0)
    weights = {
        name: rng.laplace(scale=size**-0.5, size=(size, size)).astype(np.float32) for name in ("first", "second")
    }
    nodes = [
        helper.make_node("MatMul", ["row", "first"], ["a"]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("MatMul", ["b", "second"], ["scores"]),
    ]
    np.savez(path.with_suffix(".npz"), row=rng.normal(size=(40, 1, size)).astype(np.float32))
    row = ("row", TensorProto.FLOAT, [1, size])
    return save(path, nodes, [row], [("scores", TensorProto.FLOAT, [1, size])], weights)
