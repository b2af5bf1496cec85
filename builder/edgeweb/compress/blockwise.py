"""Weights in blocks of 4 or 8 bits that are expanded during the product: MatMulNBits and GatherBlockQuantized."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import onnx
from onnx import helper, numpy_helper

from edgeweb.compress import common, embeddings, gemm, graph
from edgeweb.compress.calibration import Calibration
from edgeweb.inputs.golden import Array
from edgeweb.read import visit
from edgeweb.read.model import Model, Result

_DOMAIN = "com.microsoft"
# Below it the scales and the new nodes cost more than the weights.
_ELEMENTS = 2048
# How far the range of a block may be narrowed for a smaller squared error.
_SHRINK = (1.0, 0.95, 0.9, 0.85, 0.8)
_CHUNK = 1 << 22


def step(model: Model, options: Calibration, bits: Literal[4, 8] = 8, block: int = 32) -> Result:
    """Weights alone; activations stay float32. `block`: a power of two from 16 on, along the summed dimension."""
    return common.attempt(model, options, lambda proto: _quantize(proto, options, bits, block))


def _quantize(proto: onnx.ModelProto, options: Calibration, bits: int, block: int) -> tuple[onnx.ModelProto, str]:
    if bits not in (4, 8) or block < 16 or block & (block - 1):
        raise common.DeclinedError(f"there are no blocks of {block} values of {bits} bits")
    kept = graph.kept(proto, options.keep)
    gemm.to_matmul(proto.graph)
    stored = {n: t for n, t in graph.weights(proto.graph).items() if t.data_type == onnx.TensorProto.FLOAT}
    matrices = {
        node.name: stored[node.input[1]]
        for node in proto.graph.node
        if node.name not in kept and _fits(node, stored, block)
    }
    tables = {n.name: t for t, nodes in embeddings.tables(proto.graph, kept) if t.dims[1] % block == 0 for n in nodes}
    if not matrices and not tables:
        raise common.DeclinedError(
            f"it has no matrix product or embedding table with float32 weights enough for blocks of {block}"
        )
    done = [node for node in map(graph.copy_of, proto.graph.node) if node.name in matrices or node.name in tables]
    _replace(proto.graph, matrices, tables, bits, block)
    graph.need_domain(proto, _DOMAIN)
    return proto, f"int{bits} weights in blocks of {block}: {graph.operators(done)}"


def _fits(node: onnx.NodeProto, stored: dict[str, onnx.TensorProto], block: int) -> bool:
    if node.op_type != "MatMul" or visit.domain(node.domain) != visit.DEFAULT_DOMAIN or node.input[1] not in stored:
        return False
    dims = stored[node.input[1]].dims
    return len(dims) == 2 and dims[0] >= block and dims[0] * dims[1] >= _ELEMENTS


def _replace(
    main: onnx.GraphProto,
    matrices: dict[str, onnx.TensorProto],
    tables: dict[str, onnx.TensorProto],
    bits: int,
    block: int,
) -> None:
    """The new nodes in place of the old, and the packed tensors once for all that share them."""
    made: dict[str, list[onnx.TensorProto]] = {}
    nodes = []
    for node in main.node:
        makers: tuple[tuple[dict[str, onnx.TensorProto], Callable[..., onnx.NodeProto], bool], ...] = (
            (matrices, _product, True),
            (tables, _lookup, False),
        )
        new = node
        for known, make, transpose in makers:
            if node.name in known:
                tensor = known[node.name]
                if tensor.name not in made:
                    made[tensor.name] = _packed(tensor, bits, block, transpose)
                new = make(node, tensor, [t.name for t in made[tensor.name]], bits, block)
        nodes.append(new)
    graph.replace_nodes(main, nodes)
    for tensors in made.values():
        main.initializer.extend(tensors)


def _product(node: onnx.NodeProto, weight: onnx.TensorProto, names: list[str], bits: int, block: int) -> onnx.NodeProto:
    size: dict[str, Any] = {"K": weight.dims[0], "N": weight.dims[1], "bits": bits, "block_size": block}
    # Without `accuracy_level` activations stay float32, so that every machine gives the same numbers.
    return helper.make_node(
        "MatMulNBits", [node.input[0], *names], [node.output[0]], name=node.name, domain=_DOMAIN, **size
    )


def _lookup(node: onnx.NodeProto, table: onnx.TensorProto, names: list[str], bits: int, block: int) -> onnx.NodeProto:
    axes: dict[str, Any] = {"gather_axis": 0, "quantize_axis": 1, "block_size": block, "bits": bits}
    return helper.make_node(
        "GatherBlockQuantized",
        [names[0], node.input[1], *names[1:]],
        [node.output[0]],
        name=node.name,
        domain=_DOMAIN,
        **axes,
    )


def _packed(tensor: onnx.TensorProto, bits: int, block: int, transpose: bool) -> list[onnx.TensorProto]:
    """Values, scales and, for 4 bits, zero points of a matrix [K, N] (`transpose`) or a table [rows, columns].

    MatMulNBits takes [N, blocks, bytes of a block], [N * blocks] and [N * bytes of a column's zero points];
    GatherBlockQuantized the same tensors with a row's in one dimension.
    """
    table = graph.array(tensor)
    lines = table.T if transpose else table
    step = max(1, _CHUNK // lines.shape[1])
    parts = [_blocks(lines[start : start + step], bits, block) for start in range(0, len(lines), step)]
    values, scales, zeros = (np.concatenate(found) for found in zip(*parts, strict=True))
    packed = _pack(values, bits)
    packed = packed.reshape(*scales.shape, -1) if transpose else packed
    made = [
        numpy_helper.from_array(packed, f"{tensor.name}_q{bits}"),
        numpy_helper.from_array(scales.ravel() if transpose else scales, f"{tensor.name}_scales"),
    ]
    if bits == 4:
        points = _pack(zeros, bits)
        made.append(numpy_helper.from_array(points.ravel() if transpose else points, f"{tensor.name}_zeros"))
    return made


def _pack(values: Array, bits: int) -> Array:
    """[lines, n] of small numbers as bytes, the first of a pair in the low half."""
    if bits == 8:
        return values
    if values.shape[1] % 2:
        values = np.pad(values, ((0, 0), (0, 1)))
    packed: Array = values[:, ::2] | (values[:, 1::2] << 4)
    return packed


def _blocks(lines: Array, bits: int, block: int) -> tuple[Array, Array, Array]:
    """Values [lines, blocks * block], scales and zero points [lines, blocks], with lines ~ (values - zero) * scale.

    8 bits: symmetric about 128. 4 bits: the range of each block, narrowed where that lowers the squared error.
    """
    count = -(-lines.shape[1] // block)
    padded = np.pad(lines, ((0, 0), (0, count * block - lines.shape[1]))).reshape(len(lines), count, block)
    padded = padded.astype(np.float32)
    if bits == 8:
        scales = np.abs(padded).max(axis=2) / np.float32(127)
        scales = np.where(scales == 0, np.float32(1), scales)
        zeros = np.full(scales.shape, 128, np.uint8)
        values = _levels(padded, scales, zeros, 255)
    else:
        values, scales, zeros = _searched(padded)
    return values.reshape(len(lines), -1), scales.astype(np.float32), zeros


def _searched(padded: Array) -> tuple[Array, Array, Array]:
    """Values, scales and zero points of the range that errs least, block by block."""
    # One after another: all of them at once would be five times a large model's weights.
    error, values, scales, zeros = _narrowed(padded, _SHRINK[0])
    for shrink in _SHRINK[1:]:
        other = _narrowed(padded, shrink)
        better = other[0] < error
        error, scales, zeros = (
            np.where(better, new, old) for new, old in zip((other[0], *other[2:]), (error, scales, zeros), strict=True)
        )
        values = np.where(better[..., None], other[1], values)
    return values, scales, zeros


def _narrowed(padded: Array, shrink: float) -> tuple[Array, Array, Array, Array]:
    """The squared error of each block when its range is `shrink` of the whole; values, scales and zero points."""
    low, high = np.minimum(padded.min(axis=2), 0), np.maximum(padded.max(axis=2), 0)
    scales = (high - low) * np.float32(shrink / 15)
    scales = np.where(scales == 0, np.float32(1), scales)
    zeros = np.clip(np.rint(-low * np.float32(shrink) / scales), 0, 15).astype(np.uint8)
    values = _levels(padded, scales, zeros, 15)
    back = (values.astype(np.float32) - zeros[..., None]) * scales[..., None]
    return np.square(back - padded).sum(axis=2), values, scales, zeros


def _levels(padded: Array, scales: Array, zeros: Array, top: int) -> Array:
    found: Array = np.clip(np.rint(padded / scales[..., None]) + zeros[..., None], 0, top).astype(np.uint8)
    return found
