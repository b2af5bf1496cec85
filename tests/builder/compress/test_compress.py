"""Every technique on models made in code, and a few real ones."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import tiny
from edgeweb.compress import blockwise, common, fp16, int8_dynamic, int8_static
from edgeweb.compress.calibration import Calibration
from edgeweb.read.model import Model, Result, load, to_bytes
from edgeweb.trial import optimise
from onnx import TensorProto, helper, numpy_helper
from smaller_nets import constant_net, conv_net, cosine, declared, embedding_net, options, outputs, product_net, random

Step = Callable[[Model, Calibration], Result]

STEPS: dict[str, Step] = {
    "fp16": fp16.step,
    "int8_dynamic": int8_dynamic.step,
    "minmax": lambda model, options: int8_static.step(model, options, "minmax"),
    "entropy": lambda model, options: int8_static.step(model, options, "entropy"),
    "percentile": lambda model, options: int8_static.step(model, options, "percentile"),
    "blocks8": lambda model, options: blockwise.step(model, options, 8),
    "blocks4": lambda model, options: blockwise.step(model, options, 4),
}
STATIC = ("minmax", "entropy", "percentile")
# int4 has 16 levels a block; the rest keep 8 bits or more.
COSINE = {"blocks4": 0.99}


MADE = [
    *((conv_net, name) for name in ("fp16", *STATIC)),
    *((product_net, name) for name in STEPS),
    *((constant_net, name) for name in STEPS),
    *((embedding_net, name) for name in ("fp16", "int8_dynamic", "blocks8", "blocks4")),
]


@pytest.mark.parametrize(("make", "name"), MADE)
def test_smaller_close_and_the_same_again(make: Callable[[], onnx.ModelProto], name: str) -> None:
    proto = make()
    before = to_bytes(proto)
    model, given = tiny.as_model(proto), options(proto)
    result = STEPS[name](model, given)
    assert result.changed, result.notes
    data = to_bytes(result.model.proto)
    assert len(data) < 0.7 * len(before)
    assert to_bytes(model.proto) == before
    assert declared(result.model.proto) == declared(proto)
    assert to_bytes(STEPS[name](model, given).model.proto) == data
    for feed in given.feeds:
        assert cosine(proto, result.model.proto, feed) > COSINE.get(name, 0.995)


@pytest.mark.parametrize("name", STEPS)
def test_nothing_to_quantize_is_declined_with_a_reason(name: str) -> None:
    model = tiny.as_model(tiny.sums())
    result = STEPS[name](model, options(model.proto))
    assert not result.changed
    assert result.model is model
    assert len(result.notes) == 1
    assert result.notes[0].startswith("it has no ")


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("damage", [np.nan, np.inf])
def test_damaged_weights_are_declined(name: str, damage: float) -> None:
    proto = product_net()
    weights = numpy_helper.to_array(proto.graph.initializer[0]).copy()
    weights[3, 4] = damage
    proto.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, "w1"))
    result = STEPS[name](tiny.as_model(proto), options(proto))
    assert not result.changed
    assert "w1" in result.notes[0]


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("keep", ["first", "w1"])
def test_what_is_kept_stays(name: str, keep: str) -> None:
    proto = product_net()
    result = STEPS[name](tiny.as_model(proto), options(proto, keep=frozenset({keep})))
    assert result.changed, result.notes
    stored = {tensor.name: tensor for tensor in result.model.proto.graph.initializer}
    assert stored["w1"].data_type == TensorProto.FLOAT
    assert "w2" not in stored or stored["w2"].data_type != TensorProto.FLOAT


@pytest.mark.parametrize("name", STEPS)
def test_a_float16_model_is_declined(name: str) -> None:
    half = fp16.step(tiny.as_model(product_net()), options(product_net())).model
    assert not STEPS[name](half, options(half.proto)).changed


@pytest.mark.parametrize("name", STEPS)
def test_a_model_that_cannot_run_is_declined_without_a_path(name: str, tmp_path: Path) -> None:
    proto = product_net()
    proto.graph.node[1].op_type = "NoSuchOperator"
    result = STEPS[name](tiny.as_model(proto), options(proto))
    assert not result.changed
    assert "/tmp" not in result.notes[0]
    assert "\n" not in result.notes[0]


def test_shared_and_scaled_gemms_keep_their_meaning() -> None:
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"], transB=1, alpha=0.5, beta=2.0),
        helper.make_node("Gemm", ["h", "w", "b"], ["i"], transB=1),
        helper.make_node("Gemm", ["i", "w"], ["y"], transB=1),
    ]
    shape = ["rows", 64]
    stored = {"w": random(64, 64) / 8, "b": random(64)}
    proto = tiny.proto_of(nodes, [tiny.value("x", shape=shape)], [tiny.value("y", shape=shape)], stored)
    for name in ("int8_dynamic", "blocks8", "fp16", "minmax"):
        result = STEPS[name](tiny.as_model(proto), options(proto))
        if result.changed:
            assert cosine(proto, result.model.proto, options(proto).feeds[0]) > 0.995, name
    assert STEPS["fp16"](tiny.as_model(proto), options(proto)).changed


def test_the_whole_of_a_lstm() -> None:
    nodes = [helper.make_node("LSTM", ["x", "w", "r"], ["y"], hidden_size=32, direction="bidirectional")]
    stored = {"w": random(2, 128, 16) / 4, "r": random(2, 128, 32, seed=2) / 6}
    proto = tiny.proto_of(
        nodes, [tiny.value("x", shape=[6, 1, 16])], [tiny.value("y", shape=[6, 2, 1, 32])], stored
    )  # fmt: skip
    result = int8_dynamic.step(tiny.as_model(proto), options(proto))
    assert result.changed, result.notes
    # Processors without VNNI add pairs of products in 16 bits, where the largest saturate: 0.994 instead of 0.997.
    assert cosine(proto, result.model.proto, options(proto).feeds[0]) > 0.99


def test_branches_are_not_broken() -> None:
    def branch(name: str, weight: str) -> onnx.GraphProto:
        nodes = [helper.make_node("MatMul", ["x", weight], [f"{name}_y"])]
        return helper.make_graph(nodes, name, [], [tiny.value(f"{name}_y", shape=[5, 64])])

    nodes = [
        helper.make_node("ReduceSum", ["x"], ["total"], keepdims=0),
        helper.make_node("Greater", ["total", "zero"], ["positive"]),
        helper.make_node("If", ["positive"], ["y"], then_branch=branch("a", "w1"), else_branch=branch("b", "w2")),
    ]
    stored = {"w1": random(64, 64), "w2": random(64, 64, seed=2), "zero": np.float32(0)}
    shape = [5, 64]
    proto = tiny.proto_of(nodes, [tiny.value("x", shape=shape)], [tiny.value("y", shape=shape)], stored)
    for name, step in STEPS.items():
        result = step(tiny.as_model(proto), options(proto))
        if result.changed:
            for feed in options(proto).feeds:
                assert cosine(proto, result.model.proto, feed) > 0.99, name


@pytest.mark.parametrize("opset", [7, 9, 11])
def test_old_opsets(opset: int) -> None:
    proto = conv_net(opset)
    for name in ("fp16", "minmax"):
        result = STEPS[name](tiny.as_model(proto), options(proto))
        assert result.changed, result.notes
        assert cosine(proto, result.model.proto, options(proto).feeds[0]) > 0.995


def test_before_the_first_and_after_the_last_weights_nothing_is_quantized() -> None:
    """Boxes in pixels beside scores below one: with one scale for both the scores would vanish."""
    nodes = [
        helper.make_node("Div", ["x", "scale"], ["n"]),
        helper.make_node("Conv", ["n", "w"], ["h"], name="conv"),
        helper.make_node("Mul", ["h", "stride"], ["boxes"]),
        helper.make_node("Sigmoid", ["h"], ["scores"]),
        helper.make_node("Concat", ["boxes", "scores"], ["y"], axis=1),
    ]
    stored = {"scale": np.float32(255), "stride": np.float32(1000), "w": random(64, 3, 3, 3)}
    ends = [tiny.value("x", shape=[1, 3, 8, 8])], [tiny.value("y", shape=[1, 128, 6, 6])]
    proto = tiny.proto_of(nodes, *ends, stored)
    result = int8_static.step(tiny.as_model(proto), options(proto))
    assert result.changed, result.notes
    (got,) = outputs(result.model.proto, options(proto).feeds[0])
    (want,) = outputs(proto, options(proto).feeds[0])
    assert np.abs(got[:, 64:] - want[:, 64:]).max() < 0.01


def test_without_calibration_inputs() -> None:
    result = int8_static.step(tiny.as_model(conv_net()), Calibration(()))
    assert result.notes == ("there are no calibration inputs",)
    assert fp16.step(tiny.as_model(conv_net()), Calibration(())).changed


def test_odd_blocks_are_declined() -> None:
    assert not blockwise.step(tiny.as_model(product_net()), options(product_net()), block=24).changed


def test_what_overflows_stays_in_float32() -> None:
    """float16 ends at 65,504."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node("Mul", ["h", "big"], ["i"]),
        helper.make_node("Mul", ["i", "big"], ["j"]),
        helper.make_node("Div", ["j", "huge"], ["k"]),
        helper.make_node("MatMul", ["k", "w2"], ["y"]),
    ]
    stored = {"big": np.float32(3e3), "huge": np.float32(9e6), "w": random(64, 64), "w2": random(64, 64)}
    shape = [5, 64]
    proto = tiny.proto_of(nodes, [tiny.value("x", shape=shape)], [tiny.value("y", shape=shape)], stored)
    result = fp16.step(tiny.as_model(proto), options(proto))
    assert result.changed, result.notes
    assert "2 Mul" in result.notes[0]
    assert cosine(proto, result.model.proto, options(proto).feeds[0]) > 0.999


