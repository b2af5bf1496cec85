"""Numbers with all their digits from the input to a scaler: half of them rounded off, a value that lies on a tree's
threshold may fall to its other side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import onnx
from edgeweb_children import exact
from onnx import TensorProto, helper, numpy_helper

# They hand on what they get.
_PASS_ON = ("Reshape", "Identity", "Gather", "ArrayFeatureExtractor")


def numbers(made: onnx.ModelProto, estimator: Any) -> None:
    """Let inputs that reach a scaler of 64 bits, see `exact`, be of 64 bits as well."""
    widening = _Widening(made.graph, [step for step in exact.steps(estimator) if hasattr(step, "statistics_")])
    ends = [node for node in made.graph.node if node.op_type == "Cast" and node.output[0].endswith(exact.WIDE)]
    nodes: list[onnx.NodeProto] = []
    for node in made.graph.node:
        if node in ends and widening.reaches(node.input[0]):
            nodes += [*widening.wide(node.input[0]), _same(widening.called(node.input[0]), node.output[0])]
        else:
            nodes.append(node)
    if widening.inputs:
        del made.graph.node[:]
        made.graph.node.extend([*widening.narrowed(nodes)])
        _without_dead(made.graph)


class _Widening:
    """`inputs`: those that were made wide."""

    def __init__(self, graph: onnx.GraphProto, imputers: Sequence[Any]) -> None:
        self.graph, self.imputers = graph, imputers
        self.makers = {name: node for node in graph.node for name in node.output}
        kinds = {each.name: each.type.tensor_type.elem_type for each in graph.input}
        self.floats = {name for name, kind in kinds.items() if kind == TensorProto.FLOAT}
        self.inputs: set[str] = set()
        self.done: set[str] = set()

    def called(self, name: str) -> str:
        """What the wide form of a value is called; an input keeps its name."""
        return name if name in self.floats else f"{name}_64"

    def reaches(self, name: str) -> bool:
        """Whether a value is made of numbers of the inputs alone, in ways that wide ones go as well."""
        node = self.makers.get(name)
        if node is None:
            return name in self.floats
        if node.op_type == "Concat":
            return all(map(self.reaches, node.input))
        if node.op_type == "Imputer" and not np.isnan(_given(node).get("replaced_value_float", 0.0)):
            return False
        return node.op_type in (*_PASS_ON, "Imputer") and self.reaches(node.input[0])

    def wide(self, name: str) -> Iterator[onnx.NodeProto]:
        """The nodes that make the wide form."""
        node = self.makers.get(name)
        if name in self.done:
            return
        self.done.add(name)
        if node is None:
            self.inputs.add(name)
            return
        for each in node.input if node.op_type == "Concat" else node.input[:1]:
            yield from self.wide(each)
        if node.op_type == "Imputer":
            yield from self._filled(node)
            return
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copy.name = ""
        count = len(node.input) if node.op_type == "Concat" else 1
        copy.input[:] = [*map(self.called, node.input[:count]), *node.input[count:]]
        copy.output[:] = [self.called(name)]
        yield copy

    def _filled(self, node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
        given, made = self.called(node.input[0]), self.called(node.output[0])
        fill = self._fill(np.asarray(_given(node)["imputed_value_floats"], np.float32))
        self.graph.initializer.append(numpy_helper.from_array(fill, f"{made}_fill"))
        yield helper.make_node("IsNaN", [given], [f"{made}_gap"])
        yield helper.make_node("Where", [f"{made}_gap", f"{made}_fill", given], [made])

    def _fill(self, rounded: Any) -> Any:
        """What an imputer fills in, with all digits."""
        for each in self.imputers:
            held = np.asarray(each.statistics_)
            if held.dtype.kind == "f" and np.array_equal(held.astype(np.float32), rounded):
                return held.astype(np.float64)
        return rounded.astype(np.float64)

    def narrowed(self, nodes: Sequence[onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
        """With the inputs declared anew, and as they were for all that is not wide."""
        for each in self.graph.input:
            if each.name in self.inputs:
                each.type.tensor_type.elem_type = TensorProto.DOUBLE
        for name in sorted(self.inputs):
            yield helper.make_node("Cast", [name], [f"{name}_32"], to=TensorProto.FLOAT)
        wide = {self.called(name) for name in self.done}
        for node in nodes:
            if not wide & {*node.output} and node.op_type != "IsNaN" and not node.output[0].endswith(exact.WIDE):
                node.input[:] = [f"{name}_32" if name in self.inputs else name for name in node.input]
            yield node


def _same(name: str, output: str) -> onnx.NodeProto:
    return helper.make_node("Identity", [name], [output])


def _given(node: onnx.NodeProto) -> dict[str, Any]:
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


def _without_dead(graph: onnx.GraphProto) -> None:
    """Without nodes whose outputs nothing reads any more."""
    read = {each.name for each in graph.output}
    kept: list[onnx.NodeProto] = []
    for node in reversed(list(graph.node)):
        if read & {*node.output}:
            read |= {*node.input}
            kept.insert(0, node)
    del graph.node[:]
    graph.node.extend(kept)
