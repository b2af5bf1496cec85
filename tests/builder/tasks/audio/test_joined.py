"""Two models of sound that work one after the other, as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from edgeweb import config
from edgeweb.errors import ConfigError
from edgeweb.tasks.audio import joined as stages
from listen import listen
from onnx import ModelProto, helper
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
    pipeline = plan_of(joined.proto, msgspec.to_builtins(settings)).spec
    assert pipeline is not None and [s.input for s in pipeline.states] == ["second/h"]
    sound = np.random.default_rng(2).normal(0, 0.1, 1000).astype(np.float32)
    made = listen(saved(tmp_path, joined.proto), pipeline, sound, 8000)["samples"]
    assert np.abs(made.ravel()[:1000] - sound).max() < 1e-6


def stage(name: str, *more: str, length: int = 256, opset: int = 17) -> ModelProto:
    """[1, length] as it is; each of `more` is an output beside it."""
    nodes = [helper.make_node("Identity", ["x"], [each]) for each in (name, *more)]
    proto = proto_of(
        nodes, [value("x", FLOAT, [1, length])], [value(each, FLOAT, [1, length]) for each in (name, *more)]
    )
    proto.opset_import[0].version = opset
    return proto


def joined(folder: Path, first: ModelProto, second: ModelProto, **audio: Any) -> Any:
    saved(folder, second, "second.onnx")
    settings = msgspec.convert({"audio": {"rate": 8000, "second": "second.onnx", **audio}}, config.Config)
    return stages.step(as_model(first), settings, folder)


def test_without_a_second_model_nothing_is_done(tmp_path: Path) -> None:
    first = as_model(stage("y"))
    for settings in (config.Config(), msgspec.convert({"audio": {"rate": 8000}}, config.Config)):
        assert stages.step(first, settings, tmp_path) == (first, settings, [])


def test_waveforms_go_from_one_to_the_other_and_the_settings_are_those_of_both(tmp_path: Path) -> None:
    made, settings, notes = joined(tmp_path, stage("y"), stage("z"), window=256)
    assert [(value.name, len(value.type.tensor_type.shape.dim)) for value in made.proto.graph.input] == [("samples", 2)]
    assert [value.name for value in made.proto.graph.output] == ["made"]
    audio = settings.audio
    assert (audio.second, audio.input, audio.output, audio.window, settings.task) == (
        None, "samples", "made", 256, "audio-to-audio",
    )  # fmt: skip
    assert notes == ["m.onnx and second.onnx became one model of windows with 256 samples"]
    assert made.file_bytes == stage("y").ByteSize() + (tmp_path / "second.onnx").stat().st_size
    asked = msgspec.convert(
        {"task": "audio-classification", "audio": {"rate": 8000, "second": "second.onnx"}}, config.Config
    )
    assert stages.step(as_model(stage("y")), asked, tmp_path)[1].task == "audio-classification"


EITHER = proto_of(
    [helper.make_node("Add", ["a", "b"], ["z"])],
    [value(name, FLOAT, [1, 256]) for name in "ab"],
    [value("z", FLOAT, [1, 256])],
)


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (stage("y", opset=16), stage("z"), "they use ONNX opsets 16 and 17"),
        (stage("y", opset=10), stage("z", opset=10), "they use ONNX opsets 10 and 10"),
        (stage("y", "more"), stage("z"), "The first model, m.onnx, cannot be joined. It has more than one result"),
        (stage("y"), stage("z", "more"), "The second model, second.onnx, cannot be joined"),
        (stage("y"), stage("z", length=255), 'has windows of 256 samples. Input "x" takes 255'),
        (stage("y"), EITHER, 'second.onnx, does not fit [audio]. Which of the inputs "a", "b" takes the data'),
        (stage("y", length=31), stage("z"), 'has windows of 31 samples. Input "x" takes 256'),
    ],
)
def test_two_that_do_not_fit_each_other(tmp_path: Path, first: ModelProto, second: ModelProto, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        joined(tmp_path, first, second)
    assert why.lower() in str(caught.value).lower()


def test_both_of_opset_11_fit(tmp_path: Path) -> None:
    assert joined(tmp_path, stage("y", opset=11), stage("z", opset=11))[2]
