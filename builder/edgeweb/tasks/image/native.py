"""What the page does around a model of pictures, in this process: the graphs that a site ships."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edgeweb.errors import UnsupportedError
from edgeweb.inputs.golden import Array
from edgeweb.machine.session import open_session
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image import files, graphs
from edgeweb.tasks.image.files import Placed
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.native import name, ranked
from edgeweb.tasks.plan import Plan

# As in web/src/tasks/image/worker/results.ts.
_MASK_SIDE = 1024
_MASK_PIXELS = 1 << 22
# As in web/src/tasks/image/worker/finer.ts.
_NOTHING, _THERE, _OWN = "unlabelled", 0.5, 0.5


class Pictures:
    """RGB uint8 [height, width, 3] in; classes, boxes or a mask out. The place of a picture is kept for its result."""

    def __init__(self, plan: Plan, inputs: Sequence[TensorInfo], outputs: Sequence[TensorInfo]) -> None:
        self._plan = plan
        self._spec: ImageSpec = plan.spec
        before, after = graphs.around(self._spec, inputs, outputs)
        self._before, self._after = open_session(before), open_session(after) if after else None
        self._placed: Placed | None = None

    def feeds(self, value: Any) -> dict[str, Array]:
        """The model's input for a picture."""
        from PIL import Image

        pixels = np.ascontiguousarray(np.asarray(value, np.uint8))
        given, self._placed = files.placed_feeds(Image.fromarray(pixels), self._spec)
        return {self._spec.input: self._before.run(["tensor"], given)[0]}

    def result(self, outputs: Mapping[str, Array]) -> dict[str, Any]:
        """The result form that a page shows; UnsupportedError for pictures, which a browser alone paints."""
        spec, after, labels = self._spec, self._after, self._plan.labels
        if after is None or set(spec.outputs) - set(outputs):
            return {"task": "tensors", "outputs": dict(outputs)}
        names = [output.name for output in after.get_outputs()]
        raws = {f"raw{place}": outputs[name] for place, name in enumerate(spec.outputs)}
        read = dict(zip(names, map(np.asarray, after.run(names, raws)), strict=True))
        placed = self._placed or Placed.whole(spec)
        if spec.result == "classification":
            return ranked(labels, read["scores"].ravel(), read["classes"].ravel() if "classes" in read else None)
        if spec.result == "detection":
            return {"task": "detection", "boxes": self._boxes(read, placed)}
        if spec.planes:
            kinds = [*labels] or self._kinds(len(read["planes"]))
            parts = segments(read["masks"], read["sure"], placed) if "masks" in read else None
            if parts is None:
                return {"task": "segmentation", "mask": finest(read["planes"], placed), "labels": kinds}
            mask, kept = parts
            named = [kinds[read["kinds"][place]] for place in kept]
            sure = [0.0, *(float(read["sure"][place]) for place in kept)]
            return {"task": "segmentation", "mask": mask, "labels": [_NOTHING, *named], "scores": sure}
        if spec.result == "segmentation":
            most = max(1, int(read["mask"].max()))
            names = [f"class {i}" for i in range(most + 1)] if most > 1 else ["background", "foreground"]
            return {
                "task": "segmentation",
                "mask": _laid(read["mask"], spec, placed),
                "labels": [*labels] or names,
            }
        if spec.result == "regression":
            return {"task": "regression", "values": read["values"].tolist(), "names": list(spec.names)}
        if spec.result == "embedding":
            return {"task": "embedding", "vector": read["vector"].tolist()}
        raise UnsupportedError("edgeweb.Local cannot paint", f"the task is {self._plan.task}", "Look at it on the page")

    def _kinds(self, count: int) -> list[str]:
        return [f"class {place}" for place in range(count)]

    def _boxes(self, read: Mapping[str, Array], placed: Placed) -> list[dict[str, Any]]:
        """From the model's pixels to the picture's; what lies outside of it is cut off."""
        (left, top, width, height), inner = placed.area, placed.inner
        scale = np.array([width / inner[2], height / inner[3]])
        start = read["boxes"][:, :2].astype(np.float64)
        corners = np.stack([start, start + read["boxes"][:, 2:]], 1)
        corners = np.array([left, top]) + (corners - inner[:2]) * scale
        found = []
        marks, angles = read.get("points"), read.get("angles")
        if angles is None and self._spec.fit is None:
            corners = corners.clip(0, [placed.width, placed.height])
        for place, ((low, high), score, kind) in enumerate(zip(corners, read["scores"], read["classes"], strict=True)):
            x, y, w, h = (float(v) for v in (*low, *(high - low)))
            if (w > 0 and h > 0) or self._spec.fit is not None:
                label = name(self._plan.labels, int(kind))
                box = {"label": label, "score": float(score), "x": x, "y": y, "width": w, "height": h}
                if angles is not None:
                    box |= turned(box, float(angles[place]), scale)
                if marks is not None:
                    at = np.array([left, top]) + (marks[place, :, :2] - inner[:2]) * scale
                    sure = marks[place, :, 2]
                    box["points"] = [
                        {"x": float(u), "y": float(v), "score": float(s)} for (u, v), s in zip(at, sure, strict=True)
                    ]
                found.append(box)
        return sorted(found, key=lambda box: -box["score"])


