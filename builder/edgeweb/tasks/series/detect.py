"""Whether a model takes rows of measurements over time, and what it says of them."""

from __future__ import annotations

import math
from base64 import b64encode
from dataclasses import dataclass
from typing import Literal

import numpy as np
from onnx import TensorProto

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import memory, row
from edgeweb.tasks.graph import TYPES, Graph, Value, model
from edgeweb.tasks.memory import Roles
from edgeweb.tasks.plan import Recognised, Seen
from edgeweb.tasks.series import claims
from edgeweb.tasks.series.manifest import SeriesPipeline
from edgeweb.tasks.series.settings import SeriesConfig

_BATCH = 64
_MOST_COLUMNS = 256


@dataclass(frozen=True)
class _Window:
    """Rows that the model gets at once, and the shape of its input with -1 for the windows."""

    rows: int
    columns: int
    dims: list[int]
    free: bool


def detect(seen: Seen, config: Config) -> Recognised | str:
    """The task of a model of measurements, which only the user can know it for, with the reasons for it and the
    manifest's part; or why it is none.

    Raises:
        ConfigError: `[series]` contradicts the model.
    """
    asked = config.series
    if config.task == "anomaly-detection" and config.audio is not None:
        return "it takes sound"
    if asked is None and config.task not in ("time-series-forecasting", "anomaly-detection"):
        return ""
    asked = described = asked or SeriesConfig()
    roles = memory.split(
        seen.inputs, seen.outputs, data=asked.input, states=asked.state, constants={}, rate=None, table="series",
        fits=lambda info: _fits(info, described, seen),
    )  # fmt: skip
    if isinstance(roles, str):
        return roles
    found = _window(roles.data, asked, seen)
    if isinstance(found, str):
        return found
    output = _output(roles, asked)
    if isinstance(output, str):
        return output
    sizes = _sizes(output, seen)
    if sizes is None:
        return f'output "{output.name}" has no known size'
    result = asked.predicts or _result(config, found, sizes)
    if result is None:
        return f'what output "{output.name}" says of the rows is not clear: say so with predicts in [series]'
    pipeline = _pipeline(asked, roles, found, output, sizes, result, _names(seen, asked, found.columns))
    why = f'input "{roles.data.name}" takes {pipeline.formula}; "{output.name}" is read as a {result}'
    task: Literal["time-series-forecasting", "anomaly-detection"] = (
        "time-series-forecasting" if result == "forecast" else "anomaly-detection"
    )
    return Recognised(config.task or task, (why,), pipeline, evidence=claims.all_of(seen, asked, task, pipeline))


def _fits(info: TensorInfo, asked: SeriesConfig, seen: Seen) -> bool:
    try:
        return isinstance(_window(info, asked, seen), _Window)
    except ConfigError:
        return False


