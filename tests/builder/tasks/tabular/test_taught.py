"""What a user's samples teach a page: names, ranges, categories and usual values, and never a row of theirs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
import pytest
import tiny
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.tasks import choose
from edgeweb.tasks.evidence import Origin
from edgeweb.tasks.tabular import tables
from edgeweb.tasks.tabular.kind import TABULAR
from edgeweb.tasks.tabular.manifest import Column
from planned import F, S, flat, seen

WIDE = flat({"x": (F, ["n", 3])}, {"y": (F, ["n", 1])})


def learnt(path: Path, proto: onnx.ModelProto = WIDE, **config: Any) -> tuple[list[Column], tuple[str, ...]]:
    """The columns after the samples at `path` were read, and what is said of them."""
    known = seen(proto)
    settings = msgspec.convert({"data": path.name, **config}, Config)
    before = TABULAR.before(tiny.as_model(proto), known, settings, path.parent)
    origins = {key: Origin("file", name) for key, name in before.origins.items()}
    plan = choose.choose(replace(known, beside={"tabular": before.beside}, origins=origins), before.settings)
    claim = next(each for each in plan.evidence if each.claim == "columns")
    return plan.spec.columns, (*before.learnt, f"{claim.source}: {claim.origin}")


def csv(folder: Path, header: str, *rows: str) -> Path:
    path = folder / "t.csv"
    path.write_text("\n".join([header, *rows]), "utf-8")
    return path


def test_a_header_names_columns_that_have_no_names(tmp_path: Path) -> None:
    rows = [f"{i},{20 + i},{i / 10},{1.5 * i},rose" for i in range(40)]
    columns, notes = learnt(csv(tmp_path, ",age (years),mass,span,species", *rows))
    assert [c.name for c in columns] == ["age (years)", "mass", "span"]
    assert notes == (
        "t.csv names the columns: age (years), mass, span",
        't.csv: ignored "species"',
        "user: t.csv",
    )
    assert [(c.low, c.high, c.step, c.value) for c in columns] == [
        (20, 60, 1, 40), (0, 4, 0.05, 1.96), (0, 60, 1, 29),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ("x,y", "1,2", ["x", "y"]),
        ("a,b,y", "1,2,0", ["a", "b"]),
        ("a,b,kind", "1,2,u", ["a", "b"]),
        ("a,b,c", "1,2,3", None),
        ("id,a,b", "7,1,2", ["a", "b"]),
        ("index,a,b,target", "0,1,2,0", ["a", "b"]),
        ("ID,a,b,kind", "7,1,2,u", ["a", "b"]),
        ("id,a,b,price", "7,1,2,3", None),
        ("id,a,kind", "7,1,u", ["id", "a"]),
        ("a,a", "1,2", None),
        ("1,2", "3,4", None),
    ],
)
def test_which_first_rows_name_two_columns(first: str, second: str, names: list[str] | None) -> None:
    assert tables.named(first.split(","), [second.split(",")], 2, []) == names


def test_a_column_that_counts_the_rows_is_none_of_the_models() -> None:
    rows = [[str(i), str(i % 3), str(2 * i)] for i in range(6)]
    assert tables.named(["n", "a", "b"], rows, 2, []) == ["a", "b"]
    assert tables.named(["n", "a", "b"], rows[:4], 2, []) is None, "four may be chance"
    assert tables.named(["n", "a", "b"], rows[1:] + rows[:1], 2, []) is None
    assert tables.named(["n", "a", "b"], [[*row[:1], *row[:2]] for row in rows], 2, []) is None, "two of them do"


def test_near_misses_are_said(tmp_path: Path) -> None:
    proto = flat({"age": (F, ["n", 1]), "sex": (S, ["n", 1])}, {"y": (F, ["n", 1])})
    path = csv(tmp_path, "id,Age,sex,label", *(f"{i},{i},{'mf'[i % 2]},0" for i in range(12)))
    columns, notes = learnt(path, proto)
    assert notes == (
        't.csv: taken "Age" for "age"',
        't.csv: ignored "id"',
        't.csv: "label" holds the right answers',
        "file: the names of its inputs",
    )
    assert (columns[1].choices, columns[1].others, columns[1].value) == (["m", "f"], True, "m")
    wrong = csv(tmp_path, "agee,sex", "1,m", "2,f")
    with pytest.raises(ConfigError, match=r'has no column "age"\. .*Call the column "agee" so'):
        tables.layout(wrong, ["agee", "sex"], columns)


def test_nobody_is_told_of(tmp_path: Path) -> None:
    proto = flat({"n": (F, ["n", 1]), "name": (S, ["n", 1])}, {"y": (F, ["n", 1])})
    few, _ = learnt(csv(tmp_path, "n,name", "1,Ada", "2,Bo", "3,Cy"), proto)
    assert [(c.value, c.low, c.choices) for c in few] == [(None, None, None)] * 2
    rows = [f"{i * 7919 % 101 + 0.137},Person {i}" for i in range(50)] + ["99.9,Ada", "0.1,Ada"]
    many, _ = learnt(csv(tmp_path, "n,name", *rows), proto)
    assert (many[1].choices, many[1].value) == (None, None), "names are no categories"
    cells = {float(row.split(",")[0]) for row in rows}
    assert not {many[0].low, many[0].high} & cells


def test_arrays_teach_as_well_and_gaps_do_not_count(tmp_path: Path) -> None:
    table = np.tile(np.arange(10, dtype=np.float32)[:, None], (1, 3))
    table[::2, 1] = np.nan
    np.savez(tmp_path / "t.npz", x=table)
    columns, _ = learnt(tmp_path / "t.npz")
    assert [(c.low, c.high, c.value) for c in columns] == [(0, 9, 4), (1, 9, 5), (0, 9, 4)]


def test_what_cannot_be_read_teaches_nothing(tmp_path: Path) -> None:
    columns, notes = learnt(csv(tmp_path, "a,b", "1,2", "3,4"))
    assert [c.name for c in columns] == ["x1", "x2", "x3"] and len(notes) == 1
    (tmp_path / "bad.npz").write_bytes(b"no")
    assert [c.value for c in learnt(tmp_path / "bad.npz")[0]] == [None] * 3


def test_a_number_that_is_always_true_or_false_is_ticked(tmp_path: Path) -> None:
    rows = [f"{i},{i % 3 > 0},{i % 2}" for i in range(9)]
    columns, _ = learnt(csv(tmp_path, "age,on trial,code", *rows))
    assert [(c.type, c.value) for c in columns] == [("number", 4.0), ("boolean", True), ("number", 0.0)]
    found = TABULAR.read(tmp_path / "t.csv", (), seen(WIDE).inputs, choose.choose(seen(WIDE), Config()))
    assert found
