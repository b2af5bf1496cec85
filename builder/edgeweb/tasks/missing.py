"""What a row may lack, by the operators that it meets: trees and imputers take gaps, encoders what they know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import onnx

from edgeweb.tasks.lanes import Lanes, Place, Places, attributes, constants, traced

_ENCODERS = ("OneHotEncoder", "LabelEncoder", "CategoryMapper")
_KEYS = ("cats_strings", "keys_strings", "keys_tensor", "cats_int64s", "keys_int64s")
_DEFAULTS = ("default_string", "default_int64", "default_float", "default_tensor")
# The texts or whole numbers that it knows, and whether it goes on with any other.
_Encoder = tuple[list[str] | list[int], bool]


@dataclass(frozen=True)
class Takes:
    """What one column takes. `missing`: no value, for which `gap` is fed, or where that is None NaN or the empty text.

    `choices`: what encoders know, None where anything may do; `others`: whether they go on with others.
    """

    missing: bool = False
    gap: str | float | None = None
    choices: tuple[str, ...] | None = None
    others: bool = False


def taken(proto: onnx.ModelProto, widths: Mapping[str, int], texts: Places) -> dict[Place, Takes]:
    """What each column takes.

    Args:
        proto: the model.
        widths: columns in each input.
        texts: the columns that are texts.
    """
    graph = proto.graph
    lanes = traced(graph, widths, masks=False)
    gaps = _gaps(graph, lanes)
    places = [(name, index) for name, width in widths.items() for index in range(width)]
    whole = _whole(proto, widths, lanes)
    encoders = _encoders(graph, lanes)
    found: dict[Place, Takes] = {}
    for place in places:
        gap, text = gaps.get(place), place in texts
        choices, others = _choices([each for each in encoders.get(place, []) if isinstance(each[0][0], str) == text])
        if text:
            own = gap if isinstance(gap, str) else None
            missing = own is not None or others or choices is None or "" in choices
            found[place] = Takes(missing, own or None, choices, others)
        else:
            number = gap if isinstance(gap, float) and not math.isnan(gap) else None
            found[place] = Takes(number is not None or place in whole, number, choices, others)
    return found


def _choices(encoders: list[_Encoder]) -> tuple[tuple[str, ...] | None, bool]:
    """What all of a column's encoders take; without one that may be anything."""
    if not encoders:
        return None, False
    closed = [set(keys) for keys, goes_on in encoders if not goes_on]
    every = dict.fromkeys(key for keys, _ in encoders for key in keys)
    return tuple(str(key) for key in every if all(key in keys for keys in closed)), not closed


def _encoders(graph: onnx.GraphProto, lanes: Mapping[str, Lanes]) -> dict[Place, list[_Encoder]]:
    """What encoders know of each column."""
    found: dict[Place, list[_Encoder]] = {}
    for node in graph.node:
        place = lanes[node.input[0]].only if node.input and node.input[0] in lanes else None
        if node.op_type not in _ENCODERS or place is None or _masks(node):
            continue
        given = attributes(node)
        keys = next((given[name] for name in _KEYS if given.get(name)), None)
        if not keys or not all(isinstance(key, type(keys[0])) for key in keys):
            continue
        # What a one-hot encoder does unless it is told.
        goes_on = given.get("zeros", 1) == 1 if node.op_type == "OneHotEncoder" else any(k in given for k in _DEFAULTS)
        found.setdefault(place, []).append((list(keys), goes_on))
    return found


def _masks(node: onnx.NodeProto) -> bool:
    """Whether it only tells one text from all others: how skl2onnx writes an imputer of texts."""
    given = attributes(node)
    one = len(given.get("keys_strings", ())) == 1 and given.get("values_int64s") == [1]
    return node.op_type == "LabelEncoder" and one and given.get("default_int64") == 0


def _gaps(graph: onnx.GraphProto, lanes: Mapping[str, Lanes]) -> dict[Place, str | float]:
    """What imputers replace in each column: NaN, another number, or a text."""
    found: dict[Place, str | float] = {}
    fixed = constants(graph)
    for node in graph.node:
        # Trees have attributes of millions of elements.
        if node.op_type not in ("Imputer", "LabelEncoder", "Equal"):
            continue
        held = [name for name in node.input if name in lanes]
        given = attributes(node)
        gap: object = None
        if node.op_type == "Imputer":
            gap = given.get("replaced_value_float", given.get("replaced_value_int64"))
        elif _masks(node):
            gap = given["keys_strings"][0]
        elif node.op_type == "Equal" and _chooses(graph, node.output[0]):
            text = next((fixed[name] for name in node.input if name in fixed), None)
            gap = str(text.ravel()[0]) if text is not None and text.size == 1 and text.dtype.kind == "O" else None
        if gap is None or not held or not lanes[held[0]].exact:
            continue
        for place in lanes[held[0]].all:
            found.setdefault(place, gap if isinstance(gap, str) else float(str(gap)))
    return found


def _chooses(graph: onnx.GraphProto, name: str) -> bool:
    return any(node.op_type == "Where" and node.input[0] == name for node in graph.node)


def _whole(proto: onnx.ModelProto, widths: Mapping[str, int], lanes: Mapping[str, Lanes]) -> Places:
    """The numbers whose NaN the model looks for, or that reaches no output."""
    graph = proto.graph
    looked = [lanes[node.input[0]].all for node in graph.node if node.op_type == "IsNaN" and node.input[0] in lanes]
    left = traced(graph, widths, lambda node: _takes_nan(proto, node))
    reached = frozenset[Place]().union(*(left[out.name].all for out in graph.output if out.name in left))
    every = frozenset((name, index) for name, width in widths.items() for index in range(width))
    return (every - reached).union(*looked)


def _takes_nan(proto: onnx.ModelProto, node: onnx.NodeProto) -> bool:
    """Whether a node goes on with NaN as its training did.

    scikit-learn's trees may too, but skl2onnx writes no branch for it: without one its answer would be another.
    """
    if node.op_type == "Imputer":
        return math.isnan(attributes(node).get("replaced_value_float", 0.0))
    if not node.op_type.startswith("TreeEnsemble"):
        return False
    given = attributes(node)
    plain = set(given.get("nodes_modes", ())) <= {"BRANCH_LEQ", "LEAF"}
    branches = any(given.get("nodes_missing_value_tracks_true", ()))
    return branches or not (plain and proto.producer_name == "skl2onnx")
