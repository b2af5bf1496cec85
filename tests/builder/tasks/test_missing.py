"""What a row may lack, by the operators that its columns meet; and which texts encoders know."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import onnx
import pytest
import tiny
from edgeweb.tasks import lanes, missing
from edgeweb.tasks.missing import Takes
from onnx import TensorProto, helper
from planned import I64, F, S, choose

ML = "ai.onnx.ml"
FREE = Takes(True)


def ml(operator: str, given: str, out: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(operator, [given], [out], domain=ML, **attributes)


def tree(
    given: str, out: str, modes: tuple[str, ...] = ("BRANCH_LEQ", "LEAF", "LEAF"), tracks: int = 0
) -> onnx.NodeProto:
    return ml("TreeEnsembleRegressor", given, out, nodes_modes=modes, nodes_missing_value_tracks_true=[tracks, 0, 0])


def taken(
    nodes: list[onnx.NodeProto], inputs: dict[str, tuple[int, int]], producer: str = "skl2onnx", **held: Any
) -> dict[lanes.Place, Takes]:
    """`inputs`: type and columns; `held`: constants."""
    proto = tiny.proto_of(
        nodes, [tiny.value(name, kind, ["n", width]) for name, (kind, width) in inputs.items()], [tiny.value("y")]
    )
    for name, array in held.items():
        proto.graph.initializer.append(onnx.numpy_helper.from_array(array, name))
    proto.producer_name = producer
    texts = frozenset((name, i) for name, (kind, width) in inputs.items() if kind == S for i in range(width))
    return missing.taken(proto, {name: width for name, (_, width) in inputs.items()}, texts)


def numbers(nodes: list[onnx.NodeProto], width: int = 2, **given: Any) -> list[bool]:
    return [each.missing for each in taken(nodes, {"x": (F, width)}, **given).values()]


def index(*places: int) -> Any:
    return np.array(places, np.int64)


def test_trees_take_nan_where_they_were_trained_to() -> None:
    assert numbers([tree("x", "y")], producer="OnnxMLTools") == [True, True]
    assert numbers([tree("x", "y")]) == [False, False], "skl2onnx writes no branch for what is missing"
    assert numbers([tree("x", "y", tracks=1)]) == [True, True]
    assert numbers([tree("x", "y", "BRANCH_LT")]) == [True, True]
    assert numbers([helper.make_node("Neg", ["x"], ["z"]), tree("z", "y", tracks=1)]) == [True, True]
    assert numbers([tree("x", "t", tracks=1), helper.make_node("Sum", ["t", "x"], ["y"])]) == [False, False]


def test_of_the_columns_of_one_input_those_that_an_imputer_fills() -> None:
    nodes = [
        helper.make_node("ArrayFeatureExtractor", ["x", "i"], ["a"], domain=ML),
        helper.make_node("Gather", ["x", "j"], ["b"], axis=1),
        ml("Imputer", "a", "c", imputed_value_floats=[1.0], replaced_value_float=math.nan),
        helper.make_node("Concat", ["c", "b"], ["d"], axis=1),
        ml("Scaler", "d", "y"),
    ]
    assert numbers(nodes, 3, i=index(0, 2), j=index(1)) == [True, False, True]
    split = [helper.make_node("Split", ["x"], ["a", "b"], axis=1), nodes[2], *nodes[3:]]
    assert numbers(split, 2) == [True, False]
    cut = [
        helper.make_node("Slice", ["x", "i", "j", "k"], ["a"]),
        ml("Imputer", "a", "y", replaced_value_float=math.nan),
    ]
    assert numbers(cut, 2, i=index(1), j=index(2), k=index(1)) == [True, True], "what goes nowhere does no harm"


def test_an_imputer_of_another_value_is_fed_that() -> None:
    nodes = [ml("Imputer", "x", "y", imputed_value_floats=[1.0], replaced_value_float=-1.0)]
    assert set(taken(nodes, {"x": (F, 2)}).values()) == {Takes(True, -1.0)}
    whole = [ml("Imputer", "x", "y", imputed_value_int64s=[1], replaced_value_int64=9)]
    assert taken(whole, {"x": (I64, 1)}) == {("x", 0): Takes(True, 9.0)}


def test_a_model_that_looks_for_nan_takes_it() -> None:
    looks = [helper.make_node("IsNaN", ["x"], ["m"]), helper.make_node("Where", ["m", "zero", "x"], ["y"])]
    assert numbers(looks, zero=index(0)) == [True, True]
    assert numbers([helper.make_node("Relu", ["x"], ["y"])]) == [False, False]
    chosen = [helper.make_node("Less", ["x", "zero"], ["m"]), helper.make_node("Where", ["m", "zero", "zero"], ["y"])]
    assert numbers(chosen, zero=index(0)) == [False, False]


@pytest.mark.parametrize(
    ("node", "takes"),
    [
        (ml("OneHotEncoder", "x", "y", cats_strings=["a", "b"], zeros=1), Takes(True, None, ("a", "b"), True)),
        (ml("OneHotEncoder", "x", "y", cats_strings=["a", "b"], zeros=0), Takes(False, None, ("a", "b"))),
        (ml("OneHotEncoder", "x", "y", cats_strings=["", "b"], zeros=0), Takes(True, None, ("", "b"))),
        (ml("LabelEncoder", "x", "y", keys_strings=["a"], values_floats=[1.0]), Takes(False, None, ("a",))),
        (
            ml("LabelEncoder", "x", "y", keys_strings=["a"], values_floats=[1.0], default_float=0.5),
            Takes(True, None, ("a",), True),
        ),
        (helper.make_node("StringSplit", ["x"], ["y"]), FREE),
    ],
    ids=["ignores", "refuses", "knows the empty one", "ordinal", "ordinal with a default", "free"],
)
def test_texts(node: onnx.NodeProto, takes: Takes) -> None:
    assert taken([node], {"x": (S, 1)}) == {("x", 0): takes}


def test_each_of_several_texts_has_its_own_encoder_behind_an_imputer() -> None:
    nodes = [
        helper.make_node("ArrayFeatureExtractor", ["x", "i"], ["a"], domain=ML),
        ml("LabelEncoder", "a", "n", keys_strings=["?"], values_int64s=[1], default_int64=0),
        helper.make_node("Cast", ["n"], ["m"], to=TensorProto.BOOL),
        helper.make_node("Where", ["m", "fill", "a"], ["b"]),
        ml("OneHotEncoder", "b", "y", cats_strings=["u", "v"], zeros=0),
        helper.make_node("Gather", ["x", "j"], ["c"], axis=1),
        ml("OneHotEncoder", "c", "z", cats_strings=["w"], zeros=1),
    ]
    found = taken(nodes, {"x": (S, 2)}, i=index(0), j=index(1))
    assert found == {("x", 0): Takes(True, "?", ("u", "v")), ("x", 1): Takes(True, None, ("w",), True)}


def test_whole_numbers_that_an_encoder_knows() -> None:
    nodes = [helper.make_node("Cast", ["x"], ["a"], to=I64), ml("OneHotEncoder", "a", "y", cats_int64s=[1, 2], zeros=1)]
    assert taken(nodes, {"x": (I64, 1)}) == {("x", 0): Takes(False, None, ("1", "2"), True)}


def test_the_columns_of_the_manifest_say_it() -> None:
    proto = tiny.proto_of([tree("x", "y", tracks=1)], [tiny.value("x", F, ["n", 2])], [tiny.value("y", F, ["n", 1])])
    assert [(c.missing, c.gap, c.choices, c.others) for c in choose(proto).spec.columns] == [
        (True, None, None, False)
    ] * 2
    claim = next(each for each in choose(proto).evidence if each.claim == "columns")
    assert (claim.source, claim.settle) == ("assumed", '[input.x]\ncolumns = ["x1", "x2"]')
    named = choose(proto, input={"x": {"columns": ["a", "b"]}}).evidence
    assert next(each.source for each in named if each.claim == "columns") == "user"
