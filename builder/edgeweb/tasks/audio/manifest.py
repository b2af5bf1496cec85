"""What `edgeweb.json` says of models that take sounds."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.types import Base64, Constant, State, Strict

AudioResult = Literal["classification", "activity", "anomaly", "pitch", "notes", "audio"]


class AudioPipeline(Strict, frozen=True):
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
