"""Which operators make a class, and which only code or pick what went in."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
import tiny
from edgeweb.tasks import maker
from onnx import TensorProto, helper, numpy_helper

ML = "ai.onnx.ml"


def graph(*nodes: Any) -> onnx.ModelProto:
    """Nodes as (operator, inputs, output), with a table `names`, and the place `0`."""
    made = [
        helper.make_node(op, ins.split(), [out], domain=ML if op[0] in "AL" and op != "ArgMax" else "")
        for op, ins, out in nodes
    ]
    stored = [numpy_helper.from_array(np.array([0, 1], np.int64), name) for name in ("names", "place")]
    inputs = [tiny.value("x", TensorProto.FLOAT, ["n", 3]), tiny.value("word", TensorProto.STRING, ["n", 1])]
    whole = tiny.proto_of(made, inputs, [tiny.value("y", TensorProto.INT64, ["n"])])
    whole.graph.initializer.extend(stored)
    return whole


CLASSES = [
    ("ArgMax", [("Softmax", "x", "p"), ("ArgMax", "p", "best"), ("Cast", "best", "y")]),
    ("ArrayFeatureExtractor", [("ArgMax", "x", "best"), ("ArrayFeatureExtractor", "names best", "y")]),
    ("LabelEncoder", [("ArgMax", "x", "best"), ("Reshape", "best place", "flat"), ("LabelEncoder", "flat", "y")]),
]
NONE = [
    [("LabelEncoder", "word", "y")],
    [("StringNormalizer", "word", "same"), ("LabelEncoder", "same", "y")],
    [("ArrayFeatureExtractor", "x place", "y")],
    [("ArrayFeatureExtractor", "x place", "one"), ("LabelEncoder", "one", "y")],
    [("Add", "x place", "y")],
    [("Cast", "x", "y")],
]


@pytest.mark.parametrize(("operator", "nodes"), CLASSES, ids=[name for name, _ in CLASSES])
def test_a_class_is_chosen(operator: str, nodes: Any) -> None:
    assert maker.of_class(graph(*nodes), "y") == operator


@pytest.mark.parametrize("nodes", NONE, ids=[" ".join(op for op, *_ in nodes) for nodes in NONE])
def test_a_code_or_a_column_is_no_class(nodes: Any) -> None:
    assert maker.of_class(graph(*nodes), "y") == ""


def test_shares_of_votes_are_told_from_probabilities() -> None:
    votes = [
        ("Softmax", "x", "p"), ("ArgMax", "p", "best"), ("Shape", "p", "size"), ("ConstantOfShape", "size", "zero"),
        ("Equal", "best names", "hit"), ("Where", "hit names zero", "vote"), ("Mul", "vote names", "y"),
    ]  # fmt: skip
    assert maker.counts_votes(graph(*votes), "y")
    assert not maker.counts_votes(graph(*votes[:-1], ("MatMul", "vote names", "y")), "y")
    assert not maker.counts_votes(graph(("Softmax", "x", "y")), "y")
    assert not maker.counts_votes(graph(("Mul", "x names", "y")), "y")


@pytest.mark.parametrize(("change", "remembers"), [("Identity", False), ("Neg", True)])
def test_a_scan_remembers_where_its_state_changes(change: str, remembers: bool) -> None:
    number = [tiny.value(name, TensorProto.FLOAT, ["n", 3]) for name in ("before", "after")]
    each, gave = tiny.value("each", TensorProto.FLOAT, [3]), tiny.value("gave", TensorProto.FLOAT, ["n", 3])
    steps = [helper.make_node(change, ["before"], ["after"]), helper.make_node("Sub", ["before", "each"], ["gave"])]
    body = helper.make_graph(steps, "body", [number[0], each], [number[1], gave])
    node = helper.make_node("Scan", ["x", "stored"], ["last", "y"], body=body, num_scan_inputs=1)
    sides = [[tiny.value(name, TensorProto.FLOAT, ["n", 3])] for name in ("x", "y")]
    assert maker.remembers(tiny.proto_of([node], *sides)) == remembers
