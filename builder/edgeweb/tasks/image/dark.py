"""Where in its heat map a point lies, as ViTPose's image processor has it: by DARK, from the map's curvature."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from edgeweb.inputs.golden import Array
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


def blur(side: int) -> Array:
    """What each cell has of each after the Gaussian, which meets the cells again beyond an end."""
    offsets = np.arange(-_REACH, _REACH + 1)
    kernel = np.exp(-0.5 * (offsets / _DEVIATION) ** 2)
    kernel /= kernel.sum()
    made = np.zeros((side, side))
    for offset, weight in zip(offsets, kernel, strict=True):
        there = (np.arange(side) + offset) % (2 * side)
        np.add.at(made, (np.arange(side), np.minimum(there, 2 * side - 1 - there)), weight)
    return made


def _logarithms(heat: str, dims: tuple[int, int, int], graph: Graph) -> str:
    """Of the blurred maps with a rim of copies, one after the other: [K * (h + 2) * (w + 2)]."""
    _, rows, columns = dims
    wide = graph.put("Cast", heat, to=TensorProto.DOUBLE)
    down = graph.put("MatMul", graph.constant(blur(rows), np.float64), wide)
    # Between the two passes stands a number of single precision.
    once = graph.put("Cast", graph.put("Cast", down, to=TensorProto.FLOAT), to=TensorProto.DOUBLE)
    blurred = graph.put("MatMul", once, graph.constant(blur(columns).T, np.float64))
    plain = graph.put("Cast", blurred, to=TensorProto.FLOAT)
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

    def total(*values: str, minus: tuple[str, ...] = (), half: bool = False) -> str:
        found = values[0]
        for value in values[1:]:
            found = graph.put("Add", found, value)
        for value in minus:
            found = graph.put("Sub", found, value)
        found = graph.put("Mul", found, graph.constant(0.5, np.float32)) if half else found
        return graph.put("Cast", found, to=TensorProto.DOUBLE)

    here, right, left, below, above = at(0), at(1), at(-1), at(row), at(-row)
    dx, dy = total(right, minus=(left,), half=True), total(below, minus=(above,), half=True)
    least = graph.constant(np.finfo(np.float32).eps, np.float64)
    dxx = graph.put("Add", total(right, left, minus=(here, here)), least)
    dyy = graph.put("Add", total(below, above, minus=(here, here)), least)
    corners = (at(row + 1), here, here, at(-row - 1))
    dxy = total(*corners, minus=(right, below, left, above), half=True)

    def crossed(a: str, b: str, c: str, d: str) -> str:
        return graph.put("Sub", graph.put("Mul", a, b), graph.put("Mul", c, d))

    area = crossed(dxx, dyy, dxy, dxy)
    across, down = crossed(dyy, dx, dxy, dy), crossed(dxx, dy, dxy, dx)
    return graph.put("Div", across, area), graph.put("Div", down, area)
