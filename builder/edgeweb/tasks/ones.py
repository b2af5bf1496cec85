"""A second input that says what of the first one is padding, taken into the graph as ones: all of it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import onnx
from onnx import NodeProto, ValueInfoProto, helper

from edgeweb.read.model import Model


def inputs(proto: onnx.ModelProto) -> dict[str, ValueInfoProto]:
    """Those that are given, by name."""
    stored = {each.name for each in proto.graph.initializer}
    return {each.name: each for each in proto.graph.input if each.name not in stored}


def dims(value: ValueInfoProto) -> list[int]:
    """Sizes as they are fixed; 0: open."""
    return [each.dim_value for each in value.type.tensor_type.shape.dim]


def folded(model: Model, data: str, mask: str, axes: Sequence[int], gives: bool = False) -> Model:
    """The model without the input `mask`, which is ones of the sizes of `data` along `axes`, or of those that the
    exporter fixed.

    Args:
        gives: it becomes an output, which another graph takes.
    """
    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    graph, info = proto.graph, inputs(model.proto)[mask]
    rest = [each for each in graph.input if each.name != mask]
    del graph.input[:]
    graph.input.extend(rest)
    if gives:
        graph.output.append(info)
    whole = [*_made(data, mask, info.type.tensor_type.elem_type, dims(info), axes), *graph.node]
    del graph.node[:]
    graph.node.extend(whole)
    return replace(model, proto=proto)


def _made(data: str, mask: str, kind: int, sizes: Sequence[int], axes: Sequence[int]) -> list[NodeProto]:
    name = f"edgeweb_{mask}"
    shape, parts = f"{name}_shape", []
    nodes = [helper.make_node("Shape", [data], [shape], name=shape)]
    for size, axis in zip(sizes, axes, strict=True):
        parts.append(f"{name}_{axis}")
        given, values = (parts[-1], [size]) if size else (f"{parts[-1]}_axis", [axis])
        nodes.append(_constant(given, values))
        if not size:
            nodes.append(helper.make_node("Gather", [shape, given], [parts[-1]], name=parts[-1], axis=0))
    nodes.append(helper.make_node("Concat", parts, [f"{name}_sizes"], name=f"{name}_sizes", axis=0))
    one = helper.make_tensor(f"{name}_one", kind, [1], [1])
    nodes.append(helper.make_node("ConstantOfShape", [f"{name}_sizes"], [mask], name=name, value=one))
    return nodes


def _constant(name: str, values: Sequence[int]) -> NodeProto:
    tensor = helper.make_tensor(name, onnx.TensorProto.INT64, [len(values)], list(values))
    return helper.make_node("Constant", [], [name], name=name, value=tensor)
