"""Which models take sound or measurements, how it is cut, and what the graphs around them say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from edgeweb import config
from edgeweb.errors import ConfigError
from edgeweb.inputs import sound as sound_file
from edgeweb.read import probe
from edgeweb.tasks import choose
from edgeweb.tasks.audio import files, published, windows
from edgeweb.tasks.audio import joined as stages
from edgeweb.tasks.audio.kind import AUDIO
from edgeweb.tasks.audio.manifest import AudioPipeline
from edgeweb.tasks.plan import Plan, Seen
from edgeweb.tasks.series.kind import SERIES
from listen import listen
from onnx import ModelProto, helper
from tiny import FLOAT, INT64, SHARED, as_model, proto_of, saved, value

MODELS = SHARED / "models"


def plan_of(proto: ModelProto, settings: dict[str, Any], labels: list[str] = []) -> Plan:  # noqa: B006
    info = probe.inspect_model(as_model(proto))
    seen = Seen(proto, info.inputs, info.outputs, info.operators, labels, "labels.txt", ())
    return choose.choose(seen, msgspec.convert(settings, config.Config))


def identity(inputs: list[tuple[Any, ...]], outputs: list[tuple[Any, ...]]) -> ModelProto:
    """Outputs that are the inputs of their places: only names and shapes matter."""
    nodes = [helper.make_node("Identity", [i[0]], [o[0]]) for i, o in zip(inputs, outputs, strict=False)]
    return proto_of(nodes, [value(*i) for i in inputs], [value(*o) for o in outputs])


def shared(name: str, settings: dict[str, Any], labels: list[str] = []) -> tuple[Path, AudioPipeline]:  # noqa: B006
    path = MODELS / name / "model.onnx"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    import onnx

    plan = plan_of(onnx.load(path), settings, labels)
    assert plan.kind is AUDIO
    return path, plan.spec


def test_silero_says_the_probabilities_of_its_authors() -> None:
    audio = {"rate": 16000, "window": 512, "context": 64}
    path, pipeline = shared("silero-vad", {"task": "voice-activity-detection", "audio": audio})
    assert [(s.output, s.input, s.dims) for s in pipeline.states] == [("stateN", "state", [2, 1, 128])]
    assert [each.name for each in pipeline.constants] == ["sr"]
    sound = sound_file.decode(MODELS / "silero-vad" / "samples" / "speech.wav")
    found = listen(path, pipeline, *sound)["values"].ravel()
    (wanted,) = json.loads((MODELS / "silero-vad" / "meta.json").read_text())["expect"]
    assert np.abs(found - wanted["probs"][: len(found)]).max() < 1e-3


def test_a_row_of_windows_with_two_states_is_told_by_names() -> None:
    settings = {"task": "voice-activity-detection", "audio": {"rate": 16000, "context": 64}}
    _, pipeline = shared("silero-vad-sequence", settings)
    assert {s.output: s.input for s in pipeline.states} == {"hn": "h", "cn": "c"}
    assert (pipeline.length, pipeline.hop, pipeline.lead) == (576, 512, 64)


def test_basic_pitch_gives_the_frames_of_its_authors() -> None:
    audio = {"rate": 22050, "hop": 36164, "output": "StatefulPartitionedCall:1", "onsets": "StatefulPartitionedCall:2"}
    path, pipeline = shared("basic-pitch", {"audio": audio})
    assert pipeline.result == "notes"
    folder = MODELS / "basic-pitch"
    frames = listen(path, pipeline, *sound_file.decode(folder / "samples" / "singing22k.wav"))["frames"]
    wanted = np.load(folder / "upstream_model_output.npz")["note"]
    # 15 frames on each side are those of the windows beside.
    found = frames[:, 15:157].reshape(-1, 88)[: len(wanted)]
    assert np.abs(found - wanted).max() < 5e-3


def test_a_state_that_could_be_either_is_asked_for() -> None:
    shapes = [("x", FLOAT, ["n", 400]), ("a", FLOAT, [1, 8]), ("b", FLOAT, [1, 8])]
    proto = identity(shapes, [("y", FLOAT, ["n", 1]), ("p", FLOAT, [1, 8]), ("q", FLOAT, [1, 8])])
    settings: dict[str, Any] = {"task": "voice-activity-detection", "audio": {"rate": 16000}}
    with pytest.raises(ConfigError, match="state, constants or input"):
        plan_of(proto, settings)
    settings["audio"]["state"] = {"p": "a", "q": "b"}
    found = plan_of(proto, settings).spec
    assert found is not None and {s.output: s.input for s in found.states} == {"p": "a", "q": "b"}


def test_a_waveform_is_told_by_a_rate_and_labels_alone() -> None:
    proto = identity([("wave", FLOAT, ["n", 16000])], [("scores", FLOAT, ["n", 3])])
    assert plan_of(proto, {}).kind is not AUDIO
    helper.set_model_props(proto, {"sample_rate": "16000"})
    found = plan_of(proto, {}, ["a", "b", "c"])
    assert found.task == "audio-classification" and found.kind is AUDIO and found.spec.hop == 8000


@pytest.mark.parametrize(
    ("audio", "why"),
    [
        ({}, "rate"), ({"rate": 16000, "window": 300}, "windows of 300"),
        ({"rate": 16000, "output": "z"}, 'output "z"'), ({"rate": 16000, "state": {"y": "h"}}, 'input "h"'),
        ({"rate": 16000, "features": "log-mel", "fmax": 9000}, "bands"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_sentence(audio: dict[str, Any], why: str) -> None:
    proto = identity([("x", FLOAT, ["n", 400])], [("y", FLOAT, ["n", 1])])
    with pytest.raises(ConfigError, match=why):
        plan_of(proto, {"audio": audio})


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [(["n", 1, 49, 10], "time"), (["n", 10, 49], "bins"), (["n", 49, 10, 1], "time"), (["n", 490], "time")],
)
def test_features_find_their_place_in_the_input(shape: list[Any], wanted: str) -> None:
    proto = identity([("x", FLOAT, shape)], [("y", FLOAT, ["n", 1])])
    audio = {
        "rate": 16000,
        "features": "mfcc",
        "like": "tensorflow",
        "win-length": 480,
        "hop-length": 320,
        "n-mfcc": 10,
    }
    found = plan_of(proto, {"task": "voice-activity-detection", "audio": audio}).spec
    assert found is not None
    (feed,) = windows.feeds(found, [np.random.default_rng(1).normal(0, 0.1, found.length).astype(np.float32)])
    flat = plan_of(
        identity([("x", FLOAT, ["n", 49, 10])], [("y", FLOAT, ["n", 1])]),
        {"task": "voice-activity-detection", "audio": audio},
    ).spec
    assert flat is not None
    (plain,) = windows.feeds(flat, [np.random.default_rng(1).normal(0, 0.1, flat.length).astype(np.float32)])
    assert list(feed["x"].shape) == [1, *shape[1:]]
    turned = plain["x"].transpose(0, 2, 1) if wanted == "bins" else plain["x"]
    assert np.array_equal(feed["x"].ravel(), turned.ravel())


def test_every_window_of_a_sound_is_counted_once() -> None:
    proto = identity([("x", FLOAT, ["n", 400])], [("y", FLOAT, ["n", 400])])
    pipeline = plan_of(proto, {"task": "audio-to-audio", "audio": {"rate": 8000, "hop": 100}}).spec
    assert pipeline is not None and pipeline.overlap == "fade"
    clip = replace_result(pipeline, "classification")
    # The last 60 of 560 samples are more than half a hop; the last 40 are not.
    assert [windows.count(clip, n) for n in (10, 400, 540, 560)] == [1, 1, 2, 3]
    assert windows.windows(pipeline, np.ones(1000, np.float32), 8000).shape == (-(-(1000 + pipeline.lead) // 100), 400)


def replace_result(pipeline: AudioPipeline, result: Any) -> AudioPipeline:
    return msgspec.structs.replace(pipeline, result=result, lead=0)


def test_a_constant_has_the_type_of_its_input() -> None:
    proto = identity([("x", FLOAT, ["n", 400]), ("fs", INT64, [1])], [("y", FLOAT, ["n", 1])])
    found = plan_of(proto, {"task": "voice-activity-detection", "audio": {"rate": 8000}}).spec
    assert found is not None
    (feed,) = windows.feeds(found, [np.zeros(400, np.float32)])
    assert feed["fs"].dtype == np.int64 and feed["fs"].tolist() == [8000]


def test_rows_of_measurements_need_one_line() -> None:
    proto = identity([("x", FLOAT, ["n", 24, 3])], [("y", FLOAT, ["n", 24, 3])])
    assert plan_of(proto, {}).kind is not SERIES
    found = plan_of(proto, {"task": "anomaly-detection"}).spec
    assert found is not None and (found.result, found.window, found.horizon) == ("reconstruction", 24, 24)
    ahead = identity([("x", FLOAT, ["n", 24, 3])], [("y", FLOAT, ["n", 6])])
    series = {"columns": ["a", "b", "c"], "targets": ["b"]}
    forecast = plan_of(ahead, {"task": "time-series-forecasting", "series": series}).spec
    assert forecast is not None and (forecast.targets, forecast.horizon, forecast.alarm) == ([1], 6, "error")
    with pytest.raises(ConfigError, match="a target"):
        plan_of(ahead, {"series": {**series, "targets": ["z"]}, "task": "time-series-forecasting"})


def test_sounds_of_a_folder_are_what_forms_are_judged_on(tmp_path: Path) -> None:
    path, pipeline = shared(
        "silero-vad", {"task": "voice-activity-detection", "audio": {"rate": 16000, "window": 512, "context": 64}}
    )
    plan = Plan("voice-activity-detection", (), AUDIO, pipeline)
    wav = MODELS / "silero-vad" / "samples" / "speech.wav"
    feeds, _, total = files.read(wav.parent, [wav], [], plan)
    assert total == 64 and feeds[0]["input"].shape == (1, 576) and feeds[0]["sr"] == 16000
    assert path.exists()


def test_files_of_hugging_face_say_what_a_classifier_hears(tmp_path: Path) -> None:
    about = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16000, "do_normalize": True}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(about))
    assert published.configured(config.Config(), tmp_path).audio is None
    classes = {"architectures": ["Wav2Vec2ForSequenceClassification"], "id2label": {"0": "calm", "1": "angry"}}
    (tmp_path / "config.json").write_text(json.dumps(classes))
    settings = published.configured(config.Config(), tmp_path)
    assert settings.labels == ["calm", "angry"]
    proto = identity([("input_values", FLOAT, ["batch", "samples"])], [("logits", FLOAT, ["batch", 2])])
    info = probe.inspect_model(as_model(proto))
    seen = Seen(proto, info.inputs, info.outputs, info.operators, settings.labels, "config.json", ())
    found = choose.choose(seen, settings).spec
    assert found is not None and (found.length, found.hop) == (80_000, 40_000)
    (feed,) = windows.feeds(found, [np.linspace(0, 3, 80_000, dtype=np.float32)])
    assert abs(feed["input_values"].mean()) < 1e-4 and abs(feed["input_values"].std() - 1) < 1e-3


@pytest.mark.parametrize(
    "wrong", [{"std": math.inf}, {"std": 0.0}, {"mean": math.nan}, {"max_length": math.inf}, {"mean": "x"}]
)
def test_numbers_of_such_a_file_that_cannot_be_used(tmp_path: Path, wrong: dict[str, Any]) -> None:
    about = {"feature_extractor_type": "ASTFeatureExtractor", "sampling_rate": 16000, **wrong}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(about))
    (tmp_path / "config.json").write_text(json.dumps({"id2label": {"0": "calm", "1": "angry"}}))
    with pytest.raises(ConfigError, match=r"preprocessor_config\.json has a wrong value\. .* write \[audio\]"):
        published.configured(config.Config(), tmp_path)


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
