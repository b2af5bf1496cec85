"""Which models take sound, what is told by names and shapes, and what has to be said."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.tasks.audio import detect, files, own_length
from edgeweb.tasks.audio.kind import AUDIO
from edgeweb.tasks.audio.manifest import AudioPipeline
from edgeweb.tasks.plan import Recognised
from listen import listen
from msgspec import convert
from onnx import ModelProto, helper
from planned import seen
from signals import MODELS, identity, plan_of, shared
from tiny import DOUBLE, FLOAT, INT64, Shape


def test_silero_says_the_probabilities_of_its_authors() -> None:
    audio = {"rate": 16000, "window": 512, "context": 64}
    path, pipeline = shared("silero-vad", {"task": "voice-activity-detection", "audio": audio})
    assert [(s.output, s.input, s.dims) for s in pipeline.states] == [("stateN", "state", [2, 1, 128])]
    assert [each.name for each in pipeline.constants] == ["sr"]
    sound = files.decode(MODELS / "silero-vad" / "samples" / "speech.wav")
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
    frames = listen(path, pipeline, *files.decode(folder / "samples" / "singing22k.wav"))["frames"]
    wanted = np.load(folder / "upstream_model_output.npz")["note"]
    # 15 frames on each side are those of the windows beside.
    found = frames[:, 15:157].reshape(-1, 88)[: len(wanted)]
    assert np.abs(found - wanted).max() < 5e-3


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


def wave(gives: Shape, length: int | str = 400, kind: int = FLOAT) -> ModelProto:
    return identity([("x", kind, ["n", length])], [("y", FLOAT, gives)])


def told(
    proto: ModelProto,
    audio: dict[str, Any] | None = None,
    task: str | None = None,
    labels: list[str] | None = None,
    gave: dict[str, Any] | None = None,
) -> Recognised | str:
    known = replace(
        seen(proto, labels), gave={name: np.asarray(each, np.float32) for name, each in (gave or {}).items()}
    )
    settings = {"audio": audio, "task": task}
    return detect.detect(known, convert({key: value for key, value in settings.items() if value is not None}, Config))


def heard(*given: Any, **more: Any) -> AudioPipeline:
    plan = told(*given, **more)
    assert isinstance(plan, Recognised), plan
    return plan.spec


@pytest.mark.parametrize(("name", "gives"), [("ForXVector", "a vector for each voice"), ("ForCTC", None)])
def test_what_no_page_shows_is_named(tmp_path: Path, name: str, gives: str | None) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": [f"WavLM{name}"], "model_type": "wavlm"}))
    known = own_length.beside(Config(), tmp_path)
    found = detect.detect(replace(seen(wave(["n", 2])), beside={"audio": known}), Config())
    assert found == "" if gives is None else f"(WavLM{name}) says that it gives {gives}" in str(found)


def test_an_input_that_is_named_after_a_rate_is_a_hint() -> None:
    named = identity([("x", FLOAT, ["n", 400]), ("SR", INT64, [1])], [("y", FLOAT, ["n", 1])])
    assert "an input is named after a sample rate" in str(told(named))
    assert told(wave(["n", 1])) == ""


@pytest.mark.parametrize(
    ("length", "labels", "key", "rate", "kind", "found"),
    [
        (400, 2, "Sample_Rate", "16000", FLOAT, True),
        (399, 2, "sample_rate", "16000", FLOAT, False),
        ("t", 2, "sample_rate", "16000", FLOAT, False),
        (400, 0, "sample_rate", "16000", FLOAT, False),
        (400, 3, "sample_rate", "16000", FLOAT, False),
        (400, 2, "sample_rate", "16 kHz", FLOAT, False),
        (400, 2, "rate", "16000", FLOAT, False),
        (400, 2, "sampling_rate", "16000", DOUBLE, False),
    ],
)
def test_metadata_that_say_as_much(length: Any, labels: int, key: str, rate: str, kind: int, found: bool) -> None:
    proto = wave(["n", 2], length, kind)
    helper.set_model_props(proto, {key: rate})
    plan = told(proto, labels=[str(i) for i in range(labels)])
    assert isinstance(plan, Recognised) is found
    assert not isinstance(plan, Recognised) or plan.task == "audio-classification"


RATE = {"rate": 8000}
TWO = identity([("x", FLOAT, ["n", 400])], [("y", FLOAT, ["n", 9]), ("z", FLOAT, ["n", 2])])
SPECTRUM = {"features": "spectrum", "n-fft": 256, "win-length": 256}
RESULTS: list[tuple[Any, ...]] = [
    (wave(["n", 2]), {}, ["a", "b"], "classification"),
    (wave(["n", 1]), {}, ["a"], "activity"),
    (wave(["n", 1]), {}, [], "activity"),
    # A second is long for a decision of every moment.
    (wave(["n", 1], 7999), {}, [], "activity"),
    (wave(["n", 1], 8000), {}, [], None),
    (wave(["n", 400]), {}, [], "audio"),
    (wave(["n", 4, 100]), {}, [], "audio"),
    (wave(["n", 399]), {}, [], None),
    (wave(["n", "k"]), {}, [], None),
    (TWO, {"onsets": "z"}, [], "notes"),
    (identity([("x", FLOAT, ["n", 5, 129])], [("y", FLOAT, ["n", 7])]), {**SPECTRUM, "mask": True}, [], "audio"),
    (
        identity([("x", FLOAT, ["n", 5, 40])], [("y", FLOAT, ["n", 5, 40])]),
        {"features": "log-mel", "n-mels": 40},
        [],
        "anomaly",
    ),
    (
        identity([("x", FLOAT, ["n", 5, 40])], [("y", FLOAT, ["n", 40, 5])]),
        {"features": "log-mel", "n-mels": 40},
        [],
        None,
    ),
]


@pytest.mark.parametrize(("proto", "audio", "labels", "result"), RESULTS, ids=[str(i) for i in range(len(RESULTS))])
def test_what_outputs_say_of_a_sound(proto: ModelProto, audio: Any, labels: list[str], result: str | None) -> None:
    plan = told(proto, {**RATE, **audio}, labels=labels)
    if result is None:
        assert "is not clear: give a task" in str(plan)
    else:
        assert isinstance(plan, Recognised) and plan.spec.result == result


def test_numbers_that_are_no_samples() -> None:
    assert "takes no sound: it is int64" in str(told(wave(["n", 1], kind=INT64), RATE))
    assert "the rate of its sound is not known" in str(told(wave(["n", 1]), {"window": 400}))
    # A task that measurements have, too, is one of sound only where [audio] says so.
    assert told(wave(["n", 400]), task="anomaly-detection") == ""
    assert heard(wave(["n", 400]), RATE, "anomaly-detection").result == "anomaly"


def test_of_several_outputs_one_is_named_or_has_as_many_scores_as_labels() -> None:
    two = TWO
    assert 'which of the outputs "y", "z" is the result is not clear' in str(
        told(two, RATE, "voice-activity-detection")
    )
    assert heard(two, {**RATE, "output": "z"}, "voice-activity-detection").outputs == ["z"]
    assert heard(two, RATE, labels=["a", "b"]).outputs == ["z"]
    with pytest.raises(ConfigError, match='an output "w"'):
        told(two, {**RATE, "onsets": "w", "output": "y"}, "music-transcription")
    assert heard(two, {**RATE, "onsets": "z"}, "music-transcription").outputs == ["y", "z"]
    assert heard(two, {**RATE, "confidence": "z"}, "pitch-detection").outputs == ["y", "z"]


STEPS: list[tuple[str, dict[str, Any], tuple[int, int]]] = [
    ("audio-classification", {}, (200, 0)),
    ("voice-activity-detection", {}, (400, 0)),
    ("voice-activity-detection", {"window": 300, "context": 100}, (300, 100)),
    ("voice-activity-detection", {"hop": 100}, (100, 150)),
    ("voice-activity-detection", {"hop": 9999}, (400, 0)),
    # A window of less than a fifth of a second tells one pitch, so there is one for each hundredth.
    ("pitch-detection", {}, (80, 160)),
    ("pitch-detection", {"rate": 2000}, (400, 0)),
    ("pitch-detection", {"rate": 2001}, (20, 190)),
    ("music-transcription", {}, (300, 50)),
    ("audio-to-audio", {}, (200, 100)),
    ("audio-to-audio", {"overlap": "add"}, (200, 200)),
    ("anomaly-detection", {}, (400, 0)),
]


@pytest.mark.parametrize(("task", "audio", "steps"), STEPS)
def test_from_one_window_to_the_next(task: str, audio: dict[str, Any], steps: tuple[int, int]) -> None:
    pipeline = heard(wave(["n", 400]), {**RATE, **audio}, task)
    assert (pipeline.hop, pipeline.lead) == steps


def test_what_is_handed_on_takes_windows_one_by_one_and_whole() -> None:
    inputs = [("x", FLOAT, ["n", 400]), ("h", FLOAT, [1, 8])]
    memory = identity(inputs, [("y", FLOAT, ["n", 400]), ("hn", FLOAT, [1, 8])])
    for task in ("audio-classification", "audio-to-audio", "pitch-detection"):
        pipeline = heard(memory, RATE, task)
        assert (pipeline.hop, pipeline.lead, pipeline.batch, pipeline.overlap) == (400, 0, 1, "add"), task
    plan = told(memory, RATE, "audio-to-audio")
    assert isinstance(plan, Recognised) and plan.reasons[1] == "handed on from window to window: hn -> h"


@pytest.mark.parametrize(
    ("shape", "audio", "sizes"),
    [
        (["n", 400], {}, (16, 16)),
        (["n", 400], {"batch": 3}, (3, 15)),
        ([1, 400], {}, (1, 16)),
        (["n", 1 << 19], {}, (2, 2)),
        (["n", (1 << 20) + 1], {}, (1, 1)),
        ([400], {}, (1, 1)),
    ],
)
def test_how_many_windows_go_into_one_call(shape: Shape, audio: dict[str, Any], sizes: tuple[int, int]) -> None:
    proto = identity([("x", FLOAT, shape)], [("y", FLOAT, [*shape[:-1], 1] if shape else None)])
    pipeline = heard(proto, {**RATE, **audio}, "voice-activity-detection")
    assert (pipeline.batch, pipeline.group) == sizes


def operators(pipeline: AudioPipeline) -> set[str]:
    graph = onnx.load_from_string(b64decode(pipeline.postprocess)).graph
    return {node.op_type for node in graph.node} & {"Softmax", "Sigmoid"}


@pytest.mark.parametrize(
    ("task", "gives", "gave", "audio", "operator"),
    [
        ("audio-classification", 3, None, {}, {"Softmax"}),
        ("audio-classification", 3, [[0.2, 0.3, 0.5]], {}, set()),
        ("audio-classification", 3, [[0.2, 0.3, 0.4]], {}, {"Softmax"}),
        ("audio-classification", 3, [[0.2, 0.3, 0.5]], {"activation": "sigmoid"}, {"Sigmoid"}),
        ("voice-activity-detection", 3, [[0.0, 1.0, 0.5]], {}, set()),
        ("voice-activity-detection", 3, [[0.0, 1.1, 0.5]], {}, {"Sigmoid"}),
        # Of two values the second tells, as their softmax.
        ("voice-activity-detection", 2, [[-1.0, 1.0]], {}, {"Softmax"}),
        ("voice-activity-detection", 2, [[-1.0, 1.0]], {"column": 0}, {"Sigmoid"}),
        ("pitch-detection", 23, [[9.0] * 23], {}, set()),
        ("pitch-detection", 24, [[9.0] * 24], {}, {"Sigmoid"}),
        ("audio-to-audio", 400, [[9.0] * 400], {}, set()),
    ],
)
def test_what_makes_shares_of_an_output(task: str, gives: int, gave: Any, audio: Any, operator: set[str]) -> None:
    proto = wave(["n", gives])
    assert operators(heard(proto, {**RATE, **audio}, task, gave=None if gave is None else {"y": gave})) == operator


@pytest.mark.parametrize(
    ("task", "usual"),
    [
        ("voice-activity-detection", (0.5, 0.1, 0.1)),
        ("music-transcription", (0.3, 0.12, 0.0)),
        ("pitch-detection", (0.5, 0.05, 0.03)),
        ("anomaly-detection", (None, 0.0, 0.0)),
    ],
)
def test_when_there_is_something(task: str, usual: Any) -> None:
    pipeline = heard(wave(["n", 400]), RATE, task)
    assert (pipeline.threshold, pipeline.least, pipeline.gap) == usual
    said = {**RATE, "threshold": 0.0, "min-seconds": 0.0, "min-gap": 0.0}
    other = heard(wave(["n", 400]), said, task)
    assert (other.threshold, other.least, other.gap) == (0.0, 0.0, 0.0)


def test_what_forgets_the_batch_gets_one_window_at_a_time() -> None:
    proto = identity([("x", FLOAT, ["n", 400])], [("y", FLOAT, [None, 3])])
    known = replace(seen(proto), gave={"y": np.zeros((1, 3), np.float32)}, fed={"x": [2, 400]})
    settings = convert({"audio": RATE, "task": "voice-activity-detection"}, Config)
    plan, alike = (detect.detect(each, settings) for each in (known, replace(known, fed={"x": [1, 400]})))
    assert isinstance(plan, Recognised) and isinstance(alike, Recognised)
    assert (plan.spec.batch, alike.spec.batch) == (1, 16)


def test_the_formula_says_all_that_is_done() -> None:
    audio = {**RATE, "normalise": "peak", "scale": 2.0, "mean": [1.0], "std": [3.0]}
    windows = "sound of 8000 samples a second in windows of 400 every"
    assert heard(wave(["n", 400]), audio, "audio-to-audio").formula == (
        f"{windows} 200, times 2, by its loudest sample, (x - [1.0]) / [3.0]"
    )
    assert heard(wave(["n", 1]), RATE).formula == f"{windows} 400"
    for key in ("mean", "std"):
        with pytest.raises(ConfigError, match=f"has 2 numbers in {key}"):
            told(wave(["n", 1]), {**RATE, key: [1.0, 2.0]})
