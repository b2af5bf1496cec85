"""What a choice of task asks of a model: its last operator, through nodes that change nothing."""

from __future__ import annotations

from typing import Any

import onnx
import pytest
import tiny
from edgeweb.tasks.image.spec import ImageSpec
from onnx import helper
from planned import choose, seen


def test_softmax_is_noticed_through_nodes_that_change_nothing() -> None:
    proto = tiny.linear()
    tabular = choose(proto).spec
    assert tabular is not None
    assert (tabular.scores, tabular.softmax) == ("y", False)
    proto.graph.node[-1].output[0] = "h2"
    proto.graph.node.append(helper.make_node("Identity", ["h2"], ["y"]))
    assert seen(proto).ends_in("y", "Softmax")
    assert not seen(proto).ends_in("y", "LpNormalization")
    assert not seen(proto).ends_in("missing", "Softmax")
    bare = choose(tiny.linear(softmax=False), labels=["a", "b", "c"]).spec
    assert bare is not None
    assert bare.softmax is True


def chain(*operators: str) -> onnx.ModelProto:
    """x -> these operators -> y."""
    names = ["x", *(f"v{i}" for i in range(len(operators) - 1)), "y"]
    nodes = [helper.make_node(op, [names[i]], [names[i + 1]]) for i, op in enumerate(operators)]
    return tiny.proto_of(nodes, [tiny.value("x", tiny.FLOAT, [1, 4])], [tiny.value("y", tiny.FLOAT, [1, 4])])


@pytest.mark.parametrize(
    ("operators", "found"),
    [
        (["Softmax"], True),
        (["Softmax", "Cast", "Squeeze", "Transpose", "Dropout"], True),
        (["Softmax", "Relu"], False),
        (["Softmax", *["Identity"] * 15], True),
        (["Softmax", *["Identity"] * 16], False),
        (["Relu"], False),
    ],
)
def test_the_operator_that_made_an_output(operators: list[str], found: bool) -> None:
    assert seen(chain(*operators)).ends_in("y", "Softmax") is found


def test_a_maker_without_inputs_is_the_end() -> None:
    proto = chain("Relu")
    proto.graph.node.append(helper.make_node("Identity", [], ["z"]))
    assert not seen(proto).ends_in("z", "Softmax")


def spec(**over: Any) -> ImageSpec:
    given: dict[str, Any] = {
        "input": "x", "outputs": ("y",), "height": 20, "width": 30, "layout": "NCHW", "color": "RGB", "scale": 255.0,
        "mean": (0.5,), "std": (0.25,), "resize": "crop", "softmax": True, "assumed": False,
    }  # fmt: skip
    return ImageSpec(**{**given, **over})


def test_what_a_pictures_plan_says_of_itself() -> None:
    assert (spec().scores, spec(result="detection").scores) == ("y", None)
    assert (spec().channels, spec(color="GRAY").channels) == (3, 1)
    painter = {"result": "image", "color": "GRAY"}
    assert [spec(**each).brightness for each in (painter, {"color": "GRAY"}, {"result": "image"})] == [
        True,
        False,
        False,
    ]
    assert spec(crop=(8, 12), standardise=True).formula == (
        "crop to 30 x 20, of it the middle 12 x 8, (RGB 0..255 / 255 - [0.5]) / [0.25]"
        ", less its own mean and divided by its own deviation, NCHW"
    )
