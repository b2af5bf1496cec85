"""Outputs whose declared shape is not what a run gives: natively a warning, in a browser a model that cannot start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx

from edgeweb.inputs.golden import Array
from edgeweb.read import visit
from edgeweb.read.model import to_bytes


def contradicted(graph: onnx.GraphProto, gave: Mapping[str, Array]) -> list[str]:
    """The outputs of which a run gave another rank, or another size where one is declared."""
    return [value.name for value in graph.output if value.name in gave and _differs(value, gave[value.name])]


def _differs(value: onnx.ValueInfoProto, array: Array) -> bool:
    kind = value.type.tensor_type
    if not value.type.HasField("tensor_type") or not kind.HasField("shape"):
        return False
    return differs([dim.dim_value if dim.HasField("dim_value") else None for dim in kind.shape.dim], array)


def differs(shape: Sequence[int | str | None], array: Array | None) -> bool:
    """Whether a run gave another rank than is declared, or another size where one is."""
    if array is None:
        return False
    sizes = zip(shape, array.shape, strict=False)
    return len(shape) != array.ndim or any(isinstance(dim, int) and dim != size for dim, size in sizes)


def corrected(model: bytes, gave: Mapping[str, Array]) -> tuple[bytes, list[str]]:
    """The model without the shapes that a run contradicts, and a note for each."""
    proto = onnx.load_model_from_string(model)
    names = contradicted(proto.graph, gave)
    for value in (*proto.graph.output, *proto.graph.value_info):
        if value.name in names:
            value.type.tensor_type.ClearField("shape")
    notes = [f"{visit.short(name)}: its declared shape is not what a run gives, and was left out" for name in names]
    return (to_bytes(proto) if names else model), notes
