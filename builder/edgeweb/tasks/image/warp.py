"""What lies around a box in a picture, brought to the model's size as ViTPose's image processor does it."""

from __future__ import annotations

import numpy as np

from edgeweb.inputs.golden import Array

# Left, top, width and height.
Box = tuple[float, float, float, float]
_Pair = tuple[np.float32, np.float32]
# So much more than the box is seen of it; sizes are kept in these many pixels.
_MORE, _UNIT = 1.25, 200.0


def area(box: Box, size: tuple[int, int]) -> Box:
    """What is seen: around the middle of the box, in the proportions of `size` (height, width)."""
    _, (cx, cy), (across, down) = _seen(box, size)
    return float(cx - across / 2), float(cy - down / 2), float(across), float(down)


def pixels(picture: Array, box: Box, size: tuple[int, int]) -> Array:
    """Bytes [height, width, 3] of bytes [H, W, 3]: linear between four pixels, and black beyond the picture."""
    steps, middle, sides = _seen(box, size)
    made = picture.astype(np.float64)
    for axis, (count, side) in enumerate(zip(size, picture.shape[:2], strict=True)):
        # Single precision, as there.
        step = np.float32(steps[1 - axis])
        start = np.float32(steps[1 - axis] * np.float32(np.float32(-middle[1 - axis]) + sides[1 - axis] / 2))
        at = np.arange(count) * (1 / np.float64(step)) - np.float64(start) / np.float64(step)
        inside = (at >= 0) & (at <= side - 1)
        low = np.floor(at).clip(0, side - 1).astype(int)
        share = np.where(inside, at - low, 0).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        between = made.take(low, axis) * (1 - share) + made.take(np.minimum(low + 1, side - 1), axis) * share
        made = between * inside.reshape(share.shape)
    return np.floor(made + 0.5).astype(np.uint8)


def _seen(box: Box, size: tuple[int, int]) -> tuple[tuple[float, float], _Pair, _Pair]:
    """Of x and of y: how many of the model's pixels one of the picture is, the middle, and how much is seen."""
    left, top, width, height = box
    high, wide = size
    share = wide / high
    middle = np.float32(left + width * 0.5), np.float32(top + height * 0.5)
    if width > share * height:
        height = width / share
    elif width < share * height:
        width = height * share
    across, down = (
        np.float32(np.float32(np.float32(side / _UNIT) * np.float32(_MORE)) * np.float32(_UNIT))
        for side in (width, height)
    )
    return ((wide - 1) / float(across), (high - 1) / float(down)), middle, (across, down)
