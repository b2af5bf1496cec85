"""A second input for how long a sound is becomes a part of the graph; an encoder tells its decoder of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
import tiny
from edgeweb.config import Config
from edgeweb.tasks.audio import unmasked
from edgeweb.tasks.audio.settings import AudioConfig
from onnx import TensorProto, helper

NODES = [
    helper.make_node("Cast", ["attention_mask"], ["ones"], to=tiny.FLOAT),
    helper.make_node("ReduceSum", ["ones"], ["y"], keepdims=0),
    helper.make_node("Identity", ["input_features"], ["same"]),
]
SOUND = tiny.value("input_features", tiny.FLOAT, ["n", "frames", 4])
MASK = tiny.value("attention_mask", TensorProto.INT64, ["n", "frames"])
GIVEN = tiny.as_model(tiny.proto_of(NODES, [SOUND, MASK], [tiny.value("y"), tiny.value("same")]))
HEARS = Config(audio=AudioConfig(rate=16_000))


@pytest.mark.parametrize(("name", "outputs"), [("encoder_model_q4", ["y", "same", "attention_mask"]),
                                               ("model", ["y", "same"])])  # fmt: skip
def test_all_of_a_sound_counts(name: str, outputs: list[str]) -> None:
    model, notes = unmasked.step(replace(GIVEN, path=Path(f"{name}.onnx")), HEARS)
    assert [each.name for each in model.proto.graph.input] == ["input_features"]
    session = ort.InferenceSession(model.proto.SerializeToString())
    assert [each.name for each in session.get_outputs()] == outputs and "made in the graph" in notes[0]
    found = dict(zip(outputs, session.run(None, {"input_features": np.zeros((2, 3, 4), np.float32)}), strict=True))
    assert float(np.asarray(found["y"])) == 6
    if "attention_mask" in found:
        assert np.asarray(found["attention_mask"]).tolist() == [[1] * 3] * 2


@pytest.mark.parametrize("settings", [Config(), Config(audio=AudioConfig(constants={"attention_mask": 1.0}))])
def test_a_model_that_is_no_model_of_sound_stays_as_it_is(settings: Config) -> None:
    assert unmasked.step(GIVEN, settings) == (GIVEN, [])
