"""Operators that a browser lacks, wherever in a model they stand."""

from __future__ import annotations

import onnx
import pytest
from edgeweb.errors import EdgewebError
from onnx import helper
from probed import fault, fine, graph_of, look, node, proto_of, weight

OPERATORS = [
    (node("Frobnicate", "x", "y"), "Frobnicate.*has no operator of this name"),
    (node("Matmul", "x x", "y"), "Perhaps MatMul"),
    (node("Gelu", "x", "y"), "has it from opset 20 on, and the model is of opset 17"),
    (node("GridSample3D", "x", "y", "ai.onnx.ml"), "ai.onnx.ml has no operator"),
    (node("MyOp", "x", "y", "com.acme"), "MyOp of the domain com.acme.*no function"),
    (node("BertTokenizer", "x", "y", "ai.onnx.contrib"), "onnxruntime-extensions.*the usual one"),
    (node("DecodeImage", "x", "y", "com.microsoft.extensions"), "onnxruntime-extensions"),
    (node("Gradient", "x", "y", "ai.onnx.preview.training"), "Export the model for inference"),
    (node("Conv", "x w", "y", "com.microsoft.nchwc"), "before ONNX Runtime optimised it"),
    (node("ATen", "x", "y", "org.pytorch.aten"), "ATen fallback"),
    (node("", "x", "y"), "op_type is empty"),
    (node("a\x1b[31m" * 100, "x", "y"), "has no operator"),
]


@pytest.mark.parametrize(("bad", "message"), OPERATORS, ids=[o[1] for o in OPERATORS])
@pytest.mark.parametrize("place", ["graph", "branch", "function"])
def test_operators(bad: onnx.NodeProto, message: str, place: str) -> None:
    proto = proto_of([bad], stored=[weight()])
    if place == "branch":
        inner = graph_of([bad], [])
        proto = proto_of([node("If", "x", "y", then_branch=inner, else_branch=inner)], stored=[weight()])
    elif place == "function":
        body = helper.make_function("local", "F", ["x", "w"], ["y"], [bad], [helper.make_opsetid("", 17)])
        proto = proto_of([node("F", "x w", "y", "local")], stored=[weight()], functions=[body])
    with pytest.raises(EdgewebError, match=message):
        raise fault(proto)


def test_operators_taken() -> None:
    fine(
        proto_of(
            [node("ImageScaler", "x", "a"), node("LayerNormalization", "a w", "y")], stored=[weight()], opsets={"": 9}
        )
    )
    fine(proto_of([node("FusedMatMul", "x x", "a", "com.microsoft"), node("Relu", "a", "y", "ai.onnx")]))
    fine(proto_of([node("LabelEncoder", "x", "y", "ai.onnx.ml")], opsets={"ai.onnx.ml": 4}))


def test_several_foreign_operators_make_one_blocker() -> None:
    nodes = [node(f"Op{i}", "x", f"y{i}", "com.acme") for i in range(9)]
    blockers = look(proto_of([*nodes, node("Relu", "x", "y")])).blockers
    assert len(blockers) == 1 and "Op0, Op1, Op2, Op3 and 5 more" in str(blockers[0])
