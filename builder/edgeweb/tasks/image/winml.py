"""What WinML's image annotations in a model's metadata say of its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_COLOURS = {"Bgr8": "BGR", "Bgra8": "BGR", "Rgb8": "RGB", "Rgba8": "RGB", "Gray8": "GRAY"}
# (x / scale - mean) / std of bytes.
_RANGES = {
    "NominalRange_0_255": (1.0, [0.0], [1.0]), "Normalized_0_1": (255.0, [0.0], [1.0]),
    "Normalized_1_1": (255.0, [0.5], [0.5]),
}  # fmt: skip


def said(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Colour and formula as keys of `[input.NAME]`; {} where nothing is said."""
    colour = _COLOURS.get(metadata.get("Image.BitmapPixelFormat", ""))
    if colour is None:
        return {}
    # Without a range Windows gives a model bytes.
    formula = _RANGES.get(metadata.get("Image.NominalPixelRange", "NominalRange_0_255"))
    found: dict[str, Any] = {} if colour == "GRAY" else {"color": colour}
    return found if formula is None else {**found, **dict(zip(("scale", "mean", "std"), formula, strict=True))}
