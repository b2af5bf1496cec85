"""Object detectors: how their outputs say where things are.

The forms are those of published models: YOLOv5 and FastestDet (rows), YOLOv8 (columns), YOLOX undecoded (grid), SSD and
UltraFace (pairs), YOLOv10 (final), DETR (queries), YuNet (strides); and heat maps of points (peaks, keypoints).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import onnx

from edgeweb.inputs.golden import Array
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image import points
from edgeweb.tasks.image.settings import Form

STRIDES = (8, 16, 32)
# Coordinates up to here are shares of the picture; in pixels some would be larger.
_SHARES = 2.0
# A detector that ends in its own selection gives at most so many rows.
_FINAL_ROWS = 1000
# What outputs that hold boxes are called.
BOXES = re.compile(r"box(es)?(?![a-z])|bboxes", re.IGNORECASE)
_YUNET = re.compile(r"(cls|obj|bbox|kps)_(\d+)")


@dataclass(frozen=True)
class Head:
    """How boxes are read. `classes`: how many; `relative`: coordinates are shares; `corners`: not centre and size.

    `squash`: how scores become shares: a sigmoid, a softmax with a last class for nothing, or not at all;
    `background`: the first class stands for nothing; `sure`: each row has a score of its own for there being something.
    `points`: how many points a box has, and how many values each: x, y and perhaps a score. `maps`: K, h and w of heat
    maps, in which points are `refined` as ViTPose has it. `angle`: each box is turned around its centre, by the radians
    in a column of their own. `most`: of queries, which the model itself keeps apart, so many likeliest pairs of box and
    class are chosen; 0: of each query the best class. `least`: the score below which a page shows none at first.
    """

    form: Form
    outputs: tuple[str, ...]
    classes: int
    relative: bool = False
    corners: bool = False
    squash: Literal["", "Sigmoid", "Softmax"] = ""
    background: bool = False
    sure: bool = False
    threshold: float = 0.3
    overlap: float = 0.45
    points: tuple[int, int] = (0, 0)
    maps: tuple[int, int, int] | None = None
    angle: bool = False
    most: int | None = None
    least: float = 0.0
    refined: bool = False


def find(
    outputs: Sequence[TensorInfo],
    seen: Mapping[str, Array],
    size: tuple[int, int],
    labels: int,
    form: Form | None,
    proto: onnx.ModelProto | None = None,
    pose: tuple[int, int] = (0, 0),
) -> Head | str:
    """The head of a detector, or why these are none.

    Args:
        seen: the outputs of a run; they tell shares from pixels.
        size: height and width of the model's pictures.
        labels: how many the user gave; 0: none.
        form: what the user says it is.
        proto: the model, for what its operators tell.
        pose: how many points each box has and how many values each of them, where the model says so.
    """
    heat = _heat(outputs, seen, size, labels, form, proto)
    if heat is not None:
        return heat
    known = {info.name: seen[info.name] for info in outputs if info.name in seen and info.type.startswith("float")}
    three = {name: array[0] for name, array in known.items() if array.ndim == 3 and array.shape[0] == 1}
    several = form is None and len(outputs) > 1
    if form == "strides" or (several and isinstance(_strides(outputs, size), Head)):
        return _strides(outputs, size)
    if form in ("pairs", "queries") or several:
        return _pairs(outputs, three, form)
    if len(outputs) != 1 or len(three) != 1:
        return "its outputs are not a table of boxes"
    ((name, table),) = three.items()
    return _table(name, table, size, labels, form, pose)


def _heat(
    outputs: Sequence[TensorInfo],
    seen: Mapping[str, Array],
    size: tuple[int, int],
    labels: int,
    form: Form | None,
    proto: onnx.ModelProto | None,
) -> Head | str | None:
    """Heat maps, where they are asked for or certain."""
    if form not in (None, "peaks", "keypoints"):
        return None
    maps = points.heat_maps(outputs, seen, size)
    name = points.peaks_of(proto, maps) if proto is not None else None
    kind: Form | None = form or ("peaks" if name else None)
    name = name or next(iter(maps), None)
    if name is None:
        return None if form is None else "none of its outputs is [1, K, h, w] over the picture"
    if kind is None and len(outputs) == 1 and points.is_body(maps[name], size):
        kind = "keypoints"
    if kind is None:
        return None
    count, rows, columns = maps[name].shape[1:]
    classes = 1 if kind == "keypoints" else min(labels or count, count)
    shape = (count, 3) if kind == "keypoints" else (1, 3)
    return Head(kind, (name,), classes, squash=_squash(maps[name]), points=shape, maps=(count, rows, columns))


def _table(
    name: str, table: Array, size: tuple[int, int], labels: int, form: Form | None, pose: tuple[int, int]
) -> Head | str:
    """One output: a row, or a column, for each place where something may be."""
    rows, width = table.shape
    if form is None and (rows, width) == size:
        return f'output "{name}" is as high and as wide as the picture'
    if form == "columns" or (form is None and 5 <= rows < width):
        classes = rows - 4 - pose[0] * pose[1]
        if classes < 1:
            return f'output "{name}" has too few columns for {pose[0]} points'
        squash, shares = _squash(table[4 : 4 + classes]), _shares(table[:4].T)
        return Head("columns", (name,), classes, shares, squash=squash, points=pose)
    if form == "final" or (form is None and width == 6 and rows <= _FINAL_ROWS and labels != 1):
        return Head("final", (name,), max(labels, 1), _shares(table[:, :4]), corners=True)
    if width < 5 or rows < width:
        return f'output "{name}" has not the shape of a table of boxes'
    # As many labels as columns after the four of the box: nothing says for itself that something is there.
    sure = labels != width - 4 and width > 5
    classes = width - 5 if sure else width - 4
    squash, shares = _squash(table[:, 4:]), _shares(table[:, :4])
    cells = sum((size[0] // stride) * (size[1] // stride) for stride in STRIDES)
    if form == "grid" or (form is None and rows == cells and (table[:, 2:4] < 0).any()):
        return Head("grid", (name,), classes, squash=squash, sure=sure)
    return Head("rows", (name,), classes, shares, squash=squash, sure=sure)


def _pairs(outputs: Sequence[TensorInfo], three: Mapping[str, Array], form: Form | None) -> Head | str:
    """Boxes in one output, scores in another: logits of many classes are those of queries, if nobody says otherwise."""
    boxes = [name for name, array in three.items() if array.shape[1] == 4]
    if len(boxes) > 1:
        # Four classes have as many columns as a box: then a name has to tell.
        boxes = [name for name in boxes if BOXES.search(name)]
        boxes = boxes if len(boxes) == 1 else []
    scores = [name for name in three if name not in boxes[:1]]
    if len(outputs) != 2 or not boxes or len(scores) != 1 or len(three[boxes[0]]) != len(three[scores[0]]):
        return "its outputs are not boxes and scores"
    box, score, names = three[boxes[0]], three[scores[0]], (boxes[0], scores[0])
    width, squash = score.shape[1], _squash(score)
    shares = width > 1 and np.allclose(score.sum(axis=1), 1, atol=1e-2) and float(score.min()) >= 0
    if form == "queries" or (form is None and width > 1 and not shares and squash):
        # DETR's last class stands for nothing; where a sigmoid was taken already, each class speaks for itself.
        if not shares and not squash:
            return Head("queries", names, width, _shares(box))
        if width == 1:
            return "it has one score a box, and the last of queries stands for nothing"
        return Head("queries", names, width - 1, _shares(box), squash="" if shares else "Softmax")
    corners = float(np.mean((box[:, 2] >= box[:, 0]) & (box[:, 3] >= box[:, 1]))) > 0.95
    if shares:
        return Head("pairs", names, width - 1, _shares(box), corners, background=True)
    return Head("pairs", names, width, _shares(box), corners, squash)


def _strides(outputs: Sequence[TensorInfo], size: tuple[int, int]) -> Head | str:
    """YuNet's: class, object and box for each cell of three grids, told by their names."""
    names = {(match[1], int(match[2])): info.name for info in outputs if (match := _YUNET.fullmatch(info.name))}
    wanted = [(kind, stride) for stride in STRIDES for kind in ("cls", "obj", "bbox")]
    if any(key not in names for key in wanted):
        return "its outputs are not named cls_8, obj_8, bbox_8 and so on, for 8, 16 and 32"
    if any(side % STRIDES[-1] for side in size):
        return f"the sides of its pictures are not multiples of {STRIDES[-1]}"
    if any(("kps", stride) not in names for stride in STRIDES):
        return Head("strides", tuple(names[key] for key in wanted), 1, threshold=0.6)
    wanted = [(kind, stride) for stride in STRIDES for kind in ("cls", "obj", "bbox", "kps")]
    return Head("strides", tuple(names[key] for key in wanted), 1, threshold=0.6, points=(5, 2))


def _shares(boxes: Array) -> bool:
    return float(np.abs(boxes).max(initial=0)) <= _SHARES


def _squash(scores: Array) -> Literal["", "Sigmoid"]:
    return "" if scores.size == 0 or (float(scores.min()) >= 0 and float(scores.max()) <= 1) else "Sigmoid"
