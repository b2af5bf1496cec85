"""Rows on which a model is looked at: the user's own, and such as reach its classes.

Thresholds of trees, centres, support vectors and stored examples say where a model's classes are; what a scaler takes
away and divides by says where rows come from. Some are plain numbers of several sizes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from edgeweb.errors import ConfigError
from edgeweb.inputs import golden
from edgeweb.inputs.arrays import Feed, spread
from edgeweb.inputs.golden import DTYPES, Array
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.tabular import files
from edgeweb.tasks.tabular.manifest import Column, TabularPipeline

_ROWS, _OWN = 96, 64
_SIZES = (0.5, 1.0, 3.0, 10.0, 100.0)
_WORDS = ("", "a", "edgeweb")
_LONGEST = 12
# CatBoost asks with the largest number of 32 bits whether there is a value.
_LARGEST = 1e30
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def rows(
    proto: onnx.ModelProto, inputs: Sequence[TensorInfo], columns: Sequence[Column], data: Path | None
) -> list[Feed]:
    """At most about a hundred and sixty feeds of one row each, always the same for the same model and data."""
    return [*_own(inputs, columns, data), *_made(proto, inputs, columns)]


def cases(
    proto: onnx.ModelProto, inputs: Sequence[TensorInfo], columns: Sequence[Column] | str
) -> tuple[list[GoldenInput], ...]:
    """A row for the first run, where texts of one input are known each by its column: seeded ones would be refused."""
    if isinstance(columns, str):
        return ()
    widths = Counter(column.input for column in columns)
    if not any(column.type == "text" and column.choices and widths[column.input] > 1 for column in columns):
        return ()
    feed = _made(proto, inputs, columns)[0]
    return ([golden.stored_input(info.name, info.type, feed[info.name]) for info in inputs],)


def _own(inputs: Sequence[TensorInfo], columns: Sequence[Column], data: Path | None) -> list[Feed]:
    """The user's; what cannot be read is told later, when it is needed."""
    if data is None or data.suffix.lower() != ".csv":
        return []
    try:
        feeds = files.read_csv(data, inputs, TabularPipeline(columns=list(columns), values=""), ())[0]
    except ConfigError:
        return []
    return spread(feeds, _OWN)


def _made(proto: onnx.ModelProto, inputs: Sequence[TensorInfo], columns: Sequence[Column]) -> list[Feed]:
    draw = np.random.Generator(np.random.PCG64(1))
    table, words = _numbers(proto, len(columns), draw), _vocabulary(proto)
    texts = [" ".join(draw.choice(words, draw.integers(1, _LONGEST) if row % 2 else 1)) for row in range(_ROWS)]
    return [_feed(table[row], row, texts, inputs, columns) for row in range(_ROWS)]


def _vocabulary(proto: onnx.ModelProto) -> list[str]:
    """The words that the model counts in texts."""
    pools = (a.strings for node in proto.graph.node for a in node.attribute if a.name == "pool_strings")
    return [text.decode("utf-8", "replace") for pool in pools for text in pool] or list(_WORDS)


def _numbers(proto: onnx.ModelProto, width: int, draw: np.random.Generator) -> Array:
    """[rows, columns]: plain numbers in turn with such as the model knows, before and after its scaler."""
    plain = [draw.normal(0, size, width) for size in _SIZES] + [draw.uniform(0, size, width) for size in _SIZES]
    known, (offset, scale) = _known(proto, width), _scaler(proto, width)
    thresholds = _thresholds(proto, width)
    table = np.empty((_ROWS, width))
    for row in range(_ROWS):
        if known is not None and row % 3 == 0:
            base = known[draw.integers(len(known))]
        elif thresholds and row % 3 == 1:
            base = np.array([draw.choice(thresholds.get(place, [0.0])) for place in range(width)])
            base = base + draw.choice([-1e-3, 1e-3], width) * np.maximum(1, np.abs(base))
        else:
            base = draw.normal(0, 1, width) * _SIZES[row % len(_SIZES)] if row >= len(plain) else plain[row]
        table[row] = base / scale + offset if row % 2 == 0 else base
    return table


def _known(proto: onnx.ModelProto, width: int) -> Array | None:
    """Points of the columns' own space: centres, examples, support vectors."""
    found: list[Array] = []
    for tensor in proto.graph.initializer:
        if len(tensor.dims) == 2 and width in tensor.dims and tensor.data_type in (1, 11) and not tensor.external_data:
            array = numpy_helper.to_array(tensor).astype(np.float64)
            found.append(array if array.shape[1] == width else array.T)
    for node in proto.graph.node:
        for attribute in node.attribute:
            if attribute.name == "support_vectors" and len(attribute.floats) % width == 0 and attribute.floats:
                found.append(np.array(attribute.floats, np.float64).reshape(-1, width))
    points = np.concatenate(found) if found else None
    return None if points is None or not np.isfinite(points).all() else points


def _scaler(proto: onnx.ModelProto, width: int) -> tuple[Array, Array]:
    """What is taken away from the columns, and what they are multiplied with."""
    for node in proto.graph.node:
        given = {attribute.name: np.array(attribute.floats, np.float64) for attribute in node.attribute}
        offset, scale = given.get("offset"), given.get("scale")
        if node.op_type == "Scaler" and offset is not None and scale is not None and len(offset) == width == len(scale):
            return offset, np.where(scale == 0, 1, scale)
    return np.zeros(width), np.ones(width)


def _thresholds(proto: onnx.ModelProto, width: int) -> dict[int, list[float]]:
    """The values that trees compare each column with."""
    found: dict[int, list[float]] = {}
    for node in proto.graph.node:
        given = {attribute.name: attribute for attribute in node.attribute}
        if (
            not node.op_type.startswith("TreeEnsemble")
            or "nodes_featureids" not in given
            or "nodes_values" not in given
        ):
            continue
        modes = given["nodes_modes"].strings if "nodes_modes" in given else ()
        values = given["nodes_values"].floats
        for place, (feature, value) in enumerate(zip(given["nodes_featureids"].ints, values, strict=False)):
            leaf = place < len(modes) and modes[place] == b"LEAF"
            if not leaf and feature < width and abs(value) < _LARGEST:
                found.setdefault(int(feature), []).append(float(value))
    return found


def _feed(
    numbers: Array, row: int, texts: Sequence[str], inputs: Sequence[TensorInfo], columns: Sequence[Column]
) -> Feed:
    feed: Feed = {}
    for info in inputs:
        mine = [(place, column) for place, column in enumerate(columns) if column.input == info.name]
        cells = [_cell(info, column, numbers[place], texts, row + place) for place, column in mine]
        shape = [1, len(cells)] if info.shape is None or len(info.shape) > 1 else [len(cells)]
        feed[info.name] = np.array(cells, DTYPES[info.type]).reshape(shape)
    return feed


def _cell(info: TensorInfo, column: Column, number: float, texts: Sequence[str], turn: int) -> str | float | int | bool:
    if info.type == "string":
        words = column.choices or texts
        return words[turn % len(words)]
    if info.type == "bool":
        return number > 0
    if column.choices and not column.others and all(map(_NUMBER.fullmatch, column.choices)):
        # An encoder refuses all else.
        number = float(column.choices[turn % len(column.choices)])
    if info.type.startswith("float"):
        return float(number)
    low = 0 if info.type.startswith("u") else -100
    return int(np.clip(round(number), low, 100))
