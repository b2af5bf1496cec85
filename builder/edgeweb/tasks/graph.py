"""A small ONNX graph while it is put together, and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from edgeweb.read.model import to_bytes
from edgeweb.schema.types import TensorType

_OPSET = 18
TYPES: dict[TensorType, int] = {
    "float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "float64": TensorProto.DOUBLE,
    "int8": TensorProto.INT8, "uint8": TensorProto.UINT8, "int16": TensorProto.INT16, "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
}  # fmt: skip
# Name, element type, shape.
Value = tuple[str, int, list[int | str]]


class Graph:
    """Nodes and constants while they are put together; each method returns the name of what its node gives.

    `prefix`: of every name, where the nodes join others.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, NDArray[Any]] = {}

    def put(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """One node with one output."""
        made = name or f"{self.prefix}v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [made], **attributes))
        return made

    def pair(self, operator: str, *inputs: str, **attributes: Any) -> tuple[str, str]:
        """One node with two outputs."""
        made = f"{self.prefix}v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [made, f"{made}_1"], **attributes))
        return made, f"{made}_1"

    def constant(self, value: Any, kind: Any = np.int64) -> str:
        """A constant."""
        name = f"{self.prefix}c{len(self.constants)}"
        self.constants[name] = np.array(value, kind)
        return name

    def columns(self, table: str, start: int, end: int, axis: int = 1) -> str:
        """A part of a table."""
        return self.put("Slice", table, self.constant([start]), self.constant([end]), self.constant([axis]))


def model(name: str, graph: Graph, inputs: Sequence[Value], outputs: Sequence[Value], opset: int = _OPSET) -> bytes:
    """The graph as an ONNX file."""
    infos: list[list[Any]] = [
        [helper.make_tensor_value_info(n, t, s) for n, t, s in group] for group in (inputs, outputs)
    ]
    stored = [numpy_helper.from_array(value, key) for key, value in sorted(graph.constants.items())]
    made = helper.make_graph(graph.nodes, name, infos[0], infos[1], stored)
    whole: onnx.ModelProto = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, producer_name="edgeweb"
    )
    return to_bytes(whole)
