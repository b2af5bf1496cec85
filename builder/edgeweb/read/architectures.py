"""What a class of transformers is for, by its name, as `config.json` gives it: the export's task of optimum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WRITES, _LISTENS = "text2text-generation-with-past", "automatic-speech-recognition-with-past"
# Of an encoder and a decoder, whichever inputs the first takes.
WRITTEN = frozenset((_WRITES, _LISTENS, "image-to-text-with-past"))
_PAIRS, _LOCATES = "zero-shot-image-classification", "zero-shot-object-detection"
# By the end of the class's name; the longer first.
_TASKS = (
    ("ForSequenceClassification", "text-classification"), ("ForTokenClassification", "token-classification"),
    ("ForMaskedLM", "fill-mask"), ("ForCausalLM", "text-generation-with-past"), ("MarianMTModel", _WRITES),
    ("ForQuestionAnswering", "question-answering"), ("ForQuestionAnsweringSimple", "question-answering"),
    ("ForMultipleChoice", "multiple-choice"), ("ForImageClassification", "image-classification"),
    ("ForImageClassificationWithTeacher", "image-classification"), ("ForObjectDetection", "object-detection"),
    ("ForSemanticSegmentation", "semantic-segmentation"), ("ForImageSegmentation", "image-segmentation"),
    ("ForUniversalSegmentation", "image-segmentation"), ("ForInstanceSegmentation", "image-segmentation"),
    ("ForSegmentation", "image-segmentation"), ("ForDepthEstimation", "depth-estimation"),
    ("ForImageSuperResolution", "image-to-image"), ("ForMaskedImageModeling", "masked-im"),
    ("ForKeypointDetection", "keypoint-detection"), ("ForPoseEstimation", "keypoint-detection"),
    ("ForCTC", "automatic-speech-recognition"), ("ForAudioFrameClassification", "audio-frame-classification"),
    ("ForXVector", "audio-xvector"), ("ForAudioClassification", "audio-classification"),
    ("ForSpeechSeq2Seq", "automatic-speech-recognition-with-past"), ("ForTextToSpeech", "text-to-audio"),
    ("ForSpeechToText", "automatic-speech-recognition-with-past"), ("VitsModel", "text-to-audio"),
    ("VisionEncoderDecoderModel", "image-to-text-with-past"), ("ForVision2Seq", "image-to-text-with-past"),
    ("SamModel", "feature-extraction"), ("ForPrediction", "time-series-forecasting"),
    ("ForZeroShotImageClassification", "zero-shot-image-classification"), ("ForRetrieval", "feature-extraction"),
    ("ForZeroShotObjectDetection", "zero-shot-object-detection"), ("ModelWithProjection", "feature-extraction"),
    ("T5WithLMHeadModel", _WRITES), ("WithLMHeadModel", "fill-mask"), ("LMHeadModel", "text-generation-with-past"),
)  # fmt: skip
# By the model's type, where the class alone does not say it; None: nobody exports it.
_GENERATES = {
    "whisper": _LISTENS, "speech_to_text": _LISTENS, "moonshine": _LISTENS, "pix2struct": "image-to-text-with-past",
    "musicgen": "text-to-audio",
}  # fmt: skip
_WHOLE = {
    **dict.fromkeys(("clip", "siglip", "siglip2", "altclip", "chinese_clip", "align", "metaclip_2"), _PAIRS),
    **dict.fromkeys(("owlvit", "owlv2", "grounding-dino"), _LOCATES), "encoder-decoder": _WRITES,
    **dict.fromkeys((
        "bark", "encodec", "dac", "mimi", "speech-encoder-decoder", "vision-text-dual-encoder", "univnet",
        "fastspeech2_conformer", "blip",
    )),
}  # fmt: skip
_LOCATED = frozenset(kind for kind, task in _WHOLE.items() if task == _LOCATES)
# Whose classes for sequences classify sounds: their settings have the layers that take samples, or frames.
_HEARS = ("feat_extract_activation", "feature_projection_input_dim")
# Besides what --task says.
_MORE = {"speecht5": """--model-kwargs '{"vocoder": "microsoft/speecht5_hifigan"}'"""}


def classes(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The names in `architectures`."""
    found = config.get("architectures")
    return tuple(map(str, found)) if isinstance(found, list) else ()


def task_of(config: Mapping[str, Any]) -> str | None:
    """The task under which optimum exports such a model; None where the class does not say it."""
    return next((task for name in classes(config) if (task := _task(name, config)) is not None), None)


def export(config: Mapping[str, Any], model: str, out: str) -> str:
    """What to type for the ONNX files of a model that transformers can load, into a folder `out`."""
    task, more = task_of(config), _MORE.get(str(config.get("model_type", "")))
    said = [f"--task {task}"] if task else []
    return " ".join(["optimum-cli export onnx --model", model, *said, *([more] if more else []), out])


def _task(name: str, config: Mapping[str, Any]) -> str | None:
    kind = str(config.get("model_type", ""))
    if name.endswith("ForConditionalGeneration"):
        # Those that read pictures or sounds besides are no plain text to text.
        reads = config.get("vision_config") or config.get("audio_config") or config.get("is_encoder_decoder") is False
        return _GENERATES.get(kind, None if reads else _WRITES)
    if name.endswith("ForObjectDetection") and kind in _LOCATED:
        return _LOCATES
    if name.endswith("ForSequenceClassification") and any(key in config for key in _HEARS):
        return "audio-classification"
    if name.endswith("ForSemanticSegmentation") and kind == "mobilevit":
        return "image-segmentation"
    found = next((task for end, task in _TASKS if name.endswith(end)), None)
    if found is None and name.endswith("Model"):
        return _WHOLE.get(kind, "feature-extraction")
    return found
