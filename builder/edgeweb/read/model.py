"""The value that flows through the steps: a parsed model, complete in memory, and how it is read safely from a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError, EncodeError  # type: ignore[import-untyped]

from edgeweb.errors import ModelError, UnsupportedError
from edgeweb.read import external, intake, tensors, visit, weights_file, wire
from edgeweb.read.formats import foreign

_AGAIN = "Download or export the file again and compare its size with the original's"


@dataclass(frozen=True)
class Model:
    """A model; `file_bytes` counts its file and its external data.

    All its weights are in `proto`. Only of a large one they are in the file `weights`, see `aside`.
    """

    path: Path
    proto: onnx.ModelProto
    file_bytes: int
    weights: Path | None = None


@dataclass(frozen=True)
class Result:
    """What a step returns: the model, whether it is another one, and what was done or why nothing was."""

    model: Model
    changed: bool
    notes: tuple[str, ...] = ()


def load(path: str | Path, scratch: Path | None = None) -> Model:
    """Read a model file and the external data beside it; nothing outside its folder is opened.

    Args:
        scratch: a folder for the weights of a large model; None: only look at it, which leaves them where they are.

    Raises:
        ModelError: not there, not readable, another format, damaged, or pointing outside its folder.
        UnsupportedError: more than a browser can hold.
    """
    path = Path(path)
    data, info = _read(path)
    foreign.refuse(path, data[: foreign.HEAD], data[-foreign.TAIL :])
    proto = _parse(path, data)
    del data
    _check_strings(path, proto)
    _check_tensors(path, proto)
    if info.st_size + external.size(proto, path) < weights_file.LARGE_BYTES:
        return Model(path, proto, info.st_size + external.inline(proto, path, info))
    if scratch is None:
        return Model(path, proto, info.st_size + external.read(proto, path, info, external.leave))
    small, more = weights_file.move(proto, path, info, scratch)
    return Model(path, small, info.st_size + more, scratch / weights_file.LOCATION)


def to_bytes(proto: onnx.ModelProto) -> bytes:
    """The model as bytes, the same for the same content.

    Raises:
        UnsupportedError: it is over 2 GiB, which no ONNX file can be.
    """
    try:
        data: bytes = proto.SerializeToString(deterministic=True)
        return data
    except (EncodeError, ValueError) as error:
        raise UnsupportedError("The model cannot be written", str(error), "Use a form of it under 2 GiB") from error


def _read(path: Path) -> tuple[bytes, os.stat_result]:
    """All bytes of a regular file; a pipe or a device would never end, so those are refused before reading."""
    try:
        if path.is_dir():
            raise _folder(path)
        file, info = intake.open_regular(path)
    except intake.UnreadableError as error:
        if error.__cause__ is None:
            raise ModelError(f"{path} is not a file", str(error), "Give the path of an .onnx file") from error
        raise _unreadable(path, error.__cause__) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    with file:
        if info.st_size > tensors.MAX_BYTES:
            why = f"{info.st_size} bytes, and a browser's ONNX Runtime takes at most {tensors.MAX_BYTES}"
            raise UnsupportedError(f"{path} is too large", why, "Use a smaller or a quantised form of the model")
        try:
            return file.read(info.st_size), info
        except OSError as error:
            raise _unreadable(path, error) from error


def _unreadable(path: Path, error: BaseException) -> ModelError:
    if isinstance(error, FileNotFoundError):
        return ModelError(f"{path} is not there", "no file has this name", "Check the path")
    if isinstance(error, PermissionError):
        return ModelError(f"{path} cannot be read", "permission denied", f"Run: chmod +r {path}")
    why = getattr(error, "strerror", None) or str(error)
    return ModelError(f"{path} cannot be read", why, "Check the path and the disk")


def _folder(path: Path) -> ModelError:
    names = sorted(p.name for p in path.iterdir())
    if "saved_model.pb" in names:
        return foreign.wrong_format(path, foreign.SAVED_MODEL)
    inside = [n for n in names if n.lower().endswith(".onnx")]
    hint = f"Give the file instead: {path / inside[0]}" if inside else "Give the path of an .onnx file"
    return ModelError(f"{path} is a folder", f"it holds {visit.listing(inside) or 'no .onnx file'}", hint)


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
