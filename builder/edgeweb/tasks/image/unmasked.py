"""A second input that says which pixels are padding, taken into the graph: nothing of a visitor's picture is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import onnx
from onnx import GraphProto, NodeProto, ValueInfoProto, helper

from edgeweb.config import Config
from edgeweb.read.model import Model
from edgeweb.tasks.image import processors

# As transformers calls them: [pictures, channels, height, width], and [pictures, height, width].
_PIXELS, _MASK = "pixel_values", "pixel_mask"
_AXES = (0, 2, 3)
_NAME = "edgeweb_pixel_mask"


def step(model: Model, settings: Config) -> tuple[Model, list[str]]:
    """A model that takes the picture alone, of which each pixel counts; any other stays as it is."""
    stored = {each.name for each in model.proto.graph.initializer}
    inputs = {each.name: each for each in model.proto.graph.input if each.name not in stored}
    if inputs.keys() != {_PIXELS, _MASK} or settings.hooks.file or _MASK in settings.input:
        return model, []
    dims = _dims(inputs[_MASK])
    if len(dims) != 3 or len(_dims(inputs[_PIXELS])) != 4:
        return model, []
    fit = processors.fit(processors.of(model.path))
    if fit is not None and fit.pad == "zeros":
        return model, [f'"{_MASK}" stays an input: its processor pads pictures, which the mask would have to tell']
    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    _fold(proto.graph, inputs[_MASK].type.tensor_type.elem_type, dims)
    return replace(model, proto=proto), [f'"{_MASK}" is made in the graph: a page pads no picture, so all of it counts']


def _dims(value: ValueInfoProto) -> list[int]:
    """Sizes as they are fixed; 0: open."""
    return [each.dim_value for each in value.type.tensor_type.shape.dim]


def _fold(graph: GraphProto, kind: int, dims: Sequence[int]) -> None:
    """Ones of the picture's own size, or of the one that the exporter fixed."""
    rest = [each for each in graph.input if each.name != _MASK]
    del graph.input[:]
    graph.input.extend(rest)
    shape, parts = f"{_NAME}_shape", []
    nodes = [helper.make_node("Shape", [_PIXELS], [shape], name=shape)]
    for size, axis in zip(dims, _AXES, strict=True):
        parts.append(f"{_NAME}_{axis}")
        given, values = (parts[-1], [size]) if size else (f"{parts[-1]}_axis", [axis])
        nodes.append(_constant(given, values))
        if not size:
            nodes.append(helper.make_node("Gather", [shape, given], [parts[-1]], name=parts[-1], axis=0))
    nodes.append(helper.make_node("Concat", parts, [f"{_NAME}_sizes"], name=f"{_NAME}_sizes", axis=0))
    one = helper.make_tensor(f"{_NAME}_one", kind, [1], [1])
    nodes.append(helper.make_node("ConstantOfShape", [f"{_NAME}_sizes"], [_MASK], name=_NAME, value=one))
    whole = [*nodes, *graph.node]
    del graph.node[:]
    graph.node.extend(whole)


def _constant(name: str, values: Sequence[int]) -> NodeProto:
    tensor = helper.make_tensor(name, onnx.TensorProto.INT64, [len(values)], list(values))
    return helper.make_node("Constant", [], [name], name=name, value=tensor)
