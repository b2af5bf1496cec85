"""A small ONNX graph while it is put together."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper


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

    def constant(self, value: Any, kind: Any = np.int64) -> str:
        """A constant."""
        name = f"{self.prefix}c{len(self.constants)}"
        self.constants[name] = np.array(value, kind)
        return name

    def columns(self, table: str, start: int, end: int, axis: int = 1) -> str:
        """A part of a table."""
        return self.put("Slice", table, self.constant([start]), self.constant([end]), self.constant([axis]))
