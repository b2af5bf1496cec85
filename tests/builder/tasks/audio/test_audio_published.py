"""What Hugging Face's files beside a model say of the sound that it takes."""

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
from edgeweb.read import probe
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import choose
from edgeweb.tasks.audio import published, shapes, windows
from edgeweb.tasks.plan import Seen
from signals import identity
from tiny import FLOAT, as_model


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


WAVE = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16000}
AST = {"feature_extractor_type": "ASTFeatureExtractor", "sampling_rate": 16000}
NAMED = {"id2label": {"0": "calm", "1": "angry"}}


def told(folder: Path, about: Any, classes: Any, **settings: Any) -> config.Config:
    (folder / "preprocessor_config.json").write_text(json.dumps(about))
    (folder / "config.json").write_text(json.dumps(classes))
    return published.configured(msgspec.convert(settings, config.Config), folder)


@pytest.mark.parametrize(
    ("about", "classes", "settings"),
    [
        ({**WAVE, "feature_extractor_type": "EncodecFeatureExtractor"}, NAMED, {}),
        ({**WAVE, "sampling_rate": "16000"}, NAMED, {}),
        (WAVE, NAMED, {"audio": {"rate": 8000}}),
        (WAVE, NAMED, {"task": "tensors"}),
        (WAVE, {}, {}),
        (WAVE, {"id2label": {}}, {}),
        (WAVE, {"id2label": {"0": "calm", "2": "angry"}}, {}),
        (WAVE, {"id2label": {"0": 7}}, {}),
        # Without scores of classes it may be anything: an embedding, classes of each frame, talk about a sound.
        (WAVE, {**NAMED, "architectures": ["Wav2Vec2Model"]}, {}),
        (WAVE, {**NAMED, "architectures": ["Wav2Vec2ForAudioFrameClassification"]}, {}),
        (
            WAVE,
            {"architectures": ["Qwen2AudioForConditionalGeneration"], "model_type": "qwen2_audio", "audio_config": {}},
            {},
        ),
        (WAVE, {"architectures": ["Wav2Vec2ForCTC"]}, {"task": "audio-classification"}),
    ],
)
def test_files_that_are_about_something_else(tmp_path: Path, about: Any, classes: Any, settings: Any) -> None:
    assert told(tmp_path, about, classes, **settings) == msgspec.convert(settings, config.Config)


def test_labels_of_the_users_own_come_first(tmp_path: Path) -> None:
    found = told(tmp_path, WAVE, NAMED, labels=["a", "b"], task="audio-classification")
    assert (found.labels, found.task, found.audio is None) == (["a", "b"], "audio-classification", False)


@pytest.mark.parametrize(
    ("more", "window", "normalise"),
    [
        ({}, 80_000, "unit"),
        ({"max_length": 100, "do_normalize": True}, 100, "unit"),
        ({"max_length": 0}, 80_000, "unit"),
        ({"max_length": "100", "do_normalize": False}, 80_000, "none"),
    ],
)
def test_waveforms_of_any_length_come_as_a_whole_and_from_the_microphone_five_seconds_at_a_time(
    tmp_path: Path, more: Any, window: int, normalise: str
) -> None:
    audio = told(tmp_path, {**WAVE, **more}, NAMED).audio
    assert audio is not None and (audio.rate, audio.window, audio.normalise) == (16000, window, normalise)
    assert audio.longest == published.LONGEST


def test_several_labels_at_once_are_a_sigmoid_of_each(tmp_path: Path) -> None:
    audio = told(tmp_path, WAVE, {**NAMED, "problem_type": "multi_label_classification"}).audio
    assert audio is not None and audio.activation == "sigmoid"


def test_filter_banks_of_the_audio_spectrogram_transformer(tmp_path: Path) -> None:
    audio = told(tmp_path, AST, NAMED).audio
    assert audio is not None
    # 1024 frames of 25 ms, one every 10 ms.
    assert (audio.like, audio.n_mels, audio.window, audio.frames) == ("kaldi", 128, 1023 * 160 + 400, 1024)
    assert (audio.mean, audio.std) == ([-4.2677393], [9.1379948])
    plain = told(tmp_path, {**AST, "do_normalize": False, "num_mel_bins": 64, "max_length": 10}, NAMED).audio
    assert plain is not None and (plain.mean, plain.std) == (None, None)
    assert (plain.n_mels, plain.window) == (64, 9 * 160 + 400)


def test_features_of_whisper(tmp_path: Path) -> None:
    about = {"feature_extractor_type": "WhisperFeatureExtractor", "sampling_rate": 16000, "feature_size": 128}
    kind = {"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"]}
    found = told(tmp_path, {**about, "chunk_length": 10}, kind)
    audio = found.audio
    assert audio is not None and (found.task, audio.like) == ("automatic-speech-recognition", "whisper")
    assert (audio.n_mels, audio.frames, audio.window, audio.layout) == (128, 1000, 160_000, "bins-first")
    classes = told(tmp_path, about, {**NAMED, "architectures": ["WhisperForAudioClassification"]})
    assert (classes.task, classes.labels) == ("audio-classification", ["calm", "angry"])


@pytest.mark.parametrize(
    ("more", "normalise"), [({}, "bins"), ({"do_ceptral_normalize": False}, "none"), ({"normalize_vars": False}, None)]
)
def test_features_of_a_whole_speech(tmp_path: Path, more: Any, normalise: str | None) -> None:
    about = {"feature_extractor_type": "Speech2TextFeatureExtractor", "sampling_rate": 16000, "num_mel_bins": 40}
    kind = {"model_type": "speech_to_text", "architectures": ["Speech2TextForConditionalGeneration"]}
    if normalise is None:
        with pytest.raises(ConfigError, match="normalize_means and normalize_vars differ"):
            told(tmp_path, {**about, **more}, kind)
        return
    audio = told(tmp_path, {**about, **more}, kind).audio
    assert audio is not None and (audio.normalise, audio.like, audio.scale) == (normalise, "kaldi", 32768)
    shape = shapes.shape_of(TensorInfo(name="x", type="float32", shape=["n", "frames", 40]), audio,
                            shapes.features(audio))  # fmt: skip
    assert not isinstance(shape, str) and shape.own == [0, -1, 40]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("whisper", "WhisperForConditionalGeneration"), ("moonshine", "MoonshineForConditionalGeneration"),
        ("speecht5", "SpeechT5ForSpeechToText"), ("wavlm", "WavLMForCTC"),
    ],
)  # fmt: skip
def test_classes_that_write_down_what_is_said(tmp_path: Path, kind: str, name: str) -> None:
    assert told(tmp_path, WAVE, {"model_type": kind, "architectures": [name]}).task == "automatic-speech-recognition"


def test_two_classes_without_names_are_called_as_in_transformers(tmp_path: Path) -> None:
    said = {"architectures": ["HubertForSequenceClassification"], "transformers_version": "4.57.6"}
    assert told(tmp_path, WAVE, said).labels == ["LABEL_0", "LABEL_1"]
    del said["transformers_version"]
    assert told(tmp_path, WAVE, said).labels is None
