"""Which models take rows of a table, and what the columns of a row are called."""

from __future__ import annotations

import json
from typing import Any

import onnx
import pytest
import tiny
from edgeweb.errors import ConfigError
from edgeweb.tasks import row
from edgeweb.tasks.tabular.kind import TABULAR
from onnx import helper
from planned import I64, B, F, S, choose, flat

TABLES: list[tuple[Any, Any, str, str]] = [
    ({"x": (F, ["n", 4])}, {"y": (F, ["n", 1])}, "tabular-regression", "one value"),
    ({"x": (F, [None, 4])}, {"y": (F, [None])}, "tabular-regression", "one value"),
    ({"x": (F, [1, 4])}, {"y": (F, [1, 3])}, "tabular-regression", "3 values"),
    ({"x": (F, ["n", 4])}, {"l": (S, ["n"]), "p": (F, ["n", 3])}, "tensors", "nothing says which of its outputs"),
    ({"x": (F, ["n", 4])}, {"l": (S, ["n"]), "p": (F, None)}, "tensors", "outputs are not rows"),
    ({"x": (F, ["n", 4])}, {"l": (S, ["n", 1])}, "tabular-classification", 'label "l" out'),
    ({"x": (F, ["n", 4])}, {"y": (F, ["n", 4])}, "tabular-regression", "4 values"),
    ({"x": (F, ["n", 4])}, {"y": (F, ["n", 129])}, "tensors", "no row of a few values"),
    ({"x": (F, ["n", 4])}, {"y": (F, [10])}, "tensors", "no row of a few values"),
    ({"x": (F, [8, 4])}, {"y": (F, [8, 1])}, "tensors", "fixed number of rows"),
    ({"x": (F, ["n", "k"])}, {"y": (F, ["n", 1])}, "tensors", "is not a row of values"),
    ({"x": (F, [])}, {"y": (F, [])}, "tensors", "is not a row of values"),
    ({"x": (F, None)}, {"y": (F, ["n", 1])}, "tensors", "is not a row of values"),
    ({"x": (F, ["n", 0])}, {"y": (F, ["n", 1])}, "tensors", "is not a row of values"),
    ({"x": (F, ["n", 129])}, {"y": (F, ["n", 1])}, "tensors", "more than 128 columns"),
    ({"x": (F, ["n", 3, 4])}, {"y": (F, ["n", 1])}, "tensors", "is not a row of values"),
    ({"x": (F, ["n", 4])}, {"a": (F, ["n", 1]), "b": (F, ["n", 1])}, "tensors", "nothing says which of its outputs"),
    ({"a": (F, ["n", 1]), "b": (S, ["n", 1])}, {"y": (F, ["n", 1])}, "tabular-regression", "2 columns"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "outputs", "task", "reason"), TABLES)
def test_tables(inputs: Any, outputs: Any, task: str, reason: str) -> None:
    plan = choose(flat(inputs, outputs))
    assert plan.task == task
    assert any(reason in line for line in plan.reasons), plan.reasons
    assert (plan.kind is not TABULAR) == (task == "tensors")


def test_operators_of_signals_are_not_those_of_tables() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"y": (F, ["n", 1])})
    proto.graph.node[0].op_type = "LSTM"
    assert choose(proto).task == "tensors"


def columns(proto: onnx.ModelProto, **config: Any) -> list[tuple[str, str, int, str, Any]]:
    tabular = choose(proto, **config).spec
    assert tabular is not None
    return [(c.name, c.input, c.index, c.type, c.choices) for c in tabular.columns]


def test_columns_and_their_names() -> None:
    proto = flat({"x": (F, ["n", 2])}, {"y": (F, ["n", 1])})
    assert columns(proto) == [("x1", "x", 0, "number", None), ("x2", "x", 1, "number", None)]
    assert [c[0] for c in columns(proto, input={"x": {"columns": ["age", "mass"]}})] == ["age", "mass"]
    proto.metadata_props.add(key="feature_names", value="not json")
    proto.metadata_props.add(key="columns", value=json.dumps(["only one"]))
    proto.metadata_props.add(key="features", value=json.dumps(["length", "width"]))
    assert [c[0] for c in columns(proto)] == ["length", "width"]
    with pytest.raises(ConfigError, match=r"names 1 columns\. The input has 2\. Give 2 names"):
        choose(proto, input={"x": {"columns": ["age"]}})
    assert columns(flat({"age": (I64, ["n"])}, {"y": (F, ["n", 1])})) == [("age", "age", 0, "integer", None)]
    same = choose(flat({"a": (F, ["n", 2]), "b": (F, ["n", 2])}, {"y": (F, ["n", 1])}))
    assert "names of their own" in " ".join(same.reasons)


