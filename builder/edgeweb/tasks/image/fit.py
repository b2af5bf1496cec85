"""How a picture comes to the size that a model takes, to the pixel as the image processors of transformers do it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edgeweb.inputs.golden import Array
from edgeweb.tasks.image import smooth, warp
from edgeweb.tasks.image.manifest import Filter, Fit

if TYPE_CHECKING:
    from PIL.Image import Image

Sides = tuple[int, int]
# In Pillow's order.
FILTERS: tuple[Filter, ...] = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
# A model that takes pictures of any size is tried on about this.
_TRIED = 224


@dataclass(frozen=True)
class Frame:
    """Heights and widths: of the picture as it is `resized`, `first` in between where that is twice, and of what the
    model gets, in which the first pixel of that lies at `top`, `left`. `bars`: zeros above, left, below and right,
    which are put there after the arithmetic.
    """

    resized: Sides
    size: Sides
    top: int = 0
    left: int = 0
    bars: tuple[int, int, int, int] = (0, 0, 0, 0)
    first: Sides | None = None


def steady(fit: Fit) -> bool:
    """Whether every picture comes to one size."""
    return fit.rule in ("exact", "around") or fit.crop is not None or fit.pad_to is not None


def told(fit: Fit) -> str:
    """What is done, in a few words."""
    side = f"{fit.width} x {fit.height}"
    how = {
        "exact": f"to {side}", "inside": f"into {side}", "near": f"nearly to {side}, in its own proportions",
        "shortest": f"shorter side to {fit.height}", "queries": f"shorter side to {fit.height}",
        "around": f"a box and what lies around it to {side}", "own": "its own size",
        "longest": f"longer side to {fit.height}",
    }[fit.rule]  # fmt: skip
    how = f"on a grey square, {how}" if fit.squared else how
    parts = [how if fit.rule == "own" and fit.multiple == 1 else f"{how} ({fit.resample})"]
    parts += [f"longer one at most {fit.longest}"] if fit.longest else []
    parts += [f"multiples of {fit.multiple}"] if fit.multiple > 1 else []
    parts += [f"then into {fit.again[1]} x {fit.again[0]} (bicubic)"] if fit.again else []
    parts += [f"of it the middle {fit.crop[1]} x {fit.crop[0]}"] if fit.crop else []
    parts += [f"padded with {'its mirror image' if fit.pad == 'mirror' else fit.pad}"] if fit.pad else []
    return ", ".join(parts)


def nominal(fit: Fit, usual: Sides | None) -> Sides:
    """The size of the model's picture for a square one. `usual`: what config.json says where the size is kept."""
    side = fit.pad_multiple if fit.pad else fit.multiple
    own = usual or (side * math.ceil(_TRIED / side),) * 2
    if fit.rule == "own" and fit.crop is None:
        return own
    most = max(fit.height or 1, fit.width or 1)
    return frame(fit, (most, most)).size if fit.rule != "own" else frame(fit, own).size


def frame(fit: Fit, picture: Sides) -> Frame:
    """Where a picture comes to lie."""
    first = _resized(fit, picture)
    resized = _smaller(first, fit.again) if fit.again else first
    return replace(_framed(fit, resized), first=None if first == resized else first)


