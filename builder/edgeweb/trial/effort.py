"""Estimates the work of a model in multiply-adds, to say whether a GPU is worth offering, and worth trying unasked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import onnx

from edgeweb.files import webdist
from edgeweb.files.webdist import WebDist
from edgeweb.read import tensors, visit
from edgeweb.schema.model import Backend

# From here on a GPU has work enough for what its start costs.
_HEAVY_MULTIPLY_ADDS = 100_000_000
_HEAVY_BYTES = 8_000_000
# A smaller matrix is multiplied before a GPU has been asked.
_MATRIX_BYTES = 1_000_000
_ALWAYS = frozenset({"Conv", "ConvTranspose", "Attention", "MultiHeadAttention", "GroupQueryAttention"})
_MATRICES = frozenset({"MatMul", "Gemm", "MatMulNBits", "FusedMatMul"})
# ONNX Runtime Web multiplies these on a GPU; whole numbers (MatMulInteger, ConvInteger) it leaves to the processor.
_FLOATS = frozenset({onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16})
_MAX_RANK = 16
# A hostile file may state any size.
_MOST = 2**62

Shape = Sequence[int]


def backends(operators: Mapping[str, int], proto: onnx.ModelProto) -> list[Backend]:
    """What a page may run the model on; GPU builds of the runtime are shipped only where they can win something."""
    plain = {name.rsplit(".", 1)[-1] for name in operators}
    if plain & _ALWAYS or (plain & _MATRICES and weight_bytes(proto) >= _MATRIX_BYTES):
        return ["wasm", "webgpu", "webnn"]
    return ["wasm"]


def decide(offered: Sequence[Backend], weights: int, multiply_adds: int | None) -> tuple[bool, list[str]]:
    """Whether a page should try a GPU by itself, and that as a sentence for the report.

    Args:
        offered: the backends of the model.
        weights: the bytes of its weights, see `weight_bytes`.
        multiply_adds: of one run, where they were estimated.
    """
    if "webgpu" not in offered:
        return False, []
    if weights >= _HEAVY_BYTES:
        return True, [f"{weights / 1e6:.0f} MB of weights: browsers with a GPU try it by themselves"]
    if multiply_adds is None:
        return False, ["its work could not be estimated, so a GPU is used only when asked for"]
    millions = max(1, round(multiply_adds / 1e6))
    work = f"about {millions:,} million multiply-adds a run"
    if multiply_adds >= _HEAVY_MULTIPLY_ADDS:
        return True, [f"{work}: browsers with a GPU try it by themselves"]
    return False, [f"{work}, which a processor does before a GPU has started; a GPU is used only when asked for"]


def available(offered: Sequence[Backend], web: WebDist) -> tuple[list[Backend], list[str]]:
    """Those that this installation can ship, and what to type for the others, as a sentence for the report."""
    if "webgpu" not in offered or web.gpu:
        return [*offered], []
    return ["wasm"], [lacking()]


def lacking() -> str:
    """What to type where a GPU could help and the builds for it are not there."""
    return f"for processors alone, though a GPU could help: {webdist.missing()}; to add it, {webdist.install()}"


def needs_shapes(offered: Sequence[Backend], weights: int) -> bool:
    """Whether there are multiply-adds worth counting, for which the shape of every value has to be known."""
    return "webgpu" in offered


def weight_bytes(proto: onnx.ModelProto) -> int:
    """The bytes of the weights that a GPU can multiply: floats, and integers where MatMulNBits unpacks them."""
    packed = any(node.op_type == "MatMulNBits" for node in visit.nodes(proto.graph))
    return sum(_bytes(tensor) for _, tensor in visit.tensors(proto) if packed or tensor.data_type in _FLOATS)


def _bytes(tensor: onnx.TensorProto) -> int:
    try:
        return tensors.byte_size(tensor)
    except tensors.MismatchError:
        return 0


def multiply_adds(proto: onnx.ModelProto) -> int:
    """Of one run, from the shapes that the file states; a dimension that it leaves open counts as one.

    Convolutions and matrix products only: everything else is small beside them. A loop's body counts once. Where the
    shape of a result is not known, every weight of its node counts once.
    """
    total = 0
    for graph in visit.graphs(proto.graph):
        shapes = _shapes(graph)
        for node in graph.node:
            total += _node(node, [shapes.get(n) for n in node.input], [shapes.get(n) for n in node.output])
    return min(total, _MOST)


def _shapes(graph: onnx.GraphProto) -> dict[str, Shape]:
    found: dict[str, Shape] = {}
    for value in (*graph.input, *graph.output, *graph.value_info):
        kind = value.type.tensor_type
        if kind.HasField("shape") and len(kind.shape.dim) <= _MAX_RANK:
            found[value.name] = [max(1, d.dim_value) if d.HasField("dim_value") else 1 for d in kind.shape.dim]
    return found | {tensor.name: list(tensor.dims) for tensor in graph.initializer}


def _node(node: onnx.NodeProto, inputs: Sequence[Shape | None], outputs: Sequence[Shape | None]) -> int:
    """The multiply-adds of one node."""
    if not outputs or len(inputs) < 2:
        return 0
    a, b, out = inputs[0], inputs[1], outputs[0]
    if node.op_type in ("Conv", "ConvTranspose") and b:
        # A kernel's numbers meet every place of the result; in a transposed convolution, of the input.
        placed = out if node.op_type == "Conv" else a
        each = math.prod(b[1:])
        return each * math.prod(placed) if placed else each * b[0]
    if node.op_type == "Gemm" and a and len(a) == 2 and out:
        transposed = any(attribute.name == "transA" and attribute.i for attribute in node.attribute)
        return math.prod(out) * a[0 if transposed else 1]
    if node.op_type in ("MatMul", "FusedMatMul") and a and out is not None:
        return math.prod(out) * a[-1]
    return math.prod(b) if b and node.op_type in _MATRICES else 0


def with_dims(proto: onnx.ModelProto, dims: Mapping[str, Sequence[int]]) -> onnx.ModelProto:
    """A copy whose inputs have these sizes, so that every shape can be inferred from them."""
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    for value in copy.graph.input:
        if value.name in dims:
            shape: Any = value.type.tensor_type.shape
            shape.Clear()
            for size in dims[value.name]:
                shape.dim.add().dim_value = size
    return copy
