"""The weights of a large model in a file beside a small graph: no process holds them, all of them map the file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import onnx
from onnx import numpy_helper

from edgeweb.read import external, tensors

# From here on several copies of a model, which every step may make of a smaller one, are too many.
LARGE_BYTES = 150 << 20
# The graph names its weights so, here and in the browser.
LOCATION = "weights"
GRAPH = "model.onnx"
# A smaller tensor stays in the graph: it may be a shape or an axis, which steps and ONNX Runtime want to read.
_LEAST_BYTES = 64 << 10
_ALIGNMENT = 64


def move(proto: onnx.ModelProto, path: Path, info: os.stat_result, folder: Path) -> tuple[onnx.ModelProto, int]:
    """The graph without its large tensors, which are written to `folder`; and the bytes of the model's other files.

    Args:
        proto: the parsed model; its tensors are taken out of it, one by one.
        path, info: the model's file, where external data is looked for, and what fstat said of it.

    Raises:
        ModelError, UnsupportedError: see `external.read`.
    """
    with (folder / LOCATION).open("wb") as target:
        large = {id(tensor): tensor for tensor in proto.graph.initializer if _weighs(tensor)}

        def take(tensor: onnx.TensorProto, read: external.Reader, size: int) -> None:
            if id(tensor) in large:
                _put(target, tensor, read, size)
            else:
                external.fill(tensor, read, size)

        more = external.read(proto, path, info, take)
        for tensor in large.values():
            if tensor.data_location != onnx.TensorProto.EXTERNAL:
                data = tensor.raw_data or numpy_helper.to_array(tensor).tobytes()
                _put(target, tensor, _slices(data), len(data))
    small = onnx.ModelProto()
    # The arena of the parsed model keeps what was taken out; a copy has only what is left.
    small.CopyFrom(proto)
    return small, more


def _weighs(tensor: onnx.TensorProto) -> bool:
    """Large, and no table of whole numbers, which steps may want to read."""
    if tensor.data_type in (onnx.TensorProto.INT64, onnx.TensorProto.STRING):
        return False
    try:
        return tensors.byte_size(tensor) >= _LEAST_BYTES
    except tensors.MismatchError:
        return False


def _slices(data: bytes) -> external.Reader:
    return lambda at, length: data[at : at + length]


def _put(target: BinaryIO, tensor: onnx.TensorProto, read: external.Reader, size: int) -> None:
    target.write(bytes(-target.tell() % _ALIGNMENT))
    place = target.tell()
    for at in range(0, size, external.CHUNK):
        target.write(read(at, min(external.CHUNK, size - at)))
    point(tensor, place, size)


def point(tensor: onnx.TensorProto, offset: int, length: int) -> None:
    """Make `tensor` stand for these bytes of the file."""
    for field in ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data", "external_data"):
        tensor.ClearField(field)
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", LOCATION), ("offset", str(offset)), ("length", str(length))):
        tensor.external_data.add(key=key, value=value)


def join(weights: Path | None, folder: Path) -> int:
    """Give a graph in `folder`, on the same disk, its weights without a copy; returns their bytes."""
    if weights is None:
        return 0
    os.link(weights, folder / LOCATION)
    return weights.stat().st_size


def place(tensor: onnx.TensorProto) -> tuple[int, int] | None:
    """(offset, length) in the file; None for a tensor that is in the graph."""
    if tensor.data_location != onnx.TensorProto.EXTERNAL:
        return None
    entries = {entry.key: entry.value for entry in tensor.external_data}
    return int(entries["offset"]), int(entries["length"])


def places(proto: onnx.ModelProto) -> Mapping[str, tuple[int, int]]:
    """Where in the file each initializer lies, by name, in the order of the file."""
    found = {tensor.name: at for tensor in proto.graph.initializer if (at := place(tensor)) is not None}
    return dict(sorted(found.items(), key=lambda item: item[1]))
