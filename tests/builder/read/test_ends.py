"""Which operator made an output, through whatever only changes how its numbers are written."""

from __future__ import annotations

from edgeweb.read import ends
from onnx import helper as build


def test_what_only_writes_numbers_otherwise_is_passed() -> None:
    nodes = [
        build.make_node("Softmax", ["x"], ["shares"]),
        build.make_node("QuantizeLinear", ["shares", "step"], ["bytes"]),
        build.make_node("DequantizeLinear", ["bytes", "step"], ["numbers"]),
        build.make_node("Reshape", ["numbers", "sizes"], ["y"]),
        build.make_node("Mul", ["y", "y"], ["z"]),
    ]
    proto = build.make_model(build.make_graph(nodes, "g", [], []))
    assert ends.ends_in(proto, "y", "Softmax") and not ends.ends_in(proto, "y", "Sigmoid")
    assert not ends.ends_in(proto, "z", "Softmax") and not ends.ends_in(proto, "x", "Softmax")
