"""Edits of a copied graph that every technique needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import onnx
from onnx import inliner, numpy_helper

from edgeweb.inputs.golden import Array
from edgeweb.read import visit

# Names for nodes that have none: the libraries address nodes by name. They are taken off again.
UNNAMED = "edgeweb_unnamed_"
_VALUES = {"value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64}


def copy(proto: onnx.ModelProto) -> onnx.ModelProto:
    """A deep copy, so that the input stays as it is."""
    made = onnx.ModelProto()
    made.CopyFrom(proto)
    return made


def prepare(original: onnx.ModelProto) -> onnx.ModelProto:
    """A copy in the form that the libraries expect: no functions, weights as initializers, every node named once."""
    proto = copy(original)
    if proto.functions:
        proto = inliner.inline_local_functions(proto)
    for graph in visit.graphs(proto.graph):
        _constants_to_initializers(graph)
    _name(proto)
    return proto


def _constants_to_initializers(graph: onnx.GraphProto) -> None:
    outputs = {info.name for info in graph.output}
    rest = []
    for node in graph.node:
        tensor = _constant(node) if node.op_type == "Constant" and node.output[0] not in outputs else None
        if tensor is None:
            rest.append(node)
        else:
            graph.initializer.append(tensor)
    if len(rest) != len(graph.node):
        kept = [copy_of(node) for node in rest]
        del graph.node[:]
        graph.node.extend(kept)


def copy_of(node: onnx.NodeProto) -> onnx.NodeProto:
    """A node of its own: clearing the list it is in would empty it."""
    made = onnx.NodeProto()
    made.CopyFrom(node)
    return made


def _constant(node: onnx.NodeProto) -> onnx.TensorProto | None:
    """The tensor of a Constant; None for strings and sparse ones."""
    for attribute in node.attribute:
        if attribute.name == "value":
            tensor = onnx.TensorProto()
            tensor.CopyFrom(attribute.t)
            tensor.name = node.output[0]
            return tensor
        if attribute.name in _VALUES:
            value = onnx.helper.get_attribute_value(attribute)
            return numpy_helper.from_array(np.asarray(value, _VALUES[attribute.name]), node.output[0])
    return None


def _name(proto: onnx.ModelProto) -> None:
    seen: set[str] = set()
    for number, node in enumerate(visit.nodes(proto.graph)):
        if not node.name or node.name in seen:
            node.name = f"{UNNAMED}{number}"
        seen.add(node.name)


def kept(proto: onnx.ModelProto, keep: frozenset[str]) -> set[str]:
    """Names of the nodes that must not change: named themselves, or reading a tensor that is."""
    return {node.name for node in visit.nodes(proto.graph) if node.name in keep or keep.intersection(node.input)}


def weights(graph: onnx.GraphProto) -> dict[str, onnx.TensorProto]:
    """The initializers by name."""
    return {tensor.name: tensor for tensor in graph.initializer}


def readers(graph: onnx.GraphProto) -> dict[str, list[onnx.NodeProto]]:
    """Who reads each tensor of the graph, sub-graphs included."""
    found: dict[str, list[onnx.NodeProto]] = {}
    for node in visit.nodes(graph):
        for name in node.input:
            found.setdefault(name, []).append(node)
    return found


def array(tensor: onnx.TensorProto) -> Array:
    """The elements of a tensor."""
    found: Array = numpy_helper.to_array(tensor)
    return found


def opset(proto: onnx.ModelProto) -> int:
    """The version of the default domain."""
    return max((o.version for o in proto.opset_import if visit.domain(o.domain) == visit.DEFAULT_DOMAIN), default=1)


def need_domain(proto: onnx.ModelProto, domain: str, version: int = 1) -> None:
    """Import a domain that new nodes are in."""
    if all(o.domain != domain for o in proto.opset_import):
        proto.opset_import.append(onnx.helper.make_opsetid(domain, version))


def replace_nodes(graph: onnx.GraphProto, nodes: Iterable[onnx.NodeProto]) -> None:
    """These nodes instead of the graph's."""
    made = [copy_of(node) for node in nodes]
    del graph.node[:]
    graph.node.extend(made)


def operators(nodes: Iterable[onnx.NodeProto]) -> str:
    """`3 Conv, 1 MatMul`, most frequent first."""
    counts = Counter(node.op_type for node in nodes)
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
