"""The names of all tasks: the Hub's where it has one; and what else the Hub calls some of them."""

from __future__ import annotations

from typing import Literal, get_args

from edgeweb.errors import UsageError, did_you_mean

Task = Literal[
    "image-classification", "object-detection", "image-segmentation", "image-to-image", "image-feature-extraction",
    "image-embedding", "image-regression", "depth-estimation", "background-removal", "mask-generation",
    "keypoint-detection", "image-to-text", "document-question-answering", "image-text-to-text",
    "zero-shot-image-classification", "zero-shot-object-detection", "tabular-classification", "tabular-regression",
    "text-classification", "text-regression", "text-embedding", "fill-mask", "token-classification",
    "question-answering", "zero-shot-classification", "text-ranking", "text-generation", "text2text-generation",
    "summarization", "translation", "audio-classification", "zero-shot-audio-classification",
    "automatic-speech-recognition", "text-to-speech", "voice-activity-detection", "pitch-detection",
    "music-transcription", "audio-to-audio", "time-series-forecasting", "anomaly-detection", "tensors",
]  # fmt: skip

# The Hub's other names, which `--task` and `task` take too.
ALIASES: dict[str, Task] = {
    "feature-extraction": "text-embedding", "sentence-similarity": "text-embedding",
    "sentiment-analysis": "text-classification", "ner": "token-classification", "text-to-audio": "text-to-speech",
}  # fmt: skip


def named(asked: str) -> Task:
    """The task of this name; UsageError with the names that it may have been meant to be."""
    known: dict[str, Task] = {name: name for name in get_args(Task)} | ALIASES
    if asked not in known:
        hint = did_you_mean(asked, known, "See: edgeweb build --help", most=2)
        raise UsageError(f'There is no task "{asked}"', "edgeweb knows others", hint)
    return known[asked]
