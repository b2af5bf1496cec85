"""One cell of a row as Python reads it: as web/test/tasks/tabular/worker/feeds.test.ts has it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb.errors import ConfigError
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import fields
from edgeweb.tasks.native import Rows
from edgeweb.tasks.tabular import files
from edgeweb.tasks.tabular.manifest import Column, TabularPipeline

CELLS: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "golden" / "cells.json").read_text("utf-8"))


def column(kind: Any, **over: Any) -> Column:
    return Column(name="c", input="x", index=0, type=kind, **over)


@pytest.mark.parametrize(
    ("kind", "over", "given", "value"),
    [
        ("number", {"missing": True}, None, math.nan),
        ("number", {"missing": True, "gap": -1.0}, " ", -1.0),
        ("number", {}, math.nan, math.nan),
        ("number", {}, "1.5", 1.5),
        ("integer", {"missing": True, "gap": 9.0}, None, 9),
        ("integer", {}, 3.0, 3),
        ("text", {"missing": True}, None, ""),
        ("text", {"missing": True, "gap": "?"}, math.nan, "?"),
        ("text", {"choices": ["a"], "others": True}, "b", "b"),
        ("text", {}, True, "true"),
        ("text", {}, 3.0, "3"),
        ("boolean", {}, True, 1),
        ("boolean", {}, "FALSE", 0),
        ("boolean", {}, 1, 1),
    ],
)
def test_what_a_column_takes(kind: str, over: dict[str, Any], given: Any, value: Any) -> None:
    found = fields.read(column(kind, **over), given)
    assert (type(found), found) == (type(value), value) or (math.isnan(value) and math.isnan(float(found)))


@pytest.mark.parametrize(
    ("kind", "over", "given", "message"),
    [
        ("number", {}, None, '"c" has no value'),
        ("number", {}, "two", '"c" is not a number'),
        ("number", {}, [1], '"c" is not a number'),
        ("integer", {"missing": False}, math.nan, '"c" has no value'),
        ("integer", {"choices": ["1"]}, 2, "\"c\" takes no '2'"),
        ("text", {"choices": ["a"]}, "b", "\"c\" takes no 'b'.*It takes one of: 'a'"),
        ("text", {"choices": ["a"]}, None, '"c" has no value'),
        ("boolean", {"missing": False}, None, '"c" has no value'),
        ("boolean", {}, 2, '"c" is neither true nor false'),
        ("boolean", {}, "yes", '"c" is neither true nor false'),
    ],
)
def test_what_it_does_not_take(kind: str, over: dict[str, Any], given: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        fields.read(column(kind, **over), given)


def test_a_row_in_python_is_fed_as_on_the_page() -> None:
    columns = [
        Column(name="a", input="x", index=1, type="number", missing=True),
        Column(name="b", input="x", index=0, type="number"),
        Column(name="s", input="s", index=0, type="text", missing=True),
    ]
    inputs = [TensorInfo(name="x", type="float32", shape=[None, 2]), TensorInfo(name="s", type="string", shape=[None])]
    fed = Rows(TabularPipeline(columns=columns, values="y"), (), inputs).feeds({"b": 2, "s": None})
    assert fed["x"].dtype == np.float32 and np.array_equal(fed["x"], [[2, math.nan]], equal_nan=True)
    assert (fed["s"].shape, fed["s"].tolist()) == ((1,), [""])


@pytest.mark.parametrize("case", CELLS, ids=lambda case: f"{case['type']} {case['text']!r}")
def test_texts_are_taken_as_on_the_page(case: dict[str, Any]) -> None:
    own = column(case["type"])
    assert took(lambda: fields.read(own, case["text"])) == case["row"]
    if "cell" in case:
        text = case["text"].strip()
        assert took(lambda: files.value(Path("t.csv"), 1, own, text)) == case["cell"]


def took(read: Callable[[], fields.Value]) -> Any:
    try:
        value = read()
    except ConfigError:
        return "error"
    return value if math.isfinite(float(value)) else str(value)
