"""Outputs whose declared shape is not what a run gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
import tiny
from edgeweb.read.model import to_bytes
from edgeweb.trial import output_shapes
from onnx import TensorProto, helper

F = TensorProto.FLOAT
GAVE = {"y": np.zeros((1, 3), np.float32)}


def after(shape: Any) -> tuple[Any, list[str]]:
    """What is declared of an output [n, 3] that a file says to be `shape`, and the notes."""
    node = helper.make_node("Relu", ["x"], ["y"])
    proto = tiny.proto_of([node], [tiny.value("x", F, ["n", 3])], [tiny.value("y", F, shape)])
    data, notes = output_shapes.corrected(to_bytes(proto), GAVE)
    kind = onnx.load_model_from_string(data).graph.output[0].type.tensor_type
    return ([dim.dim_value or dim.dim_param for dim in kind.shape.dim] if kind.HasField("shape") else None), notes


@pytest.mark.parametrize("shape", [["n", 1], ["n"], [1, "n", 3], [2, 3]])
def test_what_a_run_contradicts_is_left_out(shape: Any) -> None:
    assert after(shape) == (None, ['"y": its declared shape is not what a run gives, and was left out'])


@pytest.mark.parametrize("shape", [["n", 3], ["batch", "classes"], [1, 3]])
def test_what_fits_stays(shape: Any) -> None:
    assert after(shape) == (shape, [])
