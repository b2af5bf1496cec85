"""CSV files and lines of text as a model's inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from edgeweb.errors import ConfigError
from edgeweb.samples.samples import Samples
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.plan import Plan
from edgeweb.tasks.tabular import files
from edgeweb.tasks.tabular.kind import TABULAR
from edgeweb.tasks.tabular.manifest import Column, TabularPipeline
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
    "tabular-classification", (), TABULAR, TabularPipeline(columns=COLUMNS, scores="s"), labels=("setosa", "other")
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
        ("Width,height,kind,n\n1,,a,3\n", 'has no value for "height" in line 2. The model takes no row without it'),
        ("Width,height,kind,n\n1,2,a,3.5\n", 'has "3.5" for "n" in line 2. The model takes whole numbers. Give one'),
        ("Width,height,kind,n\n1,nan,a,3\n", 'has "nan" for "height" in line 2. The model takes no row without it'),
        ("Width,height,kind,n\n1,inf,a,3\n", "NaN or infinity"),
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
    plan = Plan("tabular-regression", (), TABULAR, TabularPipeline(columns=[column], values="v"))
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


ONE = TabularPipeline(columns=[Column(name="v", input="x", index=0, type="number")], label="l")


def cells(tmp_path: Path, text: str, inputs: Any = None, pipeline: TabularPipeline = ONE) -> list[Any]:
    found = [TensorInfo(name="x", type="float32", shape=["n", 1])] if inputs is None else inputs
    feeds, _, _ = files.read_csv(table(tmp_path, text), found, pipeline, ())
    return [feed["x"].ravel().tolist() for feed in feeds]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1\n2\n", [[1], [2]]),
        ("v\n1\n", [[1]]),
        ("other\n1\n", [[1]]),
        ("true\nFALSE\n1e2\n", [[1], [0], [100]]),
        # A number that fits no whole number type is still one.
        (f"{1 << 64}\n", [[float(1 << 64)]]),
        ("V\n1\n", [[1]]),
        ('v\n" 1 "\n', [[1]]),
    ],
)
def test_what_is_a_value_and_what_a_header(text: str, values: Any, tmp_path: Path) -> None:
    assert cells(tmp_path, text) == values


def test_a_header_that_differs_in_case_alone_is_taken_as_written(tmp_path: Path) -> None:
    columns = [Column(name=name, input="x", index=place, type="number") for place, name in enumerate(("a", "A"))]
    info = [TensorInfo(name="x", type="float32", shape=["n", 2])]
    assert cells(tmp_path, "A,a\n1,2\n", info, TabularPipeline(columns=columns, label="l")) == [[2, 1]]


@pytest.mark.parametrize(("header", "lost"), [("a,a", "A"), ("A,A", "a")])
def test_names_that_differ_in_case_alone_are_both_needed(header: str, lost: str, tmp_path: Path) -> None:
    columns = [Column(name=name, input="x", index=place, type="number") for place, name in enumerate(("a", "A"))]
    info = [TensorInfo(name="x", type="float32", shape=["n", 2])]
    with pytest.raises(ConfigError, match=f'has no column "{lost}"'):
        cells(tmp_path, f"{header}\n1,2\n", info, TabularPipeline(columns=columns, label="l"))


def test_a_first_row_may_hold_the_name_of_a_column(tmp_path: Path) -> None:
    number = Column(name="v", input="x", index=0, type="number")
    one, two = (Column(name=name, input=name, index=0, type="text") for name in ("kind", "other"))
    info = [TensorInfo(name=name, type=kind, shape=["n", 1]) for name, kind in (("x", "float32"), ("kind", "string"))]  # type: ignore[arg-type]
    mixed = TabularPipeline(columns=[number, one], label="l")
    assert cells(tmp_path, "1,kind\n2,owl\n", info, mixed) == [[1], [2]], "a header has no numbers"
    # Where all are texts, one that is a column's name is taken for a header with a column too few.
    with pytest.raises(ConfigError, match='has no column "other"'):
        cells(tmp_path, "kind,owl\n", info, TabularPipeline(columns=[one, two], label="l"))


def test_the_character_between_cells_is_the_commonest_of_the_first_line(tmp_path: Path) -> None:
    info = [TensorInfo(name="x", type="float32", shape=["n", 2])]
    columns = [Column(name=name, input="x", index=place, type="number") for place, name in enumerate("ab")]
    two = TabularPipeline(columns=columns, label="l")
    for text in ("a,b\n1,2\n", "a;b\n1;2\n", "a\tb\n1\t2\n", "\n\na;b\n\n1;2\n"):
        assert cells(tmp_path, text, info, two) == [[1, 2]]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("v,y\n1,0\n", [0]),
        ("v,TARGET\n1,1\n", [1]),
        ("v,other\n1,1\n", None),
        # Where the file has one column more than the model, a label's name tells which.
        ("w,class\n1,1\n", [1]),
    ],
)
def test_which_column_has_the_right_answers(text: str, labels: Any, tmp_path: Path) -> None:
    info = [TensorInfo(name="x", type="float32", shape=["n", 1])]
    feeds, found, total = files.read_csv(table(tmp_path, text), info, ONE, ())
    assert (found, total, [feed["x"].item() for feed in feeds]) == (labels, 1, [1])


def test_a_column_may_be_called_like_a_label(tmp_path: Path) -> None:
    target = TabularPipeline(columns=[Column(name="target", input="x", index=0, type="number")], label="l")
    info = [TensorInfo(name="x", type="float32", shape=["n", 1])]
    assert files.read_csv(table(tmp_path, "target\n5\n"), info, target, ())[1] is None


@pytest.mark.parametrize(
    ("shape", "dims"), [(None, (1, 1)), ([1], (1,)), (["n", 1], (1, 1)), ([1, 1, 1], (1, 1, 1)), ([], ())]
)
def test_rows_have_the_shape_of_their_input(shape: Any, dims: tuple[int, ...], tmp_path: Path) -> None:
    info = [TensorInfo(name="x", type="float32", shape=shape)]
    ((feed,), _, _) = files.read_csv(table(tmp_path, "v\n1\n"), info, ONE, ())
    assert feed["x"].shape == dims


def test_labels_without_names_are_numbers_and_a_cell_may_hold_the_delimiter(tmp_path: Path) -> None:
    info = [TensorInfo(name="x", type="float32", shape=["n", 1])]
    with pytest.raises(ConfigError, match=r'the label "owl" in line 2\. The model has no labels'):
        files.read_csv(table(tmp_path, "v,y\n1,owl\n"), info, ONE, ())
    text = TabularPipeline(columns=[Column(name="t", input="x", index=0, type="text")], label="l")
    words = [TensorInfo(name="x", type="string", shape=["n", 1])]
    assert cells(tmp_path, 't\n"a, b"\n', words, text) == [["a, b"]]
    assert cells(tmp_path, "a line\n", words, text) == [["a line"]], "a text is a value, not a header"
