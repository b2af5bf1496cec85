"""What `edgeweb.json` says of models that take pictures."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.site import ModelName
from edgeweb.schema.types import Base64, Strict

ImageResult = Literal[
    "classification", "detection", "segmentation", "image", "depth", "embedding", "regression", "text", "tensors",
]  # fmt: skip

# Two points between which a line is drawn, by their numbers.
Joined = Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=4095)]], msgspec.Meta(min_length=2, max_length=2)]


# What a visitor draws on; `either`: the page has a switch.
Pad = Literal["white-on-black", "black-on-white", "either"]

Side = Annotated[int, msgspec.Meta(ge=1, le=16384)]
Filter = Literal["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming", "smooth"]


class Fit(Strict, frozen=True):
    """How a picture comes to the model's size, in this order.

    `squared`: grey comes below it, or at its right, until it is a square. It is resized by Pillow's filter `resample`,
    or `smooth`, by a Gaussian and then linearly, to `pixels` that are float32: to `height` and `width` (`exact`); to
    the larger picture in these (`inside`), or the one of them that changes it least (`near`); so that its shorter side
    is `height` and no side is above `longest` (`shortest`, or `queries`, which rounds otherwise); so that its longer
    side is `height` (`longest`); or not at all (`own`); or so that only a box in it is
    seen, and what lies around that (`around`). Both sides are brought to a `multiple`, by `rounding`. `again`: it is
    resized once more, bicubically, into this height and width where it is larger. Then its middle is taken, `crop`:
    height and width, with black where it is smaller. At last it is padded to `pad_to`, or to a multiple of
    `pad_multiple`: by `zeros` of the model's numbers, or by `black`, below and to the right, or all around it if
    `centred`; or by its own `mirror` image, by at least a pixel.
    """

    rule: Literal["exact", "inside", "near", "shortest", "longest", "queries", "own", "around"]
    resample: Filter
    height: Side | None = None
    width: Side | None = None
    longest: Side | None = None
    multiple: Side = 1
    rounding: Literal["down", "up", "near"] = "near"
    again: Annotated[list[Side], msgspec.Meta(min_length=2, max_length=2)] | None = None
    crop: Annotated[list[Side], msgspec.Meta(min_length=2, max_length=2)] | None = None
    pad: Literal["", "zeros", "black", "mirror"] = ""
    pad_to: Annotated[list[Side], msgspec.Meta(min_length=2, max_length=2)] | None = None
    pad_multiple: Side = 1
    centred: bool = False
    squared: bool = False


class Prompted(Strict, frozen=True):
    """How a further `model` is asked about places in a picture.

    It takes `given`, outputs of the site's own model; `points` float [1, 1, P, 2], x and y in that model's pixels, with
    `labels` int64 [1, 1, P], 1: it belongs to what is wanted, 0: it does not; and perhaps `boxes` [1, 1, 4]. It gives
    `masks` [1, 1, M, H, W], above 0 in what is wanted, and `scores` [1, 1, M].
    """

    model: ModelName
    given: list[str]
    points: str
    labels: str
    scores: str
    masks: str
    boxes: str | None = None


class ImagePipeline(Strict, frozen=True):
    """How a picture becomes the model's input, and its outputs the result.

    `preprocess` is an ONNX graph in base64: `pixels` uint8 [H, W, 4] RGBA, resized already,
    and `pads` int64 [8] (ONNX Pad order) -> `tensor`, the model's input. `postprocess`: `raw0`, `raw1`, ..., the
    model's `outputs` -> for a classification `scores` [N, C], or of the best alone with their `classes` int64; for a
    detection `boxes` [K, 4] (x, y, width, height in the model's pixels), `scores` [K] and `classes` [K]; for a
    segmentation `mask` uint8 [H, W], of two classes also `alpha` uint8 [H, W]; for an image `pixels` uint8 [H, W, C],
    `brightness`: of brightness alone, `tiles`: a larger picture is worked on part by part; for depth `depth` [H, W] as
    the model has it; for an embedding `vector` [D]; for a regression `values` [D], called `names`; a text is written by
    the manifest's `writer`. Boxes may have
    `points` [K, P, 3] (x, y, score), called `points` and joined as `skeleton` says, and `angles` [K], by which they are
    turned around their centres, clockwise in radians. `fit`: how a picture comes to its size, instead of `height`,
    `width` and `resize`; what is found then lies over the whole of it: of a segmentation `planes` [C, H, W], whose best
    class counts where they are as fine as the picture, and of queries that are sure also `masks` [K, h, w], `sure`
    [K] and `kinds` int64 [K], which become segments there; depth is made as fine as that too. `least`: boxes with a
    lower score are there for those who ask, and not shown at first. `pad`: the page has a drawing pad.
    """

    input: str
    outputs: list[str]
    result: ImageResult
    brightness: bool
    height: int
    width: int
    resize: Literal["crop", "stretch", "pad"]
    preprocess: Base64
    postprocess: Base64 | None
    assumed: bool
    formula: str
    tiles: bool = False
    points: list[str] = []
    skeleton: list[Joined] = []
    names: list[str] = []
    fit: Fit | None = None
    prompted: Prompted | None = None
    pad: Pad | None = None
    least: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0
