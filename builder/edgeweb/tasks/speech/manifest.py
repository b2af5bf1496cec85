"""What `edgeweb.json` says of models that speak."""

from __future__ import annotations

from typing import Annotated

import msgspec

from edgeweb.schema.language import Crossing, TextState
from edgeweb.schema.site import ModelName
from edgeweb.schema.types import Constant, Strict, TensorType


class Frames(Strict, frozen=True):
    """How a further `model` makes frames of a spectrum, one after the other, and another one, the `vocoder`, a sound.

    It is fed outputs of the site's own model (`crossing`); the frames so far, of which the first is zeros (`sequence`),
    and what it keeps besides (`state`, `branch`), as `TextInputs` has them; and the voice, in `constants`. It gives the
    next ones, `spectrum` [frames, bins], and their shares of an end, `stop` [frames]: there is one when these are
    together `threshold`, or after `ratio` calls for each id of the text, and no frame has a place behind `limit`. All
    frames are `spectrogram` to the vocoder.
    """

    model: ModelName
    vocoder: ModelName
    crossing: list[Crossing]
    sequence: TextState
    spectrum: str
    stop: str
    spectrogram: str
    ratio: Annotated[float, msgspec.Meta(gt=0)]
    limit: Annotated[int, msgspec.Meta(ge=1)]
    threshold: float = 0.5
    state: list[TextState] = []
    branch: str | None = None
    constants: list[Constant] = []


class SpeechPipeline(Strict, frozen=True):
    """How a text becomes the ids of letters, int64 or int32 [1, ids], and which output is its sound.

    `letters`: their ids; any other is `unknown`. `lower`: in small letters, and without those that are no letters;
    `blank`: stands before, between and behind them. `apart`: tokens that stand alone, without blanks. `latin`: other
    letters have to be written in these first. `mask`: 1 for each id; `constants`: other inputs. `rate`: of `output`.
    With `frames` the ids are those of the manifest's `language`, and the vocoder gives the output.
    """

    input: str
    type: TensorType
    output: str
    rate: Annotated[int, msgspec.Meta(ge=1)]
    letters: dict[str, int] = {}
    unknown: int = 0
    lower: bool = True
    blank: int | None = None
    apart: dict[str, int] = {}
    latin: bool = False
    mask: str | None = None
    constants: list[Constant] = []
    frames: Frames | None = None
    formula: str = ""
    examples: list[str] = []
