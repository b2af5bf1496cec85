"""Rows of a table as a model's input: which columns a row has, and what comes out for one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

import onnx

from edgeweb.config import Config, InputConfig
from edgeweb.errors import ConfigError
from edgeweb.schema.types import TensorInfo, TensorType
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.tabular.manifest import Column, TabularPipeline

_MAX_COLUMNS = 128
_MAX_SCORES = 100
_NOT_TABULAR = frozenset((
    "Conv", "ConvTranspose", "LSTM", "GRU", "RNN", "Attention", "MultiHeadAttention", "Scan", "Loop", "STFT", "DFT",
    "NonMaxSuppression",
))  # fmt: skip
_NAME_KEYS = ("feature_names", "features", "columns", "feature_names_in_")


@dataclass(frozen=True)
class Row:
    """How rows go in and what comes out; `why`: in one line, for people."""

    task: Literal["tabular-classification", "tabular-regression"]
    pipeline: TabularPipeline
    why: str


def read(seen: Seen, config: Config) -> Row | str:
    """What a model makes of a row, or why it takes none.

    Raises:
        ConfigError: `[input.NAME]` names another number of columns than the model has.
    """
    if not seen.inputs or not seen.outputs:
        return "no inputs or no outputs"
    if _NOT_TABULAR & set(seen.operators):
        return "its operators are not those of a tabular model"
    columns = _columns(seen, config)
    if isinstance(columns, str):
        return columns
    shape = f"{len(columns)} column{'s' if len(columns) > 1 else ''}"
    flat = [info for info in seen.outputs if info.shape is not None and len(info.shape) <= 2]
    if len(flat) != len(seen.outputs):
        return "its outputs are not rows of values"
    label = next((o for o in flat if not o.type.startswith("float") and _width(o) == 1), None)
    scores = next((o for o in flat if o.type.startswith("float") and (_width(o) or 2) > 1), None)
    if label is not None:
        why = f'{shape} in, label "{label.name}" out' + (f' with scores "{scores.name}"' if scores else "")
        pipeline = TabularPipeline(columns=columns, label=label.name, scores=scores.name if scores else None)
        return Row("tabular-classification", pipeline, why)
    if len(flat) != 1 or not flat[0].type.startswith("float"):
        return "its outputs are not one label or one value"
    return _one_float(seen, columns, flat[0], shape)


def _one_float(seen: Seen, columns: list[Column], output: TensorInfo, shape: str) -> Row | str:
    """One number is a value; a few are scores, as many as the columns may be a reconstruction."""
    width = _width(output)
    if width == 1:
        pipeline = TabularPipeline(columns=columns, values=output.name)
        return Row("tabular-regression", pipeline, f'{shape} in, one value "{output.name}" out')
    softmax = seen.ends_in(output.name, "Softmax")
    if width is None or (width == len(columns) and not softmax) or width > _MAX_SCORES:
        return f'output "{output.name}" is neither one value nor a few scores'
    kind = "probabilities" if softmax else "scores"
    pipeline = TabularPipeline(columns=columns, scores=output.name, softmax=not softmax)
    return Row("tabular-classification", pipeline, f'{shape} in, {width} {kind} "{output.name}" out')


def _width(info: TensorInfo) -> int | None:
    """Values in a row of [N, C], [N] or a scalar; None when unknown, or when the first axis is no row."""
    shape = info.shape or []
    if len(shape) == 2:
        return shape[1] if isinstance(shape[1], int) else None
    return None if shape and isinstance(shape[0], int) and shape[0] != 1 else 1


def _columns(seen: Seen, config: Config) -> list[Column] | str:
    """The fields of a row, or why the inputs are no row."""
    choices = texts(seen.proto)
    columns: list[Column] = []
    for info in seen.inputs:
        width = _width(info) if info.shape is not None and 1 <= len(info.shape) <= 2 else None
        if width is None or width < 1:
            return f'input "{info.name}" is not a row of values'
        if info.shape and isinstance(info.shape[0], int) and info.shape[0] != 1:
            return f'input "{info.name}" has a fixed number of rows'
        if len(columns) + width > _MAX_COLUMNS:
            return f"more than {_MAX_COLUMNS} columns do not fit a form"
        known = choices.get(info.name) if width == 1 else None
        columns += [
            Column(name=name, input=info.name, index=i, type=_field(info.type), choices=known)
            for i, name in enumerate(_names(seen, config, info, width))
        ]
    if len({column.name for column in columns}) != len(columns):
        return "its columns do not have names of their own"
    return columns


def _names(seen: Seen, config: Config, info: TensorInfo, width: int) -> list[str]:
    """The columns of one input: from the configuration, the exporter's metadata, the input itself, or x1, x2, ..."""
    named = config.input.get(info.name, InputConfig()).columns or metadata_names(seen.proto, width)
    if not named:
        return [info.name] if width == 1 else [f"x{i + 1}" for i in range(width)]
    if len(named) != width:
        raise ConfigError(
            f"[input.{info.name}] names {len(named)} columns", f"the input has {width}", f"Give {width} names"
        )
    return named


def _field(kind: TensorType) -> Literal["number", "integer", "boolean", "text"]:
    if kind == "string":
        return "text"
    if kind == "bool":
        return "boolean"
    return "number" if kind.startswith("float") else "integer"


def metadata_names(proto: onnx.ModelProto, width: int) -> list[str] | None:
    """Column names that the exporter left in the metadata, as a JSON list of the right length."""
    for prop in proto.metadata_props:
        if prop.key in _NAME_KEYS:
            try:
                names = json.loads(prop.value)
            except (ValueError, RecursionError):
                continue
            if isinstance(names, list) and len(names) == width and all(isinstance(n, str) and n for n in names):
                return list(names)
    return None


def texts(proto: onnx.ModelProto) -> dict[str, list[str]]:
    """The values that a one-hot encoder knows for each string input it reads directly."""
    found: dict[str, list[str]] = {}
    for node in proto.graph.node:
        if node.op_type != "OneHotEncoder" or not node.input:
            continue
        for attribute in node.attribute:
            if attribute.name == "cats_strings" and attribute.strings:
                found[node.input[0]] = [text.decode("utf-8", "replace") for text in attribute.strings]
    return found
