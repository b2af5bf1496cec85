"""Where in its heat map a point lies, as ViTPose's image processor has it: by DARK, from the map's curvature."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from edgeweb.tasks.graph import Graph

# The Gaussian's deviation, and how far it reaches.
_DEVIATION, _REACH = 0.8, 5
# Between these the logarithm is taken.
_LOW, _HIGH = 0.001, 50.0


def refined(heat: str, dims: tuple[int, int, int], graph: Graph) -> tuple[str, str]:
    """Places [K, 2] in cells of `heat` [K, h, w], x before y, and scores [K, 1]: the highest values.

    Where no value is above 0 there is no place; what comes of it then is of no use, and the same as there.
    """
    count, rows, columns = dims
    flat = graph.put("Reshape", heat, graph.constant([count, rows * columns]))
    place = graph.put("ArgMax", flat, axis=1, keepdims=0)
    score = graph.put("ReduceMax", flat, graph.constant([1]), keepdims=1)
    some = graph.put("Squeeze", graph.put("Greater", score, graph.constant(0, np.float32)), graph.constant([1]))
    cells = [
        graph.put("Where", some, graph.put(operator, place, graph.constant(columns)), graph.constant(-1))
        for operator in ("Mod", "Div")
    ]
    slopes = _curved(_logarithms(heat, dims, graph), cells, dims, graph)
    parts = []
    for cell, shift in zip(cells, slopes, strict=True):
        moved = graph.put("Sub", graph.put("Cast", cell, to=TensorProto.DOUBLE), shift)
        plain = graph.put("Cast", moved, to=TensorProto.FLOAT)
        parts.append(graph.put("Unsqueeze", plain, graph.constant([1])))
    return graph.put("Concat", *parts, axis=1), score


def _blurred(maps: str, side: int, axis: int, graph: Graph) -> str:
    """`maps`, single precision, after a Gaussian along an axis of that many cells, which meets them again at both ends.

    Neighbours at the same distance are added first, as scipy does it: on a plain no cell may be told from another.
    """
    offsets = np.arange(-_REACH, 1)
    kernel = np.exp(-0.5 / _DEVIATION**2 * np.arange(-_REACH, _REACH + 1) ** 2)
    kernel = (kernel / kernel.sum())[: _REACH + 1]
    there = np.arange(-_REACH, side + _REACH) % (2 * side)
    folded = graph.constant(np.minimum(there, 2 * side - 1 - there))
    wide = graph.put("Gather", graph.put("Cast", maps, to=TensorProto.DOUBLE), folded, axis=axis)

    def at(offset: int) -> str:
        return graph.columns(wide, _REACH + offset, _REACH + offset + side, axis=axis)

    total = graph.put("Mul", at(0), graph.constant(kernel[-1], np.float64))
    for offset, weight in zip(offsets[:-1].tolist(), kernel, strict=False):
        both = graph.put("Add", at(offset), at(-offset))
        total = graph.put("Add", total, graph.put("Mul", both, graph.constant(weight, np.float64)))
    return graph.put("Cast", total, to=TensorProto.FLOAT)


def _logarithms(heat: str, dims: tuple[int, int, int], graph: Graph) -> str:
    """Of the blurred maps with a rim of copies, one after the other: [K * (h + 2) * (w + 2)]."""
    _, rows, columns = dims
    plain = _blurred(_blurred(heat, rows, 1, graph), columns, 2, graph)
    low, high = graph.constant(_LOW, np.float32), graph.constant(_HIGH, np.float32)
    logarithm = graph.put("Log", graph.put("Clip", plain, low, high))
    rim = graph.put("Pad", logarithm, graph.constant([0, 1, 1, 0, 1, 1]), mode="edge")
    return graph.put("Reshape", rim, graph.constant([-1]))


def _curved(flat: str, cells: list[str], dims: tuple[int, int, int], graph: Graph) -> tuple[str, str]:
    """How far the peak of the curve through a cell and those around it lies from it, negated: [K] of x and of y."""
    count, rows, columns = dims
    row, whole = columns + 2, (columns + 2) * (rows + 2)
    first = graph.constant(np.arange(count) * whole + row + 1)
    index = graph.put("Add", graph.put("Add", graph.put("Mul", cells[1], graph.constant(row)), cells[0]), first)

    def at(offset: int) -> str:
        return graph.put("Gather", flat, graph.put("Add", index, graph.constant(offset)), axis=0)

    def total(first: str, *others: tuple[str, str], half: bool = False) -> str:
        # One after the other, as there: on a plain the rounding decides.
        found = first
        for operator, value in others:
            found = graph.put(operator, found, value)
        found = graph.put("Mul", found, graph.constant(0.5, np.float32)) if half else found
        return graph.put("Cast", found, to=TensorProto.DOUBLE)

    here, right, left, below, above = at(0), at(1), at(-1), at(row), at(-row)
    both = graph.put("Mul", here, graph.constant(2, np.float32))
    dx, dy = total(right, ("Sub", left), half=True), total(below, ("Sub", above), half=True)
    least = graph.constant(np.finfo(np.float32).eps, np.float64)
    dxx = graph.put("Add", total(right, ("Sub", both), ("Add", left)), least)
    dyy = graph.put("Add", total(below, ("Sub", both), ("Add", above)), least)
    around = (("Sub", right), ("Sub", below), ("Add", here), ("Add", here), ("Sub", left), ("Sub", above))
    dxy = total(at(row + 1), *around, ("Add", at(-row - 1)), half=True)

    def crossed(a: str, b: str, c: str, d: str) -> str:
        return graph.put("Sub", graph.put("Mul", a, b), graph.put("Mul", c, d))

    area = crossed(dxx, dyy, dxy, dxy)
    across, down = crossed(dyy, dx, dxy, dy), crossed(dxx, dy, dxy, dx)
    return graph.put("Div", across, area), graph.put("Div", down, area)
