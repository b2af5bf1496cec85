"""Heat maps of points, and the ONNX arithmetic that finds the points in them.

Two kinds are published: a map for each kind of thing, of which there may be any number (CenterNet's, as in the face
detector of OpenSeeFace: `peaks`), and a map for each point of one body, face or hand (HRNet's, ViTPose's: `keypoints`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx

from edgeweb.inputs.golden import Array
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.graph import Graph

# Points of a body by MPII, COCO, Halpe and COCO's whole body; a classifier of pixels has seldom as many classes.
_BODY = frozenset((16, 17, 26, 133))
_STRIDE = 4
_MOST_POINTS = 500
# A peak is the highest of so many cells around it, along a side.
_AROUND = 3


def heat_maps(outputs: Sequence[TensorInfo], seen: Mapping[str, Array], size: tuple[int, int]) -> dict[str, Array]:
    """The outputs [1, K, h, w] that are maps of a picture of `size`, coarser by the same factor along both sides."""
    found = {}
    for info in outputs:
        array = seen.get(info.name)
        if array is None or array.ndim != 4 or array.shape[0] != 1 or array.dtype.kind != "f":
            continue
        factors = [whole / side for whole, side in zip(size, array.shape[2:], strict=True)]
        if abs(factors[0] - factors[1]) < 1e-6 and 1 <= factors[0] <= 32 and array.shape[1] <= _MOST_POINTS:
            found[info.name] = array
    return found


def peaks_of(proto: onnx.ModelProto, maps: Mapping[str, Array]) -> str | None:
    """The map whose highest places the model itself gives out beside it, by a MaxPool: its peaks are wanted."""
    pooled = {node.output[0]: node.input[0] for node in proto.graph.node if node.op_type == "MaxPool"}
    return next((pooled[name] for name in maps if pooled.get(name) in maps), None)


def is_body(map_: Array, size: tuple[int, int]) -> bool:
    """Whether a map for each point of an upright body is the likeliest reading."""
    upright = size[0] > size[1]
    return upright and map_.shape[1] in _BODY and size[0] == _STRIDE * map_.shape[2]


def peaks(heat: str, dims: tuple[int, int, int], size: tuple[int, int], graph: Graph) -> tuple[str, str, str]:
    """Corners [N, 4], scores [N, C] and points [N, 1, 3] of the cells, whose score is 0 where another one is higher.

    Args:
        heat: [C, h, w], shares.
        dims: C, h and w.
        size: height and width of the model's pictures.
    """
    kinds, rows, columns = dims
    whole = graph.put("Unsqueeze", heat, graph.constant([0]))
    edge = _AROUND // 2
    highest = graph.put("MaxPool", whole, kernel_shape=[_AROUND] * 2, pads=[edge] * 4)
    lower = graph.put("Less", whole, highest)
    kept = graph.put("Where", lower, graph.constant(0, np.float32), whole)
    scores = graph.put("Transpose", graph.put("Reshape", kept, graph.constant([kinds, rows * columns])), perm=[1, 0])
    y, x = np.meshgrid(np.arange(rows) + 0.5, np.arange(columns) + 0.5, indexing="ij")
    step = size[0] / rows
    centres = np.stack([x.ravel(), y.ravel()], 1) * step
    reach = step * _AROUND / 2
    corners = graph.constant(np.concatenate([centres - reach, centres + reach], 1), np.float32)
    points = graph.constant(np.concatenate([centres, np.ones((len(centres), 1))], 1)[:, None], np.float32)
    return corners, scores, points


def keypoints(heat: str, dims: tuple[int, int, int], size: tuple[int, int], graph: Graph) -> None:
    """`boxes` [1, 4] around all points, `scores` [1], `classes` [1] and `points` [1, K, 3] from `heat` [K, h, w].

    A point lies at its map's highest place, moved by a quarter of a cell towards the higher neighbour, as HRNet does.
    """
    count, rows, columns = dims
    flat = graph.put("Reshape", heat, graph.constant([count, rows * columns]))
    place = graph.put("ArgMax", flat, axis=1, keepdims=0)
    score = graph.put("ReduceMax", flat, graph.constant([1]), keepdims=1)
    x, y = graph.put("Mod", place, graph.constant(columns)), graph.put("Div", place, graph.constant(columns))
    # With a rim of copies every place has neighbours.
    rim = graph.put("Pad", heat, graph.constant([0, 1, 1, 0, 1, 1]), mode="edge")
    first, one = graph.constant(np.arange(count)), graph.constant(1)
    parts = []
    for across, down in ((1, 0), (0, 1)):
        beside = []
        for way in (1, -1):
            where = (first, _moved(y, 1 + way * down, graph), _moved(x, 1 + way * across, graph))
            index = graph.put("Concat", *(graph.put("Unsqueeze", each, one) for each in where), axis=1)
            beside.append(graph.put("GatherND", rim, index))
        shift = graph.put("Mul", graph.put("Sign", graph.put("Sub", *beside)), graph.constant(0.25, np.float32))
        cell = graph.put("Cast", x if across else y, to=onnx.TensorProto.FLOAT)
        centre = graph.put("Add", graph.put("Add", cell, graph.constant(0.5, np.float32)), shift)
        parts.append(graph.put("Unsqueeze", graph.put("Mul", centre, graph.constant(size[0] / rows, np.float32)), one))
    told(graph.put("Concat", *parts, axis=1), score, graph)


def told(places: str, score: str, graph: Graph) -> None:
    """The outputs of `keypoints`, of `places` [K, 2] in the model's pixels and their `score`s [K, 1]."""
    graph.put("Unsqueeze", graph.put("Concat", places, score, axis=1), graph.constant([0]), name="points")
    low = graph.put("ReduceMin", places, graph.constant([0]), keepdims=1)
    high = graph.put("ReduceMax", places, graph.constant([0]), keepdims=1)
    graph.put("Concat", low, graph.put("Sub", high, low), axis=1, name="boxes")
    graph.put("ReduceMean", score, graph.constant([0, 1]), keepdims=0, name="mean_score")
    graph.put("Unsqueeze", "mean_score", graph.constant([0]), name="scores")
    graph.put("Identity", graph.constant([0]), name="classes")


