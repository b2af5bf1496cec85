"""Graphs that are not sound: names without a maker, wrong orders, cycles, scopes and functions."""

from __future__ import annotations

import time
from typing import Any

import onnx
import pytest
from edgeweb.errors import EdgewebError, ModelError, UnsupportedError
from edgeweb.read import structure
from onnx import TensorProto, helper
from probed import RELU, fault, fine, graph_of, node, proto_of, value, weight

STRUCTURE = [
    ([], [], [], "nothing to run"),
    (RELU, ["x"], [], "no outputs"),
    (RELU, ["x", ""], ["y"], "without a name"),
    (RELU, ["x", "x"], ["y"], "two inputs"),
    (RELU, ["x"], ["y", "y"], "two outputs"),
    (RELU, ["x", "a\0b"], ["y"], "names an input"),
    ([node("Relu", "x", "__proto__")], ["x"], ["__proto__"], "names an output"),
    ([*RELU, node("Neg", "x", "y")], ["x"], ["y"], 'two values named "y"'),
    ([node("Relu", "x", "x")], ["x"], ["x"], 'two values named "x"'),
    ([node("Split", "x", "y y")], ["x"], ["y"], 'two values named "y"'),
    (RELU, ["x"], ["z"], 'output "z" is not made'),
    ([node("Add", "x nope", "y")], ["x"], ["y"], '"nope", which nothing defines'),
    ([node("Relu", "a", "y"), node("Neg", "x", "a")], ["x"], ["y"], "wrong order"),
    ([node("Add", "x b", "a"), node("Neg", "a", "b"), node("Relu", "b", "y")], ["x"], ["y"], "cycle"),
    ([node("Add", "x y", "y")], ["x"], ["y"], "cycle"),
]


@pytest.mark.parametrize(("nodes", "ins", "outs", "message"), STRUCTURE, ids=[s[3] for s in STRUCTURE])
def test_structure(nodes: list[onnx.NodeProto], ins: list[str], outs: list[str], message: str) -> None:
    with pytest.raises(EdgewebError, match=message):
        raise fault(proto_of(nodes, ins, outs))


def test_graph_without_name() -> None:
    proto = proto_of(RELU)
    proto.graph.name = ""
    assert "without a name" in fault(proto).what


def branch(*nodes: onnx.NodeProto, out: str = "b", stored: Any = ()) -> onnx.NodeProto:
    graph = graph_of(list(nodes), [], [out], stored)
    return node("If", "c", "y", then_branch=graph, else_branch=graph)


def test_scopes() -> None:
    ins = [value("c", TensorProto.BOOL), "x"]
    fine(proto_of([branch(node("Neg", "x", "b"))], ins))
    fine(proto_of([branch(node("Neg", "k", "b"), stored=[weight("k")])], ins))
    fine(proto_of([node("Neg", "x", "h"), branch(branch(node("Neg", "h", "b")), out="y")], ins, ["y"]))
    # Both branches, and the outer graph, may use one name for different values.
    fine(proto_of([branch(node("Neg", "x", "b")), node("Neg", "y", "b")], ins, ["b"]))
    body = graph_of(
        [node("Identity", "k", "k2"), node("Add", "v x", "v2")],
        [value("i", TensorProto.INT64), value("k", TensorProto.BOOL), "v"],
        [value("k2", TensorProto.BOOL), "v2"],
    )
    fine(proto_of([node("Loop", "n c x", "y", body=body)], [*ins, value("n", TensorProto.INT64)]))


def test_scope_errors() -> None:
    ins = [value("c", TensorProto.BOOL), "x"]
    with pytest.raises(ModelError, match=r"sub-graph of a node If uses \"nope\""):
        raise fault(proto_of([branch(node("Neg", "nope", "b"))], ins))
    with pytest.raises(ModelError, match="wrong order"):
        raise fault(proto_of([branch(node("Neg", "h", "b")), node("Neg", "x", "h")], ins))
    with pytest.raises(ModelError, match="cycle"):
        raise fault(proto_of([branch(node("Neg", "h", "b")), node("Neg", "y", "h")], ins))
    # What a branch makes is not visible outside.
    with pytest.raises(ModelError, match='"b", which nothing defines'):
        raise fault(proto_of([branch(node("Neg", "x", "b")), node("Neg", "b", "z")], ins, ["z"]))
    with pytest.raises(ModelError, match='output "b" in the sub-graph'):
        raise fault(proto_of([branch(node("Neg", "x", "other"))], ins))


def function(name: str, *nodes: onnx.NodeProto) -> onnx.FunctionProto:
    return helper.make_function("local", name, ["x"], ["y"], list(nodes), [helper.make_opsetid("", 17)])


