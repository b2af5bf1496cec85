"""Shapes of outputs that a file declares and its graph contradicts: no browser starts such a model."""

from __future__ import annotations

import onnx
from onnx import shape_inference

# Of larger ones the inference would copy all of the weights; what exporters declare wrong is small.
_MOST_BYTES = 32 << 20


def correct(proto: onnx.ModelProto) -> list[str]:
    """Leave such shapes out of `proto`; the names of these outputs."""
    found = [each for each in proto.graph.output if each.type.tensor_type.HasField("shape")]
    if not found or proto.ByteSize() > _MOST_BYTES:
        return []
    inferred = _inferred(proto)
    wrong = [each for each in found if _contradict(each.type.tensor_type, inferred.get(each.name))]
    for each in wrong:
        each.type.tensor_type.ClearField("shape")
    return [each.name for each in wrong]


def _inferred(proto: onnx.ModelProto) -> dict[str, onnx.TypeProto.Tensor]:
    """What follows from the graph without what is declared of its outputs."""
    free = onnx.ModelProto()
    free.CopyFrom(proto)
    del free.graph.value_info[:]
    for each in free.graph.output:
        each.type.tensor_type.ClearField("shape")
    try:
        known = shape_inference.infer_shapes(free).graph.output
    except Exception:  # noqa: BLE001 - then the graph says nothing
        return {}
    return {each.name: each.type.tensor_type for each in known}


def _contradict(declared: onnx.TypeProto.Tensor, inferred: onnx.TypeProto.Tensor | None) -> bool:
    if inferred is None or not inferred.HasField("shape"):
        return False
    one, other = declared.shape.dim, inferred.shape.dim
    both = zip(one, other, strict=False)
    return len(one) != len(other) or any(
        a.HasField("dim_value") and b.HasField("dim_value") and a.dim_value != b.dim_value for a, b in both
    )
