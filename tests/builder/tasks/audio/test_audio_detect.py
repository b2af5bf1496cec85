"""Which models take sound, what is told by names and shapes, and what has to be said."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from edgeweb import sound_files
from edgeweb.errors import ConfigError
from listen import listen
from onnx import helper
from signals import MODELS, identity, plan_of, shared
from tiny import FLOAT


def test_silero_says_the_probabilities_of_its_authors() -> None:
    audio = {"rate": 16000, "window": 512, "context": 64}
    path, pipeline = shared("silero-vad", {"task": "voice-activity-detection", "audio": audio})
    assert [(s.output, s.input, s.dims) for s in pipeline.states] == [("stateN", "state", [2, 1, 128])]
    assert [each.name for each in pipeline.constants] == ["sr"]
    sound = sound_files.decode(MODELS / "silero-vad" / "samples" / "speech.wav")
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
    frames = listen(path, pipeline, *sound_files.decode(folder / "samples" / "singing22k.wav"))["frames"]
    wanted = np.load(folder / "upstream_model_output.npz")["note"]
    # 15 frames on each side are those of the windows beside.
    found = frames[:, 15:157].reshape(-1, 88)[: len(wanted)]
    assert np.abs(found - wanted).max() < 5e-3


def test_a_waveform_is_told_by_a_rate_and_labels_alone() -> None:
    proto = identity([("wave", FLOAT, ["n", 16000])], [("scores", FLOAT, ["n", 3])])
    assert plan_of(proto, {}).audio is None
    helper.set_model_props(proto, {"sample_rate": "16000"})
    found = plan_of(proto, {}, ["a", "b", "c"])
    assert found.task == "audio-classification" and found.audio is not None and found.audio.hop == 8000


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
