"""Turns scikit-learn's ZipMap outputs, lists of dictionaries that browsers cannot read, into tensors of scores."""

from __future__ import annotations

from dataclasses import replace

import onnx
from onnx import TensorProto, numpy_helper

from edgeweb.read import visit
from edgeweb.read.model import Model, Result

_ML = "ai.onnx.ml"
_CLASSIFIERS = ("TreeEnsembleClassifier", "LinearClassifier", "SVMClassifier")
# Operators that hand on a class label without changing what it means.
_PASS_ON = ("Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten")
# Identity exists in every opset; this one is taken where the model names none.
_OPSET = 9


def step(model: Model) -> Result:
    """Replace each ZipMap that makes a graph output, and nothing else, by its own input: float [N, classes].

    The output keeps its name. The notes name the classes. A ZipMap that other nodes use is left alone.
    """
    wanted, notes = _candidates(model.proto.graph)
    if not wanted:
        return Result(model, False, tuple(notes))
    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    for position in wanted:
        node = proto.graph.node[position]
        labels = _attribute_labels(node)
        _retype(proto.graph, node, len(labels))
        classes = f"{len(labels)} classes ({visit.listing(labels, 8)})"
        notes.append(f"{visit.short(node.output[0])}: {classes} as a tensor instead of a ZipMap")
        del node.attribute[:]
        node.op_type, node.domain = "Identity", ""
    if not any(visit.domain(o.domain) == visit.DEFAULT_DOMAIN for o in proto.opset_import):
        proto.opset_import.add(domain="", version=_OPSET)
    return Result(replace(model, proto=proto), True, tuple(notes))


def class_labels(proto: onnx.ModelProto) -> list[str]:
    """The names of a classifier's classes, in the order of its scores; [] when the model does not say.

    Looked for in ZipMap, then in the table from which a label output is taken, then in the classifier itself.
    """
    nodes = list(proto.graph.node)
    found = [_attribute_labels(n) for n in nodes if n.domain == _ML and n.op_type == "ZipMap"]
    found = found or [labels for output in proto.graph.output if (labels := _table(proto.graph, output.name))]
    found = found or [_attribute_labels(n) for n in nodes if n.domain == _ML and n.op_type in _CLASSIFIERS]
    # Several classifiers that disagree have no one list of classes.
    return found[0] if found and all(labels == found[0] for labels in found) else []


def _candidates(graph: onnx.GraphProto) -> tuple[list[int], list[str]]:
    """Positions of the ZipMaps to replace, and notes on those that stay."""
    outputs = {value.name for value in graph.output}
    used = {name for node in visit.nodes(graph) for name in node.input}
    # A sub-graph may hand on an outer value as its own output.
    used |= {v.name for inner in visit.graphs(graph) if inner is not graph for v in inner.output}
    positions: list[int] = []
    notes: list[str] = []
    for position, node in enumerate(graph.node):
        if node.domain != _ML or node.op_type != "ZipMap" or len(node.input) != 1 or len(node.output) != 1:
            continue
        if node.output[0] in outputs and node.output[0] not in used:
            positions.append(position)
        elif node.output[0] in outputs:
            notes.append(f"{visit.short(node.output[0])}: left as a ZipMap, because other nodes use it")
    return positions, notes


def _retype(graph: onnx.GraphProto, node: onnx.NodeProto, classes: int) -> None:
    """Declare the output as float [N, classes], or as what the file says of the ZipMap's input."""
    source, name = node.input[0], node.output[0]
    known = next((v.type for v in (*graph.value_info, *graph.input, *graph.output) if v.name == source), None)
    for output in graph.output:
        if output.name == name:
            if known is not None and known.tensor_type.elem_type == TensorProto.FLOAT:
                output.type.CopyFrom(known)
                continue
            output.type.Clear()
            output.type.tensor_type.elem_type = TensorProto.FLOAT
            dims = output.type.tensor_type.shape.dim
            dims.add()
            dims.add(**({"dim_value": classes} if classes else {}))
    for position in reversed([i for i, v in enumerate(graph.value_info) if v.name == name]):
        del graph.value_info[position]


def _attribute_labels(node: onnx.NodeProto) -> list[str]:
    """The classes that an operator names itself; only LinearClassifier's and SVMClassifier's lists end in `_ints`."""
    for attribute in node.attribute:
        if attribute.name in ("classlabels_strings", "classlabels_int64s", "classlabels_ints"):
            labels = [visit.text(s) for s in attribute.strings] or [str(i) for i in attribute.ints]
            if labels:
                return labels
    return []


def _table(graph: onnx.GraphProto, output: str) -> list[str]:
    """The constant array whose elements a label output is picked from (skl2onnx does so), or []."""
    makers = {name: node for node in graph.node for name in node.output}
    stored = {tensor.name: tensor for tensor in graph.initializer}
    node = makers.get(output)
    for _ in range(len(graph.node)):
        if node is None or not node.input:
            return []
        if node.op_type in ("ArrayFeatureExtractor", "Gather"):
            return _values(stored.get(node.input[0]))
        if node.op_type == "LabelEncoder":
            return _encoder(node)
        if node.op_type not in _PASS_ON:
            return []
        node = makers.get(node.input[0])
    return []


def _encoder(node: onnx.NodeProto) -> list[str]:
    """A LabelEncoder's values, where its keys are 0, 1, 2, ..."""
    lists = {a.name: [visit.text(s) for s in a.strings] or [str(i) for i in a.ints] for a in node.attribute}
    keys = lists.get("keys_int64s", [])
    values = lists.get("values_strings") or lists.get("values_int64s", [])
    in_order = keys == [str(i) for i in range(len(keys))] and len(keys) == len(values)
    return values if in_order else lists.get("classes_strings", [])


def _values(tensor: TensorProto | None) -> list[str]:
    if tensor is None or tensor.data_type not in (TensorProto.STRING, TensorProto.INT64, TensorProto.INT32):
        return []
    values = numpy_helper.to_array(tensor)
    # More than one axis longer than 1 is a table of something other than class names.
    return [visit.text(v) for v in values.ravel().tolist()] if values.size == max(values.shape, default=1) else []
