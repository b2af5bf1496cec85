"""Outputs that lie over the picture, classes of its pixels or another picture, and the ONNX graphs that read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from onnx import TensorProto

from edgeweb.inputs.golden import Array
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.graph import Graph

# A mask may be coarser than the picture, down to this part of a side; and to that one where it is said to be a mask.
_COARSEST, _SAID = 8, 64
_FEWEST = 8
_MOST_CLASSES = 256
# Scores are made finer only where a browser's memory is not in question.
_MOST_ELEMENTS = 1 << 24


@dataclass(frozen=True)
class Map:
    """How an output is laid over the picture, its `classes` or channels, and what its values mean.

    `threshold`: of one channel, above which there is something. A picture's pixel is (value * std + mean) * scale.
    `numbers`: each pixel has the number of its class; `whole`: as large as the picture, or `larger`; `sides`: of the
    model's picture, to which scores of a coarser map are brought before the best is taken. `by`: of queries, the output
    that has the classes of each, whose masks are brought to `side` first where that is not None.
    """

    output: str
    layout: Literal["NCHW", "NHWC", "NHW", "HW"]
    classes: int
    threshold: float = 0.5
    scale: float = 255.0
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    color: Literal["RGB", "BGR", "GRAY"] = "RGB"
    numbers: bool = False
    whole: bool = False
    larger: bool = False
    sides: tuple[int, int] | None = None
    by: str = ""
    side: int | None = None


_Layouts = list[tuple[Literal["NCHW", "NHWC", "NHW", "HW"], int, tuple[int, int]]]


def find(info: TensorInfo, seen: Mapping[str, Array], size: tuple[int, int], said: bool = False) -> Map | str:
    """An output [1, C, H, W], [1, H, W, C], [1, H, W] or [H, W] that lies over a picture of `size`; why it does not.

    Args:
        said: somebody says that an output does.
    """
    array = seen.get(info.name)
    why = f'output "{info.name}" does not lie over the picture'
    if array is None or array.dtype.kind not in "fiub" or array.ndim not in (2, 3, 4):
        return why
    if array.ndim > 2 and array.shape[0] != 1:
        return why
    numbers = array.dtype.kind != "f"
    for layout, channels, sides in _layouts(array):
        if channels > (1 if numbers else _MOST_CLASSES) or not _covers(sides, size, said):
            continue
        whole = max(sides) >= max(size)
        coarse = size if not whole and channels > 1 and channels * size[0] * size[1] <= _MOST_ELEMENTS else None
        plain = array.astype(np.float32) if numbers else array
        return Map(
            info.name, layout, channels, 0.5 if _shares(plain) else 0.0, _scale(plain), numbers=numbers, whole=whole,
            larger=max(sides) > max(size), sides=coarse,
        )  # fmt: skip
    return why


def _layouts(array: Array) -> _Layouts:
    shape = array.shape
    if array.ndim == 2:
        return [("HW", 1, (shape[0], shape[1]))]
    if array.ndim == 3:
        return [("NHW", 1, (shape[1], shape[2]))]
    return [("NCHW", shape[1], (shape[2], shape[3])), ("NHWC", shape[3], (shape[1], shape[2]))]


def _covers(sides: tuple[int, int], size: tuple[int, int], said: bool) -> bool:
    """Whether the sides are those of the picture but for one factor, and not far smaller."""
    factors = [side / whole for side, whole in zip(sides, size, strict=True)]
    if said:
        # Of a few cells one more or less is a large part.
        return abs(factors[0] - factors[1]) * min(size) < 1 and min(factors) >= 1 / _SAID
    return abs(factors[0] - factors[1]) < 1e-2 and factors[0] >= 1 / _COARSEST and min(sides) >= _FEWEST


def _shares(array: Array) -> bool:
    return float(array.min()) >= -1e-3 and float(array.max()) <= 1 + 1e-3


def _scale(array: Array) -> float:
    """255 where a picture's values are shares of white, 1 where they are as in files."""
    return 1.0 if float(np.abs(array).max()) > 8 else 255.0


def segment(found: Map, raw: str, graph: Graph) -> None:
    """`raw` float32 to `mask` uint8 [H, W]: the class of each pixel; of two also `alpha`, how far it is the second."""
    planes = laid(found, raw, graph)
    if found.numbers:
        graph.put("Cast", graph.put("Squeeze", planes, graph.constant([0])), name="mask", to=TensorProto.UINT8)
        return
    if found.sides is not None:
        planes = _finer(planes, found.classes, found.sides, graph)
    if found.classes == 1:
        plane = graph.put("Squeeze", planes, graph.constant([0]))
        index = graph.put("Greater", plane, graph.constant(found.threshold, np.float32))
    else:
        index = graph.put("ArgMax", planes, axis=0, keepdims=0)
    graph.put("Cast", index, name="mask", to=TensorProto.UINT8)
    if found.classes > 2:
        return
    # Shares are as they are; others are what a sigmoid is taken of, of two classes their difference.
    last = graph.columns(planes, found.classes - 1, found.classes, axis=0)
    share = last
    if found.threshold == 0:
        more = graph.put("Sub", last, graph.columns(planes, 0, 1, axis=0)) if found.classes == 2 else last
        share = graph.put("Sigmoid", more)
    bytes_ = graph.put("Mul", graph.put("Squeeze", share, graph.constant([0])), graph.constant(255, np.float32))
    low, high = graph.constant(0, np.float32), graph.constant(255, np.float32)
    graph.put("Cast", graph.put("Round", graph.put("Clip", bytes_, low, high)), name="alpha", to=TensorProto.UINT8)


def picture(found: Map, raw: str, graph: Graph) -> None:
    """`raw` float32 to `pixels` uint8 [H, W, C], RGB or grey."""
    planes = laid(found, raw, graph)
    shape = (-1, 1, 1)
    std, mean = np.array(found.std, np.float64), np.array(found.mean, np.float64)
    factor = graph.constant((std * found.scale).reshape(shape), np.float32)
    offset = graph.constant((mean * found.scale).reshape(shape), np.float32)
    shown = graph.put("Add", graph.put("Mul", planes, factor), offset)
    if found.color == "BGR":
        shown = graph.put("Gather", shown, graph.constant([2, 1, 0]), axis=0)
    low, high = graph.constant(0, np.float32), graph.constant(255, np.float32)
    whole = graph.put("Round", graph.put("Clip", shown, low, high))
    turned = graph.put("Transpose", whole, perm=[1, 2, 0])
    graph.put("Cast", turned, name="pixels", to=TensorProto.UINT8)


def depth(found: Map, raw: str, graph: Graph) -> None:
    """`raw` float32 to `depth` float32 [H, W], as the model has it."""
    graph.put("Squeeze", laid(found, raw, graph), graph.constant([0]), name="depth")


def _finer(planes: str, classes: int, sides: tuple[int, int], graph: Graph) -> str:
    """Scores between the cells' own, as transformers' post-processing does it."""
    whole = graph.put("Unsqueeze", planes, graph.constant([0]))
    sizes = graph.constant([1, classes, *sides])
    return graph.put("Squeeze", graph.put("Resize", whole, "", "", sizes, mode="linear"), graph.constant([0]))


def laid(found: Map, raw: str, graph: Graph) -> str:
    """[C, H, W]."""
    if found.layout == "NHW":
        return raw
    if found.layout == "HW":
        return graph.put("Unsqueeze", raw, graph.constant([0]))
    first = graph.put("Squeeze", raw, graph.constant([0]))
    return first if found.layout == "NCHW" else graph.put("Transpose", first, perm=[2, 0, 1])