def turned(box: Mapping[str, Any], angle: float, scale: Array) -> dict[str, float]:
    """A box around the same centre, with the sides and the angle that it has where both axes are scaled apart.

    Args:
        box: scaled as if it were not turned.
        angle: in the model's picture, clockwise in radians.
    """
    centre = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    across, down = box["width"] / scale[0], box["height"] / scale[1]
    wide = np.array([math.cos(angle), math.sin(angle)]) * across * scale
    high = np.array([-math.sin(angle), math.cos(angle)]) * down * scale
    width, height = math.hypot(*wide), math.hypot(*high)
    return {
        "x": centre[0] - width / 2, "y": centre[1] - height / 2, "width": width, "height": height,
        "angle": math.atan2(wide[1], wide[0]),
    }  # fmt: skip


def finest(planes: Array, placed: Placed) -> Array:
    """The best class at each pixel of the picture, or of a smaller one of its proportions: as finer.ts has it."""
    mask: Array = _finer(planes, placed).argmax(axis=0).astype(np.uint8)
    return mask


def segments(masks: Array, sure: Array, placed: Placed) -> tuple[Array, list[int]] | None:
    """The number of the segment at each pixel, 0 where none is, and which of `masks` these are; None: there is none."""
    if not len(masks):
        return None
    planes = _finer(masks, placed) * sure.reshape(-1, 1, 1)
    best, mask, kept = planes.argmax(axis=0), np.zeros(planes.shape[1:], np.uint8), list[int]()
    for place, plane in enumerate(planes):
        own, there = int((best == place).sum()), int((plane >= _THERE).sum())
        if there and own > _OWN * there:
            kept.append(place)
            mask[best == place] = len(kept)
    return (mask, kept) if kept else None


def _finer(planes: Array, placed: Placed) -> Array:
    """Maps as fine as the picture, by lines between their cells."""
    shrink = min(1.0, math.sqrt(_MASK_PIXELS / (placed.width * placed.height)))
    sides = [max(1, math.floor(side * shrink + 0.5)) for side in (placed.height, placed.width)]
    for axis, side in enumerate(sides, 1):
        cells = planes.shape[axis]
        at = np.maximum(0, (np.arange(side) + 0.5) * (cells / side) - 0.5)
        first = np.minimum(np.floor(at), cells - 1).astype(int)
        share = (at - first).astype(np.float32).reshape([-1 if each == axis else 1 for each in range(3)])
        after = np.minimum(first + 1, cells - 1)
        planes = planes.take(first, axis) * (1 - share) + planes.take(after, axis) * share
    return planes


def _laid(mask: Array, spec: ImageSpec, placed: Placed) -> Array:
    """The mask over the picture, or over a smaller one of its proportions; 0 where the model did not look."""
    shrink = min(1.0, _MASK_SIDE / max(placed.width, placed.height))
    sides = [max(1, math.floor(side * shrink + 0.5)) for side in (placed.height, placed.width)]
    area, inner, whole = placed.area[1::-1] + placed.area[:1:-1], placed.inner, (spec.height, spec.width)
    places = []
    for axis, (count, side) in enumerate(zip(sides, (placed.height, placed.width), strict=True)):
        share = ((np.arange(count) + 0.5) * side / count - area[axis]) / area[axis + 2]
        cells = mask.shape[axis]
        at = np.floor((inner[1 - axis] + share * inner[3 - axis]) * cells / whole[axis]).clip(0, cells - 1).astype(int)
        places.append((at, (share >= 0) & (share < 1)))
    (rows, seen_rows), (columns, seen_columns) = places
    return np.where(np.outer(seen_rows, seen_columns), mask[np.ix_(rows, columns)], 0).astype(np.uint8)
