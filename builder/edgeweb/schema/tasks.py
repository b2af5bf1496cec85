"""The names of all tasks."""

from __future__ import annotations

from typing import Literal

Task = Literal[
    "image-classification", "object-detection", "image-segmentation", "image-to-image",
    "image-embedding", "image-regression", "depth-estimation", "tabular-classification", "tabular-regression",
    "text-classification", "text-regression", "text-embedding", "fill-mask", "token-classification", "text-generation",
    "audio-classification", "voice-activity-detection", "pitch-detection", "music-transcription", "audio-to-audio",
    "time-series-forecasting", "anomaly-detection", "tensors",
]  # fmt: skip
