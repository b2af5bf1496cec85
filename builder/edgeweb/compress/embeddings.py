"""Embedding tables in int8 with a scale a row, in operators that every ONNX Runtime has."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

from edgeweb.compress import graph
from edgeweb.inputs.golden import Array
from edgeweb.read import visit

# Below it two more nodes cost more than they save.
_ELEMENTS = 4096


def quantize(main: onnx.GraphProto, kept: set[str]) -> list[onnx.NodeProto]:
    """Rewrite the tables of `main` in place; returns the Gather nodes, as they were."""
    done: list[onnx.NodeProto] = []
    nodes: list[onnx.NodeProto] = []
    names = {tensor.name: nodes_of for tensor, nodes_of in tables(main, kept)}
    for name in names:
        _store(main, name)
    for node in main.node:
        if node.op_type == "Gather" and node.input[0] in names:
            done.append(graph.copy_of(node))
            nodes += _lookup(node)
        else:
            nodes.append(node)
    if done:
        graph.replace_nodes(main, nodes)
    return done


def tables(main: onnx.GraphProto, kept: set[str]) -> list[tuple[onnx.TensorProto, list[onnx.NodeProto]]]:
    """Float matrices that are read by Gather alone, row by row, in the main graph."""
    found = []
    users = graph.readers(main)
    here = {id(node) for node in main.node}
    for tensor in main.initializer:
        nodes = users.get(tensor.name, [])
        if tensor.data_type != onnx.TensorProto.FLOAT or len(tensor.dims) != 2 or np.prod(tensor.dims) < _ELEMENTS:
            continue
        if nodes and all(id(node) in here and _by_row(node, tensor.name) and node.name not in kept for node in nodes):
            found.append((tensor, nodes))
    return found


def _by_row(node: onnx.NodeProto, name: str) -> bool:
    by_row = all(attribute.name != "axis" or attribute.i in (0, -2) for attribute in node.attribute)
    plain = node.op_type == "Gather" and visit.domain(node.domain) == visit.DEFAULT_DOMAIN
    return plain and by_row and node.input[0] == name and node.input[1] != name


def _store(main: onnx.GraphProto, name: str) -> None:
    tensor = graph.weights(main)[name]
    values, scales = symmetric_rows(graph.array(tensor))
    main.initializer.remove(tensor)
    main.initializer.append(numpy_helper.from_array(values, f"{name}_int8"))
    main.initializer.append(numpy_helper.from_array(scales, f"{name}_scale"))


def symmetric_rows(table: Array) -> tuple[Array, Array]:
    """int8 values and a float32 scale a row: table ~ values * scales, [rows, columns] and [rows, 1]."""
    scales = (np.abs(table).max(axis=1, keepdims=True) / 127).astype(np.float32)
    scales[scales == 0] = 1
    return np.clip(np.rint(table / scales), -127, 127).astype(np.int8), scales


def _lookup(node: onnx.NodeProto) -> list[onnx.NodeProto]:
    """Gather(table) = Cast(Gather(int8)) * Gather(scale)."""
    table, index, out = node.input[0], node.input[1], node.output[0]
    return [
        helper.make_node("Gather", [f"{table}_int8", index], [f"{out}_int8"], axis=0),
        helper.make_node("Gather", [f"{table}_scale", index], [f"{out}_scale"], axis=0),
        helper.make_node("Cast", [f"{out}_int8"], [f"{out}_float"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", [f"{out}_float", f"{out}_scale"], [out], name=node.name),
    ]
