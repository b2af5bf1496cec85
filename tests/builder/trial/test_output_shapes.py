"""Outputs whose declared shape is not what the graph gives."""

from __future__ import annotations

from typing import Any

import pytest
import tiny
from edgeweb.trial import optimise
from onnx import TensorProto, helper

F = TensorProto.FLOAT


def declared(shape: Any, operator: str = "Relu") -> tuple[list[int | str] | None, tuple[str, ...]]:
    """The shape of an output [n, 3] that a file says to be `shape`, after the step, and its notes."""
    node = helper.make_node(operator, ["x"], ["y"], domain="" if operator == "Relu" else "else")
    proto = tiny.proto_of([node], [tiny.value("x", F, ["n", 3])], [tiny.value("y", F, shape)])
    done = optimise.step(tiny.as_model(proto))
    kind = done.model.proto.graph.output[0].type.tensor_type
    dims = [dim.dim_value or dim.dim_param for dim in kind.shape.dim] if kind.HasField("shape") else None
    return dims, done.notes


@pytest.mark.parametrize("shape", [["n", 1], ["n"], [1, "n", 3]])
def test_what_the_graph_contradicts_is_left_out(shape: Any) -> None:
    dims, notes = declared(shape)
    assert dims is None
    assert notes == ('"y": its declared shape contradicts the graph and was left out',)


@pytest.mark.parametrize("shape", [["n", 3], ["batch", "classes"], [1, 3]])
def test_what_fits_stays(shape: Any) -> None:
    assert declared(shape) == (shape, ())


def test_an_unknown_operator_contradicts_nothing() -> None:
    assert declared(["n", 1], "Unheard") == (["n", 1], ())
