"""Exact changes of the graph before its weights are coded: fewer bytes, the same answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.compress import slim, unpacked
from edgeweb.machine import session
from onnx import TensorProto, helper, numpy_helper

RNG = np.random.default_rng(5)
X = RNG.normal(0, 1, (3, 8)).astype(np.float32)


def tensor(array: Any, name: str) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(array), name)


def model(nodes: list[onnx.NodeProto], weights: list[onnx.TensorProto], outputs: list[str]) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("a", TensorProto.FLOAT, [3, 8])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def answers(proto: onnx.ModelProto) -> dict[str, Any]:
    return session.run(proto.SerializeToString(), [{"a": X}])[0]


def branching() -> onnx.ModelProto:
    """An If whose branches read the outer graph's tensors, one of them as its output."""
    inner = helper.make_graph(
        [helper.make_node("Add", ["a long hidden name", "own weight"], ["sum"], name="inner")],
        "then",
        [],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, None)],
        [tensor(np.ones(4, np.float32), "own weight")],
    )
    other = helper.make_graph(
        [helper.make_node("Mul", ["a long hidden name", "a long hidden name"], ["square"])],
        "else",
        [],
        [helper.make_tensor_value_info("square", TensorProto.FLOAT, None)],
    )
    nodes = [
        helper.make_node("MatMul", ["a", "the first matrix"], ["a long hidden name"], name="a node"),
        helper.make_node("If", ["which"], ["b"], then_branch=inner, else_branch=other, name="another node"),
        helper.make_node("Clip", ["b", "", "most"], ["c"]),
    ]
    weights = [
        tensor(RNG.normal(0, 1, (8, 4)).astype(np.float32), "the first matrix"),
        tensor(np.array(True), "which"),
        tensor(np.array(0.5, np.float32), "most"),
    ]
    return model(nodes, weights, ["c", "b"])


def test_names_that_nobody_needs_go_and_the_answers_stay() -> None:
    proto = branching()
    before = proto.SerializeToString()
    made = slim.slimmed(proto)
    assert proto.SerializeToString() == before
    assert made.ByteSize() < proto.ByteSize() - 100
    assert not any(word in made.SerializeToString() for word in (b"hidden", b"matrix", b"own", b"node"))
    assert [info.name for info in (*made.graph.input, *made.graph.output)] == ["a", "c", "b"]
    assert [len(each.raw_data) for each in made.graph.initializer] == [len(w.raw_data) for w in proto.graph.initializer]
    for name, value in answers(proto).items():
        np.testing.assert_array_equal(answers(made)[name], value)


@pytest.mark.parametrize("kind", ["tensor", "rows", "columns", "zero points"])
def test_int8_weights_become_the_floats_they_stand_for(kind: str) -> None:
    values = RNG.integers(-127, 127, (8, 6), np.int8)
    scale, zero, axis = np.array(0.013, np.float32), np.array(0, np.int8), 1
    if kind == "rows":
        scale, zero, axis = RNG.uniform(0.01, 0.1, 8).astype(np.float32), np.zeros(8, np.int8), 0
    elif kind != "tensor":
        scale = RNG.uniform(0.01, 0.1, 6).astype(np.float32)
        zero = RNG.integers(-9, 9, 6, np.int8) if kind == "zero points" else np.zeros(6, np.int8)
    nodes = [
        helper.make_node("DequantizeLinear", ["w8", "scale", "zero"], ["w"], axis=axis),
        helper.make_node("MatMul", ["a", "w"], ["b"]),
    ]
    proto = model(nodes, [tensor(values, "w8"), tensor(scale, "scale"), tensor(zero, "zero")], ["b"])
    made = unpacked.step(proto)
    assert [node.op_type for node in made.graph.node] == ["MatMul"]
    assert [(each.name, each.data_type) for each in made.graph.initializer] == [("w", TensorProto.FLOAT)]
    np.testing.assert_array_equal(answers(made)["b"], answers(proto)["b"])


@pytest.mark.parametrize("kind", ["integer kernel", "given out", "read by others"])
def test_int8_weights_that_stay(kind: str) -> None:
    nodes = [helper.make_node("DequantizeLinear", ["w8", "scale", "zero"], ["w"])]
    outputs = ["b"]
    if kind == "integer kernel":
        nodes.append(helper.make_node("QuantizeLinear", ["a", "scale", "zero"], ["a8"]))
        nodes.append(helper.make_node("DequantizeLinear", ["a8", "scale", "zero"], ["a_"]))
    nodes.append(helper.make_node("MatMul", ["a_" if kind == "integer kernel" else "a", "w"], ["b"]))
    if kind == "given out":
        outputs.append("w")
    if kind == "read by others":
        nodes.append(helper.make_node("Relu", ["w"], ["c"]))
        outputs.append("c")
    weights = [tensor(RNG.integers(-127, 127, (8, 6), np.int8), "w8")]
    weights += [tensor(np.array(0.02, np.float32), "scale"), tensor(np.array(0, np.int8), "zero")]
    proto = model(nodes, weights, outputs)
    assert unpacked.step(proto) == proto
