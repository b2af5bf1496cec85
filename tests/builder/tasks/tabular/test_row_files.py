"""CSV files and lines of text as a model's inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from edgeweb.errors import ConfigError
from edgeweb.manifest import Column, TabularPipeline, TensorInfo
from edgeweb.plan import Plan
from edgeweb.samples import Samples
from sampled import X4, read, values

COLUMNS = [
    Column(name="Width", input="x", index=0, type="number"),
    Column(name="height", input="x", index=1, type="number"),
    Column(name="kind", input="k", index=0, type="text"),
    Column(name="n", input="c", index=0, type="integer"),
]
ROW_INPUTS = [
    TensorInfo(name="x", type="float32", shape=["n", 2]),
    TensorInfo(name="k", type="string", shape=["n", 1]),
    TensorInfo(name="c", type="int64", shape=[1]),
]
ROWS = Plan(
    "tabular-classification", (), tabular=TabularPipeline(columns=COLUMNS, scores="s"), labels=("setosa", "other")
)


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(text, "utf-8")
    return path


def rows(found: Samples) -> list[Any]:
    return [[*f["x"].ravel().tolist(), f["k"].ravel()[0], int(f["c"][0])] for f in found.feeds]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Width,height,kind,n\n1,2.5,a,3\n4,5,b c,6\n", None),
        ("\ufeffn;Class;KIND;id;WIDTH;Height\r\n3;setosa;a;77;1;2.5\r\n\r\n6;Other;b c;78;4;5\r\n", (0, 1)),
        ("1,2.5,a,3\n4,5,b c,6", None),
        ('a,b,c,d,target\n1,2.5,"a",3.0,1\n4,5,b c,6,0\n', (1, 0)),
        ("y\tq\tw\te\tr\n0\t1\t2.5\ta\t3\n1\t4\t5\tb c\t6\n", (0, 1)),
    ],
    ids=["header", "any order", "no header", "other header", "label first"],
)
def test_rows(tmp_path: Path, text: str, labels: Any) -> None:
    found = read(table(tmp_path, text), *ROW_INPUTS, plan=ROWS)
    assert rows(found) == [[1, 2.5, "a", 3], [4, 5, "b c", 6]]
    assert found.labels == labels and found.source == "2 rows of t.csv"
    first = found.feeds[0]
    assert [(a.shape, a.dtype.name) for a in first.values()] == [
        ((1, 2), "float32"),
        ((1, 1), "object"),
        ((1,), "int64"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no samples"),
        ("Width,height,kind,n\n", "holds no samples"),
        ("Width,height,sort,n\n1,2,a,3\n", 'has no column "kind"'),
        ("1,2,a\n", "has 3 columns. The model takes 4"),
        ("Width,height,kind,n\n1,2,a\n", "has 3 cells in line 2. Its first row has 4"),
        ("Width,height,kind,n\n1,,a,3\n", 'has "" for "height" in line 2. It is not a number'),
        ("Width,height,kind,n\n1,2,a,3.5\n", 'value for "n" in line 2 that does not fit'),
        ("Width,height,kind,n\n1,nan,a,3\n", "NaN or infinity"),
        ("Width,height,kind,n,label\n1,2,a,3,rose\n", 'has the label "rose" in line 2. The labels are setosa, other'),
        ("Width,height,kind,n,label\n1,2,a,3,2\n", 'has the label "2"'),
    ],
)
def test_rows_that_do_not_fit(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(table(tmp_path, text), *ROW_INPUTS, plan=ROWS)


def test_whole_numbers_beyond_a_float_and_a_targets_value(tmp_path: Path) -> None:
    info = TensorInfo(name="c", type="int64", shape=["n", 1])
    column = Column(name="c", input="c", index=0, type="integer")
    plan = Plan("tabular-regression", (), tabular=TabularPipeline(columns=[column], values="v"))
    found = read(table(tmp_path, "c,target\n9007199254740993,1.5\n"), info, plan=plan)
    assert values(found, "c") == [[9007199254740993]] and found.labels is None
    with pytest.raises(ConfigError, match="does not fit"):
        read(table(tmp_path, f"c\n{1 << 70}\n"), info, plan=plan)
    with pytest.raises(ConfigError, match="holds rows of a table"):
        read(table(tmp_path, "1"), info)
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read(tmp_path / "t.csv", info, plan=plan)


def test_lines_of_text(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("one line\n\n  zweite Zeile, ß\n", "utf-8")
    found = read(tmp_path / "t.txt", TensorInfo(name="x", type="string", shape=["n", 1]))
    assert values(found) == [["one line"], ["zweite Zeile, ß"]]
    assert {feed["x"].shape for feed in found.feeds} == {(1, 1)} and found.source == "2 lines of t.txt"
    for info in (X4, TensorInfo(name="x", type="string", shape=[2])):
        with pytest.raises(ConfigError, match="does not take one text"):
            read(tmp_path / "t.txt", info)