def of_columns(table: str, start: int, form: tuple[int, int], factor: tuple[int, int], graph: Graph) -> str:
    """Points [N, P, 3] in the rows of a table from column `start` on; `form`: how many, of how many values."""
    count, values = form
    flat = graph.columns(table, start, start + count * values)
    marks = graph.put("Reshape", flat, graph.constant([-1, count, values]))
    scaled = graph.put("Mul", marks, graph.constant([*factor, 1][:values], np.float32))
    return _with_score(scaled, values, graph)


def of_cells(offsets: Sequence[str], places: Array, strides: Array, graph: Graph) -> str:
    """YuNet's five points a cell, [N, 5, 3]: (cell + offset) * stride."""
    marks = graph.put("Reshape", graph.put("Concat", *offsets, axis=0), graph.constant([-1, 5, 2]))
    moved = graph.put("Add", marks, graph.constant(places[:, None], np.float32))
    return _with_score(graph.put("Mul", moved, graph.constant(strides[:, None], np.float32)), 2, graph)


def _with_score(marks: str, values: int, graph: Graph) -> str:
    """[N, P, 2] with a score of 1; [N, P, 3] as they are."""
    if values == 3:
        return marks
    nothing = graph.put("Mul", graph.columns(marks, 0, 1, axis=2), graph.constant(0, np.float32))
    return graph.put("Concat", marks, graph.put("Add", nothing, graph.constant(1, np.float32)), axis=2)


def _moved(place: str, by: int, graph: Graph) -> str:
    return graph.put("Add", place, graph.constant(by))
