"""Rotated boxes: the ONNX arithmetic that keeps the best of those which cover one another.

How far two boxes cover one another is the likeness of two normal distributions of their places, as ultralytics has it
(ProbIoU, arXiv:2106.06072); a box goes where any that is surer, kept or not, covers it too far.
"""

from __future__ import annotations

import numpy as np

from edgeweb.tasks.graph import Graph

# Of so many of the surest all pairs are looked at.
_MOST = 512
_EPS = 1e-7


def select(
    centred: str, scores: str, angles: str, limits: tuple[float, float, int], graph: Graph
) -> tuple[str, str, str, str]:
    """The rows of `centred` [N, 4] (centre and size), `angles` [N] (radians) and `scores` [N, C] that stay: boxes
    [K, 4], scores [K], classes [K] and angles [K], the surest first.

    Args:
        limits: the least score, how far boxes may cover one another, and how many are wanted at most.
    """
    threshold, overlap, most = limits
    one = graph.constant([1])
    best = graph.put("ReduceMax", scores, one, keepdims=0)
    kinds = graph.put("ArgMax", scores, axis=1, keepdims=0)
    enough = graph.put("Greater", best, graph.constant(threshold, np.float32))
    places = graph.put("Squeeze", graph.put("NonZero", enough), graph.constant([0]))
    count = graph.put("Min", graph.put("Shape", places), graph.constant([_MOST]))
    sure = graph.put("Gather", best, places, axis=0)
    graph.put("TopK", sure, count, name=f"{graph.prefix}top")
    graph.nodes[-1].output.append(f"{graph.prefix}order")
    order = graph.put("Gather", places, f"{graph.prefix}order", axis=0)
    boxes, kinds, turned = (graph.put("Gather", each, order, axis=0) for each in (centred, kinds, angles))
    covered = _covered(boxes, turned, kinds, overlap, graph)
    free = graph.put("Squeeze", graph.put("NonZero", graph.put("Not", covered)), graph.constant([0]))
    kept = graph.columns(free, 0, most, axis=0)
    found = (boxes, graph.put("Gather", sure, f"{graph.prefix}order", axis=0), kinds, turned)
    first, second, third, fourth = (graph.put("Gather", each, kept, axis=0) for each in found)
    return first, second, third, fourth


def _covered(boxes: str, angles: str, kinds: str, overlap: float, graph: Graph) -> str:
    """Of each row whether one before it, of the same class, covers it too far: bool [K]."""
    like = graph.put("Greater", _likeness(boxes, angles, graph), graph.constant(overlap, np.float32))
    rows, columns = graph.constant([1]), graph.constant([0])
    same = graph.put("Equal", graph.put("Unsqueeze", kinds, rows), graph.put("Unsqueeze", kinds, columns))
    both = graph.put("Cast", graph.put("And", like, same), to=1)
    before = graph.put("Trilu", both, graph.constant(1), upper=1)
    most = graph.put("ReduceSum", before, columns, keepdims=0)
    return graph.put("Greater", most, graph.constant(0, np.float32))


def _likeness(boxes: str, angles: str, graph: Graph) -> str:
    """ProbIoU of all pairs, [K, K]."""

    def put(operator: str, *inputs: str) -> str:
        return graph.put(operator, *inputs)

    def number(value: float) -> str:
        return graph.constant(value, np.float32)

    def pair(column: str) -> tuple[str, str]:
        """[K, 1] as [K, 1] and [1, K]."""
        return column, graph.put("Transpose", column, perm=[1, 0])

    x, y, w, h = (graph.columns(boxes, place, place + 1) for place in range(4))
    turn = put("Unsqueeze", angles, graph.constant([1]))
    cos, sin = put("Cos", turn), put("Sin", turn)
    wide, high = (put("Div", put("Mul", side, side), number(12)) for side in (w, h))
    cos2, sin2 = put("Mul", cos, cos), put("Mul", sin, sin)
    a = put("Add", put("Mul", wide, cos2), put("Mul", high, sin2))
    b = put("Add", put("Mul", wide, sin2), put("Mul", high, cos2))
    c = put("Mul", put("Mul", put("Sub", wide, high), cos), sin)
    sums = [put("Add", *pair(each)) for each in (a, b, c)]
    dx, dy = (put("Sub", *pair(each)) for each in (x, y))
    whole = put("Sub", put("Mul", sums[0], sums[1]), put("Mul", sums[2], sums[2]))
    below = put("Add", whole, number(_EPS))
    first = put("Add", put("Mul", sums[0], put("Mul", dy, dy)), put("Mul", sums[1], put("Mul", dx, dx)))
    # (x2 - x1) * (y1 - y2) is -dx * dy.
    second = put("Mul", sums[2], put("Mul", put("Neg", dx), dy))
    parts = ((first, 0.25), (second, 0.5))
    far = put("Add", *(put("Mul", put("Div", part, below), number(share)) for part, share in parts))
    own = put("Max", put("Sub", put("Mul", a, b), put("Mul", c, c)), number(0))
    root = put("Sqrt", put("Mul", *pair(own)))
    share = put("Div", whole, put("Add", put("Mul", root, number(4)), number(_EPS)))
    spread = put("Mul", put("Log", put("Add", share, number(_EPS))), number(0.5))
    apart = put("Clip", put("Add", far, spread), number(_EPS), number(100))
    inner = put("Add", put("Sub", number(1), put("Exp", put("Neg", apart))), number(_EPS))
    return put("Sub", number(1), put("Sqrt", inner))
