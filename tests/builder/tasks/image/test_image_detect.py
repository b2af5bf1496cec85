"""Which models take pictures, what is assumed about these, and what their outputs may be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tiny
from edgeweb.errors import ConfigError
from edgeweb.tasks.image import pictures
from edgeweb.tasks.image.kind import IMAGE
from msgspec import convert
from onnx import TensorProto, helper, numpy_helper
from pictured import given, image, zeros
from planned import I64, choose, flat

PICTURES: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"layout": "NHWC"}, None),
    ({"channels": 1}, None),
    ({"batch": "N"}, None),
    ({"kind": TensorProto.UINT8}, None),
    ({"kind": TensorProto.FLOAT16}, None),
    ({"classes": 512}, None),
    ({"softmax": False, "classes": 1000}, "nothing says that the 1000 values"),
    ({"softmax": False, "classes": 77}, "may be an embedding"),
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


@pytest.mark.parametrize(
    ("shape", "fits"),
    [
        ([1, 3, 8, 16], True),
        ([1, 3, 16, 8], True),
        ([1, 3, 8, 17], False),
        ([1, 3, 7, 14], False),
        ([1, 16, 16, 3], True),
        ([1, 2, 16, 16], False),
        ([1, 3, 16, "w"], False),
        ([1, 3, 16], False),
    ],
)
def test_how_long_and_small_a_picture_may_be(shape: list[int | str], fits: bool) -> None:
    plan = choose(flat({"x": (tiny.FLOAT, shape)}, {"y": (tiny.FLOAT, [1, 10])}), task=None)
    assert (plan.task == "image-regression") is fits, plan.reasons


def test_a_size_that_is_said_may_be_of_any_form_and_the_layout_too() -> None:
    names = list("abcdefghij")
    proto = flat({"x": (tiny.FLOAT, [1, 3, "h", "w"])}, {"y": (tiny.FLOAT, [1, 10])})
    spec = image(choose(proto, names, input={"x": {"size": [4, 400]}}))
    assert (spec.height, spec.width) == (4, 400)
    either = flat({"x": (tiny.FLOAT, [1, 3, 16, 3])}, {"y": (tiny.FLOAT, [1, 10])})
    assert choose(either).task == "tensors", "three rows are too few"
    turned = image(choose(either, names, input={"x": {"layout": "NHWC", "size": [3, 16]}}))
    assert (turned.layout, turned.height, turned.width) == ("NHWC", 3, 16)


def test_a_smaller_part_of_a_picture_is_for_classifiers_alone() -> None:
    said = {"input": {"image": {"crop-from": [24, 20]}}}
    spec = image(choose(tiny.picture(), **convert(said, dict)))
    assert (spec.height, spec.width, spec.crop) == (24, 20, (16, 16))
    names = [str(i) for i in range(21)]
    plan = given({"y": zeros(1, 21, 64, 64)}, names=names, **said)
    assert (plan.task, plan.spec and plan.spec.result) == ("tensors", "tensors"), "what is described is still fed"
    assert "as the configuration says" in plan.reasons[0]
    assert given({"y": zeros(1, 21, 64, 64)}, names=names).task == "image-segmentation"
    for option in ({"scale": 2.0}, {"resize": "pad"}, {"size": [64, 64]}):
        assert given({"y": zeros(1, 3, 5)}, channels=1, input={"image": option}).kind is IMAGE
    assert given({"y": zeros(1, 3, 5)}, channels=1).kind is not IMAGE, "one channel may be anything"
    assert given({"y": zeros(1, 3, 5)}).kind is IMAGE, "three colours are a picture"


@pytest.mark.parametrize(
    ("before", "raw"),
    [("Cast", True), ("Transpose", True), ("Identity", True), ("Relu", False)],
)
def test_scaling_is_noticed_behind_nodes_that_only_turn_the_picture(before: str, raw: bool) -> None:
    proto = tiny.picture(normalise=True)
    proto.graph.node[0].input[0] = "first"
    proto.graph.node.insert(0, helper.make_node(before, ["image"], ["first"]))
    assert (image(choose(proto)).scale == 1.0) is raw


@pytest.mark.parametrize(
    ("operator", "by", "taken"),
    [
        ("Div", [255.0], "bytes"),
        ("Div", [127.5], "bytes"),
        ("Mul", [1 / 128], "bytes"),
        ("Sub", [103.9, 116.8, 123.7], "bytes"),
        ("Sub", [0.485, 0.456, 0.406], "shares"),
        ("Mul", [0.01], None),
        ("Mul", [0.0], None),
        ("Div", [57.0], None),
        ("Sub", [2.3, 0.0, 0.0], None),
        ("Sub", [-1.0], None),
        ("Add", [103.9], None),
        ("Sub", None, None),
        ("Mul", None, None),
    ],
)
def test_what_a_graph_scales_by_must_be_a_constant_for_pictures(operator: str, by: Any, taken: str | None) -> None:
    proto = flat({"image": (tiny.FLOAT, [1, 3, 16, 16])}, {"y": (tiny.FLOAT, [1, 10])})
    proto.graph.node.insert(0, helper.make_node(operator, ["image", "by"], ["n"]))
    if by is not None:
        proto.graph.initializer.append(numpy_helper.from_array(np.array(by, np.float32).reshape(-1, 1, 1), "by"))
    found = pictures.scaled(proto, "image")
    assert (found and found[0]) == taken


def table(rows: int, width: int) -> np.ndarray[Any, Any]:
    made = zeros(1, rows, width)
    made[0, :, :4] = [20, 20, 8, 8]
    return made


def cells(width: int) -> np.ndarray[Any, Any]:
    """A small box in the middle of each cell of strides 8, 16 and 32, row by row."""
    made = zeros(1, 84, width)
    places = [(x, y, stride) for stride in (8, 16, 32) for y in range(64 // stride) for x in range(64 // stride)]
    made[0, :, :4] = [[(x + 0.5) * stride, (y + 0.5) * stride, stride, stride] for x, y, stride in places]
    return made


HEADS: list[tuple[Any, str, tuple[Any, ...]]] = [
    ({"y": table(200, 8)}, "rows", (255.0, "RGB", "pad", (0.0,))),
    ({"y": table(84, 7) - [0, 0, 9, 9, 0, 0, 0]}, "grid", (1.0, "BGR", "pad", (0.0,))),
    ({"b": table(50, 4), "s": zeros(1, 50, 1)}, "pairs", (255.0, "RGB", "stretch", (0.485, 0.456, 0.406))),
    ({"y": zeros(1, 5, 16, 16)}, "keypoints", (255.0, "RGB", "pad", (0.485, 0.456, 0.406))),
]


@pytest.mark.parametrize(("outputs", "form", "usual"), HEADS, ids=[form for _, form, _ in HEADS])
def test_what_detectors_are_mostly_given(outputs: Any, form: str, usual: tuple[Any, ...]) -> None:
    outputs = {name: np.asarray(array, np.float32) for name, array in outputs.items()}
    plan = given(outputs, detect={"form": form})
    spec = plan.spec
    assert plan.task == "object-detection" and spec is not None and spec.head is not None and spec.head.form == form
    assert (spec.scale, spec.color, spec.resize, spec.mean) == usual
    assert plan.reasons[0].endswith(f"({form})")


def test_what_is_asked_of_boxes() -> None:
    outputs = {"y": cells(8)}
    names = ["a", "b", "c"]
    head = given(outputs, names=names, detect={"threshold": 0.6, "overlap": 0.0}).spec
    usual = given(outputs, names=names).spec
    assert head and head.head and usual and usual.head
    assert (head.head.threshold, head.head.overlap) == (0.6, 0.0)
    assert (usual.head.threshold, usual.head.overlap) == (0.3, 0.45)
    plan = given(outputs, names=names)
    assert "boxes of 3 classes" in plan.reasons[0]
    said = next(said for said in plan.evidence if said.claim == "boxes")
    assert (said.source, said.origin) == ("file", "84 places, the cells of strides 8, 16, 32, and 3 names of classes")
    # A table alone is none of boxes: not without names, nor with other ones, nor of any number of rows.
    assert given(outputs).task == given(outputs, names=["a"]).task == "tensors"
    assert given({"y": table(90, 8)}, names=names).task == "tensors"
    # Nor where the rows do not go over the picture as cells do: across first, the sides after the place.
    for order in ([1, 0, 2, 3], [2, 3, 0, 1]):
        assert given({"y": cells(8)[..., [*order, 4, 5, 6, 7]]}, names=names).task == "tensors"
    corners = cells(8)
    corners[..., 2:4] += corners[..., :2]
    assert given({"y": corners}, names=names).task == "tensors"
    # Whoever names the form wants boxes, or nothing.
    assert "boxes of 1 class " in given({"y": table(200, 6)}, names=["owl"], detect={"form": "rows"}).reasons[0]
    wrong = given({"y": zeros(1, 1000)}, detect={"form": "rows"})
    assert wrong.task == "tensors" and "not a table of boxes" in wrong.reasons[1]


def test_preparation_is_assumed_until_all_of_it_is_said() -> None:
    def said(proto: Any, **options: Any) -> Any:
        plan = choose(proto, input={"image": options} if options else {})
        return next(said for said in plan.evidence if said.claim == "preprocessing")

    first = said(tiny.picture())
    assert (first.source, first.about, first.origin) == ("assumed", "image", "the usual for RGB pictures in NCHW")
    assert first.settle.splitlines() == [
        "[input.image]", "scale = 255.0", "mean = [0.485, 0.456, 0.406]", "std = [0.229, 0.224, 0.225]",
        'color = "RGB"', 'resize = "crop"',
    ]  # fmt: skip
    assert said(tiny.picture(), mean=[0.5]).settle == '[input.image]\ncolor = "RGB"\nresize = "crop"'
    whole = said(tiny.picture(), mean=[0.5], color="RGB", resize="pad")
    assert (whole.source, whole.origin, whole.settle) == ("user", "edgeweb.toml", "")
    own = said(tiny.picture(normalise=True), color="RGB", resize="pad")
    assert (own.source, own.origin) == ("file", "operator Div")
    grey = said(tiny.picture(channels=1, kind=TensorProto.UINT8), resize="pad")
    assert (grey.source, grey.origin) == ("file", "its type, uint8, its one channel")
