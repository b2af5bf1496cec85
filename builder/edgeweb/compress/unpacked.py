"""Weights that a file keeps as int8, given back as the floats they stand for, so that they can be coded like others."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from edgeweb.compress import graph
from edgeweb.inputs.golden import Array
from edgeweb.read import visit

_WHOLE = (onnx.TensorProto.INT8, onnx.TensorProto.UINT8)
# What multiplies float inputs with such weights does not get faster by their being int8.
_FLOAT_USERS = frozenset(("Conv", "FusedConv", "ConvTranspose", "MatMul", "FusedMatMul", "Gemm", "FusedGemm"))


def step(proto: onnx.ModelProto) -> onnx.ModelProto:
    """A copy in which every DequantizeLinear of constant weights that float operators read is worked out.

    Where the operator's input is dequantized as well, the three are an integer kernel for ONNX Runtime, and stay.
    """
    made = onnx.ModelProto()
    made.CopyFrom(proto)
    weights = graph.weights(made.graph)
    makers = {name: node for node in made.graph.node for name in node.output}
    uses = _uses(made)
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in made.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    kept, found = [], []
    for node in made.graph.node:
        users = readers.get(node.output[0], [])
        plain = len(users) == uses[node.output[0]] and all(_float_user(user, makers) for user in users)
        array = _values(node, weights) if users and plain else None
        if array is None:
            kept.append(node)
        else:
            found.append(numpy_helper.from_array(array, node.output[0]))
    if found:
        graph.replace_nodes(made.graph, kept)
        read = _uses(made)
        for tensor in [each for each in weights.values() if not read[each.name]]:
            made.graph.initializer.remove(tensor)
        made.graph.initializer.extend(found)
    return made


def _uses(proto: onnx.ModelProto) -> Counter[str]:
    """How often each tensor is read, inside branches too, or given out."""
    found = Counter(name for node in visit.nodes(proto.graph) for name in node.input)
    found.update(info.name for inner in visit.graphs(proto.graph) for info in inner.output)
    return found


def _float_user(node: onnx.NodeProto, makers: dict[str, onnx.NodeProto]) -> bool:
    first = makers.get(node.input[0])
    return node.op_type in _FLOAT_USERS and (first is None or first.op_type != "DequantizeLinear")


def _values(node: onnx.NodeProto, weights: dict[str, onnx.TensorProto]) -> NDArray[np.float32] | None:
    """What the node gives, as ONNX Runtime works it out; None for what is no constant, or in blocks."""
    if node.op_type != "DequantizeLinear" or visit.domain(node.domain) != visit.DEFAULT_DOMAIN:
        return None
    names = [name for name in node.input if name]
    if any(name not in weights for name in names) or weights[names[0]].data_type not in _WHOLE:
        return None
    options = {attribute.name: attribute for attribute in node.attribute}
    values, scale, *zero = (graph.array(weights[name]) for name in names)
    if scale.dtype != np.float32 or set(options) - {"axis"} or scale.ndim > 1:
        return None
    axis = options["axis"].i if "axis" in options else 1
    whole = values.astype(np.int32) - _along(zero[0].astype(np.int32), values.ndim, axis) if zero else values
    return np.asarray(whole.astype(np.float32) * _along(scale, values.ndim, axis), np.float32)


def _along(vector: Array, ndim: int, axis: int) -> Array:
    """A scalar as it is, a vector along `axis`."""
    return vector if vector.size == 1 else vector.reshape([-1 if i == axis % ndim else 1 for i in range(ndim)])
