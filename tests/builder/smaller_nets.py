"""Small networks to be made smaller, their inputs, and how alike two of them answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import tiny
from edgeweb.compress.calibration import Calibration
from edgeweb.inputs.golden import Array
from edgeweb.read.model import to_bytes
from onnx import TensorProto, helper


def random(*shape: int, seed: int = 1) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def conv_net(opset: int = 17) -> onnx.ModelProto:
    """[1, 3, 8, 8] -> Conv, Relu, Conv, add, pooling, Gemm -> [1, 10]."""
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["h1"], pads=[1, 1, 1, 1], name="first"),
        helper.make_node("Relu", ["h1"], ["r1"]),
        helper.make_node("Conv", ["r1", "w2"], ["h2"], pads=[1, 1, 1, 1], name="second"),
        helper.make_node("Add", ["h2", "r1"], ["s"]),
        helper.make_node("GlobalAveragePool", ["s"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "w3", "b3"], ["y"], transB=1),
    ]
    stored = {
        "w1": random(32, 3, 3, 3) / 5,
        "b1": random(32),
        "w2": random(32, 32, 3, 3, seed=2) / 17,
        "w3": random(10, 32, seed=3) / 6,
        "b3": random(1, 10),
    }
    proto = tiny.proto_of(nodes, [tiny.value("x", shape=[1, 3, 8, 8])], [tiny.value("y", shape=[1, 10])], stored)
    proto.opset_import[0].version = opset
    return proto


def product_net() -> onnx.ModelProto:
    """[rows, 64] -> MatMul, Add, Relu, MatMul -> [rows, 64]."""
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["h"], name="first"),
        helper.make_node("Add", ["h", "b1"], ["a"]),
        helper.make_node("Relu", ["a"], ["r"]),
        helper.make_node("MatMul", ["r", "w2"], ["y"], name="second"),
    ]
    stored = {"w1": random(64, 128) / 8, "b1": random(128), "w2": random(128, 64, seed=2) / 11}
    shape = ["rows", 64]
    return tiny.proto_of(nodes, [tiny.value("x", shape=shape)], [tiny.value("y", shape=shape)], stored)


def constant_net() -> onnx.ModelProto:
    """The matrix products with their weights in Constant nodes."""
    proto = product_net()
    nodes = [helper.make_node("Constant", [], [tensor.name], value=tensor) for tensor in proto.graph.initializer]
    del proto.graph.initializer[:]
    rest = list(proto.graph.node)
    proto.graph.ClearField("node")
    proto.graph.node.extend([*nodes, *rest])
    return proto


def embedding_net() -> onnx.ModelProto:
    """Token ids -> rows of a table of very different sizes."""
    table = random(200, 64) * np.geomspace(0.01, 10, 200, dtype=np.float32)[:, None]
    node = helper.make_node("Gather", ["table", "ids"], ["y"])
    ids, out = tiny.value("ids", tiny.INT64, ["n"]), tiny.value("y", shape=["n", 64])
    return tiny.proto_of([node], [ids], [out], {"table": table})


def feeds(proto: onnx.ModelProto, count: int = 3) -> tuple[dict[str, Array], ...]:
    info = proto.graph.input[0]
    if info.type.tensor_type.elem_type == TensorProto.INT64:
        return ({info.name: np.arange(0, 200, 7, dtype=np.int64)},)
    dims = [d.dim_value or 5 for d in info.type.tensor_type.shape.dim]
    return tuple({info.name: random(*dims, seed=10 + number)} for number in range(count))


def options(proto: onnx.ModelProto, **more: Any) -> Calibration:
    return Calibration(feeds(proto), **more)


def outputs(proto: onnx.ModelProto, feed: dict[str, Array]) -> list[Array]:
    settings = ort.SessionOptions()
    settings.log_severity_level = 4
    return [np.asarray(v) for v in ort.InferenceSession(to_bytes(proto), settings).run(None, feed)]


def cosine(a: onnx.ModelProto, b: onnx.ModelProto, feed: dict[str, Array]) -> float:
    pairs = zip(outputs(a, feed), outputs(b, feed), strict=True)
    return min(float(np.vdot(x, y) / (np.linalg.norm(x) * np.linalg.norm(y))) for x, y in pairs)


def declared(proto: onnx.ModelProto) -> list[bytes]:
    return [info.SerializeToString(deterministic=True) for info in (*proto.graph.input, *proto.graph.output)]
