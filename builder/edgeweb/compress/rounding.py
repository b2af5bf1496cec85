"""Rounding that knows the data: what one weight's rounding does to a layer's output, the weights after it make good.

That is GPTQ (Frantar et al. 2022, arXiv 2210.17323): inputs are taken in turn, and the error of each is spread over
those that follow, by the inverse of their second moments H = sum of x x^T over calibration inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from edgeweb.coding import grid
from edgeweb.coding.grid import Grid
from edgeweb.compress.layers import Layer
from edgeweb.inputs.golden import Array
from edgeweb.machine.session import open_session
from edgeweb.read.model import to_bytes

# Inverting the moments of more inputs takes minutes.
_MAX_INPUTS = 2560
# More positions of a picture or a sentence tell hardly more.
_MAX_POSITIONS = 4096
_DAMPING = 0.01
_BLOCK = 128


@dataclass(frozen=True)
class Consumer:
    """The one node that multiplies a layer's weights with `value`: which axis of [rows, columns] is the input's.

    `groups`: of a convolution, whose outputs see each their own part of the inputs.
    """

    node: onnx.NodeProto
    value: str
    by_columns: bool
    groups: int = 1


def consumers(graph: onnx.GraphProto, layers: Sequence[Layer]) -> dict[str, Consumer]:
    """Those layers that one MatMul, Gemm or Conv multiplies with a value of the main graph."""
    uses: dict[str, list[tuple[onnx.NodeProto, int]]] = {}
    for node in graph.node:
        for place, name in enumerate(node.input):
            uses.setdefault(name, []).append((node, place))
    found = {}
    for layer in layers:
        (node, place), *more = uses.get(layer.name, [(onnx.NodeProto(), 0)])
        if more or place != 1 or len(layer.shape) < 2:
            continue
        by_columns = _by_columns(node, layer)
        if by_columns is not None and layer.weights.shape[1 if by_columns else 0] <= _MAX_INPUTS:
            found[layer.name] = Consumer(node, node.input[0], by_columns, _groups(node))
    return found


def _by_columns(node: onnx.NodeProto, layer: Layer) -> bool | None:
    attributes = {attribute.name: attribute for attribute in node.attribute}
    if node.op_type in ("MatMul", "FusedMatMul") and len(layer.shape) == 2:
        return False if not attributes else None
    if node.op_type == "Gemm":
        if "transA" in attributes and attributes["transA"].i:
            return None
        return bool("transB" in attributes and attributes["transB"].i)
    if node.op_type in ("Conv", "FusedConv") and len(layer.shape) == 4:
        return True if "kernel_shape" in attributes else None
    return None


def _groups(node: onnx.NodeProto) -> int:
    return next((int(attribute.i) for attribute in node.attribute if attribute.name == "group"), 1)


def moments(
    proto: onnx.ModelProto, found: Mapping[str, Consumer], feeds: Sequence[Mapping[str, Array]], threads: int = 2
) -> dict[str, NDArray[np.float64]]:
    """H of each layer in `found`, [groups, inputs, inputs], from running the model on `feeds`."""
    names = sorted({consumer.value for consumer in found.values()})
    if not names:
        return {}
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    known = {info.name for info in (*copy.graph.output, *copy.graph.input)}
    copy.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names if name not in known)
    session = open_session(to_bytes(copy), threads=threads, level="none")
    inputs = {info.name for info in session.get_inputs()}
    wanted = [name for name in names if name not in inputs]
    total: dict[str, NDArray[np.float64]] = {}
    for feed in feeds:
        # No names would mean every output.
        answers = session.run(wanted, dict(feed)) if wanted else []
        values = {**dict(zip(wanted, answers, strict=True)), **feed}
        for layer, consumer in found.items():
            rows = _rows(consumer, np.asarray(values[consumer.value], np.float32))
            groups = rows.reshape(len(rows), consumer.groups, -1).transpose(1, 0, 2).astype(np.float64)
            total[layer] = total.get(layer, 0.0) + groups.transpose(0, 2, 1) @ groups
    return total


def _rows(consumer: Consumer, value: Array) -> NDArray[np.float32]:
    """What the layer multiplies, a row a position: for a convolution the patches that its kernel sees."""
    if "Conv" not in consumer.node.op_type:
        return _thinned(value.reshape(-1, value.shape[-1]))
    patches = _Patches.of(consumer.node, value)
    return patches.cut(value)


@dataclass(frozen=True)
class _Patches:
    """What a kernel sees: its size, strides, dilations (height, width) and the padding (top, left, bottom, right)."""

    kernel: Sequence[int]
    strides: Sequence[int]
    dilations: Sequence[int]
    pads: Sequence[int]

    @classmethod
    def of(cls, node: onnx.NodeProto, value: Array) -> _Patches:
        ints = {attribute.name: list(attribute.ints) for attribute in node.attribute if attribute.ints}
        kernel, dilations = ints["kernel_shape"], ints.get("dilations", [1, 1])
        # Where the padding is left to the runtime, a border more or less hardly counts in a mean.
        half = [(size - 1) * step // 2 for size, step in zip(kernel, dilations, strict=True)]
        return cls(kernel, ints.get("strides", [1, 1]), dilations, ints.get("pads", half * 2))

    def cut(self, value: Array) -> NDArray[np.float32]:
        """[positions, channels * kernel], thinned before it is copied: all patches may be a gigabyte."""
        top, left, bottom, right = self.pads
        padded = np.pad(value, ((0, 0), (0, 0), (top, bottom), (left, right)))
        span = [(size - 1) * step + 1 for size, step in zip(self.kernel, self.dilations, strict=True)]
        windows = sliding_window_view(padded, span, axis=(2, 3))
        (down, across), (high, wide) = self.strides, self.dilations
        windows = windows[:, :, ::down, ::across, ::high, ::wide]
        positions = windows.shape[0] * windows.shape[2] * windows.shape[3]
        step = max(1, int(np.sqrt(positions / _MAX_POSITIONS)))
        chosen = windows[:, :, ::step, ::step].transpose(0, 2, 3, 1, 4, 5)
        return np.ascontiguousarray(chosen).reshape(-1, windows.shape[1] * self.kernel[0] * self.kernel[1])


def _thinned(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return rows[:: max(1, rows.shape[0] // _MAX_POSITIONS)]


def rounded(layer: Layer, steps: NDArray[np.float32], consumer: Consumer, factor: NDArray[np.float64] | None) -> Grid:
    """The layer on the grid of `steps`, each input's error spread over the inputs that follow, by their `factor`."""
    rows = layer.weights.shape[0]
    every = np.repeat(steps, rows) if steps.size == 1 else steps
    if factor is None:
        return Grid(grid.nearest(layer.weights, every).multiples, steps)
    # [groups, outputs, inputs], and a step for each: of its output, or of its input.
    matrix = layer.weights if consumer.by_columns else layer.weights.T
    weights = matrix.astype(np.float64).reshape(consumer.groups, -1, factor.shape[-1])
    step = every.astype(np.float64)
    own = step.reshape(consumer.groups, -1) if consumer.by_columns else step
    multiples = np.empty(weights.shape, np.int64)
    inputs = weights.shape[2]
    for first in range(0, inputs, _BLOCK):
        last = min(inputs, first + _BLOCK)
        errors = np.empty((*weights.shape[:2], last - first))
        for i in range(first, last):
            size = own if consumer.by_columns else own[i]
            multiples[:, :, i] = np.rint(weights[:, :, i] / size)
            error = (weights[:, :, i] - multiples[:, :, i] * size) / factor[:, i, i, None]
            weights[:, :, i + 1 : last] -= error[:, :, None] * factor[:, None, i, i + 1 : last]
            errors[:, :, i - first] = error
        weights[:, :, last:] -= errors @ factor[:, first:last, last:]
    flat = multiples.reshape(matrix.shape)
    whole = flat if consumer.by_columns else flat.T
    return Grid(np.ascontiguousarray(np.clip(whole, -(2**30), 2**30)).astype(np.int32), steps)


def factor_of(moment: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The upper Cholesky factors of the inverses of the damped moments, by group; None where there are none.

    A group whose inputs were always zero gets the others' damping, so that its weights are rounded plainly.
    """
    damped = moment.copy()
    diagonal = np.diagonal(damped, axis1=1, axis2=2)
    if not np.isfinite(damped).all() or not diagonal.any():
        return None
    own, every = diagonal.mean(axis=1), float(diagonal.mean())
    places = np.arange(damped.shape[1])
    damped[:, places, places] += _DAMPING * np.where(own > 0, own, every)[:, None]
    try:
        return np.ascontiguousarray(np.linalg.cholesky(np.linalg.inv(damped)).transpose(0, 2, 1))
    except np.linalg.LinAlgError:
        return None
