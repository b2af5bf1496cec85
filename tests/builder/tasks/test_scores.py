"""How many classes an output has scores for, whether it is there, and what values and names say of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import scores, words
from edgeweb.tasks.scores import classes_in


@pytest.mark.parametrize(
    ("shape", "classes"),
    [([None, 10], 10), ([1, 10, 1, 1], 10), ([1, 10, 7, 7], None), ([10], None), (None, None), (["n", "c"], None)],
)  # fmt: skip
def test_how_many_classes_an_output_has(shape: Any, classes: int | None) -> None:
    assert classes_in(TensorInfo(name="y", type="float32", shape=shape)) == classes


def test_an_output_is_found_by_its_name() -> None:
    outputs = [TensorInfo(name="y", type="float32", shape=[None, 3]), TensorInfo(name="z", type="int64", shape=[])]
    assert (scores.classes_of("y", outputs), scores.classes_of("z", outputs)) == (3, None)
    assert scores.classes_of("x", outputs) is None and scores.classes_of(None, outputs) is None
    assert [scores.among(name, outputs) for name in ("y", "x", None)] == ["y", None, None]


@pytest.mark.parametrize(
    ("values", "shares", "logits"),
    [
        ([[0.25, 0.75], [1, 0]], True, True),
        ([[0.25, 0.5]], False, True),
        ([[1.5, -0.5]], False, True),
        ([[float("nan"), 1]], False, False),
        ([[99, -99]], False, True),
        ([[175, 60]], False, False),
        ([], False, True),
    ],
)
def test_what_values_of_runs_may_be(values: list[list[float]], shares: bool, logits: bool) -> None:
    array = np.array(values, np.float32)
    assert (scores.shares(array), scores.may_be_logits(array)) == (shares, logits)


def test_shares_along_another_axis_and_in_half_precision() -> None:
    array = np.array([[0.25, 1], [0.75, 0]], np.float16)
    assert scores.add_up(array, axis=0) and not scores.add_up(array)
    assert not scores.add_up(array * 0.99, axis=0) and scores.add_up(array * 0.99, axis=0, near=scores.NEARLY)


def test_words_of_a_name() -> None:
    assert words.of("pred_Logits2/classEmbed") == ["pred", "logits", "class", "embed"]
    assert words.of("RGBImage") == ["rgb", "image"]
