"""Gemm as MatMul and Add, which is what the integer forms are made for."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from edgeweb.compress import graph
from edgeweb.read import visit


def to_matmul(main: onnx.GraphProto) -> None:
    """Rewrite every Gemm with stored weights: alpha * A @ B + beta * C = A @ (alpha B) + beta C.

    The library's own rewriting transposes a matrix once for each node that shares it.
    """
    stored = {name: t for name, t in graph.weights(main).items() if t.data_type == onnx.TensorProto.FLOAT}
    nodes: list[onnx.NodeProto] = []
    made: dict[str, onnx.TensorProto] = {}
    for node in main.node:
        nodes += _split(node, stored, made) or [node]
    if made or len(nodes) != len(main.node):
        graph.replace_nodes(main, nodes)
        main.initializer.extend(made.values())


def _split(
    node: onnx.NodeProto, stored: dict[str, onnx.TensorProto], made: dict[str, onnx.TensorProto]
) -> list[onnx.NodeProto]:
    """The two nodes for one; none where the weights are not stored or A is transposed."""
    if node.op_type != "Gemm" or visit.domain(node.domain) != visit.DEFAULT_DOMAIN or node.input[1] not in stored:
        return []
    set_to: dict[str, Any] = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    alpha, beta = set_to.get("alpha", 1.0), set_to.get("beta", 1.0)
    bias = node.input[2] if len(node.input) > 2 else ""
    if set_to.get("transA") or (bias and beta != 1.0 and bias not in stored):
        return []
    weight = _scaled(stored[node.input[1]], alpha, bool(set_to.get("transB")), made)
    if not bias:
        return [helper.make_node("MatMul", [node.input[0], weight], [node.output[0]], name=node.name)]
    if beta != 1.0:
        bias = _scaled(stored[bias], beta, False, made)
    middle = f"{node.output[0]}_product"
    return [
        helper.make_node("MatMul", [node.input[0], weight], [middle], name=node.name),
        helper.make_node("Add", [middle, bias], [node.output[0]]),
    ]


def _scaled(tensor: onnx.TensorProto, factor: float, transpose: bool, made: dict[str, onnx.TensorProto]) -> str:
    """The name of the tensor times a factor, transposed or not; the tensor itself where that changes nothing."""
    if factor == 1.0 and not transpose:
        return tensor.name
    name = f"{tensor.name}_gemm{'_t' if transpose else ''}{f'_{factor:g}' if factor != 1.0 else ''}"
    if name not in made:
        values = graph.array(tensor) * np.float32(factor)
        made[name] = numpy_helper.from_array(np.ascontiguousarray(values.T if transpose else values), name)
    return name