def _smaller(picture: Sides, most: Sequence[int]) -> Sides:
    """As the processors of Donut and Nougat make a thumbnail."""
    (height, width), (high, wide) = picture, (min(have, want) for have, want in zip(picture, most, strict=True))
    if (high, wide) == picture or height == width:
        return high, wide
    return (high, max(1, width * high // height)) if height > width else (max(1, height * wide // width), wide)


def _framed(fit: Fit, resized: Sides) -> Frame:
    """With its middle taken, or what is put around it."""
    if fit.crop is not None:
        height, width = fit.crop
        return Frame(resized, (height, width), _start(resized[0], height), _start(resized[1], width))
    if not fit.pad:
        return Frame(resized, resized)
    if fit.pad == "mirror":
        return Frame(resized, (_beyond(resized[0], fit.pad_multiple), _beyond(resized[1], fit.pad_multiple)))
    wanted = fit.pad_to or [math.ceil(side / fit.pad_multiple) * fit.pad_multiple for side in resized]
    more = [max(0, want - have) for want, have in zip(wanted, resized, strict=True)]
    first = [each // 2 if fit.centred else 0 for each in more]
    size = (resized[0] + more[0], resized[1] + more[1])
    if fit.pad == "black":
        return Frame(resized, size, first[0], first[1])
    return Frame(resized, size, bars=(first[0], first[1], more[0] - first[0], more[1] - first[1]))


def pixels(image: Image, fit: Fit) -> tuple[Array, Frame]:
    """RGBA of what the model gets, without its bars: bytes, but where floats are made of them."""
    from PIL import Image

    if fit.resample == "smooth" or fit.rule == "around":
        found = frame(fit, (image.height, image.width))
        if fit.rule == "around":
            made = warp.pixels(np.asarray(image.convert("RGB")), (0, 0, image.width, image.height), found.size)
            return np.dstack([made, np.full((*found.size, 1), 255, np.uint8)]), found
        return smooth.pixels(np.asarray(image.convert("RGB")), found.size, squared=fit.squared), found
    found = frame(fit, (image.height, image.width))
    height, width = found.resized
    sides, resample = found.first or found.resized, Image.Resampling(FILTERS.index(fit.resample))
    resized = image.resize(sides[::-1], resample)
    made = np.asarray(resized.resize((width, height), Image.Resampling.BICUBIC) if found.first else resized)
    rows, columns = found.size[0] - found.bars[0] - found.bars[2], found.size[1] - found.bars[1] - found.bars[3]
    ys, inside = _places(rows, height, found.top, fit.pad == "mirror")
    xs, within = _places(columns, width, found.left, fit.pad == "mirror")
    laid = np.where((inside[:, None] & within)[..., None], made[np.ix_(ys, xs)], 0)
    return np.dstack([laid, np.full((rows, columns, 1), 255)]).astype(np.uint8), found


def _places(count: int, side: int, start: int, mirrored: bool) -> tuple[Array, Array]:
    """Of each row or column of the model's picture the one of the resized picture, and whether there is one."""
    at = np.arange(count) - start
    if mirrored:
        turn = at % (2 * side)
        return np.minimum(turn, 2 * side - 1 - turn), np.ones(count, bool)
    return at.clip(0, side - 1), (at >= 0) & (at < side)


def _start(have: int, want: int) -> int:
    """Where a side begins in its middle part, which may be longer than it: rounded as transformers' center_crop."""
    return -((have - want) // 2)


def _beyond(side: int, multiple: int) -> int:
    """The next multiple, even where the side is one."""
    return (side // multiple + 1) * multiple


def _resized(fit: Fit, picture: Sides) -> Sides:
    height, width = (float(side) for side in _scaled(fit, picture))
    if fit.multiple > 1:
        height, width = (_multiple(side, fit) for side in (height, width))
    return max(1, int(height)), max(1, int(width))


def _multiple(side: float, fit: Fit) -> float:
    share = side / fit.multiple
    # Python's own rounding takes halves to the even one.
    whole = {"down": math.floor(share), "up": math.ceil(share), "near": round(share)}[fit.rounding]
    return whole * fit.multiple


def _scaled(fit: Fit, picture: Sides) -> tuple[float, float]:
    """Height and width before they are brought to a multiple."""
    height, width = picture
    high, wide = fit.height or 0, fit.width or 0
    if fit.rule == "own":
        return picture
    if fit.rule in ("exact", "around"):
        return high, wide
    if fit.rule == "inside":
        scale = min(high / height, wide / width)
        return int(height * scale), int(width * scale)
    if fit.rule == "near":
        down, across = high / height, wide / width
        scale = across if abs(1 - across) < abs(1 - down) else down
        return _even(scale * height, fit), _even(scale * width, fit)
    if fit.rule == "longest":
        scale = high / max(height, width)
        return int(height * scale + 0.5), int(width * scale + 0.5)
    return _shortest(fit, picture) if fit.rule == "shortest" else _queried(fit, picture)


def _even(side: float, fit: Fit) -> float:
    return round(side) if fit.multiple == 1 else side


def _shortest(fit: Fit, picture: Sides) -> Sides:
    """As Torchvision's Resize of one number."""
    short, long = min(picture), max(picture)
    low = fit.height or 1
    high = int(low * long / short)
    if fit.longest and high > fit.longest:
        low, high = int(fit.longest * low / high), fit.longest
    return (high, low) if picture[1] <= picture[0] else (low, high)


def _queried(fit: Fit, picture: Sides) -> Sides:
    """As the processors of DETR and its kin."""
    low, high = float(min(picture)), float(max(picture))
    size = fit.height or 1
    raw: float = size
    if fit.longest and high / low * size > fit.longest:
        raw = fit.longest * low / high
        size = round(raw)
    height, width = picture
    if min(picture) == size:
        return picture
    return (int(raw * height / width), size) if width < height else (size, int(raw * width / height))
