"""Made-up pictures that a model is run on, so that its outputs show what they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import DTYPES, Array
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image.pictures import Picture

COUNT = 4
# Of these no place has anything to do with its neighbours.
_NOISE = (0, 3)
_MOST_ELEMENTS = 4 << 20
# How far two maps rise and fall together, of one colour or of each of three.
_ALIKE = {1: 0.8, 3: 0.5}


def feeds(info: TensorInfo, picture: Picture) -> Sequence[Feed]:
    """As unlike as a formula can make them; none where that takes too much room."""
    sides = (picture.channels, picture.height, picture.width)
    if picture.channels * picture.height * picture.width > _MOST_ELEMENTS:
        return ()
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 1, picture.width)[None, None, :] * np.ones(sides)
    found = []
    for whole in (rng.random(sides), ramp, np.ones(sides), rng.normal(0, 2, sides)):
        laid = (whole if picture.layout == "NCHW" else whole.transpose(1, 2, 0))[None]
        bytes_ = info.type == "uint8"
        found.append({info.name: (np.abs(laid) * 127 if bytes_ else laid).clip(-255, 255).astype(DTYPES[info.type])})
    return found


def follows(info: TensorInfo, picture: Picture, gave: Sequence[Array]) -> bool:
    """Whether outputs that are as large as the inputs rise and fall with these, each colour with its own."""
    fed = feeds(info, picture)
    if len(gave) < COUNT or len(fed) < COUNT:
        return False
    return all(_alike(fed[place][info.name], gave[place], picture) for place in _NOISE)


def _alike(one: Array, other: Array, picture: Picture) -> bool:
    if one.size != other.size:
        return False
    axis = 0 if picture.layout == "NCHW" else -1
    pairs = [np.moveaxis(each.reshape(one.shape[1:]).astype(np.float64), axis, 0) for each in (one, other)]
    for first, second in zip(*pairs, strict=True):
        a, b = first.ravel() - first.mean(), second.ravel() - second.mean()
        size = float(np.linalg.norm(a) * np.linalg.norm(b))
        if not np.isfinite(size) or size == 0 or abs(float(a @ b)) / size < _ALIKE[picture.channels]:
            return False
    return True
