"""The weights of a model that may be changed one by one, and a session that runs it with any values in their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from edgeweb.inputs.golden import Array
from edgeweb.machine.session import Session, open_session
from edgeweb.read import visit
from edgeweb.read.model import to_bytes

# A model is worth coding for tensors of this many weights.
MIN_ELEMENTS = 256
# Beside them biases and small kernels are coded too, of this many: what describes a coded tensor takes 40 bytes.
_MIN_SMALL = 16
# Where operators take weights that may be rounded. Others, such as sizes and variances, may break when they are.
_ROLES: Mapping[str, frozenset[int]] = {
    **dict.fromkeys(("Conv", "FusedConv", "ConvTranspose", "Gemm", "FusedGemm"), frozenset((1, 2))),
    **dict.fromkeys(("MatMul", "FusedMatMul", "Add"), frozenset((0, 1))),
    **dict.fromkeys(("BatchNormalization", "LayerNormalization"), frozenset((1, 2))),
}
# Recurrent weights are [directions, gates, inputs].
_MAX_DIRECTIONS = 2


@dataclass(frozen=True)
class Layer:
    """An initializer: `weights` [rows, columns], a row for each first index (recurrent weights: for each gate)."""

    name: str
    shape: tuple[int, ...]
    weights: NDArray[np.float32]

    @property
    def spread(self) -> float:
        """The root of the mean square."""
        return float(np.sqrt(np.mean(np.square(self.weights, dtype=np.float64))))


def hoisted(proto: onnx.ModelProto) -> onnx.ModelProto:
    """A copy whose large float32 constants, inside branches and loops too, are initializers of the main graph."""
    whole = onnx.ModelProto()
    whole.CopyFrom(proto)
    uses = Counter(tensor.name for graph in visit.graphs(whole.graph) for tensor in graph.initializer)
    uses.update(name for node in visit.nodes(whole.graph) for name in node.output)
    found: list[onnx.TensorProto] = []
    for graph in visit.graphs(whole.graph):
        kept = []
        for node in graph.node:
            tensor = _constant(node)
            if tensor is None or uses[node.output[0]] > 1:
                kept.append(node)
                continue
            named = onnx.TensorProto()
            named.CopyFrom(tensor)
            named.name = node.output[0]
            found.append(named)
        if len(kept) < len(graph.node):
            _replace(graph, kept)
        if graph is not whole.graph:
            inner = [tensor for tensor in graph.initializer if _large(tensor) and uses[tensor.name] == 1]
            found += [_copied(tensor) for tensor in inner]
            for tensor in inner:
                graph.initializer.remove(tensor)
    whole.graph.initializer.extend(found)
    for tensor in whole.graph.initializer:
        if (_large(tensor) or _small(tensor)) and not tensor.HasField("raw_data"):
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name))
    return whole


def _constant(node: onnx.NodeProto) -> onnx.TensorProto | None:
    if node.op_type != "Constant" or node.domain not in ("", "ai.onnx"):
        return None
    found = [attribute.t for attribute in node.attribute if attribute.name == "value" and attribute.HasField("t")]
    return found[0] if found and _large(found[0]) else None


def _replace(graph: onnx.GraphProto, nodes: Sequence[onnx.NodeProto]) -> None:
    copies = []
    for node in nodes:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copies.append(copy)
    del graph.node[:]
    graph.node.extend(copies)


def _copied(tensor: onnx.TensorProto) -> onnx.TensorProto:
    copy = onnx.TensorProto()
    copy.CopyFrom(tensor)
    return copy


def _large(tensor: onnx.TensorProto) -> bool:
    return tensor.data_type == onnx.TensorProto.FLOAT and int(np.prod(tensor.dims)) >= MIN_ELEMENTS


def find(proto: onnx.ModelProto) -> list[Layer]:
    """The initializers of the main graph that are large, float32 and finite; those with a NaN or an infinity stay."""
    return _layers(tensor for tensor in proto.graph.initializer if _large(tensor))


def coded(proto: onnx.ModelProto) -> list[Layer]:
    """Those, and where there are any, biases and small weights beside them, all in the order of the initializers."""
    if not find(proto):
        return []
    small = _weights(proto.graph)
    tensors = proto.graph.initializer
    return _layers(each for each in tensors if _large(each) or (_small(each) and each.name in small))


def _layers(tensors: Iterable[onnx.TensorProto]) -> list[Layer]:
    found = []
    for tensor in tensors:
        array = numpy_helper.to_array(tensor)
        if np.isfinite(array).all() and array.any():
            shape = tuple(int(size) for size in array.shape)
            found.append(Layer(tensor.name, shape, array.reshape(rows_of(shape), -1)))
    return found


def _small(tensor: onnx.TensorProto) -> bool:
    return tensor.data_type == onnx.TensorProto.FLOAT and _MIN_SMALL <= int(np.prod(tensor.dims)) < MIN_ELEMENTS


def _weights(graph: onnx.GraphProto) -> frozenset[str]:
    """What only nodes of the main graph read, and only where operators take weights or biases."""
    found: set[str] = set()
    others = {output.name for output in graph.output}
    for node in graph.node:
        roles = _ROLES.get(node.op_type, frozenset())
        for place, name in enumerate(node.input):
            (found if place in roles else others).add(name)
    for inner in visit.graphs(graph):
        if inner is not graph:
            others.update(name for node in inner.node for name in node.input)
    return frozenset(found - others)


def rows_of(shape: tuple[int, ...]) -> int:
    """How many rows a layer of this shape has."""
    if len(shape) == 1:
        return 1
    return shape[0] * shape[1] if len(shape) == 3 and shape[0] <= _MAX_DIRECTIONS else shape[0]


def filled(proto: onnx.ModelProto, values: Mapping[str, Array]) -> onnx.ModelProto:
    """A copy with other values in the initializers that `values` names."""
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    for tensor in copy.graph.initializer:
        if tensor.name in values:
            tensor.raw_data = np.ascontiguousarray(values[tensor.name], "<f4").tobytes()
    return copy


def offsets(data: bytes, proto: onnx.ModelProto, values: Mapping[str, Array]) -> dict[str, int]:
    """Where in `data`, made from what `filled` gives, each of `values` lies.

    Looked for in the order of the initializers, with the field's head: other weights have zeros too.
    """
    found, end = {}, 0
    for tensor in proto.graph.initializer:
        if tensor.name in values:
            raw = np.ascontiguousarray(values[tensor.name], "<f4").tobytes()
            head = _RAW_DATA + _varint(len(raw))
            at = data.find(head + raw, end)
            if at >= 0:
                found[tensor.name] = at + len(head)
                end = at + len(head) + len(raw)
    return found


# The tag of a TensorProto's raw_data: field 9, of a length that follows.
_RAW_DATA = bytes([9 << 3 | 2])


def _varint(number: int) -> bytes:
    """A number as Protocol Buffers write it: seven bits a byte, the lowest first."""
    groups = [number >> shift & 127 for shift in range(0, max(1, number.bit_length()), 7)]
    return bytes([*(group | 128 for group in groups[:-1]), groups[-1]])


# They flatten what comes before them: where a score is 1 to six digits, no error of a weight can be seen behind them.
_FLATTENING = frozenset(("Softmax", "LogSoftmax", "Sigmoid", "Tanh", "HardSigmoid", "Clip", "ArgMax"))


def sensitive(graph: onnx.GraphProto) -> list[str]:
    """For each output the tensor to watch for it: itself if float, or what goes into a function that flattens it."""
    makers = {name: node for node in graph.node for name in node.output}
    found = []
    for output in graph.output:
        name = output.name
        while (node := makers.get(name)) is not None and node.op_type in _PASSING:
            name = node.input[0]
        if node is not None and node.op_type in _FLATTENING:
            found.append(node.input[0])
        elif output.type.tensor_type.elem_type == onnx.TensorProto.FLOAT:
            found.append(output.name)
    return list(dict.fromkeys(found))


_PASSING = frozenset(("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"))


class Probe:
    """Runs a model with any weights: they are fed, so that one session serves every trial."""

    def __init__(self, proto: onnx.ModelProto, layers: Sequence[Layer], threads: int = 2) -> None:
        open_model = onnx.ModelProto()
        open_model.CopyFrom(proto)
        self.layers = {layer.name: layer for layer in layers}
        kept = [_copied(tensor) for tensor in open_model.graph.initializer if tensor.name not in self.layers]
        del open_model.graph.initializer[:]
        open_model.graph.initializer.extend(kept)
        for layer in layers:
            value = onnx.helper.make_tensor_value_info(layer.name, onnx.TensorProto.FLOAT, layer.shape)
            open_model.graph.input.append(value)
        self.outputs = [output.name for output in open_model.graph.output]
        self.watched = sensitive(open_model.graph) or self.outputs
        for name in self.watched:
            if name not in self.outputs:
                open_model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
        self.threads = threads
        self.model = to_bytes(open_model)
        self.session = self._open()

    def _open(self) -> Session:
        return open_session(self.model, threads=self.threads, level="none")

    def __getstate__(self) -> dict[str, Any]:
        """Without the session, which each process makes for itself."""
        return {name: value for name, value in vars(self).items() if name != "session"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.session = self._open()

    def run(
        self, feeds: Sequence[Mapping[str, Array]], values: Mapping[str, Array] | None = None, *, watched: bool = False
    ) -> list[dict[str, Array]]:
        """The outputs for each of `feeds`; layers that `values` does not name keep their own weights.

        Args:
            watched: give the tensors of `watched` instead, which show an error better than the outputs do.
        """
        names = self.watched if watched else self.outputs
        given = values or {}
        weights = {name: self._shaped(layer, given.get(name)) for name, layer in self.layers.items()}
        found = []
        for feed in feeds:
            outputs = [np.asarray(array) for array in self.session.run(names, {**feed, **weights})]
            texts = [array.astype(str) if array.dtype.kind == "O" else array for array in outputs]
            found.append(dict(zip(names, texts, strict=True)))
        return found

    def _shaped(self, layer: Layer, value: Array | None) -> Array:
        return np.ascontiguousarray(layer.weights if value is None else value, np.float32).reshape(layer.shape)
