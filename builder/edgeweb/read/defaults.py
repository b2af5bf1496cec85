"""Inputs with a default: which of them may be fed, and which are weights that an exporter listed as inputs."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from edgeweb.read import tensors, visit
from edgeweb.schema.types import Default

# Before this IR version every initializer had to be listed, and none could be fed.
_FIRST_IR = 4
# Nobody types in more.
_MOST, _MOST_ELEMENTS = 32, 1024
# Operators whose further inputs are what was learnt, and those that need a few numbers ahead of a run, for shapes.
_LEARNT = frozenset((
    "Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "QLinearMatMul", "Gemm", "MatMulInteger", "LSTM", "GRU",
    "RNN", "BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization", "PRelu",
    "QuantizeLinear", "DequantizeLinear",
))  # fmt: skip
_SHAPES = frozenset((
    "Reshape", "Expand", "Tile", "Slice", "Pad", "Resize", "Upsample", "Unsqueeze", "Squeeze", "Split", "ReduceSum",
    "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ConstantOfShape",
))  # fmt: skip
# A matrix of more numbers is one of weights.
_SMALL_MATRIX = 64


def feedable(proto: onnx.ModelProto) -> list[Default]:
    """The inputs that have a default and are no weights, in the model's order.

    Exporters that list one weight list all of them, so none of such a model's is taken for an input.
    """
    stored = {tensor.name: tensor for tensor in proto.graph.initializer}
    listed = [info for info in proto.graph.input if info.name in stored]
    if proto.ir_version < _FIRST_IR or not listed or len(listed) > _MOST:
        return []
    users = _users(proto.graph, {info.name for info in listed})
    sizes = {info.name: math.prod(stored[info.name].dims) for info in listed}
    if any(_learnt(sizes[name], each) for name, each in users.items()):
        return []
    found = [_default(info, stored[info.name]) for info in listed if _given(sizes[info.name], users[info.name])]
    return [each for each in found if each is not None]


def fed(proto: onnx.ModelProto, found: Sequence[Default]) -> None:
    """Make plain inputs of them, in place: whoever runs the model feeds what nobody has given."""
    names = {each.name for each in found}
    for place in reversed([i for i, tensor in enumerate(proto.graph.initializer) if tensor.name in names]):
        del proto.graph.initializer[place]


def restored(model: bytes, found: Sequence[Default]) -> bytes:
    """The model with the defaults inside, for those who do not feed them."""
    if not found:
        return model
    proto = onnx.load_from_string(model)
    proto.graph.initializer.extend(numpy_helper.from_array(array(each), each.name) for each in found)
    data: bytes = proto.SerializeToString(deterministic=True)
    return data


def array(default: Default) -> NDArray[Any]:
    """What is fed where nobody gives anything else."""
    if default.strings is not None:
        return np.array(default.strings, object).reshape(default.dims)
    kind = np.dtype(default.type)
    return np.frombuffer(base64.b64decode(default.data or ""), kind).reshape(default.dims).copy()


def arrays(found: Sequence[Default]) -> Mapping[str, NDArray[Any]]:
    """All of them by name, as a part of a feed."""
    return {each.name: array(each) for each in found}


_User = tuple[str, int]


def _users(graph: onnx.GraphProto, names: set[str]) -> dict[str, list[_User]]:
    """The operators that read each of the names, with the place at which they do; those of sub-graphs too."""
    found: dict[str, list[_User]] = {name: [] for name in names}
    for node in visit.nodes(graph):
        for place, name in enumerate(node.input):
            if name in found:
                found[name].append((node.op_type, place))
    return found


def _learnt(size: int, users: Sequence[_User]) -> bool:
    return size > _MOST_ELEMENTS or any(
        (operator in _LEARNT and place > 0) or (operator == "MatMul" and size > _SMALL_MATRIX)
        for operator, place in users
    )


def _given(size: int, users: Sequence[_User]) -> bool:
    """Whether it can be a caller's to give: something reads it, and no shape hangs on it."""
    shapes = any(operator in _SHAPES and (place > 0 or operator == "ConstantOfShape") for operator, place in users)
    return size > 0 and bool(users) and not shapes


def _default(info: onnx.ValueInfoProto, tensor: onnx.TensorProto) -> Default | None:
    kind = info.type.tensor_type
    name = tensors.TYPES.get(tensor.data_type)
    if name is None or kind.elem_type != tensor.data_type or tensor.data_location == TensorProto.EXTERNAL:
        return None
    try:
        value = numpy_helper.to_array(tensor)
    except ValueError:
        # Of a damaged tensor ONNX Runtime says more.
        return None
    dims = [dim.dim_value if dim.HasField("dim_value") else dim.dim_param or None for dim in kind.shape.dim]
    plain = Default(
        name=info.name, type=name, shape=[*dims] if kind.HasField("shape") else None, dims=list(tensor.dims)
    )
    if name == "string":
        return msgspec.structs.replace(plain, strings=[visit.text(each) for each in value.ravel().tolist()])
    little = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"))
    return msgspec.structs.replace(plain, data=base64.b64encode(little.tobytes()).decode())
