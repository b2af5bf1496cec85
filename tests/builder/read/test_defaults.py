"""Inputs with a default can be fed in whatever form ships; weights that an exporter listed as inputs cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tiny
from edgeweb.coding import parts
from edgeweb.machine.session import open_session
from edgeweb.read import defaults, probe
from edgeweb.recipe import Site
from edgeweb.site.report import document
from edgeweb.tasks.plan import Plan
from edgeweb.trial import optimise
from onnx import helper

GAIN, CHOICE = np.float32(2), np.array([True])


def model(ir: int = 9, listed: tuple[str, ...] = ("gain", "choice"), **stored: Any) -> onnx.ModelProto:
    """x times weights, times a gain, or without where `choice` is false."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Tanh", ["h"], ["t"]),
        helper.make_node("Mul", ["t", "gain"], ["more"]), helper.make_node("Where", ["choice", "more", "t"], ["y"]),
        helper.make_node("Reshape", ["y", "shape"], ["flat"]),
    ]  # fmt: skip
    kept = {"gain": GAIN, "choice": CHOICE, "shape": np.array([-1]), "w": tiny.weights(16, 32), **stored}
    kinds = {
        "gain": tiny.value("gain", shape=[]), "choice": tiny.value("choice", tiny.BOOL, ["any"]),
        "shape": tiny.value("shape", tiny.INT64, [1]), "w": tiny.value("w", shape=list(kept["w"].shape)),
    }  # fmt: skip
    inputs = [tiny.value("x", shape=["batch", 16]), *(kinds[name] for name in listed)]
    return tiny.proto_of(
        nodes, inputs, [tiny.value("y", shape=["batch", 32]), tiny.value("flat", shape=[None])], kept, ir
    )


@pytest.mark.parametrize(
    ("proto", "names"),
    [
        (model(), ["gain", "choice"]),
        (model(listed=("shape", "gain")), ["gain"]),
        (model(listed=("w", "gain", "choice", "shape")), []),
        (model(ir=3), []),
        (model(gain=np.ones((0,), np.float32)), ["choice"]),
    ],
    ids=["both", "no shapes", "all weights are listed", "IR 3", "empty"],
)
def test_which_can_be_fed(proto: onnx.ModelProto, names: list[str]) -> None:
    info = probe.inspect_model(tiny.as_model(proto))
    assert [each.name for each in info.optional] == names and [each.name for each in info.inputs] == ["x"]
    ready = optimise.step(tiny.as_model(proto)).model
    after = probe.inspect_model(ready)
    assert (after.optional, after.inputs) == (info.optional, info.inputs)
    assert {each.name for each in ready.proto.graph.input} == {"x", *names}
    assert onnx.load_from_string(defaults.restored(proto.SerializeToString(), [])) == proto
    rows = dict(document.inspect_rows(document.Inspected(info, Plan("tensors", ("it is so",)))))
    assert ("constants" in rows) == (len(info.defaults) > len(names)) and ("optional" in rows) == bool(names)


def test_forms_with_fewer_bytes_take_them_as_well(build: Callable[..., Site], tmp_path: Path) -> None:
    proto = model()
    rows = np.random.default_rng(2).standard_normal((40, 16)).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=rows)
    site = build(tiny.saved(tmp_path / "gained", proto), data=tmp_path / "data.npz", precision="int8")
    found, original = site.manifest, open_session(proto.SerializeToString())
    gain, choice = found.optional
    assert (gain.shape, gain.dims, choice.shape, choice.dims) == ([], [], ["any"], [1])
    assert [each.name for each in found.inputs] == ["x"]
    assert {each.name for each in found.golden[0].inputs} == {"x", "gain", "choice"}
    usual = dict(defaults.arrays(found.optional))
    for variant in found.variants:
        files = [(site.path / file).read_bytes() for file in variant.files]
        data = parts.unpack(files) if variant.decoded_bytes is not None else b"".join(files)
        assert variant.agreement < 1
        shipped, whole = (open_session(each) for each in (data, defaults.restored(data, found.optional)))
        for other in ({}, {"gain": np.array(-5, np.float32)}, {"choice": np.array([False])}):
            right, given, restored = (
                each.run(["y"], {"x": rows[:4], **feeds, **other})[0]
                for each, feeds in ((original, {}), (shipped, usual), (whole, {}))
            )
            assert np.abs(given - right).mean() < 0.1
            np.testing.assert_array_equal(given, restored)
