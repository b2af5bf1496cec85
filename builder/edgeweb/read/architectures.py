"""What a class of transformers is for, by its name, as `config.json` gives it: the export's task of optimum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# By the end of the class's name; the longer first.
_TASKS = (
    ("ForSequenceClassification", "text-classification"), ("ForTokenClassification", "token-classification"),
    ("ForMaskedLM", "fill-mask"), ("ForCausalLM", "text-generation-with-past"),
    ("LMHeadModel", "text-generation-with-past"), ("ForQuestionAnswering", "question-answering"),
    ("ForMultipleChoice", "multiple-choice"), ("ForImageClassification", "image-classification"),
    ("ForObjectDetection", "object-detection"), ("ForSemanticSegmentation", "semantic-segmentation"),
    ("ForImageSegmentation", "image-segmentation"), ("ForUniversalSegmentation", "image-segmentation"),
    ("ForDepthEstimation", "depth-estimation"), ("ForImageSuperResolution", "image-to-image"),
    ("ForMaskedImageModeling", "masked-im"), ("ForKeypointDetection", "keypoint-detection"),
    ("ForPoseEstimation", "keypoint-detection"), ("ForCTC", "automatic-speech-recognition"),
    ("ForAudioFrameClassification", "audio-frame-classification"), ("ForXVector", "audio-xvector"),
    ("ForAudioClassification", "audio-classification"), ("ForSpeechSeq2Seq", "automatic-speech-recognition-with-past"),
    ("ForSpeechToText", "automatic-speech-recognition-with-past"), ("ForTextToSpeech", "text-to-audio"),
    ("VitsModel", "text-to-audio"), ("VisionEncoderDecoderModel", "image-to-text-with-past"),
    ("ForVision2Seq", "image-to-text-with-past"), ("SamModel", "feature-extraction"),
    ("ForZeroShotImageClassification", "zero-shot-image-classification"),
    ("ForZeroShotObjectDetection", "zero-shot-object-detection"),
)  # fmt: skip
_SPEECH = frozenset(("whisper", "speech_to_text", "moonshine", "speech-encoder-decoder"))
_PAIRED = frozenset(("clip", "siglip", "siglip2", "altclip", "chinese_clip", "blip", "align"))
_LOCATED = frozenset(("owlvit", "owlv2", "grounding-dino"))


def classes(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The names in `architectures`."""
    found = config.get("architectures")
    return tuple(map(str, found)) if isinstance(found, list) else ()


def task_of(config: Mapping[str, Any]) -> str | None:
    """The task under which optimum exports such a model; None where the class does not say it."""
    kind = str(config.get("model_type", ""))
    for name in classes(config):
        if "ForConditionalGeneration" in name:
            return "automatic-speech-recognition-with-past" if kind in _SPEECH else "text2text-generation-with-past"
        found = next((task for end, task in _TASKS if name.endswith(end)), None)
        if found is None and name.endswith("Model"):
            found = "zero-shot-image-classification" if kind in _PAIRED else None
            found = found or ("zero-shot-object-detection" if kind in _LOCATED else "feature-extraction")
        if found is not None:
            return found
    return None
