"""Rounding by the data: less error in a layer's output than nearest rounding has, for every kind of layer it knows."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.coding import grid
from edgeweb.compress import layers, rounding, stored
from edgeweb.compress.layers import Probe
from onnx import TensorProto, helper, numpy_helper

RNG = np.random.default_rng(11)


def one_node(kind: str) -> tuple[onnx.ModelProto, tuple[int, ...]]:
    """A model of one layer, and the shape of its input."""
    picture = (1, 16, 12, 12)
    shape, weights, options = {
        "MatMul": ((4, 32), (32, 24), {}),
        "Gemm": ((4, 32), (24, 32), {"transB": 1}),
        "Conv": (picture, (8, 16, 3, 3), {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}),
        "strided": (picture, (8, 16, 3, 3), {"kernel_shape": [3, 3], "strides": [2, 2], "dilations": [2, 2]}),
        "grouped": (picture, (8, 4, 3, 3), {"kernel_shape": [3, 3], "group": 4}),
        "depthwise": (picture, (16, 1, 5, 5), {"kernel_shape": [5, 5], "group": 16}),
    }[kind]
    operator = kind if kind in ("MatMul", "Gemm") else "Conv"
    graph = helper.make_graph(
        [helper.make_node(operator, ["x", "w"], ["y"], **options)],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(RNG.normal(0, 1, weights).astype(np.float32), "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), shape


def correlated(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Inputs whose neighbours are alike, as those of real layers are."""
    noise = RNG.normal(0, 1, shape)
    for axis in range(1, len(shape)):
        noise = noise + np.roll(noise, 1, axis) + np.roll(noise, 2, axis)
    return noise.astype(np.float32)


@pytest.mark.parametrize("kind", ["MatMul", "Gemm", "Conv", "strided", "grouped", "depthwise"])
def test_errors_make_one_another_good(kind: str) -> None:
    proto, shape = one_node(kind)
    (layer,) = layers.find(proto)
    feeds, others = ([{"x": correlated(shape)} for _ in range(12)] for _ in range(2))
    found = rounding.consumers(proto.graph, [layer])
    factor = rounding.factor_of(rounding.moments(proto, found, feeds)["w"])
    steps = stored.shaped(layer, 0.4, 0.0)
    rounded = rounding.rounded(layer, steps, found["w"], factor)
    probe = Probe(proto, [layer])
    reference = probe.run(others)
    error = {
        name: stored.noise(reference, probe.run(others, {"w": values.values()}))
        for name, values in (("nearest", stored.nearest(layer, steps)), ("by data", rounded))
    }
    assert error["by data"] < 0.7 * error["nearest"]
    np.testing.assert_array_equal(np.unique(rounded.steps), np.unique(steps))


def test_without_moments_it_is_the_nearest() -> None:
    proto, _ = one_node("MatMul")
    (layer,) = layers.find(proto)
    found = rounding.consumers(proto.graph, [layer])
    assert rounding.factor_of(np.zeros((1, 32, 32))) is None
    assert rounding.factor_of(np.full((1, 32, 32), np.nan)) is None
    steps = grid.rounded_steps(np.full(32, 0.1))
    plain = rounding.rounded(layer, steps, found["w"], None)
    np.testing.assert_array_equal(plain.multiples, stored.nearest(layer, steps).multiples)


def test_weights_with_two_users_are_left_to_the_nearest() -> None:
    proto, _ = one_node("MatMul")
    proto.graph.node.append(helper.make_node("MatMul", ["x", "w"], ["z"]))
    assert rounding.consumers(proto.graph, layers.find(proto)) == {}


def test_constants_in_branches_become_initializers_of_the_graph() -> None:
    weights = RNG.normal(0, 1, (16, 32)).astype(np.float32)
    inner = [
        helper.make_graph(
            [
                helper.make_node("Constant", [], [f"c{name}"], value=numpy_helper.from_array(weights * name, "v")),
                helper.make_node("MatMul", ["x", f"c{name}"], [f"out{name}"]),
            ],
            f"branch{name}",
            [],
            [helper.make_tensor_value_info(f"out{name}", TensorProto.FLOAT, None)],
        )
        for name in (1, 2)
    ]
    graph = helper.make_graph(
        [helper.make_node("If", ["which"], ["y"], then_branch=inner[0], else_branch=inner[1])],
        "g",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 16]),
            helper.make_tensor_value_info("which", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    before = proto.SerializeToString()
    hoisted = layers.hoisted(proto)
    assert proto.SerializeToString() == before
    found = layers.find(hoisted)
    assert sorted(layer.name for layer in found) == ["c1", "c2"]
    probe = Probe(hoisted, found)
    x = RNG.normal(0, 1, (1, 16)).astype(np.float32)
    for which, factor in ((True, 1), (False, 2)):
        (answer,) = probe.run([{"x": x, "which": np.array(which)}])
        np.testing.assert_allclose(answer["y"], x @ weights * factor, rtol=1e-4, atol=1e-4)


def test_where_nothing_is_known_small_layers_and_biases_are_kept_finer() -> None:
    shapes = {"large": (64, 4096), "kernel": (32, 32), "tiny": (16, 9), "bias": (480,)}
    found = [
        layers.Layer(name, shape, RNG.normal(0, 1, shape).astype(np.float32).reshape(layers.rows_of(shape), -1))
        for name, shape in shapes.items()
    ]
    limits = stored.careful(found)
    assert limits["large"] == stored.CAREFUL
    assert limits["kernel"] == pytest.approx(stored.CAREFUL / 8), "step^2 in proportion to its weights"
    assert limits["tiny"] == limits["bias"] == stored.CAREFUL / 16
    alone = stored.careful(found[1:2])
    assert alone["kernel"] == stored.CAREFUL, "where all are small, the largest are as coarse as may be"