def _window(info: TensorInfo, asked: SeriesConfig, seen: Seen) -> _Window | str:
    """[N, rows, columns], the other way round, or all of it in one row."""
    shape = info.shape
    if shape is None or len(shape) < 2 or not info.type.startswith("float"):
        return f'input "{info.name}" takes no windows of rows: it is {info.type} {shape}'
    first, *rest = shape
    if isinstance(first, int) and first != 1:
        return f'input "{info.name}" takes {first} windows at once'
    free = not isinstance(first, int)
    named = len(asked.columns) if asked.columns else None
    if len(rest) == 1:
        columns = named or 1
        size = rest[0] if isinstance(rest[0], int) else (asked.window or 0) * columns
        if not size:
            return f'input "{info.name}" takes any number of values: say with window in [series] how many rows at once'
        if size % columns:
            raise ConfigError(
                f"[series] names {columns} columns",
                f'input "{info.name}" takes {size} values',
                "Name as many as divide that",
            )
        return _checked(_Window(size // columns, columns, [-1, size], free), asked, info)
    sized = [dim for dim in rest if dim != 1] if len(rest) > 2 else rest
    if len(sized) != 2:
        return f'input "{info.name}" has {len(rest)} axes beside the windows, rows and columns make two'
    time, across = sized if asked.layout == "time-first" else reversed(sized)
    count = time if isinstance(time, int) else asked.window
    columns = across if isinstance(across, int) else named or 0
    if not count or not columns:
        what, key = ("columns", "columns") if count else ("rows", "window")
        return f'input "{info.name}" takes any number of {what}: say with {key} in [series]'
    left = [count, columns] if asked.layout == "time-first" else [columns, count]
    dims = [-1, *(left.pop(0) if dim != 1 or len(rest) == 2 else 1 for dim in rest)]
    return _checked(_Window(count, columns, dims, free), asked, info)


def _checked(found: _Window, asked: SeriesConfig, info: TensorInfo) -> _Window:
    for what, mine, theirs in (
        ("window", asked.window, found.rows),
        ("columns", asked.columns and len(asked.columns), found.columns),
    ):
        if mine is not None and mine != theirs:
            raise ConfigError(
                f"[series] says {mine} for {what}",
                f'input "{info.name}" takes {theirs}',
                f"Correct {what}, or the layout",
            )
    for key, given in (("mean", asked.mean), ("std", asked.std)):
        if given is not None and len(given) not in (1, found.columns):
            raise ConfigError(
                f"[series] has {len(given)} numbers in {key}",
                f"the model takes {found.columns} columns",
                "Give one, or one for each",
            )
    if found.columns > _MOST_COLUMNS:
        raise ConfigError(
            f'Input "{info.name}" takes {found.columns} columns',
            f"a page shows at most {_MOST_COLUMNS}",
            "Leave the task out",
        )
    return found


def _output(roles: Roles, asked: SeriesConfig) -> TensorInfo | str:
    names = [info.name for info in roles.results]
    if asked.output is not None and asked.output not in names:
        raise ConfigError(
            f'[series] names an output "{asked.output}"',
            "the model has no such output",
            f"Its outputs are: {', '.join(names)}",
        )
    left = [
        info
        for info in roles.results
        if info.name == asked.output or (asked.output is None and info.type.startswith("float"))
    ]
    return (
        left[0] if len(left) == 1 else "which of its outputs is the result is not clear: say so with output in [series]"
    )


def _sizes(info: TensorInfo, seen: Seen) -> list[int] | None:
    """Of the output's axes beside the windows."""
    gave = seen.gave.get(info.name)
    shape = info.shape if gave is None else [*gave.shape]
    found = [dim for dim in (shape or [])[1:] if isinstance(dim, int)]
    return found if shape is not None and len(found) == max(0, len(shape) - 1) else None


def _result(config: Config, found: _Window, sizes: list[int]) -> Literal["forecast", "reconstruction", "score"] | None:
    if config.task == "time-series-forecasting":
        return "forecast"
    size = math.prod(sizes)
    if size == found.rows * found.columns and found.rows > 1:
        return "reconstruction"
    return "score" if size == 1 and config.task == "anomaly-detection" else None


def _names(seen: Seen, asked: SeriesConfig, count: int) -> list[str]:
    named = asked.columns or row.metadata_names(seen.proto, count)
    return named or (["value"] if count == 1 else [f"x{place + 1}" for place in range(count)])


def _targets(asked: SeriesConfig, names: list[str], sizes: list[int], result: str) -> tuple[list[int], int]:
    """The places of the columns that are predicted, and for how many rows."""
    unknown = [name for name in asked.targets or [] if name not in names]
    if unknown:
        raise ConfigError(
            f'[series] has a target "{unknown[0]}"', "no column is called that", f"The columns are: {', '.join(names)}"
        )
    size, count = math.prod(sizes), len(names)
    if result == "score":
        return [], 1
    if result == "reconstruction":
        return list(range(count)), size // count
    if asked.targets:
        width = len(asked.targets)
    elif len(sizes) > 1:
        width = sizes[-1]
    else:
        width = count if size == count else 1
    if size % width or (not asked.targets and width not in (1, count)):
        raise ConfigError(
            f"The model predicts {size} values",
            f"[series] does not say of which of the {count} columns",
            "Name them with targets",
        )
    return [names.index(name) for name in asked.targets] if asked.targets else list(range(width)), size // width


def _pipeline(
    asked: SeriesConfig,
    roles: Roles,
    found: _Window,
    output: TensorInfo,
    sizes: list[int],
    result: Literal["forecast", "reconstruction", "score"],
    names: list[str],
) -> SeriesPipeline:
    targets, horizon = _targets(asked, names, sizes, result)
    turned = asked.layout == "columns-first"
    usual: Literal["above", "error"] = "above" if result == "forecast" and asked.threshold is not None else "error"
    before, after = (
        _before(asked, roles.data, found, turned),
        _after(asked, roles.data, output, targets, horizon, result),
    )
    return SeriesPipeline(
        input=roles.data.name, output=output.name, result=result, columns=names, targets=targets, window=found.rows,
        horizon=horizon, batch=_BATCH if found.free and not roles.states else 1, preprocess=b64encode(before).decode(),
        postprocess=b64encode(after).decode(), formula=_formula(asked, found), alarm=asked.alarm or usual,
        threshold=asked.threshold, states=list(roles.states),
    )  # fmt: skip


def _before(asked: SeriesConfig, info: TensorInfo, found: _Window, turned: bool) -> bytes:
    """(x - mean) / std, then the input's own layout."""
    graph = Graph()
    made = graph.put("Sub", "rows", graph.constant(asked.mean or [0.0], np.float32))
    made = graph.put("Div", made, graph.constant(asked.std or [1.0], np.float32))
    if turned:
        made = graph.put("Transpose", made, perm=[0, 2, 1])
    shaped = graph.put("Reshape", made, graph.constant(found.dims))
    kind = TYPES[info.type]
    graph.put("Cast", shaped, name="tensor", to=kind)
    dims: list[int | str] = ["n" if dim < 0 else dim for dim in found.dims]
    return model(
        "preprocess", graph, [("rows", TensorProto.FLOAT, ["n", found.rows, found.columns])], [("tensor", kind, dims)]
    )


def _after(
    asked: SeriesConfig, info: TensorInfo, output: TensorInfo, targets: list[int], horizon: int, result: str
) -> bytes:
    """x * std + mean, as rows of the predicted columns; for a reconstruction the error of what the model takes."""
    graph = Graph()
    raw = graph.put("Cast", "raw0", to=TensorProto.FLOAT)
    rank = len(output.shape) if output.shape is not None else 2
    given: list[Value] = [("raw0", TYPES[output.type], [f"raw_{axis}" for axis in range(rank)])]
    scores: list[Value] = [("scores", TensorProto.FLOAT, ["n"])]
    if result == "score":
        graph.put("Reshape", raw, graph.constant([-1]), name="scores")
        return model("postprocess", graph, given, scores)
    if result == "reconstruction":
        given.append(("tensor", TYPES[info.type], [f"given_{axis}" for axis in range(len(info.shape or []))]))
        taken = graph.put("Cast", "tensor", to=TensorProto.FLOAT)
        flat = [graph.put("Reshape", part, graph.constant([0, -1])) for part in (raw, taken)]
        error = graph.put("Sub", *flat)
        graph.put("ReduceMean", graph.put("Mul", error, error), graph.constant([1]), name="scores", keepdims=0)
    # A forecast keeps the order of the input only where it has both axes.
    flip = asked.layout == "columns-first" and rank > 2
    table = graph.put(
        "Reshape", raw, graph.constant([-1, len(targets), horizon] if flip else [-1, horizon, len(targets)])
    )
    if flip:
        table = graph.put("Transpose", table, perm=[0, 2, 1])
    mean, std = (
        [value[0] if len(value) == 1 else value[place] for place in targets]
        for value in (asked.mean or [0.0], asked.std or [1.0])
    )
    scaled = graph.put("Mul", table, graph.constant(std, np.float32))
    graph.put("Add", scaled, graph.constant(mean, np.float32), name="predicted")
    made: list[Value] = [("predicted", TensorProto.FLOAT, ["n", horizon, len(targets)])]
    return model("postprocess", graph, given, made + (scores if result == "reconstruction" else []))


def _formula(asked: SeriesConfig, found: _Window) -> str:
    span = f", (x - {asked.mean or [0]}) / {asked.std or [1]}" if asked.mean or asked.std else ""
    rows_of, across = (
        f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((found.rows, "row"), (found.columns, "column"))
    )
    return f"windows of {rows_of} with {across}{span}"
