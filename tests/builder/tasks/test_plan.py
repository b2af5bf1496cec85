"""What a choice of task asks of a model: its last operator, and how many classes a row of scores has."""

from __future__ import annotations

from typing import Any

import pytest
import tiny
from edgeweb.manifest import TensorInfo
from edgeweb.plan import classes_in
from onnx import helper
from planned import choose, seen


def test_softmax_is_noticed_through_nodes_that_change_nothing() -> None:
    proto = tiny.linear()
    tabular = choose(proto).tabular
    assert tabular is not None
    assert (tabular.scores, tabular.softmax) == ("y", False)
    proto.graph.node[-1].output[0] = "h2"
    proto.graph.node.append(helper.make_node("Identity", ["h2"], ["y"]))
    assert seen(proto).ends_in("y", "Softmax")
    assert not seen(proto).ends_in("y", "LpNormalization")
    assert not seen(proto).ends_in("missing", "Softmax")
    bare = choose(tiny.linear(softmax=False)).tabular
    assert bare is not None
    assert bare.softmax is True


@pytest.mark.parametrize(
    ("shape", "classes"),
    [([None, 10], 10), ([1, 10, 1, 1], 10), ([1, 10, 7, 7], None), ([10], None), (None, None), (["n", "c"], None)],
)  # fmt: skip
def test_how_many_classes_an_output_has(shape: Any, classes: int | None) -> None:
    assert classes_in(TensorInfo(name="y", type="float32", shape=shape)) == classes
