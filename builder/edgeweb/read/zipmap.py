"""The names of a classifier's classes, where scikit-learn's converters keep them: ZipMap, tables and attributes."""

from __future__ import annotations

from collections.abc import Iterator

import onnx
from onnx import TensorProto, numpy_helper

from edgeweb.read import visit

_ML = "ai.onnx.ml"
_CLASSIFIERS = ("TreeEnsembleClassifier", "LinearClassifier", "SVMClassifier")
# Operators that hand on a class label without changing what it means.
_PASS_ON = ("Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten")
# Those that keep which class each score is of.
_SCORES_ON = (*_PASS_ON, "Normalizer", "Softmax", "Sigmoid", "Div", "Clip", "ZipMap")


def class_labels(proto: onnx.ModelProto) -> list[str]:
    """The names of a classifier's classes, in the order of its scores; [] when the model does not say.

    Looked for in ZipMap, then in the table from which a label output is taken, then in the classifier itself.
    """
    nodes = list(proto.graph.node)
    found = [labels_of(n) for n in nodes if n.domain == _ML and n.op_type == "ZipMap"]
    found = found or [labels for output in proto.graph.output if (labels := _table(proto.graph, output.name))]
    found = found or [labels_of(n) for n in nodes if n.domain == _ML and n.op_type in _CLASSIFIERS]
    # Several classifiers that disagree have no one list of classes.
    return found[0] if found and all(labels == found[0] for labels in found) else []


def classes_of_output(proto: onnx.ModelProto, output: str) -> list[str]:
    """The names of the classes behind one output, a label or scores of one classifier; [] when the model does not say.

    Of several classifiers in a graph each has names of its own. Told by a ZipMap, by the table from which the label is
    taken that belongs to the scores, or by the classifier.
    """
    graph = proto.graph
    if found := _table(graph, output):
        return found
    users: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    for name, node in _behind(graph, output):
        if node is not None and node.op_type == "ZipMap":
            return labels_of(node)
        # The label that belongs to scores is the place of the best one, or the classifier's other output.
        best = [each.output[0] for each in users.get(name, ()) if each.op_type == "ArgMax" and each.output]
        own = [*node.output[:1]] if node is not None and node.op_type in _CLASSIFIERS else []
        for label in (*best, *own):
            if found := _picked(graph, label, users):
                return found
        if node is not None and own:
            return labels_of(node)
    return []


def _behind(graph: onnx.GraphProto, output: str) -> Iterator[tuple[str, onnx.NodeProto | None]]:
    """The values that an output is made from without mixing its scores, each with the node that makes it."""
    makers = {name: node for node in graph.node for name in node.output}
    for _ in range(len(graph.node) + 1):
        node = makers.get(output)
        yield output, node
        if node is None or node.op_type not in _SCORES_ON or not node.input:
            return
        output = node.input[0]


def _picked(graph: onnx.GraphProto, label: str, users: dict[str, list[onnx.NodeProto]]) -> list[str]:
    """The names in the table in which the number `label` is looked up."""
    waiting, seen = [label], {label}
    for name in waiting:  # grows while it is walked
        for node in users.get(name, ()):
            if not node.output:
                continue
            if node.op_type in ("ArrayFeatureExtractor", "Gather", "LabelEncoder"):
                if found := _table(graph, node.output[0]):
                    return found
            elif node.op_type in _PASS_ON and node.output[0] not in seen:
                seen.add(node.output[0])
                waiting.append(node.output[0])
    return []


def scores_of(graph: onnx.GraphProto, output: str) -> int:
    """How many scores a row of an output has that one classifier makes, with one for each class; 0 when unknown."""
    made = next((node for _, node in _behind(graph, output) if node is not None and node.op_type in _CLASSIFIERS), None)
    # Support vectors also vote in pairs of classes.
    return 0 if made is None or made.op_type == "SVMClassifier" else len(labels_of(made))


def scores_type(graph: onnx.GraphProto, scores: str, classes: int) -> onnx.TypeProto:
    """The type of a ZipMap's scores: float [N, classes], or what the file says of them."""
    known = next((v.type for v in (*graph.value_info, *graph.input, *graph.output) if v.name == scores), None)
    found = onnx.TypeProto()
    if known is not None and known.tensor_type.elem_type == TensorProto.FLOAT:
        found.CopyFrom(known)
        return found
    found.tensor_type.elem_type = TensorProto.FLOAT
    dims = found.tensor_type.shape.dim
    dims.add()
    dims.add(**({"dim_value": classes} if classes else {}))
    return found


def labels_of(node: onnx.NodeProto) -> list[str]:
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
