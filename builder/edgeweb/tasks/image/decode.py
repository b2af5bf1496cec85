"""The ONNX graph that makes boxes of what a detector puts out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from edgeweb.inputs.golden import Array
from edgeweb.tasks.graph import Graph
from edgeweb.tasks.image import dark, points, rotated
from edgeweb.tasks.image.heads import STRIDES, Head

_MOST_BOXES = 100


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
    if head.most is not None:
        return _queries(tables, head, head.most, size, graph)
    if head.form in ("pairs", "queries"):
        boxes, scores = tables[0], _without_nothing(tables[1], head, graph)
    else:
        table = graph.put("Transpose", tables[0], perm=[1, 0]) if head.form == "columns" else tables[0]
        if head.form == "final":
            return _final(table, head, size, graph)
        boxes, scores = graph.columns(table, 0, 4), _scores(table, head, graph)
        if head.angle:
            return _turned(table, boxes, scores, head, graph)
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
    if head.refined:
        places, score = dark.refined(heat, dims, graph)
        # The middles of the cells at both ends lie on the middles of the pixels there.
        steps = [(size[1] - 1) / (dims[2] - 1), (size[0] - 1) / (dims[1] - 1)]
        return points.told(graph.put("Mul", places, graph.constant(steps, np.float32)), score, graph)
    if head.form == "keypoints":
        return points.keypoints(heat, dims, size, graph)
    some = graph.columns(heat, 0, head.classes, axis=0)
    corners, scores, marks = points.peaks(some, (head.classes, *dims[1:]), size, graph)
    return _select(corners, scores, head, graph, marks)


def _queries(tables: Sequence[str], head: Head, most: int, size: tuple[int, int], graph: Graph) -> None:
    """As transformers' post_process_object_detection: nothing is left out for lying over something else."""
    scores = _without_nothing(tables[1], head, graph)
    if most:
        flat = graph.put("Reshape", scores, graph.constant([-1]))
        best, place = graph.pair("TopK", flat, graph.constant([most]))
        count = graph.constant(head.classes)
        kinds, rows = graph.put("Mod", place, count), graph.put("Div", place, count)
        boxes = graph.put("Gather", tables[0], rows, axis=0)
    else:
        best = graph.put("ReduceMax", scores, graph.constant([1]), keepdims=0)
        kinds, boxes = graph.put("ArgMax", scores, axis=1, keepdims=0), tables[0]
    enough = graph.put("Greater", best, graph.constant(head.threshold, np.float32))
    graph.put("Compress", best, enough, axis=0, name="scores")
    graph.put("Compress", kinds, enough, axis=0, name="classes")
    _sized(_corners(graph.put("Compress", boxes, enough, axis=0), head, size, graph), graph)


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
    for stride in STRIDES:
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
    kinds = len(tables) // len(STRIDES)
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


def _turned(table: str, boxes: str, scores: str, head: Head, graph: Graph) -> None:
    """Boxes around their centres, as they are before they are turned, with their angles."""
    first = 4 + head.classes
    angles = graph.put("Squeeze", graph.columns(table, first, first + 1), graph.constant([1]))
    limits = (head.threshold, head.overlap, _MOST_BOXES)
    kept, sure, kinds, turns = rotated.select(boxes, scores, angles, limits, graph)
    for made, name in ((sure, "scores"), (kinds, "classes"), (turns, "angles")):
        graph.put("Identity", made, name=name)
    _sized(_corners(kept, head, (1, 1), graph), graph)


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
    if head.points[0]:
        graph.put("Identity", points.of_columns(kept, 6, head.points, (1, 1), graph), name="points")
    if head.angle:
        graph.put("Squeeze", graph.columns(kept, 6, 7), graph.constant([1]), name="angles")
    _sized(_corners(graph.columns(kept, 0, 4), head, size, graph), graph)


def _sized(corners: str, graph: Graph) -> None:
    start = graph.columns(corners, 0, 2)
    sides = graph.put("Sub", graph.columns(corners, 2, 4), start)
    graph.put("Concat", start, sides, axis=1, name="boxes")
