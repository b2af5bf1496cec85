"""Which operator made an output, but for nodes that only change its shape or type."""

from __future__ import annotations

import onnx

_PASS_THROUGH = {
    "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Cast", "Transpose", "Dropout",
    # To bytes that stand for numbers, and back.
    "QuantizeLinear", "DequantizeLinear",
}  # fmt: skip
# More of these in a row than any exporter writes.
_MAX_PASSES = 16


def ends_in(proto: onnx.ModelProto, output: str, *operators: str) -> bool:
    """Whether one of `operators` made the output."""
    makers = {name: node for node in proto.graph.node for name in node.output}
    for _ in range(_MAX_PASSES):
        node = makers.get(output)
        if node is None or node.op_type in operators:
            return node is not None
        if node.op_type not in _PASS_THROUGH or not node.input:
            return False
        output = node.input[0]
    return False
