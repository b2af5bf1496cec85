"""Rows of a table as a model's input: which columns a row has, and what comes out for one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec
import onnx

from edgeweb.config import Config, InputConfig
from edgeweb.errors import ConfigError
from edgeweb.read import mlmodel
from edgeweb.schema.evidence import STRENGTH, Source
from edgeweb.schema.types import TensorInfo, TensorType
from edgeweb.tasks import answer, maker, missing, scores, settle
from edgeweb.tasks.answer import RowTask
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.tabular.manifest import Column, TabularPipeline

_MAX_COLUMNS = 128
_NOT_TABULAR = frozenset((
    "Conv", "ConvTranspose", "LSTM", "GRU", "RNN", "Attention", "MultiHeadAttention", "Loop", "STFT", "DFT",
    "NonMaxSuppression",
))  # fmt: skip
_NAME_KEYS = ("feature_names", "features", "columns", "feature_names_in_")


@dataclass(frozen=True)
class Row:
    """How rows go in and what comes out; `why`: in one line, for people."""

    task: RowTask
    pipeline: TabularPipeline
    why: str
    evidence: tuple[Said, ...] = ()


def read(seen: Seen, config: Config) -> Row | str:
    """What a model makes of a row, or why it takes none.

    Raises:
        ConfigError: `[input.NAME]` names another number of columns than the model has.
    """
    if not seen.outputs:
        return "no inputs or no outputs"
    columns = columns_of(seen, config)
    if isinstance(columns, str):
        return columns
    found = answer.find(seen, config)
    if isinstance(found, str):
        return found
    shape = f"{len(columns)} column{'s' if len(columns) > 1 else ''}"
    pipeline = TabularPipeline(
        columns=columns, label=found.label, scores=found.scores, values=found.values, softmax=found.softmax,
        pair=found.pair, classes=list(found.classes),
    )  # fmt: skip
    claim = _claim(seen, config, columns)
    return Row(found.task, pipeline, f"{shape} in, {found.why}", (*found.evidence, claim))


def _claim(seen: Seen, config: Config, columns: Sequence[Column]) -> Said:
    """Who says what the columns are called: of several inputs the weakest source counts."""
    names = tuple(column.name for column in columns)
    widths, said = Counter(column.input for column in columns), []
    for name, width in widths.items():
        data = seen.origins.get(f"input.{name}.columns")
        if config.input.get(name, InputConfig()).columns:
            source: Source = "file" if data and data.file == mlmodel.NAME else "user"
            said.append(Said("columns", names, source, data.file if data else "edgeweb.toml"))
        elif metadata_names(seen.proto, width):
            said.append(Said("columns", names, "file", "the model's metadata"))
        elif width == 1:
            said.append(Said("columns", names, "file", "the names of its inputs"))
        else:
            own = [column.name for column in columns if column.input == name]
            table = settle.toml(("input", name), columns=own)
            said.append(assumed("columns", names, f'input "{name}" names none of its {width}', table))
    weakest = max(said, key=lambda each: STRENGTH.index(each.source))
    others = [each.origin for each in said if each.origin != weakest.origin]
    return replace(weakest, origin="; ".join(dict.fromkeys([weakest.origin, *others])))


def columns_of(seen: Seen, config: Config) -> list[Column] | str:
    """The fields of a row, or why the inputs are no row."""
    if not seen.inputs:
        return "no inputs or no outputs"
    if _NOT_TABULAR & set(seen.operators) or maker.remembers(seen.proto):
        return "its operators are not those of a tabular model"
    columns: list[Column] = []
    for info in seen.inputs:
        width = scores.width(info) if info.shape is not None and 1 <= len(info.shape) <= 2 else None
        if width is None or width < 1:
            return f'input "{info.name}" is not a row of values'
        if info.shape and isinstance(info.shape[0], int) and info.shape[0] != 1:
            return f'input "{info.name}" has a fixed number of rows'
        if len(columns) + width > _MAX_COLUMNS:
            return f"more than {_MAX_COLUMNS} columns do not fit a form"
        columns += [
            Column(name=name, input=info.name, index=i, type=_field(info.type))
            for i, name in enumerate(_names(seen, config, info, width))
        ]
    if len({column.name for column in columns}) != len(columns):
        return "its columns do not have names of their own"
    return _taking(seen.proto, columns)


def _taking(proto: onnx.ModelProto, columns: Sequence[Column]) -> list[Column]:
    """With what each takes besides values, and the values that it knows."""
    widths = dict(Counter(column.input for column in columns))
    texts_ = frozenset((column.input, column.index) for column in columns if column.type == "text")
    taken = missing.taken(proto, widths, texts_)
    return [_with(column, taken[column.input, column.index]) for column in columns]


def _with(column: Column, takes: missing.Takes) -> Column:
    # Only floats hold NaN; of numbers with a fraction none is a class of an encoder.
    empty = takes.missing and (
        column.type in ("number", "text") or (column.type == "integer" and takes.gap is not None)
    )
    gap = takes.gap if empty else None
    if column.type not in ("text", "integer"):
        return msgspec.structs.replace(column, missing=empty, gap=gap)
    choices = None if takes.choices is None else list(takes.choices)
    return msgspec.structs.replace(column, missing=empty, gap=gap, choices=choices, others=takes.others)


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


def texts(proto: onnx.ModelProto, columns: Sequence[Column] | str = ()) -> dict[str, list[str]]:
    """The values that are known for each string input: the choices of its only column, else what an encoder knows that
    reads it.
    """
    several = [] if isinstance(columns, str) else columns
    widths = Counter(column.input for column in several)
    alone = [column for column in several if column.type == "text" and widths[column.input] == 1]
    found = {column.input: list(column.choices) for column in alone if column.choices}
    for node in proto.graph.node:
        if node.op_type != "OneHotEncoder" or not node.input:
            continue
        for attribute in node.attribute:
            if attribute.name == "cats_strings" and attribute.strings:
                found[node.input[0]] = [text.decode("utf-8", "replace") for text in attribute.strings]
    return found