def test_nothing_is_printed_and_logging_is_left_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    import logging

    before = logging.root.manager.disable, list(logging.root.handlers)
    for step in STEPS.values():
        step(tiny.as_model(product_net()), options(product_net()))
    assert (logging.root.manager.disable, list(logging.root.handlers)) == before
    assert capfd.readouterr() == ("", "")


def test_the_same_bytes_in_another_process() -> None:
    """Sets of names have another order in each."""
    code = (
        "import hashlib, test_compress as t, tiny\n"
        "from edgeweb.read.model import to_bytes\n"
        "for n, s in t.STEPS.items():\n"
        "    p = t.conv_net() if n in t.STATIC else t.product_net()\n"
        "    print(hashlib.sha256(to_bytes(s(tiny.as_model(p), t.options(p)).model.proto)).hexdigest())\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(p for p in sys.path if p)},
    ).stdout.split()
    for digest, (name, step) in zip(found, STEPS.items(), strict=True):
        proto = conv_net() if name in STATIC else product_net()
        data = to_bytes(step(tiny.as_model(proto), options(proto)).model.proto)
        assert hashlib.sha256(data).hexdigest() == digest, name


def test_a_reason_has_no_paths() -> None:
    error = ValueError("Load model from /tmp/abc/x.onnx failed: bad\nmore")
    assert common.plain(error) == "Load model from … failed: bad"


REAL = {
    "cifar10-resnet8": {"fp16", "minmax"},
    "anomaly-autoencoder": {"fp16", "int8_dynamic", "minmax", "blocks8", "blocks4"},
    "digits-mlp": {"fp16", "int8_dynamic", "minmax", "blocks8", "blocks4"},
    "breast-cancer-forest": set(),
    "squeezenet-fp16-imagenet": set(),
}


@pytest.mark.parametrize("folder", REAL)
def test_real_models(folder: str) -> None:
    place = tiny.SHARED / "models" / folder
    if not place.is_dir():
        pytest.skip(f"{place} is absent: it is not part of the repository")
    model = optimise.step(load(place / "model.onnx")).model
    with np.load(place / "inputs.npz") as stored:
        feed = {name: stored[name] for name in stored.files}
    for name, step in STEPS.items():
        result = step(model, Calibration((feed,)))
        if name in ("entropy", "percentile"):
            continue
        assert result.changed == (name in REAL[folder]), (name, result.notes)
        if result.changed:
            assert cosine(model.proto, result.model.proto, feed) > COSINE.get(name, 0.995)
