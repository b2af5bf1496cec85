"""Models of a few nodes, made in code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from edgeweb.read.model import Model
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
FLOAT, DOUBLE, INT64 = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64
STRING, BOOL = TensorProto.STRING, TensorProto.BOOL
Shape = Sequence[int | str | None] | None


def value(name: str, kind: int = FLOAT, shape: Shape = None) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def proto_of(
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    stored: dict[str, Any] | None = None,
    ir: int = 8,
) -> onnx.ModelProto:
    weights = [numpy_helper.from_array(np.asarray(array), name) for name, array in (stored or {}).items()]
    graph = helper.make_graph(nodes, "g", inputs, outputs, weights)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=ir)


def as_model(proto: onnx.ModelProto) -> Model:
    return Model(Path("m.onnx"), proto, proto.ByteSize())


def saved(folder: Path, proto: onnx.ModelProto, name: str = "model.onnx") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(proto.SerializeToString(deterministic=True))
    return path


def weights(rows: int, columns: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, columns)).astype(np.float32)


def linear(columns: int = 4, classes: int = 3, softmax: bool = True, rows: int | str = "batch") -> onnx.ModelProto:
    """[rows, columns] -> [rows, classes]."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"])]
    nodes.append(
        helper.make_node("Softmax", ["h"], ["y"], axis=1) if softmax else helper.make_node("Relu", ["h"], ["y"])
    )
    return proto_of(
        nodes,
        [value("x", FLOAT, [rows, columns])],
        [value("y", FLOAT, [rows, classes])],
        {"w": weights(columns, classes)},
    )


def picture(
    classes: int = 10,
    size: Sequence[int | str] = (16, 16),
    channels: int = 3,
    layout: str = "NCHW",
    softmax: bool = True,
    kind: int = FLOAT,
    batch: int | str = 1,
    normalise: bool = False,
) -> onnx.ModelProto:
    """A picture -> its mean colour -> scores."""
    shape = [batch, channels, *size] if layout == "NCHW" else [batch, *size, channels]
    axes = [2, 3] if layout == "NCHW" else [1, 2]
    nodes = [helper.make_node("Cast", ["image"], ["f"], to=FLOAT)]
    stored: dict[str, Any] = {"w": weights(channels, classes)}
    if normalise:
        stored["scale"] = np.array(255, np.float32)
        nodes.append(helper.make_node("Div", ["f", "scale"], ["n"]))
    nodes += [
        helper.make_node("ReduceMean", ["n" if normalise else "f"], ["mean"], axes=axes, keepdims=0),
        helper.make_node("MatMul", ["mean", "w"], ["h"]),
        helper.make_node("Softmax", ["h"], ["y"], axis=1) if softmax else helper.make_node("Identity", ["h"], ["y"]),
    ]
    return proto_of(nodes, [value("image", kind, shape)], [value("y", FLOAT, [batch, classes])], stored)


def convolution(side: int = 16, filters: int = 16) -> onnx.ModelProto:
    """[1, 3, side, side] -> 3x3 filters -> their means: 27 * filters * side^2 multiply-adds, and no shape between."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["h"], pads=[1, 1, 1, 1]),
        helper.make_node("GlobalAveragePool", ["h"], ["y"]),
    ]
    kernel = weights(filters, 27).reshape(filters, 3, 3, 3)
    return proto_of(
        nodes,
        [value("x", FLOAT, ["batch", 3, side, side])],
        [value("y", FLOAT, ["batch", filters, 1, 1])],
        {"w": kernel},
    )


def endless() -> onnx.ModelProto:
    """A Loop without a trip count whose condition stays true."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["c2"]), helper.make_node("Identity", ["a"], ["a2"])],
        "body",
        [value("i", INT64, []), value("c", BOOL, []), value("a", FLOAT, [1])],
        [value("c2", BOOL, []), value("a2", FLOAT, [1])],
    )
    loop = helper.make_node("Loop", ["", "yes", "x"], ["y"], body=body)
    return proto_of([loop], [value("x", FLOAT, [1])], [value("y", FLOAT, [1])], {"yes": np.array(True)})


def bomb() -> onnx.ModelProto:
    """Three nodes that make 160 GB."""
    nodes = [
        helper.make_node("ConstantOfShape", ["size"], ["big"]),
        helper.make_node("ReduceSum", ["big"], ["sum"], keepdims=0),
        helper.make_node("Add", ["x", "sum"], ["y"]),
    ]
    size = np.array([40_000_000_000], np.int64)
    return proto_of(nodes, [value("x", FLOAT, [1])], [value("y", FLOAT, [1])], {"size": size})


def noisy() -> onnx.ModelProto:
    """One output that repeats and one that is random."""
    nodes = [helper.make_node("Relu", ["x"], ["y"]), helper.make_node("RandomNormalLike", ["x"], ["noise"])]
    return proto_of(nodes, [value("x", FLOAT, [1, 4])], [value("y", FLOAT, [1, 4]), value("noise", FLOAT, [1, 4])])


def texts(locale: str = "", outputs: int = 1) -> onnx.ModelProto:
    """Strings -> upper case."""
    extra = {"locale": locale} if locale else {}
    node = helper.make_node("StringNormalizer", ["x"], ["y"], case_change_action="UPPER", **extra)
    return proto_of([node], [value("x", STRING, [None])], [value("y", STRING, [None])])


def sums(kind: int = FLOAT, shape: Shape = (1, 4)) -> onnx.ModelProto:
    """One input that is handed on."""
    return proto_of([helper.make_node("Identity", ["x"], ["y"])], [value("x", kind, shape)], [value("y", kind, shape)])
