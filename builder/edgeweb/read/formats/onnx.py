"""ONNX: one protobuf message, and tensors in files beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from edgeweb.errors import ModelError, UnsupportedError
from edgeweb.read import external, tensors, visit, weights_file, wire
from edgeweb.read.formats import foreign
from edgeweb.read.formats.common import Content, File

_AGAIN = "Download or export the file again and compare its size with the original's"


def recognises(file: File) -> bool:
    """Always: ONNX has no signature, so it is what nothing else is."""
    del file
    return True


def read(file: File, scratch: Path | None) -> Content:
    """The model; without `scratch` the weights of a large one stay where they are.

    Raises:
        ModelError: another format, damaged, or pointing outside its folder.
        UnsupportedError: more than a browser can hold.
    """
    path, info = file.path, file.info
    foreign.refuse(path, file.head, file.tail)
    proto = _parse(path, file.take())
    _check_strings(path, proto)
    _check_tensors(path, proto)
    if info.st_size + external.size(proto, path) < weights_file.LARGE_BYTES:
        return Content(proto, info.st_size + external.inline(proto, path, info))
    if scratch is None:
        return Content(proto, info.st_size + external.read(proto, path, info, external.leave))
    small, more = weights_file.move(proto, path, info, scratch)
    return Content(small, info.st_size + more, scratch / weights_file.LOCATION)


def _parse(path: Path, data: bytes) -> onnx.ModelProto:
    proto = onnx.ModelProto()
    try:
        wire.check(data)
        proto.ParseFromString(data)
    except wire.DamageError as error:
        raise ModelError(f"{path} is damaged or not an ONNX model", str(error), _AGAIN) from error
    except (DecodeError, RuntimeError, ValueError) as error:
        deep = "MaxDepth" in str(error)
        why = "its graphs are nested too deeply" if deep else f"its {len(data)} bytes do not parse as ONNX ({error})"
        raise ModelError(f"{path} is damaged or not an ONNX model", why, _AGAIN) from error
    return proto


def _check_strings(path: Path, proto: onnx.ModelProto) -> None:
    for kind, value in _strings(proto):
        if isinstance(value, bytes):
            why = f"the {kind} {visit.short(value)} is not valid UTF-8 text"
            raise ModelError(f"{path} has an unreadable name", why, "Export the model again; the file may be damaged")


def _strings(proto: onnx.ModelProto) -> Iterator[tuple[str, object]]:
    """Every string that takes part in running the model; comments and metadata may hold what they like."""
    for opset in proto.opset_import:
        yield "domain", opset.domain
    for function in proto.functions:
        for value in (function.name, function.domain, *function.input, *function.output, *function.attribute):
            yield "function name", value
        for opset in function.opset_import:
            yield "domain", opset.domain
    for root in visit.roots(proto):
        for node in visit.nodes(root):
            for value in (node.name, node.op_type, node.domain, *node.input, *node.output):
                yield "name", value
            for attribute in node.attribute:
                yield "attribute name", attribute.name
        for graph in visit.graphs(root):
            yield from _graph_strings(graph)


def _graph_strings(graph: onnx.GraphProto) -> Iterator[tuple[str, object]]:
    yield "graph name", graph.name
    for info in (*graph.input, *graph.output, *graph.value_info):
        yield "name", info.name
        for dim in info.type.tensor_type.shape.dim:
            yield "dimension name", dim.dim_param
    for tensor in graph.initializer:
        yield "initializer name", tensor.name
    for sparse in graph.sparse_initializer:
        yield "initializer name", sparse.values.name


def _check_tensors(path: Path, proto: onnx.ModelProto) -> None:
    """Every tensor kept in the file holds what its shape says; a sparse one is not absurdly large when spread out."""
    for owner, tensor in visit.tensors(proto):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            continue
        try:
            tensors.check_stored(tensor)
        except tensors.MismatchError as error:
            raise ModelError(f"{path} has a damaged tensor", f"{owner}: {error}", "Export the model again") from error
    for owner, sparse in visit.sparse_tensors(proto):
        try:
            dense = tensors.elements(sparse.dims)
        except tensors.MismatchError as error:
            raise ModelError(f"{path} has a damaged tensor", f"{owner}: {error}", "Export the model again") from error
        if dense * tensors.BITS.get(sparse.values.data_type, 8) // 8 > tensors.MAX_BYTES:
            why = f"{owner} has {dense} elements, and ONNX Runtime stores them all"
            raise UnsupportedError(f"{path} has a sparse tensor that is too large", why, "Use a smaller one")