def test_columns_of_every_type_with_the_choices_of_an_encoder() -> None:
    inputs = {"f": (F, ["n", 1]), "i": (I64, ["n", 1]), "b": (B, ["n", 1]), "s": (S, ["n", 1])}
    proto = flat(inputs, {"y": (F, ["n", 1])})
    proto.graph.node.append(
        helper.make_node("OneHotEncoder", ["s"], ["hot"], domain="ai.onnx.ml", cats_strings=["Dream", "Biscoe"])
    )
    assert row.texts(proto) == {"s": ["Dream", "Biscoe"]}
    assert [(c[3], c[4]) for c in columns(proto)] == [
        ("number", None),
        ("integer", None),
        ("boolean", None),
        ("text", ["Dream", "Biscoe"]),
    ]


@pytest.mark.parametrize(
    ("inputs", "outputs", "task", "reason"),
    [
        ({"x": (F, ["n", 128])}, {"y": (F, ["n", 1])}, "tabular-regression", "128 columns in"),
        ({"x": (F, ["n", 4])}, {"y": (F, ["n", 100])}, "tabular-regression", "100 values"),
        ({"x": (F, ["n", 4])}, {"y": (F, ["n", 2, 1])}, "tensors", "outputs are not rows of values"),
        ({"x": (F, ["n", 1])}, {"y": (F, ["n", "c"])}, "tensors", "no row of a few values"),
        ({"x": (F, ["n", 1])}, {"y": (I64, ["n", 2])}, "tabular-regression", "2 values"),
        ({"x": (F, ["n", 1])}, {"y": (S, ["n"]), "z": (F, ["n", 1])}, "tensors", "nothing says which of its outputs"),
        ({"x": (F, ["n"])}, {"y": (F, [1])}, "tabular-regression", "1 column in"),
    ],
)
def test_how_wide_rows_and_outputs_may_be(inputs: Any, outputs: Any, task: str, reason: str) -> None:
    plan = choose(flat(inputs, outputs))
    assert plan.task == task
    assert any(reason in line for line in plan.reasons), plan.reasons


def test_a_softmax_makes_classes_and_nothing_else_does() -> None:
    assert choose(tiny.linear(columns=4, classes=4, softmax=False)).task == "tabular-regression"
    plan = choose(tiny.linear(columns=4, classes=4))
    assert plan.task == "tabular-classification" and "4 probabilities" in plan.reasons[0]


def test_a_label_beside_one_value_has_no_scores() -> None:
    proto = flat({"x": (F, ["n", 2])}, {"l": (S, ["n", 1]), "v": (F, ["n", 1])})
    tabular = choose(proto, task="tabular-classification").spec
    assert tabular is not None and (tabular.label, tabular.scores) == ("l", None)


def test_choices_belong_to_an_input_that_is_one_text() -> None:
    proto = flat({"s": (S, ["n", 2])}, {"y": (F, ["n", 1])})
    for operator, key in (("OneHotEncoder", "cats_int64s"), ("LabelEncoder", "cats_strings")):
        proto.graph.node.append(
            helper.make_node(operator, ["s"], [key], domain="ai.onnx.ml", **{key: [1] if "int" in key else ["a"]})
        )
    assert row.texts(proto) == {}
    proto.graph.node.append(helper.make_node("OneHotEncoder", ["s"], ["hot"], domain="ai.onnx.ml", cats_strings=["a"]))
    assert [c[4] for c in columns(proto)] == [None, None], "of two texts it is not known which"


@pytest.mark.parametrize("names", ['["a", ""]', '["a", 2]', '{"a": 1, "b": 2}', "[" * 100_000])
def test_names_in_the_metadata_that_are_none(names: str) -> None:
    proto = flat({"x": (F, ["n", 2])}, {"y": (F, ["n", 1])})
    proto.metadata_props.add(key="feature_names", value=names)
    assert [c[0] for c in columns(proto)] == ["x1", "x2"]
