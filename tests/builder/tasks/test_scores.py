"""How many classes an output has scores for, and whether it is there."""

from __future__ import annotations

from typing import Any

import pytest
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import scores
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
