"""What made an output of a graph: a choice between classes, votes, or nothing but what went in."""

from __future__ import annotations

import onnx

# Operators that choose a class of scores, and such as pick its name from a table.
_CHOICES = ("ArgMax", "ArgMin", "TreeEnsembleClassifier", "LinearClassifier", "SVMClassifier", "ZipMap")
_PICKS = ("ArrayFeatureExtractor", "LabelEncoder")
_PASSES = frozenset(("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Cast", "Transpose", "Dropout"))
# What is enough to count votes, and says nothing of the numbers that led to them.
_COUNTS = _PASSES | {
    "Equal", "Where", "Mul", "Add", "Sum", "Mean", "ReduceSum", "ReduceMean", "Div", "OneHot", "Concat", "ZipMap",
    "Normalizer", "ArrayFeatureExtractor", "Constant",
}  # fmt: skip
_SHAPES = frozenset(("Shape", "ConstantOfShape"))
# What prepares columns, and decides nothing.
_PREPARES = frozenset((
    "Imputer", "Scaler", "StringNormalizer", "StringConcat", "Concat", "Slice", "Split", "Gather", "Round", "Floor",
))  # fmt: skip


def _makers(proto: onnx.ModelProto) -> dict[str, onnx.NodeProto]:
    return {name: node for node in proto.graph.node for name in node.output}


def _behind(makers: dict[str, onnx.NodeProto], name: str) -> onnx.NodeProto | None:
    """The node that made a value, but for such as only change its shape or type."""
    node = makers.get(name)
    for _ in range(len(makers)):
        if node is None or node.op_type not in _PASSES or not node.input:
            break
        node = makers.get(node.input[0])
    return node


def of_class(proto: onnx.ModelProto, output: str) -> str:
    """The operator that shows an output to be a class; empty where there is none.

    A code or a column of what went in is none, though the same operators make it.
    """
    makers = _makers(proto)
    node = _behind(makers, output)
    if node is None or node.op_type not in (*_CHOICES, *_PICKS):
        return ""
    operator = str(node.op_type)
    while node is not None and (node.op_type in _PICKS or node.op_type in _PREPARES):
        # A table of names is the first input, and what came in the second: the other way round columns are picked.
        node = _behind(makers, node.input[-1] if node.op_type in _PICKS else node.input[0])
    return "" if node is None else operator


def of_classes(proto: onnx.ModelProto, output: str) -> bool:
    """Whether an output is several classes side by side, each of which an operator chose."""
    makers = _makers(proto)
    node = _behind(makers, output)
    return node is not None and node.op_type == "Concat" and all(of_class(proto, name) for name in node.input)


def passes(proto: onnx.ModelProto, output: str) -> bool:
    """Whether an output is what went in, under another name."""
    makers, given = _makers(proto), {value.name for value in proto.graph.input}
    name = output
    for _ in range(len(makers)):
        node = makers.get(name)
        if node is None or node.op_type not in _PASSES or not node.input:
            break
        name = node.input[0]
    return name in given


def counts_votes(proto: onnx.ModelProto, output: str) -> bool:
    """Whether scores only count how often each class was chosen."""
    makers, waiting, known, chosen = _makers(proto), [output], set[str](), False
    while waiting:
        node = makers.get(name := waiting.pop())
        if name in known or node is None:
            continue
        known.add(name)
        if node.op_type == "ArgMax":
            chosen = True
        elif node.op_type in _COUNTS:
            waiting += node.input
        elif node.op_type not in _SHAPES:
            return False
    return chosen


def remembers(proto: onnx.ModelProto) -> bool:
    """Whether a Scan hands on what it found from step to step: those of series do, distances to stored rows do not."""
    return any(_changes(node) for node in proto.graph.node if node.op_type == "Scan")


def _changes(scan: onnx.NodeProto) -> bool:
    given = {attribute.name: attribute for attribute in scan.attribute}
    if "body" not in given or "num_scan_inputs" not in given:
        return True
    body, states = given["body"].g, len(given["body"].g.input) - given["num_scan_inputs"].i
    kept = {(node.input[0], node.output[0]) for node in body.node if node.op_type == "Identity" and node.input}
    pairs = list(zip(body.input, body.output, strict=False))[: max(states, 0)]
    return any((before.name, after.name) not in kept for before, after in pairs)
