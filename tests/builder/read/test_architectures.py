"""The task under which a model is exported, by what its config.json says."""

from __future__ import annotations

import shlex

import pytest
from edgeweb.read import architectures

# What `optimum-cli export onnx --task` takes, each of which may also end in "-with-past".
TAKEN = frozenset((
    "audio-classification", "audio-frame-classification", "audio-xvector", "automatic-speech-recognition",
    "depth-estimation", "feature-extraction", "fill-mask", "image-classification", "image-segmentation",
    "image-to-image", "image-to-text", "keypoint-detection", "masked-im", "multiple-choice", "object-detection",
    "question-answering", "semantic-segmentation", "text-classification", "text-generation", "text-to-audio",
    "text2text-generation", "time-series-forecasting", "token-classification", "zero-shot-image-classification",
    "zero-shot-object-detection",
))  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "task"),
    [
        ("bert", "BertForSequenceClassification", "text-classification"),
        ("wav2vec2", "Wav2Vec2ForSequenceClassification", "audio-classification"),
        ("llama", "LlamaForCausalLM", "text-generation-with-past"),
        ("gpt2", "GPT2LMHeadModel", "text-generation-with-past"),
        ("xlm", "XLMWithLMHeadModel", "fill-mask"),
        ("t5", "T5WithLMHeadModel", "text2text-generation-with-past"),
        ("t5", "T5ForConditionalGeneration", "text2text-generation-with-past"),
        ("marian", "MarianMTModel", "text2text-generation-with-past"),
        ("whisper", "WhisperForConditionalGeneration", "automatic-speech-recognition-with-past"),
        ("pix2struct", "Pix2StructForConditionalGeneration", "image-to-text-with-past"),
        ("vision-encoder-decoder", "VisionEncoderDecoderModel", "image-to-text-with-past"),
        ("encoder-decoder", "EncoderDecoderModel", "text2text-generation-with-past"),
        ("owlvit", "OwlViTForObjectDetection", "zero-shot-object-detection"),
        ("detr", "DetrForObjectDetection", "object-detection"),
        ("detr", "DetrForSegmentation", "image-segmentation"),
        ("maskformer", "MaskFormerForInstanceSegmentation", "image-segmentation"),
        ("clip", "CLIPModel", "zero-shot-image-classification"),
        ("clip_vision_model", "CLIPVisionModelWithProjection", "feature-extraction"),
        ("bert", "BertModel", "feature-extraction"),
        ("deit", "DeiTForImageClassificationWithTeacher", "image-classification"),
    ],
)
def test_the_class_says_the_task(kind: str, name: str, task: str) -> None:
    more = {"feat_extract_activation": "gelu"} if kind == "wav2vec2" else {}
    assert architectures.task_of({"architectures": [name], "model_type": kind, **more}) == task
    assert task.removesuffix("-with-past") in TAKEN


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"architectures": "BertModel"},
        {"architectures": ["SomethingElse"]},
        {"architectures": ["BarkModel"], "model_type": "bark"},
        {"architectures": ["LlavaForConditionalGeneration"], "model_type": "llava", "vision_config": {"a": 1}},
    ],
)
def test_what_no_class_says_is_not_guessed(config: dict[str, object]) -> None:
    assert architectures.task_of(config) is None
    assert "--task" not in architectures.export(config, "folder", "out")


def test_a_voice_is_exported_with_what_makes_sound_of_its_frames() -> None:
    typed = architectures.export({"architectures": ["SpeechT5ForTextToSpeech"], "model_type": "speecht5"}, "a", "b")
    assert shlex.split(typed)[-2:] == ['{"vocoder": "microsoft/speecht5_hifigan"}', "b"] and "text-to-audio" in typed


def test_every_task_that_is_named_is_one_that_can_be_typed() -> None:
    named = {task for _, task in architectures._TASKS} | set(filter(None, architectures._WHOLE.values()))
    assert {task.removesuffix("-with-past") for task in (*named, *architectures._GENERATES.values())} <= TAKEN
