"""Object detectors: how their outputs say where things are, and the ONNX graph that makes boxes of them.

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
from onnx import TensorProto

from edgeweb.inputs.golden import Array
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.graph import Graph
from edgeweb.tasks.image import points
from edgeweb.tasks.image.settings import Form

_STRIDES = (8, 16, 32)
# Coordinates up to here are shares of the picture; in pixels some would be larger.
_SHARES = 2.0
_MOST_BOXES = 100
# A detector that ends in its own selection gives at most so many rows.
_FINAL_ROWS = 1000
_YUNET = re.compile(r"(cls|obj|bbox|kps)_(\d+)")


@dataclass(frozen=True)
class Head:
    """How boxes are read. `classes`: how many; `relative`: coordinates are shares; `corners`: not centre and size.

    `squash`: how scores become shares: a sigmoid, a softmax with a last class for nothing, or not at all;
    `background`: the first class stands for nothing; `sure`: each row has a score of its own for there being something.
    `points`: how many points a box has, and how many values each: x, y and perhaps a score. `maps`: K, h and w of heat
    maps.
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
    cells = sum((size[0] // stride) * (size[1] // stride) for stride in _STRIDES)
    if form == "grid" or (form is None and rows == cells and (table[:, 2:4] < 0).any()):
        return Head("grid", (name,), classes, squash=squash, sure=sure)
    return Head("rows", (name,), classes, shares, squash=squash, sure=sure)


def _pairs(outputs: Sequence[TensorInfo], three: Mapping[str, Array], form: Form | None) -> Head | str:
    """Boxes in one output, scores in another: logits of many classes are those of queries, if nobody says otherwise."""
    boxes = [name for name, array in three.items() if array.shape[1] == 4]
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
    wanted = [(kind, stride) for stride in _STRIDES for kind in ("cls", "obj", "bbox")]
    if any(key not in names for key in wanted):
        return "its outputs are not named cls_8, obj_8, bbox_8 and so on, for 8, 16 and 32"
    if any(side % _STRIDES[-1] for side in size):
        return f"the sides of its pictures are not multiples of {_STRIDES[-1]}"
    if any(("kps", stride) not in names for stride in _STRIDES):
        return Head("strides", tuple(names[key] for key in wanted), 1, threshold=0.6)
    wanted = [(kind, stride) for stride in _STRIDES for kind in ("cls", "obj", "bbox", "kps")]
    return Head("strides", tuple(names[key] for key in wanted), 1, threshold=0.6, points=(5, 2))


def _shares(boxes: Array) -> bool:
    return float(np.abs(boxes).max(initial=0)) <= _SHARES


def _squash(scores: Array) -> Literal["", "Sigmoid"]:
    return "" if scores.size == 0 or (float(scores.min()) >= 0 and float(scores.max()) <= 1) else "Sigmoid"


def decode(head: Head, raws: Sequence[str], size: tuple[int, int], graph: Graph) -> None:
    """From `raws`, [1, ...] float32 each, to `boxes` [K, 4] (x, y, width, height in the model's pixels), `scores` [K]
    and `classes` int64 [K]; where `head` has points also `points` [K, P, 3] (x, y, score).
    """
    if head.maps is not None:
        return _mapped(head, head.maps, raws[0], size, graph)
    tables = [graph.put("Squeeze", raw, graph.constant([0])) for raw in raws]
    if head.form == "strides":
        marks = points.of_cells(tables[3::4], *_grid(size), graph) if head.points[0] else None
        boxes, scores = _cells(tables, size, graph)
        return _select(_corners(boxes, head, size, graph), scores, head, graph, marks)
    marks = None
    if head.form in ("pairs", "queries"):
        boxes, scores = tables[0], _without_nothing(tables[1], head, graph)
    else:
        table = graph.put("Transpose", tables[0], perm=[1, 0]) if head.form == "columns" else tables[0]
        if head.form == "final":
            return _final(table, head, size, graph)
        boxes, scores = graph.columns(table, 0, 4), _scores(table, head, graph)
        if head.form == "grid":
            boxes = _from_grid(boxes, size, graph)
        if head.form == "columns" and head.points[0]:
            factor = (size[1], size[0]) if head.relative else (1, 1)
            marks = points.of_columns(table, 4 + head.classes, head.points, factor, graph)
    return _select(_corners(boxes, head, size, graph), scores, head, graph, marks)


def _mapped(head: Head, dims: tuple[int, int, int], raw: str, size: tuple[int, int], graph: Graph) -> None:
    """Points of heat maps, of which those of the classes come first."""
    whole = graph.put(head.squash, raw) if head.squash else raw
    heat = graph.put("Squeeze", whole, graph.constant([0]))
    if head.form == "keypoints":
        return points.keypoints(heat, dims, size, graph)
    some = graph.columns(heat, 0, head.classes, axis=0)
    corners, scores, marks = points.peaks(some, (head.classes, *dims[1:]), size, graph)
    return _select(corners, scores, head, graph, marks)


def _scores(table: str, head: Head, graph: Graph) -> str:
    """Of each class [N, C], with what the row itself is sure of."""
    first = 5 if head.sure else 4
    scores = graph.columns(table, first, first + head.classes)
    if head.squash:
        scores = graph.put(head.squash, scores)
    if not head.sure:
        return scores
    sure = graph.columns(table, 4, 5)
    return graph.put("Mul", scores, graph.put(head.squash, sure) if head.squash else sure)


def _without_nothing(scores: str, head: Head, graph: Graph) -> str:
    if head.squash:
        scores = graph.put("Softmax", scores, axis=1) if head.squash == "Softmax" else graph.put(head.squash, scores)
    first = 1 if head.background else 0
    return graph.columns(scores, first, first + head.classes) if head.background or head.form == "queries" else scores


def _grid(size: tuple[int, int]) -> tuple[Array, Array]:
    """Column and row [N, 2] of each cell, and its stride [N, 1], in the order of YOLOX and YuNet."""
    places, strides = [], []
    for stride in _STRIDES:
        ys, xs = np.meshgrid(range(size[0] // stride), range(size[1] // stride), indexing="ij")
        places.append(np.stack([xs.ravel(), ys.ravel()], 1))
        strides.append(np.full((xs.size, 1), stride))
    return np.concatenate(places).astype(np.float32), np.concatenate(strides).astype(np.float32)


def _from_grid(boxes: str, size: tuple[int, int], graph: Graph) -> str:
    """(cell + offset) * stride is the centre, exp(size) * stride the size."""
    places, strides = _grid(size)
    stride = graph.constant(strides, np.float32)
    moved = graph.put("Add", graph.columns(boxes, 0, 2), graph.constant(places, np.float32))
    sides = graph.put("Exp", graph.columns(boxes, 2, 4))
    return graph.put("Mul", graph.put("Concat", moved, sides, axis=1), stride)


def _cells(tables: Sequence[str], size: tuple[int, int], graph: Graph) -> tuple[str, str]:
    """YuNet's boxes as of a grid, and the root of class times object as the score."""
    low, high = graph.constant(0, np.float32), graph.constant(1, np.float32)
    kinds = len(tables) // len(_STRIDES)
    cls, obj, box = (graph.put("Concat", *tables[place::kinds], axis=0) for place in range(3))
    product = graph.put("Mul", graph.put("Clip", cls, low, high), graph.put("Clip", obj, low, high))
    return _from_grid(box, size, graph), graph.put("Sqrt", product)


def _corners(boxes: str, head: Head, size: tuple[int, int], graph: Graph) -> str:
    """Left, top, right and bottom [N, 4] in the model's pixels."""
    if head.relative:
        boxes = graph.put("Mul", boxes, graph.constant([size[1], size[0]] * 2, np.float32))
    if head.corners:
        return boxes
    centre = graph.columns(boxes, 0, 2)
    half = graph.put("Mul", graph.columns(boxes, 2, 4), graph.constant(0.5, np.float32))
    return graph.put("Concat", graph.put("Sub", centre, half), graph.put("Add", centre, half), axis=1)


def _select(corners: str, scores: str, head: Head, graph: Graph, marks: str | None = None) -> None:
    """The best of boxes that cover one another, for each class; with their points [N, P, 3]."""
    by_class = graph.put("Transpose", scores, perm=[1, 0])
    front = graph.constant([0])
    chosen = graph.put(
        "NonMaxSuppression",
        graph.put("Unsqueeze", corners, front),
        graph.put("Unsqueeze", by_class, front),
        graph.constant([_MOST_BOXES]),
        graph.constant([head.overlap], np.float32),
        graph.constant([head.threshold], np.float32),
    )
    graph.put("Squeeze", graph.columns(chosen, 1, 2), graph.constant([1]), name="classes")
    place = graph.put("Squeeze", graph.columns(chosen, 2, 3), graph.constant([1]))
    graph.put("GatherND", by_class, graph.columns(chosen, 1, 3), name="scores")
    if marks is not None:
        graph.put("Gather", marks, place, axis=0, name="points")
    _sized(graph.put("Gather", corners, place, axis=0), graph)


def _final(table: str, head: Head, size: tuple[int, int], graph: Graph) -> None:
    """Rows that were selected already: corners, score, class."""
    enough = graph.put(
        "Greater", graph.put("Squeeze", graph.columns(table, 4, 5), graph.constant([1])),
        graph.constant(head.threshold, np.float32),
    )  # fmt: skip
    kept = graph.put("Compress", table, enough, axis=0)
    graph.put("Squeeze", graph.columns(kept, 4, 5), graph.constant([1]), name="scores")
    number = graph.put("Squeeze", graph.columns(kept, 5, 6), graph.constant([1]))
    graph.put("Cast", number, name="classes", to=TensorProto.INT64)
    _sized(_corners(graph.columns(kept, 0, 4), head, size, graph), graph)


def _sized(corners: str, graph: Graph) -> None:
    start = graph.columns(corners, 0, 2)
    sides = graph.put("Sub", graph.columns(corners, 2, 4), start)
    graph.put("Concat", start, sides, axis=1, name="boxes")
