"""Which models take pictures, what is assumed about these, and what their outputs may be."""

from __future__ import annotations

from typing import Any

import pytest
import tiny
from edgeweb.errors import ConfigError
from edgeweb.plan import ImageSpec, Plan
from onnx import TensorProto
from planned import I64, choose


def image(plan: Plan) -> ImageSpec:
    assert plan.task == "image-classification"
    assert plan.image is not None
    assert plan.tabular is None
    return plan.image


PICTURES: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"layout": "NHWC"}, None),
    ({"channels": 1}, None),
    ({"batch": "N"}, None),
    ({"kind": TensorProto.UINT8}, None),
    ({"kind": TensorProto.FLOAT16}, None),
    ({"softmax": False}, None),
    ({"softmax": False, "classes": 1000}, None),
    ({"classes": 512}, None),
    ({"softmax": False, "classes": 512}, "may be an embedding"),
    ({"softmax": False, "classes": 77}, "may be an embedding"),
    ({"classes": 1}, "is not one row of scores"),
    ({"channels": 4}, "has not 1 or 3 channels"),
    ({"batch": 4}, "takes 4 pictures at once"),
    ({"kind": I64}, "has not the shape of a picture"),
    ({"size": (4, 4)}, "is not shaped like a picture (4 x 4)"),
    ({"size": (49, 10)}, "is not shaped like a picture (10 x 49)"),
    ({"size": ("h", "w")}, "size = [224, 224]"),
]


@pytest.mark.parametrize(("form", "reason"), PICTURES, ids=[str(form) for form, _ in PICTURES])
def test_pictures(form: dict[str, Any], reason: str | None) -> None:
    plan = choose(tiny.picture(**form))
    if reason is None:
        spec = image(plan)
        assert (spec.height, spec.width, spec.layout) == (16, 16, form.get("layout", "NCHW"))
        assert spec.softmax is not form.get("softmax", True)
        assert "has the shape of a picture (16 x 16" in plan.reasons[0]
    else:
        assert plan.task == "tensors"
        assert any(reason in line for line in plan.reasons)


def test_labels_make_an_unusual_number_of_scores_certain() -> None:
    proto = tiny.picture(softmax=False, classes=77)
    assert choose(proto, labels=[str(i) for i in range(77)]).labels[76] == "76"
    assert choose(proto, task="image-classification").task == "image-classification"


def test_what_is_assumed_about_a_picture() -> None:
    spec = image(choose(tiny.picture()))
    assert (spec.scale, spec.mean, spec.std) == (255.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert (spec.color, spec.resize, spec.assumed, spec.channels) == ("RGB", "crop", True, 3)
    other = image(choose(tiny.picture(layout="NHWC")))
    assert (other.scale, other.mean, other.std, other.assumed) == (255.0, (0.0,), (1.0,), True)
    grey = image(choose(tiny.picture(channels=1)))
    assert (grey.color, grey.channels, grey.mean) == ("GRAY", 1, (0.0,))
    byte = image(choose(tiny.picture(kind=TensorProto.UINT8)))
    assert (byte.scale, byte.mean, byte.assumed) == (1.0, (0.0,), False)


def test_a_model_that_normalises_by_itself_gets_raw_values() -> None:
    spec = image(choose(tiny.picture(normalise=True)))
    assert (spec.scale, spec.mean, spec.std) == (1.0, (0.0,), (1.0,))


def test_what_the_configuration_says_about_a_picture() -> None:
    said = {"size": [32, 24], "color": "BGR", "scale": 127.5, "mean": [1.0], "std": [2.0, 3.0, 4.0], "resize": "pad"}
    spec = image(choose(tiny.picture(size=("h", "w")), input={"image": said}))
    assert (spec.height, spec.width, spec.color, spec.scale) == (32, 24, "BGR", 127.5)
    assert (spec.mean, spec.std, spec.resize, spec.assumed) == ((1.0,), (2.0, 3.0, 4.0), "pad", False)
    assert spec.formula == "pad to 24 x 32, (BGR 0..255 / 127.5 - [1.0]) / [2.0, 3.0, 4.0], NCHW"
    # What is said of one is not mixed with ImageNet's other one.
    assert image(choose(tiny.picture(), input={"image": {"mean": [0.5]}})).std == (1.0,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"color": "GRAY"}, 'color = "GRAY" does not fit'),
        ({"mean": [1.0, 2.0]}, "mean has 2 values"),
        ({"std": [1.0, 2.0]}, "std has 2 values"),
        ({"size": [32, 32]}, "does not fit input image. It takes pictures of height 16 and width 16"),
    ],
)
def test_a_configuration_that_contradicts_the_model(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        choose(tiny.picture(), input={"image": options})
