"""How sounds and series of measurements become a model's input, and its outputs a result, as the manifest says it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.types import Base64

SignalTask = Literal[
    "audio-classification", "voice-activity-detection", "pitch-detection", "music-transcription", "audio-to-audio",
    "time-series-forecasting", "anomaly-detection",
]  # fmt: skip
Number = Literal["float32", "float64", "float16", "int8", "uint8", "int16", "int32", "int64"]


class _Strict(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True, kw_only=True
):
    """What every part of the manifest has in common."""


class Constant(_Strict, frozen=True):
    """An input that is the same at every call; `data` in base64, little endian."""

    name: str
    type: Number
    dims: list[Annotated[int, msgspec.Meta(ge=1)]]
    data: Base64


class State(_Strict, frozen=True):
    """A tensor that a call gives and the next one takes; zeros at first."""

    input: str
    output: str
    type: Number
    dims: list[Annotated[int, msgspec.Meta(ge=1)]]


AudioResult = Literal["classification", "activity", "anomaly", "pitch", "notes", "audio"]


class AudioPipeline(_Strict, frozen=True):
    """How a sound becomes the model's input, window by window, and its outputs the result.

    A sound of any rate is brought to `rate`; window i has `length` samples from i * `hop` - `lead` on, with silence
    around the sound; `batch` of them go into one call at most, and `group` into one of the graphs. `preprocess`: an
    ONNX graph in base64, `samples` float32 [N, length] -> `tensor`, the model's input, and whatever else of `extras`
    the other graph takes. `postprocess`: these and `raw0`, ..., the model's `outputs` -> for a classification
    `scores` [N, C]; activity and anomaly: `values` [N, K], in even steps over the window; pitch: `hertz` and
    `confidence` [N, K]; notes: `frames`, and `onsets` where the model tells them, [N, K, P], from the MIDI note
    `lowest` on; audio: `samples` [N, length].

    `threshold`: from which there is something (None: nobody knows); `least` and `gap`: seconds of the shortest part,
    and of the longest pause that is closed. `combine`: how the scores of windows become those of the whole sound;
    `overlap`: how samples that windows share are put together.
    """

    input: str
    outputs: list[str]
    result: AudioResult
    rate: Annotated[int, msgspec.Meta(ge=1)]
    length: Annotated[int, msgspec.Meta(ge=1)]
    hop: Annotated[int, msgspec.Meta(ge=1)]
    lead: Annotated[int, msgspec.Meta(ge=0)]
    batch: Annotated[int, msgspec.Meta(ge=1)]
    group: Annotated[int, msgspec.Meta(ge=1)]
    preprocess: Base64
    postprocess: Base64
    formula: str
    extras: list[Literal["tensor", "real", "imaginary"]] = []
    states: list[State] = []
    constants: list[Constant] = []
    threshold: float | None = None
    least: float = 0.0
    gap: float = 0.0
    lowest: int = 21
    combine: Literal["mean", "max"] = "mean"
    overlap: Literal["add", "fade"] = "add"


class SeriesPipeline(_Strict, frozen=True):
    """How rows of measurements become the model's input, window by window, and its output what was expected of them.

    `preprocess`: an ONNX graph in base64, `rows` float32 [N, window, columns] -> `tensor`. `postprocess`: `raw0` ->
    for a forecast `predicted` [N, horizon, targets], the rows after the window, in the series' own units; for a
    reconstruction also `tensor` -> `predicted` [N, window, targets], the window itself, and `scores` [N], the mean
    squared error of what the model takes; for a score `scores` alone. `targets`: the places of the columns that are
    predicted. `alarm`: when the first target is expected above or below `threshold`, or when the error (or the score)
    is above it. `states`: as for sounds.
    """

    input: str
    output: str
    result: Literal["forecast", "reconstruction", "score"]
    columns: list[str]
    targets: list[Annotated[int, msgspec.Meta(ge=0)]]
    window: Annotated[int, msgspec.Meta(ge=1)]
    horizon: Annotated[int, msgspec.Meta(ge=1)]
    batch: Annotated[int, msgspec.Meta(ge=1)]
    preprocess: Base64
    postprocess: Base64
    formula: str
    alarm: Literal["above", "below", "error"] = "error"
    threshold: float | None = None
    states: list[State] = []
