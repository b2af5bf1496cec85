"""What `edgeweb.json` says of models that take sounds."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.types import Base64, Constant, State, Strict

# How a sound is brought to another rate.
Resampler = Literal["kaiser", "hann"]
AudioResult = Literal["classification", "activity", "anomaly", "pitch", "notes", "audio", "transcript", "matching"]


class Whole(Strict, frozen=True):
    """A sound that goes in at once, as long as it is: of `least` samples, and of no more than `most`.

    `cut`: of a longer one the model hears no more than its beginning. Otherwise it hears windows, or, where it writes,
    pieces of `piece` samples that have `margin` in common with the pieces before and after.
    """

    least: Annotated[int, msgspec.Meta(ge=1)]
    most: Annotated[int, msgspec.Meta(ge=1)]
    cut: bool = False
    piece: Annotated[int, msgspec.Meta(ge=1)] = 1
    margin: Annotated[int, msgspec.Meta(ge=0)] = 0


class Ctc(Strict, frozen=True):
    """How the ids of frames, one every `ratio` samples, are written: equal ones that follow each other once, `blank`
    not at all, `delimiter` as `space`.

    `tokens`: by their ids, any other is `unknown`. `lower`: in small letters; `tidy`: without spaces before marks.
    """

    tokens: list[str]
    unknown: str
    blank: str
    delimiter: str
    space: str
    ratio: Annotated[int, msgspec.Meta(ge=1)]
    lower: bool = False
    tidy: bool = False


class Spoken(Strict, frozen=True):
    """What a decoder is told before it writes down what was said.

    `prompt`: tokens, of which null is that of the language; `languages`: these by their codes, of which the sound tells
    which it is unless the first is `known`, or the only one. `plain`: the token behind them where no times are wanted;
    the tokens above it are times, one every `step` seconds, the first of which is `latest` at most. `end`: ends what is
    said; `specials`: tokens that are no text. `seeks`: after two times in a row it goes on from there, until
    all is heard.
    """

    prompt: list[int | None]
    languages: dict[str, int]
    end: int
    step: float
    plain: int | None = None
    latest: int | None = None
    known: bool = False
    seeks: bool = False
    specials: list[int] = []


class AudioPipeline(Strict, frozen=True):
    """How a sound becomes the model's input, window by window, and its outputs the result.

    A sound of any rate is brought to `rate`, by `resampler`: a long filter, or torchaudio's short one. Window i has
    `length` samples from i * `hop` - `lead` on, with silence around the sound; `batch` of them go into one call at
    most, and `group` into one of the graphs. `preprocess`: an ONNX graph in base64, `samples` float32 [N, length] ->
    `tensor`, the model's input, and whatever else of `extras` the other graph takes. `postprocess`: these and `raw0`,
    ..., the model's `outputs` -> for a classification `scores` [N, C]; activity and anomaly: `values` [N, K], in even
    steps over the window; pitch: `hertz` and `confidence` [N, K]; notes: `frames`, and `onsets` where the model tells
    them, [N, K, P], from the MIDI note `lowest` on; audio: `samples` [N, length]; transcript: `ids` int32 [N, frames];
    matching: `vector` [N, D], against which the manifest's `matching` holds labels.
    With `whole`, `preprocess` takes sounds of any length, and a sound that does not come in pieces goes in as that
    says; `ctc`: how a transcript's ids are written; `spoken`: how a decoder, the site's writer, is asked to write
    instead.

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
    resampler: Resampler = "kaiser"
    whole: Whole | None = None
    ctc: Ctc | None = None
    spoken: Spoken | None = None
