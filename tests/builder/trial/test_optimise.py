"""Neutral passes: what is dropped, and when the optimised graph is not taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tiny
from edgeweb.errors import LimitError
from edgeweb.schema.model import Tolerance, Variant
from edgeweb.trial import optimise
from edgeweb.trial.native import Examined
from onnx import helper, numpy_helper

SECRET = "/home/ada/train.py"


def documented() -> onnx.ModelProto:
    """Comments and exporters' notes in every place that has room for them."""
    inner = helper.make_graph(
        [helper.make_node("Neg", ["x"], ["n"], doc_string=SECRET)], "inner", [], [tiny.value("n")]
    )
    branch = helper.make_node("If", ["c"], ["i"], then_branch=inner, else_branch=inner)
    twice = helper.make_function(
        "local", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 17)]
    )
    inputs = [tiny.value("c", tiny.BOOL, []), tiny.value("x", shape=[1])]
    nodes = [branch, helper.make_node("Twice", ["i"], ["y"], domain="local")]
    proto = tiny.proto_of(nodes, inputs, [tiny.value("y", shape=[1])], {"w": np.ones(1, np.float32)})
    proto.opset_import.add(domain="local", version=1)
    proto.functions.append(twice)
    graph = proto.graph
    items: list[Any] = [graph, graph.node[0], graph.input[0], graph.output[0], graph.initializer[0], proto.functions[0]]
    items += [graph.node[0].attribute[0].g, graph.node[0].attribute[0].g.node[0], proto.functions[0].node[0]]
    for item in items:
        item.doc_string = SECRET
        item.metadata_props.add(key="pkg.torch.onnx.stack_trace", value=SECRET)
    graph.node[0].attribute[0].doc_string = proto.doc_string = SECRET
    proto.metadata_props.add(key="author", value="Ada")
    return proto


def test_comments_and_traces_are_dropped_and_metadata_is_kept() -> None:
    proto = documented()
    before = proto.SerializeToString()
    found = optimise.step(tiny.as_model(proto)).model.proto
    assert SECRET.encode() not in found.SerializeToString()
    assert [(prop.key, prop.value) for prop in found.metadata_props] == [("author", "Ada")]
    assert proto.SerializeToString() == before, "a step never edits its input"
    onnx.checker.check_model(found)


def test_weights_that_ir_3_lists_as_inputs_become_constants() -> None:
    proto = tiny.linear()
    proto.ir_version = 3
    proto.graph.input.append(tiny.value("w", shape=[4, 3]))
    result = optimise.step(tiny.as_model(proto))
    assert [info.name for info in result.model.proto.graph.input] == ["x"]
    assert result.model.proto.ir_version == 4
    assert result.notes == ("1 weights listed as inputs became constants",)
    sparse = helper.make_sparse_tensor(
        numpy_helper.from_array(np.ones(1, np.float32), "s"), numpy_helper.from_array(np.zeros(1, np.int64)), [4]
    )
    proto.graph.sparse_initializer.append(sparse)
    proto.graph.input.append(tiny.value("s", shape=[4]))
    assert [info.name for info in optimise.step(tiny.as_model(proto)).model.proto.graph.input] == ["x"]


def test_the_ir_version_stays_within_what_browsers_read() -> None:
    for given, expected in ((8, 8), (14, 13)):
        assert optimise.step(tiny.as_model(tiny.linear())).model.proto.ir_version == 8
        proto = tiny.linear()
        proto.ir_version = given
        assert optimise.step(tiny.as_model(proto)).model.proto.ir_version == expected


def choose(optimised: bytes | None, reference: Any = None, other: Any = None, minimum: float = 0.99) -> optimise.Chosen:
    y = np.arange(1.0, 11.0, dtype=np.float32).reshape(1, 10)
    examined = Examined(
        [], [], reference={"y": y} if reference is None else reference, optimised=optimised,
        optimised_outputs={"y": y} if other is None else other,
    )  # fmt: skip
    return optimise.choose(tiny.as_model(tiny.linear(classes=10)), examined, minimum)


ORIGINAL = tiny.linear(classes=10).SerializeToString(deterministic=True)


def test_the_optimised_graph_is_taken_where_it_agrees() -> None:
    found = choose(b"optimised")
    assert (found.data, found.graph_optimization, found.agreement) == (b"optimised", "disabled", 1.0)


def test_the_original_is_taken_where_there_is_no_other() -> None:
    found = choose(None)
    assert (found.data, found.graph_optimization, found.agreement, found.notes) == (ORIGINAL, "disabled", 1.0, ())


def test_the_original_is_taken_where_the_numbers_changed() -> None:
    found = choose(b"optimised", other={"y": -np.ones((1, 10), np.float32)})
    assert (found.data, found.agreement) == (ORIGINAL, 1.0)
    assert "changed the outputs (agreement 0.0000)" in found.notes[0]
    # As much as the user asks for, and no more.
    near = {"y": np.arange(1.0, 11.0, dtype=np.float32).reshape(1, 10) + np.float32(0.4)}
    assert choose(b"optimised", other=near, minimum=0.99).data == b"optimised"
    assert choose(b"optimised", other=near, minimum=0.9999).data == ORIGINAL


def test_the_original_is_taken_where_the_optimised_graph_grew() -> None:
    limit = int(len(ORIGINAL) * 1.05) + (16 << 10)
    assert choose(b"x" * limit).data != ORIGINAL
    found = choose(b"x" * (limit + 1))
    assert (found.data, found.graph_optimization) == (ORIGINAL, "extended")
    assert "times as large" in found.notes[0]


def test_without_a_trial_the_optimised_graph_is_taken() -> None:
    assert choose(b"optimised", reference={}, other={}).data == b"optimised"


def test_the_limit_on_the_wire() -> None:
    variant = Variant(
        id="original", backends=["wasm"], files=[], wire_bytes=1001, agreement=1.0,
        tolerance=Tolerance(rtol=0.0, atol=0.0), graph_optimization="all",
    )  # fmt: skip
    optimise.check_limits([[variant]], None)
    optimise.check_limits([[variant]], 1001)
    with pytest.raises(LimitError, match=r"takes 1,001 bytes on the wire\. --max-size allows 1,000") as caught:
        optimise.check_limits([[variant]], 1000)
    assert caught.value.exit_code == 3
    assert Path("m.onnx").name not in str(caught.value)
