"""What an image processor makes of a picture's numbers: its scale, mean and deviation, as one formula."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from edgeweb.tasks.image import processors

# No mean of bytes is larger.
_MOST_MEAN = 255


def of(said: Mapping[str, Any], channels: int) -> dict[str, Any] | str:
    """Scale, mean and std; the reason where any of them is none that could be used."""
    for key in ("do_rescale", "do_normalize"):
        if not isinstance(said.get(key, True), bool):
            return f"{key} is neither true nor false"
    factor = said.get("rescale_factor", 1 / 255)
    if isinstance(factor, bool) or not isinstance(factor, (int, float)):
        return "rescale_factor is not a number"
    found: dict[str, Any] = {"scale": _scale(factor) if said.get("do_rescale", True) else 1.0}
    first, last = _around(said)
    plain = not said.get("do_normalize", "image_mean" in said or "image_std" in said)
    if plain and not last:
        # Without a word on their scale nothing is known of it.
        scaled = "do_rescale" in said or "rescale_factor" in said
        return {**found, "mean": [first], "std": [1.0]} if scaled else {}
    known = {key: _listed(said.get(key)) for key in ("image_mean", "image_std")}
    for key, values in known.items():
        if len(values) not in (1, channels):
            return f"{key} is not {'1' if channels == 1 else '1 or 3'} numbers"
    mean, std = known.values()
    if any(abs(value) > _MOST_MEAN for value in mean):
        return "image_mean is beyond what pictures are made of"
    mean = [first] if plain else [value + first for value in mean]
    return {**found, "mean": mean, "std": [value * value for value in std] if last and not plain else std}


def _around(said: Mapping[str, Any]) -> tuple[float, bool]:
    """What its arithmetic takes away before all else, and whether it divides by the deviation once more at last."""
    if processors.family(said) != "EfficientNet":
        return 0.0, False
    moved = said.get("rescale_offset") is True and said.get("do_rescale", True)
    return float(bool(moved)), bool(said.get("include_top", True))


def _listed(values: Any) -> list[float]:
    """One number for all colours may stand alone; empty where they are none."""
    listed = [values] if isinstance(values, (int, float)) and not isinstance(values, bool) else values
    return listed if numbers(listed) else []


def numbers(values: Any) -> bool:
    """Whether they are a list of one number, or of one for each colour."""
    listed = isinstance(values, list) and len(values) in (1, 3)
    return listed and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)


def _scale(factor: float) -> float:
    """The whole number that 1 / 255 was made from, where rounding gives one."""
    found = 1 / factor if factor > 0 else math.inf
    return round(found, 6) if found > 1 else found
