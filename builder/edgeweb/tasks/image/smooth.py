"""Pictures made smaller as OWLv2's image processor does it: by a Gaussian, and linearly, in floats and not in bytes."""

from __future__ import annotations

import numpy as np

from edgeweb.inputs.golden import Array

# Half of white, on which a picture that is no square lies.
GREY = 127.5
# How many deviations of it a Gaussian reaches.
_REACH = 4.0


def pixels(picture: Array, size: tuple[int, int], *, squared: bool) -> Array:
    """RGBA float32 [height, width, 4] of `size`, of bytes [H, W, 3]; `squared`: on grey below, or at the right."""
    height, width = picture.shape[:2]
    whole = (max(height, width),) * 2 if squared else (height, width)
    down, across = taps(whole[0], size[0])[:, :height], taps(whole[1], size[1])[:, :width]
    # Every row of both adds up to 1, so what lies on grey is what differs from it.
    planes = np.moveaxis(picture.astype(np.float64) - GREY, 2, 0)
    made = np.moveaxis(down @ planes @ across.T, 0, 2) + GREY
    return np.dstack([made, np.full((*size, 1), 255)]).astype(np.float32)


def taps(side: int, to: int) -> Array:
    """What each of `to` pixels has of each of `side`: scipy's gaussian_filter and zoom in its mode mirror."""
    scale = side / to
    at = (np.arange(to) + 0.5) * scale - 0.5
    first = np.floor(at).astype(int)
    deviation = max(0.0, (scale - 1) / 2)
    reach = int(_REACH * deviation + 0.5)
    offsets = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (offsets / (deviation or 1.0)) ** 2)
    kernel /= kernel.sum()
    made = np.zeros((to, side))
    for step, share in ((0, first + 1 - at), (1, at - first)):
        middle = _mirrored(first + step, side)
        for offset, weight in zip(offsets, kernel, strict=True):
            np.add.at(made, (np.arange(to), _mirrored(middle + offset, side)), share * weight)
    return made


def _mirrored(at: Array, side: int) -> Array:
    """Beyond its ends a side goes back, without its last pixel twice."""
    turn = 2 * max(1, side - 1)
    there = at % turn
    return np.minimum(there, turn - there) if side > 1 else np.zeros_like(at)
