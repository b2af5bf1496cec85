"""Two models of sound that work one after the other, as one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from edgeweb import config, stages
from listen import listen
from onnx import helper
from signals import plan_of
from tiny import FLOAT, as_model, proto_of, saved, value


def test_two_models_become_one_that_does_what_both_did(tmp_path: Path) -> None:
    """A mask of a half for every bin, then a doubling that counts its windows: the sound comes out as it was."""
    mask = proto_of(
        [helper.make_node("Mul", ["mag", "none"], ["zero"]), helper.make_node("Add", ["zero", "half"], ["mask"])],
        [value("mag", FLOAT, [1, 1, 129])], [value("mask", FLOAT, [1, 1, 129])],
        {"none": np.float32(0), "half": np.float32(0.5)},
    )  # fmt: skip
    double = proto_of(
        [helper.make_node("Add", ["x", "x"], ["y"]), helper.make_node("Add", ["h", "one"], ["hn"])],
        [value("x", FLOAT, [1, 1, 256]), value("h", FLOAT, [1, 2, 1])],
        [value("y", FLOAT, [1, 1, 256]), value("hn", FLOAT, [1, 2, 1])], {"one": np.float32(1)},
    )  # fmt: skip
    first = as_model(mask)
    saved(tmp_path, double, "second.onnx")
    audio = {
        "rate": 8000, "features": "spectrum", "like": "tensorflow", "win-length": 256, "window-function": "ones",
        "mask": True, "second": "second.onnx", "hop": 256,
    }  # fmt: skip
    joined, settings, notes = stages.step(first, msgspec.convert({"audio": audio}, config.Config), tmp_path)
    assert notes and settings.audio is not None
    pipeline = plan_of(joined.proto, msgspec.to_builtins(settings)).audio
    assert pipeline is not None and [s.input for s in pipeline.states] == ["second/h"]
    sound = np.random.default_rng(2).normal(0, 0.1, 1000).astype(np.float32)
    made = listen(saved(tmp_path, joined.proto), pipeline, sound, 8000)["samples"]
    assert np.abs(made.ravel()[:1000] - sound).max() < 1e-6