def test_functions() -> None:
    call = [node("F", "x", "y", "local")]
    assert fine(proto_of(call, functions=[function("F", *RELU)])).operators == {"Relu": 1, "local.F": 1}
    with pytest.raises(ModelError, match='in the function "F" uses "w"'):
        raise fault(proto_of(call, functions=[function("F", node("Add", "x w", "y"))], stored=[weight()]))
    with pytest.raises(ModelError, match='output "y" in the function'):
        raise fault(proto_of(call, functions=[function("F", node("Neg", "x", "z"))]))
    with pytest.raises(UnsupportedError, match="local"):
        raise fault(proto_of(call, functions=[function("G", *RELU)]))


def test_functions_that_never_end() -> None:
    call = [node("F0", "x", "y", "local")]
    loop = [function("F0", node("F1", "x", "y", "local")), function("F1", node("F0", "x", "y", "local"))]
    assert "recursive" in fault(proto_of(call, functions=loop)).what
    bomb = [
        function(f"F{i}", node(f"F{i + 1}", "x", "a", "local"), node(f"F{i + 1}", "a", "y", "local"))
        for i in range(500)
    ]
    assert "unfolded" in fault(proto_of(call, functions=[*bomb, function("F500", *RELU)])).what
    chain = [function(f"F{i}", node(f"F{i + 1}", "x", "y", "local")) for i in range(2000)]
    fine(proto_of(call, functions=[*chain, function("F2000", *RELU)]))


def test_long_chains_in_linear_time() -> None:
    chain = [node("Relu", "x", "v0"), *[node("Relu", f"v{i}", f"v{i + 1}") for i in range(20_000)]]
    begin = time.perf_counter()
    fine(proto_of(chain, outs=["v20000"]))
    assert "wrong order" in fault(proto_of(chain[::-1], outs=["v20000"])).what
    chain[0] = node("Relu", "v20000", "v0")
    assert "cycle" in fault(proto_of(chain, outs=["v20000"])).what
    assert time.perf_counter() - begin < 10


def test_many_branches_in_linear_time() -> None:
    ins = [value("c", TensorProto.BOOL), "x"]
    inner = graph_of([node("Neg", "x", "b")], [], ["b"])
    nodes = [node("If", "c", f"y{i}", then_branch=inner, else_branch=inner) for i in range(5000)]
    begin = time.perf_counter()
    fine(proto_of(nodes, ins, ["y0"]))
    assert time.perf_counter() - begin < 5


def test_a_loops_two_inputs_of_one_name_are_refused_inside() -> None:
    body = graph_of(
        [node("Identity", "k", "k2"), node("Add", "v v", "v2")],
        [value("i", TensorProto.INT64), value("k", TensorProto.BOOL), "v", "v"],
        [value("k2", TensorProto.BOOL), "v2"],
    )
    ins = [value("c", TensorProto.BOOL), "x", value("n", TensorProto.INT64)]
    with pytest.raises(ModelError, match="oth are inputs in the sub-graph of a node Loop"):
        raise fault(proto_of([node("Loop", "n c x x", "y", body=body)], ins))


def test_a_graph_without_nodes_may_hand_on_what_it_gets() -> None:
    fine(proto_of([], ["x"], ["x"]))
    assert "has no outputs" in fault(proto_of(RELU, ["x"], [])).what
    assert "empty graph" in fault(proto_of([], ["x"], [])).what


def test_optional_inputs_and_outputs_have_no_names() -> None:
    clip = helper.make_node("Clip", ["x", "", "top"], ["y"])
    fine(proto_of([clip], stored=[weight("top", 1)]))
    dropped = [helper.make_node("Dropout", ["x"], ["y", ""]), helper.make_node("Dropout", ["x"], ["z", ""])]
    fine(proto_of(dropped))
    # An unnamed output is made twice and asked for by nobody.
    missing = helper.make_node("Add", ["x", "later"], ["y"])
    assert "wrong order" in fault(proto_of([missing, helper.make_node("Dropout", ["x"], ["later", ""])])).what


def test_what_a_function_unfolds_to_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    call = [node("F", "x", "a", "local"), node("F", "a", "y", "local")]
    pair = function("F", node("Relu", "x", "b"), node("Relu", "b", "y"))
    monkeypatch.setattr(structure, "_MAX_EXPANDED", 6)
    fine(proto_of(call, functions=[pair]))
    monkeypatch.setattr(structure, "_MAX_EXPANDED", 5)
    assert "more than 5 nodes" in fault(proto_of(call, functions=[pair])).why


def test_only_what_calls_itself_is_recursive() -> None:
    """One that is called by others, and calls none, is named by nobody."""
    once = function("F", node("G", "x", "y", "local"))
    fine(proto_of([node("F", "x", "y", "local")], functions=[once, function("G", *RELU)]))
    again = [function("A", *RELU), function("F", node("A", "x", "h", "local"), node("F", "h", "y", "local"))]
    assert '"F" is called from within itself' in fault(proto_of([node("F", "x", "y", "local")], functions=again)).why
