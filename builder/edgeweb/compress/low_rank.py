"""A matrix as the product of two thin ones, where both bytes and multiply-adds are saved.

W [K, N] is replaced by A [K, r] B [r, N] with r (K + N) well below K N. With inputs the error counts as the layer's
inputs weigh it: for their second moments H = L L^T the best A B comes from the singular values of L^T W (Yuan et al.
2023, ASVD, arXiv 2312.05821; Eckart and Young 1936).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from edgeweb.compress import common, graph, layers, rounding
from edgeweb.compress.calibration import Calibration
from edgeweb.compress.layers import Layer
from edgeweb.compress.rounding import Consumer
from edgeweb.inputs.golden import Array
from edgeweb.read.model import Model, Result

# Factors take finer steps than the matrix they stand for, so a few percent fewer weights are no gain.
_WORTH = 0.75
_MEASURED_ON = 64
_DAMPING = 1e-6
# Dropping so little of a layer's output cannot be told from rounding.
_ERROR = 1e-4
_KINDS = ("MatMul", "Gemm", "Conv", "FusedConv")


def step(model: Model, options: Calibration, error: float = _ERROR) -> Result:
    """Factor every matrix that allows it within `error`, the mean square error of its output as part of its power."""
    return common.attempt(model, options, lambda proto: _factored(proto, options, error))


def _factored(proto: onnx.ModelProto, options: Calibration, error: float) -> tuple[onnx.ModelProto, str]:
    kept = graph.kept(proto, options.keep)
    found = layers.find(proto)
    users = {
        name: consumer
        for name, consumer in rounding.consumers(proto.graph, found).items()
        if consumer.node.name not in kept and _plain(consumer)
    }
    if not users:
        raise common.DeclinedError("it has no large MatMul, Gemm or 1x1 Conv with stored float32 weights")
    moments = rounding.moments(proto, users, options.feeds[:_MEASURED_ON], options.threads)
    made: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
    for layer in found:
        if layer.name in users:
            pair = factors(_matrix(layer, users[layer.name]), moments.get(layer.name), error)
            if pair is not None:
                made[layer.name] = pair
    if not made:
        raise common.DeclinedError(f"none of its {len(users)} matrices is near a product of two that are smaller")
    return _replaced(proto, users, made), _note(made, len(users))


def _note(made: Mapping[str, tuple[Array, Array]], of: int) -> str:
    ranks = ", ".join(f"{a.shape[0]}x{b.shape[1]} by rank {a.shape[1]}" for a, b in made.values())
    return f"{len(made)} of {of} matrices as products of two: {ranks}"


def _plain(consumer: Consumer) -> bool:
    """A product with nothing else in the node that the factors would have to repeat."""
    node = consumer.node
    if node.op_type not in _KINDS:
        return False
    given = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    if "Conv" in node.op_type:
        return consumer.groups == 1 and all(size == 1 for size in given.get("kernel_shape", [0]))
    return bool(given.get("alpha", 1.0) == 1.0)


def _matrix(layer: Layer, consumer: Consumer) -> NDArray[np.float64]:
    """[inputs, outputs]."""
    weights = layer.weights.astype(np.float64)
    return weights.T if consumer.by_columns else weights


def factors(
    matrix: NDArray[np.float64], moment: NDArray[np.float64] | None, error: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """A [K, r] and B [r, N] of the lowest rank within `error`; None where that saves too little.

    Args:
        moment: the second moments of the inputs, [1, K, K]; None weighs them alike.
    """
    inputs, outputs = matrix.shape
    half = np.eye(inputs)
    if moment is not None and np.isfinite(moment).all() and moment.any():
        damped = moment[0] + _DAMPING * np.eye(inputs) * np.trace(moment[0]) / inputs
        half = np.linalg.cholesky(damped)
    left, values, right = np.linalg.svd(half.T @ matrix, full_matrices=False)
    power = np.cumsum(values[::-1] ** 2)[::-1]
    # power[r] is what rank r loses.
    lost = np.append(power[1:], 0.0) / max(float(power[0]), 1e-300)
    rank = int(np.argmax(lost <= error)) + 1
    if rank * (inputs + outputs) > _WORTH * inputs * outputs:
        return None
    root = np.sqrt(np.maximum(values[:rank], 1e-300))
    a = np.linalg.solve(half.T, left[:, :rank] * root)
    return a.astype(np.float32), (root[:, None] * right[:rank]).astype(np.float32)


def _replaced(
    proto: onnx.ModelProto, users: Mapping[str, Consumer], made: Mapping[str, tuple[Array, Array]]
) -> onnx.ModelProto:
    by_node = {users[name].node.name: name for name in made}
    nodes: list[onnx.NodeProto] = []
    for node in proto.graph.node:
        name = by_node.get(node.name)
        nodes += [node] if name is None else _split(proto.graph, node, name, made[name])
    graph.replace_nodes(proto.graph, nodes)
    return proto


def _split(
    main: onnx.GraphProto, node: onnx.NodeProto, name: str, pair: tuple[Array, Array]
) -> Sequence[onnx.NodeProto]:
    """Two nodes for one; strides go with the first, the bias with the second."""
    middle, thin, wide = f"{name}_thin_out", f"{name}_thin", f"{name}_wide"
    second = graph.copy_of(node)
    second.input[0], second.input[1] = middle, wide
    given = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    a, b = pair
    if "Conv" in node.op_type:
        a, b = a.T[:, :, None, None], b.T[:, :, None, None]
        own = {name: value for name, value in given.items() if not name.startswith("activation")}
        first = helper.make_node("Conv", [node.input[0], thin], [middle], name=f"{node.name}_thin", **own)
        for each in [each for each in second.attribute if each.name in ("strides", "pads", "auto_pad")]:
            second.attribute.remove(each)
    else:
        first = helper.make_node("MatMul", [node.input[0], thin], [middle], name=f"{node.name}_thin")
        if given.get("transB"):
            b = b.T
    main.initializer.append(numpy_helper.from_array(np.ascontiguousarray(a), thin))
    main.initializer.append(numpy_helper.from_array(np.ascontiguousarray(b), wide))
    return first, second
