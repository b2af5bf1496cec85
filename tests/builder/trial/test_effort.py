"""The estimate of a model's work against products worked out by hand, and what is decided from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import tiny
from edgeweb.read import operators
from edgeweb.schema.model import GoldenInput
from edgeweb.trial import effort, native
from onnx import TensorProto, helper, shape_inference

ALL = ["wasm", "webgpu", "webnn"]


def work(proto: onnx.ModelProto, **dims: list[int]) -> int:
    return effort.multiply_adds(shape_inference.infer_shapes(effort.with_dims(proto, dims), data_prop=True))


def test_a_convolution() -> None:
    assert work(tiny.convolution(side=10, filters=4)) == 10 * 10 * 4 * 27
    assert work(tiny.convolution(side=10, filters=4), x=[5, 3, 10, 10]) == 5 * 10 * 10 * 4 * 27


def test_a_grouped_and_a_transposed_convolution() -> None:
    stored = {"w": np.ones((8, 1, 3, 3), np.float32), "u": np.ones((8, 6, 2, 2), np.float32)}
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["h"], group=8, strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("ConvTranspose", ["h", "u"], ["y"], strides=[2, 2]),
    ]
    shape = [1, 8, 16, 16]
    proto = tiny.proto_of(nodes, [tiny.value("x", shape=shape)], [tiny.value("y")], stored)
    assert work(proto) == 8 * 8 * 8 * 9 + (8 * 8 * 8) * (6 * 2 * 2)


@pytest.mark.parametrize("transposed", [0, 1])
def test_matrix_products(transposed: int) -> None:
    stored = {"w": np.ones((5, 7), np.float32), "v": np.ones((7, 2), np.float32)}
    nodes = [
        helper.make_node("Gemm", ["x", "w"], ["h"], transA=transposed),
        helper.make_node("MatMul", ["h", "v"], ["y"]),
    ]
    shape = [5, 3] if transposed else [3, 5]
    proto = tiny.proto_of(nodes, [tiny.value("x", shape=shape)], [tiny.value("y")], stored)
    assert work(proto) == 3 * 7 * 5 + 3 * 2 * 7


def test_open_dimensions_count_as_one() -> None:
    assert work(tiny.linear(columns=4, classes=3)) == 4 * 3
    assert work(tiny.linear(columns=4, classes=3), x=[100, 4]) == 100 * 4 * 3


def test_without_shapes_every_weight_counts_once() -> None:
    assert effort.multiply_adds(tiny.convolution(side=10, filters=4)) == 4 * 27


def test_sizes_that_no_machine_could_compute_are_cut_off() -> None:
    stored = {"w": np.ones((1, 1), np.float32)}
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    huge = [2**62] * 16
    proto = tiny.proto_of([node], [tiny.value("x", shape=huge)], [tiny.value("y", shape=huge)], stored)
    assert effort.decide(["wasm", "webgpu"], 0, effort.multiply_adds(proto))[0]


def offered(proto: onnx.ModelProto) -> list[str]:
    return list(effort.backends(operators.count(proto), proto))


def test_which_models_are_offered_a_gpu() -> None:
    assert offered(tiny.convolution()) == ALL
    assert offered(tiny.linear(columns=10, classes=10)) == ["wasm"]
    assert offered(tiny.linear(columns=1000, classes=250)) == ALL
    assert offered(tiny.texts()) == ["wasm"]


def test_whole_numbers_are_left_to_the_processor() -> None:
    stored = {"w": np.ones((2000, 1000), np.int8), "v": np.ones((4, 4), np.float32)}
    nodes = [
        helper.make_node("MatMulInteger", ["x", "w"], ["y"]),
        helper.make_node("MatMul", ["v", "v"], ["z"]),
    ]
    outputs = [tiny.value("y", TensorProto.INT32), tiny.value("z")]
    proto = tiny.proto_of(nodes, [tiny.value("x", TensorProto.INT8, [1, 2000])], outputs, stored)
    assert offered(proto) == ["wasm"]
    packed = helper.make_node("MatMulNBits", ["a", "w"], ["n"], domain="com.microsoft")
    proto.graph.node.append(packed)
    assert offered(proto) == ALL


@pytest.mark.parametrize(
    ("backends", "weights", "multiply_adds", "accelerate", "note"),
    [
        (["wasm"], 10**9, 10**9, False, ""),
        (ALL, 8_000_000, None, True, "8 MB of weights"),
        (ALL, 10, None, False, "could not be estimated"),
        (ALL, 10, 99_999_999, False, "about 100 million multiply-adds a run, which a processor does"),
        (ALL, 10, 100_000_000, True, "about 100 million multiply-adds a run: browsers"),
        (ALL, 10, 5, False, "about 1 million"),
    ],
)
def test_when_a_page_tries_a_gpu_by_itself(
    backends: list[str], weights: int, multiply_adds: int | None, accelerate: bool, note: str
) -> None:
    found, notes = effort.decide(backends, weights, multiply_adds)  # type: ignore[arg-type]
    assert found is accelerate
    assert note in "".join(notes)
    assert bool(notes) is (backends == ALL)


def test_the_child_measures_under_its_limits() -> None:
    case = [GoldenInput(name="x", type="float32", dims=[2, 3, 16, 16], seed=1, low=0.0, high=1.0)]
    data = tiny.convolution(side=16, filters=4).SerializeToString()
    found = native.examine(Path("m.onnx"), data, [case], endless=False, random=False, measure=True)
    assert found.multiply_adds == 2 * 16 * 16 * 4 * 27
    assert found.optimised is not None
    unasked = native.examine(Path("m.onnx"), data, [case], endless=False, random=False)
    assert unasked.multiply_adds is None


def test_a_child_that_dies_while_it_measures_loses_the_estimate_alone() -> None:
    trial = native._Trial(Path(), Path("m.onnx"), {"start": 60, "load": 60, "run": 60})
    found = {"inputs": [], "outputs": [], "stage": "measure", "optimised": True}
    assert trial._stopped(found, "did not finish", "within 60 s") == found
