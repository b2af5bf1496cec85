"""Fewer channels, lower ranks and zeros: exact where nothing is lost, and declined with a reason where nothing fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tiny
from edgeweb.compress import channels, low_rank, prune
from edgeweb.compress.calibration import Calibration
from edgeweb.inputs.golden import Array
from edgeweb.machine import session
from edgeweb.read.model import Model, Result, to_bytes
from onnx import helper, numpy_helper

RNG = np.random.default_rng(5)


def random(*shape: int) -> Array:
    return RNG.normal(0, 1, shape).astype(np.float32)


def options(*shape: int, count: int = 8) -> Calibration:
    return Calibration(tuple({"x": random(*shape)} for _ in range(count)))


def network(nodes: list[onnx.NodeProto], stored: dict[str, Array], shape: list[int], out: list[int]) -> Model:
    proto = tiny.proto_of(nodes, [tiny.value("x", shape=shape)], [tiny.value("y", shape=out)], stored)
    return Model(Path("m.onnx"), proto, len(to_bytes(proto)))


def conv(x: str, w: str, y: str, **given: Any) -> onnx.NodeProto:
    return helper.make_node("Conv", [x, w, w + "_b"], [y], kernel_shape=[3, 3], pads=[1] * 4, name=y, **given)


def deep() -> Model:
    """Conv, BatchNormalization, a residual, a gate, a depthwise convolution, Flatten or Reshape, and Gemm."""
    nodes = [
        conv("x", "w1", "c1"),
        helper.make_node("BatchNormalization", ["c1", "s", "t", "m", "v"], ["n1"]),
        helper.make_node("Relu", ["n1"], ["r1"]),
        conv("r1", "w2", "c2"),
        helper.make_node("Add", ["r1", "c2"], ["a"]),
        helper.make_node("GlobalAveragePool", ["a"], ["g"]),
        helper.make_node("Conv", ["g", "w3"], ["g3"], kernel_shape=[1, 1]),
        helper.make_node("Sigmoid", ["g3"], ["gate"]),
        helper.make_node("Mul", ["a", "gate"], ["gated"]),
        conv("gated", "w4", "c4", group=16),
        helper.make_node("Clip", ["c4", "low", "high"], ["k"]),
        helper.make_node("MaxPool", ["k"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Reshape", ["p", "rows"], ["f"]),
        helper.make_node("Gemm", ["f", "w5", "b5"], ["h"], transB=1),
        helper.make_node("PRelu", ["h", "slope"], ["q"]),
        helper.make_node("MatMul", ["q", "w6"], ["y"]),
    ]
    stored = {
        "w1": random(16, 3, 3, 3), "w1_b": random(16), "s": random(16) ** 2 + 1, "t": random(16), "m": random(16),
        "v": random(16) ** 2 + 1, "w2": random(16, 16, 3, 3) / 12, "w2_b": random(16), "w3": random(16, 16, 1, 1) / 4,
        "w4": random(16, 1, 3, 3), "w4_b": random(16), "low": np.float32(-2), "high": np.float32(2),
        "rows": np.array([-1, 256], np.int64), "w5": random(32, 256) / 16, "b5": random(32), "slope": random(32),
        "w6": random(32, 4),
    }  # fmt: skip
    return network(nodes, {k: np.asarray(v) for k, v in stored.items()}, [1, 3, 8, 8], [1, 4])


def changed(model: Model, **values: Array) -> Model:
    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    for tensor in proto.graph.initializer:
        if tensor.name in values:
            tensor.CopyFrom(numpy_helper.from_array(values[tensor.name], tensor.name))
    return Model(model.path, proto, model.file_bytes)


def weight(model: Model, name: str) -> Array:
    return next(numpy_helper.to_array(t).copy() for t in model.proto.graph.initializer if t.name == name)


def noise(one: Model, other: Model, given: Calibration) -> float:
    outputs = [session.run(to_bytes(each.proto), given.feeds) for each in (one, other)]
    return float(max(np.abs(a["y"] - b["y"]).max() for a, b in zip(*outputs, strict=True)))


def dims(result: Result) -> dict[str, list[int]]:
    return {tensor.name: list(tensor.dims) for tensor in result.model.proto.graph.initializer}


def test_half_of_all_channels_with_all_that_goes_with_them() -> None:
    model, given = deep(), options(1, 3, 8, 8)
    result = channels.step(model, given, 0.5)
    assert result.changed, result.notes
    assert result.notes[0].startswith("24 of 48 channels in 2 groups left out")
    found = dims(result)
    assert (found["w1"], found["w2"], found["w3"], found["w4"]) == (
        [8, 3, 3, 3],
        [8, 8, 3, 3],
        [8, 8, 1, 1],
        [8, 1, 3, 3],
    )
    assert (found["s"], found["w5"], found["slope"], found["w6"]) == ([8], [16, 128], [16], [16, 4])
    assert session.run(to_bytes(result.model.proto), given.feeds)[0]["y"].shape == (1, 4)


def test_channels_that_nobody_takes_change_nothing() -> None:
    model, given = deep(), options(1, 3, 8, 8)
    w5, w6 = weight(model, "w5"), weight(model, "w6")
    w6[[1, 5, 6]] = 0
    model = changed(model, w5=w5, w6=w6)
    result = channels.step(model, given)
    assert result.changed, result.notes
    assert dims(result)["w5"] == [29, 256]
    assert noise(model, result.model, given) < 1e-5
    assert noise(model, result.model, options(1, 3, 8, 8)) < 1e-5


def test_channels_that_are_always_zero_change_nothing() -> None:
    nodes = [
        conv("x", "w1", "c"),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Conv", ["r", "w2"], ["y"], kernel_shape=[3, 3], name="y"),
    ]
    w1, b1 = random(12, 2, 3, 3), random(12)
    w1[:5], b1[:5] = 0, -1
    model = network(nodes, {"w1": w1, "w1_b": b1, "w2": random(3, 12, 3, 3)}, [1, 2, 6, 6], [1, 3, 4, 4])
    result = channels.step(model, options(1, 2, 6, 6))
    assert dims(result)["w2"] == [3, 7, 3, 3]
    assert noise(model, result.model, options(1, 2, 6, 6)) < 1e-5


def test_the_channels_with_most_effect_stay() -> None:
    nodes = [helper.make_node("MatMul", ["x", "w1"], ["h"]), helper.make_node("MatMul", ["h", "w2"], ["y"])]
    w1 = random(4, 8) * np.array([9, 1, 9, 1, 9, 1, 9, 1], np.float32)
    w2 = random(8, 200)
    model = network(nodes, {"w1": w1, "w2": w2}, [2, 4], [2, 200])
    for given in (options(2, 4), Calibration(())):
        result = channels.step(model, given, 0.5)
        made = weight(result.model, "w1")
        np.testing.assert_array_equal(made, w1[:, ::2])
        np.testing.assert_array_equal(weight(result.model, "w2"), w2[::2])


@pytest.mark.parametrize(
    ("between", "why"),
    [
        (helper.make_node("Softmax", ["h"], ["r"]), "meet Softmax"),
        (helper.make_node("Concat", ["h", "x"], ["r"], axis=1), "meet Concat"),
        (helper.make_node("Add", ["h", "x"], ["r"]), "meet an input of the model"),
    ],
)
def test_what_cannot_lose_channels_says_why(between: onnx.NodeProto, why: str) -> None:
    rows = 64 if between.op_type == "Concat" else 32
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["h"]),
        between,
        helper.make_node("MatMul", ["r", "w2"], ["y"]),
    ]
    model = network(nodes, {"w1": random(32, 32), "w2": random(rows, 6)}, [2, 32], [2, 6])
    result = channels.step(model, options(2, 32), 0.5)
    assert not result.changed
    assert why in result.notes[0]
    assert result.model is model


def test_outputs_and_shared_weights_keep_their_channels() -> None:
    twice = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("MatMul", ["h", "w"], ["y"])]
    model = network(twice, {"w": random(32, 32)}, [2, 32], [2, 32])
    assert "are shared" in channels.step(model, options(2, 32), 0.5).notes[0]
    shown = network([twice[0], helper.make_node("Relu", ["h"], ["y"])], {"w": random(32, 32)}, [2, 32], [2, 32])
    assert "an output of the model" in channels.step(shown, options(2, 32), 0.5).notes[0]


def test_named_layers_keep_their_channels() -> None:
    model = deep()
    given = Calibration(options(1, 3, 8, 8).feeds, keep=frozenset(["w6"]))
    result = channels.step(model, given, 0.5)
    assert dims(result)["w6"] == [32, 4]


@pytest.mark.parametrize("kind", ["MatMul", "Gemm", "Gemm by rows", "Conv"])
def test_a_matrix_of_low_rank_is_factored_exactly(kind: str) -> None:
    w = random(64, 5) @ random(5, 48) / 20
    if kind == "Conv":
        node = helper.make_node("Conv", ["x", "w", "b"], ["y"], kernel_shape=[1, 1], strides=[2, 2], name="only")
        shape, out, stored = [1, 64, 6, 6], [1, 48, 3, 3], {"w": w.T[:, :, None, None], "b": random(48)}
    elif kind == "MatMul":
        node = helper.make_node("MatMul", ["x", "w"], ["y"])
        shape, out, stored = [3, 64], [3, 48], {"w": w}
    else:
        rows = kind == "Gemm by rows"
        node = helper.make_node("Gemm", ["x", "w", "b"], ["y"], transB=int(rows))
        shape, out, stored = [3, 64], [3, 48], {"w": w.T if rows else w, "b": random(48)}
    model = network([node], {name: np.ascontiguousarray(value) for name, value in stored.items()}, shape, out)
    for given in (options(*shape), Calibration(())):
        result = low_rank.step(model, given, 1e-9)
        assert result.changed, result.notes
        assert "64x48 by rank 5" in result.notes[0]
        assert noise(model, result.model, options(*shape)) < 1e-4


def test_what_the_inputs_do_not_use_costs_no_rank() -> None:
    """A full matrix whose inputs lie in a plane: only weighed by them it has a low rank."""
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    model = network([node], {"w": random(40, 40)}, [6, 40], [6, 40])
    plane = random(2, 40)
    given, others = (Calibration(tuple({"x": random(6, 2) @ plane} for _ in range(8))) for _ in range(2))
    assert not low_rank.step(model, Calibration(()), 1e-6).changed
    result = low_rank.step(model, given, 1e-6)
    assert "by rank 2" in result.notes[0]
    assert noise(model, result.model, others) < 0.05


def test_what_is_not_of_low_rank_is_left_alone() -> None:
    model = network([helper.make_node("MatMul", ["x", "w"], ["y"])], {"w": random(64, 64)}, [3, 64], [3, 64])
    result = low_rank.step(model, options(3, 64, count=60))
    assert (result.changed, result.notes) == (
        False,
        ("none of its 1 matrices is near a product of two that are smaller",),
    )
    small = network([helper.make_node("MatMul", ["x", "w"], ["y"])], {"w": random(4, 4)}, [3, 4], [3, 4])
    assert "no large MatMul" in low_rank.step(small, options(3, 4)).notes[0]


def test_the_smallest_weights_become_zero() -> None:
    model = deep()
    result = prune.step(model, options(1, 3, 8, 8), 0.75)
    assert result.changed
    for name in ("w1", "w2", "w3", "w5"):
        before, after = weight(model, name), weight(result.model, name)
        kept = after != 0
        assert kept.mean() == pytest.approx(0.25, abs=0.01)
        np.testing.assert_array_equal(after[kept], before[kept])
        assert np.abs(before[~kept]).max() <= np.abs(before[kept]).min()
    np.testing.assert_array_equal(weight(result.model, "w1_b"), weight(model, "w1_b"))
    assert "75% of" in result.notes[0]


def test_nothing_is_pruned_where_that_saves_nothing() -> None:
    model = deep()
    assert prune.step(model, options(1, 3, 8, 8), 0.001).notes == ("it would save less than 2 % of the bits",)
    small = network([helper.make_node("MatMul", ["x", "w"], ["y"])], {"w": random(4, 4)}, [3, 4], [3, 4])
    assert "no float32 tensor of" in prune.step(small, options(3, 4)).notes[0]


@pytest.mark.parametrize("step", [lambda m, o: channels.step(m, o, 0.5), low_rank.step, prune.step])
def test_the_input_is_not_edited_and_the_same_bytes_come_again(step: Any) -> None:
    model, given = deep(), options(1, 3, 8, 8)
    before = to_bytes(model.proto)
    one, two = step(model, given), step(model, given)
    assert to_bytes(model.proto) == before
    assert to_bytes(one.model.proto) == to_bytes(two.model.proto)
