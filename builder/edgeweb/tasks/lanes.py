"""Where the columns of a row go in a graph: which of them each column of each tensor is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from edgeweb.inputs.golden import Array

# Element `index` of an input.
Place = tuple[str, int]
Places = frozenset[Place]

# Their output has the columns of their first input.
_KEEPS = frozenset((
    "Identity", "Cast", "CastLike", "Dropout", "Flatten", "Squeeze", "Unsqueeze", "Scaler", "Imputer", "LabelEncoder",
    "CategoryMapper", "Neg", "IsNaN", "Not", "StringNormalizer",
))  # fmt: skip
_PAIRS = frozenset(("Add", "Sub", "Mul", "Div", "Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"))
# Wider constants are no places of columns.
_MOST = 4096


@dataclass(frozen=True)
class Lanes:
    """What each column of a tensor is made of; where that is not known (`exact` is false), one for all of them."""

    columns: tuple[Places, ...] = ()
    exact: bool = True

    @property
    def all(self) -> Places:
        """What the whole tensor is made of."""
        return frozenset().union(*self.columns)

    @property
    def only(self) -> Place | None:
        """The column that it is, and nothing else."""
        return next(iter(self.all)) if self.exact and len(self.columns) == 1 and len(self.all) == 1 else None


Stops = Callable[[onnx.NodeProto], bool]


def traced(
    graph: onnx.GraphProto, widths: Mapping[str, int], stops: Stops = lambda _: False, *, masks: bool = True
) -> dict[str, Lanes]:
    """The lanes of each tensor that is made of columns.

    Args:
        graph: its nodes are in order.
        widths: columns in each input.
        stops: nodes whose outputs count as made of nothing.
        masks: whether something is made of what chooses between two, too.
    """
    known = {name: Lanes(tuple(frozenset(((name, i),)) for i in range(width))) for name, width in widths.items()}
    fixed = constants(graph)
    everything = Lanes((frozenset().union(*(lanes.all for lanes in known.values())),), exact=False)
    for node in graph.node:
        given = [known.get(name, Lanes()) for name in node.input]
        if node.op_type == "Where" and not masks:
            given = given[1:]
        made = _outputs(node, given, fixed)
        if any(attribute.HasField("g") for attribute in node.attribute):
            made = [everything] * len(node.output)
        if stops(node):
            made = [Lanes((frozenset(),) * len(lanes.columns), lanes.exact) for lanes in made]
        known |= {name: lanes for name, lanes in zip(node.output, made, strict=True) if lanes.columns}
    return known


def constants(graph: onnx.GraphProto) -> dict[str, Array]:
    """The small ones, by their names."""
    tensors = [(each.name, each) for each in graph.initializer]
    for node in graph.node:
        if node.op_type == "Constant" and node.output:
            tensors += [(node.output[0], each.t) for each in node.attribute if each.HasField("t")]
    small = [(name, each) for name, each in tensors if int(np.prod(each.dims)) <= _MOST and not each.external_data]
    return {name: numpy_helper.to_array(each) for name, each in small}


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """By their names; texts as such."""
    found = {each.name: helper.get_attribute_value(each) for each in node.attribute if not each.ref_attr_name}
    return {name: _text(value) for name, value in found.items()}


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, onnx.TensorProto):
        return [_text(each) for each in numpy_helper.to_array(value).ravel().tolist()]
    return [_text(each) for each in value] if isinstance(value, list) else value


def _made(node: onnx.NodeProto, given: Sequence[Lanes], fixed: Mapping[str, Array]) -> Lanes:
    """The lanes of a node's first output."""
    mixed = Lanes((frozenset().union(*(lanes.all for lanes in given)),), exact=False)
    if not any(lanes.columns for lanes in given):
        return Lanes()
    kind = node.op_type
    first = given[0] if given else Lanes()
    if not first.exact and kind not in ("Concat", "Where"):
        return mixed
    if kind in _KEEPS or (kind == "Reshape" and _same_width(node, first, fixed)):
        return first
    if kind in _PAIRS or kind == "Where":
        return _joined(given) or mixed
    if kind == "Concat" and attributes(node).get("axis") in (1, -1):
        exact = all(lanes.exact and lanes.columns for lanes in given)
        return Lanes(tuple(each for lanes in given for each in lanes.columns)) if exact else mixed
    chosen = _chosen(node, len(first.columns), fixed)
    return mixed if chosen is None else Lanes(tuple(first.columns[i] for i in chosen))


def _joined(given: Sequence[Lanes]) -> Lanes | None:
    """Element by element; one column, or a constant, goes with each of the others."""
    held = [lanes for lanes in given if lanes.columns]
    width = max((len(lanes.columns) for lanes in held), default=0)
    if not held or not all(lanes.exact and len(lanes.columns) in (1, width) for lanes in held):
        return None
    return Lanes(
        tuple(frozenset().union(*(lanes.columns[i % len(lanes.columns)] for lanes in held)) for i in range(width))
    )


def _same_width(node: onnx.NodeProto, lanes: Lanes, fixed: Mapping[str, Array]) -> bool:
    shape = fixed.get(node.input[1]) if len(node.input) > 1 else None
    ends = None if shape is None or shape.size != 2 else int(shape.ravel()[-1])
    return len(lanes.columns) == 1 or ends == len(lanes.columns)


def _chosen(node: onnx.NodeProto, width: int, fixed: Mapping[str, Array]) -> list[int] | None:
    """The columns that a node takes out, in its order; None where it does something else, or they are not known."""
    if node.op_type not in ("ArrayFeatureExtractor", "Gather", "Slice"):
        return None
    given = attributes(node)
    rest = [fixed.get(name) for name in node.input[1:]]
    if any(each is None for each in rest) or not rest:
        return None
    if node.op_type == "ArrayFeatureExtractor" or (node.op_type == "Gather" and given.get("axis", 0) in (1, -1)):
        wanted = [int(i) for i in rest[0].ravel()]  # type: ignore[union-attr]
    elif node.op_type == "Slice" and len(rest) >= 3 and [int(a) for a in rest[2].ravel()] in ([1], [-1]):  # type: ignore[union-attr]
        start, end = (int(each.ravel()[0]) for each in rest[:2])  # type: ignore[union-attr]
        step = int(rest[3].ravel()[0]) if len(rest) > 3 else 1  # type: ignore[union-attr]
        wanted = list(range(width))[start:end:step]
    else:
        return None
    return [i % width for i in wanted] if all(-width <= i < width for i in wanted) else None


def _outputs(node: onnx.NodeProto, given: Sequence[Lanes], fixed: Mapping[str, Array]) -> list[Lanes]:
    """The lanes of each output of a node."""
    count, first = len(node.output), given[0] if given else Lanes()
    if node.op_type != "Split" or attributes(node).get("axis", 0) not in (1, -1) or not first.exact:
        return [_made(node, given, fixed)] * count
    sizes = fixed.get(node.input[1]) if len(node.input) > 1 else np.full(count, -(-len(first.columns) // count))
    if sizes is None or len(sizes) != count:
        return [Lanes((first.all,), exact=False)] * count
    ends = [int(end) for end in np.cumsum(sizes)]
    return [Lanes(first.columns[end - int(size) : end]) for end, size in zip(ends, sizes, strict=True)]
