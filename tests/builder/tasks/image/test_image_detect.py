"""Which models take pictures, what is assumed about these, and what their outputs may be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import choose as tasks
from edgeweb.tasks.image import looks, pictures
from edgeweb.tasks.image.kind import IMAGE
from edgeweb.tasks.image.pictures import Picture
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.plan import Plan
from edgeweb.tasks.tabular.kind import TABULAR
from msgspec import convert
from onnx import TensorProto, helper, numpy_helper
from planned import I64, S, choose, flat, seen


def image(plan: Plan) -> ImageSpec:
    assert plan.task == "image-classification"
    assert plan.kind is IMAGE
    assert plan.kind is not TABULAR
    return plan.spec


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


def test_labels_make_scores_of_numbers() -> None:
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


def given(
    outputs: dict[str, np.ndarray[Any, Any]],
    size: tuple[int, int] = (64, 64),
    channels: int = 3,
    ends: str = "Split",
    kind: int = tiny.FLOAT,
    axis: int | None = None,
    **config: Any,
) -> Plan:
    """The plan of a model whose run gave these outputs of type `kind`, the last of its nodes being `ends`."""
    shape = [1, channels, *size]
    shapes = {name: (kind, list(array.shape)) for name, array in outputs.items()}
    proto = flat({"image": (tiny.FLOAT, shape)}, shapes)
    proto.graph.node[0].op_type = ends
    if axis is not None:
        proto.graph.node[0].attribute.append(helper.make_attribute("axis", axis))
    known = replace(seen(proto, config.pop("names", None)), gave=outputs, fed={"image": shape})
    return tasks.choose(known, convert(config, Config))


def zeros(*shape: int, filled: float = 0.0) -> np.ndarray[Any, Any]:
    return np.full(shape, filled, np.float32)


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


def test_one_picture_in_and_one_row_of_numbers_out() -> None:
    two = flat({"a": (tiny.FLOAT, [1, 3, 16, 16]), "b": (tiny.FLOAT, [1, 3, 16, 16])}, {"y": (tiny.FLOAT, [1, 10])})
    assert "not one input, as a model of pictures has" in choose(two).reasons
    both = {"y": (tiny.FLOAT, [1, 10]), "z": (tiny.FLOAT, [1, 10])}
    assert (
        "not one output, as an image classifier has"
        in choose(flat({"a": (tiny.FLOAT, [1, 3, 16, 16])}, both)).reasons[1]
    )
    label = flat({"a": (tiny.FLOAT, [1, 3, 16, 16])}, {"y": (I64, [1, 10])})
    assert 'output "y" is not one row of scores' in choose(label).reasons[1]


@pytest.mark.parametrize(
    ("classes", "task"),
    [(1, "image-regression"), (10, "image-regression"), (32, "image-regression"), (33, "tensors"), (1000, "tensors")],
)
def test_a_row_of_numbers_alone_is_no_row_of_scores(classes: int, task: str) -> None:
    plan = choose(tiny.picture(classes=classes, softmax=False))
    assert (plan.task, plan.kind) == (task, IMAGE) and not any(
        said.claim == "probabilities" for said in plan.evidence
    ), "the page takes pictures all the same"


def test_what_is_asked_of_scores() -> None:
    said = {"y": {"softmax": False, "top": 50}}
    spec = image(choose(tiny.picture(softmax=False), output=said, task="image-classification"))
    assert (spec.softmax, spec.top) == (False, 10), "there are no more than ten"
    assert image(choose(tiny.picture(), output={"y": {"softmax": True, "top": 3}})).softmax is True


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


@pytest.mark.parametrize(
    ("classes", "ends", "sure"),
    [
        (1, "Split", False),
        (1, "Sigmoid", False),
        (1, "Clip", False),
        (2, "Split", False),
        (4, "Split", False),
        (4, "Sigmoid", False),
        (4, "Softmax", True),
    ],
)
def test_what_shows_that_they_are_classes_of_pixels(classes: int, ends: str, sure: bool) -> None:
    plan = given({"y": zeros(1, classes, 64, 64, filled=1 / classes)}, ends=ends)
    assert (plan.task == "image-segmentation") is sure, plan.reasons
    # Shares over the places of the picture are where each point is.
    assert given({"y": zeros(1, classes, 64, 64, filled=1 / 64**2)}, ends=ends).task == "tensors"
    asked = given({"y": zeros(1, classes, 32, 32)}, ends=ends, task="image-segmentation")
    assert asked.task == "image-segmentation"
    names = [str(place) for place in range(max(2, classes))]
    assert given({"y": zeros(1, classes, 64, 64)}, names=names).task == "image-segmentation"
    if classes == 1:
        # A point's heat map ends so too.
        assert given({"y": zeros(1, 1, 16, 16)}, ends=ends).task == "tensors"


@pytest.mark.parametrize(("shape", "kind"), [((1, 64, 64), np.int64), ((1, 1, 64, 64), np.int32), ((64, 64), np.uint8)])
def test_numbers_of_classes_are_a_mask(shape: tuple[int, ...], kind: Any) -> None:
    outputs = {"y": np.full(shape, 2, kind)}
    types = {np.int64: I64, np.int32: TensorProto.INT32, np.uint8: TensorProto.UINT8}
    plan = given(outputs, ends="ArgMax", kind=types[kind], axis=1)
    assert plan.task == "image-segmentation" and plan.spec.map is not None and plan.spec.map.numbers
    assert given(outputs, ends="ArgMax", kind=types[kind], axis=2).task == "tensors", "of another axis than the classes"
    shifts = {"disparity": outputs["y"]}
    assert given(shifts, ends="ArgMax", kind=types[kind], axis=1).task == "tensors", "they are numbers of steps"
    assert given(outputs, kind=types[kind]).task == "tensors"
    assert given(outputs, kind=types[kind], names=["a", "b", "c"]).task == "image-segmentation"
    assert given(outputs, kind=types[kind], names=["a", "b"]).task == "tensors", "there is a third"


def test_depth_is_told_by_its_name_and_never_boxes_or_a_mask() -> None:
    assert given({"y": zeros(1, 64, 64)}).task == "tensors", "as many rows as the picture is high"
    plan = given({"predicted_depth": zeros(1, 64, 64)}, ends="Sigmoid")
    assert (plan.task, plan.spec.result) == ("depth-estimation", "depth")
    assert given({"y": zeros(1, 64, 64)}, task="depth-estimation").spec.result == "depth"


@pytest.mark.parametrize(
    ("side", "channels", "gives", "is_picture"),
    [(64, 3, 3, True), (128, 3, 3, True), (63, 3, 3, False), (64, 1, 1, True), (64, 1, 3, False), (64, 3, 1, False)],
)
def test_outputs_that_are_pictures_again(side: int, channels: int, gives: int, is_picture: bool) -> None:
    plan = given({"styled_image": zeros(1, gives, side, side)}, channels=channels)
    assert (plan.task == "image-to-image") is is_picture, plan.reasons
    # Three channels alone may be three classes as well, or directions; larger than the picture they are colours.
    other = given({"y": zeros(1, gives, side, side)}, channels=channels)
    assert (other.task == "image-to-image") is (is_picture and side > 64)
    for ends in ("Tanh", "Sigmoid"):
        assert given({"y": zeros(1, gives, side, side)}, channels=channels, ends=ends).task == other.task


def test_a_picture_is_told_by_runs_that_follow_it() -> None:
    plain = given({"y": zeros(1, 3, 64, 64)})
    info = TensorInfo("image", "float32", [1, 3, 64, 64])
    fed = [feed["image"] for feed in looks.feeds(info, Picture(64, 64, "NCHW", 3))]
    assert plain.task == "tensors" and len(fed) == looks.COUNT

    def told(gave: list[np.ndarray[Any, Any]]) -> Plan:
        shape = [1, 3, 64, 64]
        known = seen(flat({"image": (tiny.FLOAT, shape)}, {"y": (tiny.FLOAT, shape)}))
        outputs = [{"y": array} for array in gave]
        return tasks.choose(replace(known, gave=outputs[0], fed={"image": shape}, looks=outputs), Config())

    plan = told([1 - array for array in fed])
    assert (plan.task, claims(plan)["task"][1]) == ("image-to-image", "trial")
    assert told([np.roll(array, 1, axis=1) for array in fed]).task == "tensors", "the colours of others"
    assert told([np.zeros_like(array) for array in fed]).task == "tensors"


def test_how_a_picture_comes_out() -> None:
    def shown(outputs: Any, **more: Any) -> ImageSpec:
        plan = given(outputs, **more_of, **more)
        assert plan.kind is IMAGE and plan.spec.map is not None
        return plan.spec

    more_of = {"task": "image-to-image"}
    shares, bytes_ = {"y": zeros(1, 3, 64, 64, filled=0.5)}, {"y": zeros(1, 3, 64, 64, filled=200.0)}
    assert (shown(shares).scale, shown(bytes_).scale) == (255.0, 1.0), "in as it comes out"
    assert shown(shares).map.color == "RGB"  # type: ignore[union-attr]
    assert shown(shares, input={"image": {"color": "BGR"}}).map.color == "BGR"  # type: ignore[union-attr]
    assert shown({"y": zeros(1, 1, 64, 64)}, channels=1).map.color == "GRAY"  # type: ignore[union-attr]
    said = shown(shares, output={"y": {"color": "BGR", "scale": 2.0, "mean": [1.0], "std": [3.0]}}).map
    assert said is not None and (said.color, said.scale, said.mean, said.std) == ("BGR", 2.0, (1.0,), (3.0,))
    # From -1 to 1, which is assumed like all of it where nobody says how values become colours.
    white = {"input": {"image": {"scale": 255.0, "color": "RGB", "resize": "stretch"}}}
    for output, source in (({}, "assumed"), ({"output": {"y": {"mean": [0.5], "std": [0.5]}}}, "user")):
        plan = given(shares, ends="Tanh", **more_of, **white, **output)
        assert plan.spec.map is not None and (plan.spec.map.mean, plan.spec.map.std) == ((0.5,), (0.5,))
        said_of = next(each for each in plan.evidence if each.claim == "preprocessing")
        assert said_of.source == source
        assert said_of.settle == ("" if output else "[output.y]\nscale = 255.0\nmean = [0.5]\nstd = [0.5]")


@pytest.mark.parametrize(
    ("side", "ends", "said", "parts"),
    [
        (64, "Split", None, True),
        (64, "InstanceNormalization", None, False),
        (128, "InstanceNormalization", None, True),
        (64, "Split", False, False),
        (64, "InstanceNormalization", True, True),
    ],
)
def test_larger_pictures_are_worked_on_in_parts(side: int, ends: str, said: bool | None, parts: bool) -> None:
    more = {} if said is None else {"output": {"y": {"tiles": said}}}
    plan = given({"y": zeros(1, 3, side, side)}, ends=ends, task="image-to-image", **more)
    assert plan.kind is IMAGE and plan.spec.tiles is parts


@pytest.mark.parametrize(
    ("name", "ends", "config", "is_embedding"),
    [
        ("y", "Split", {}, False),
        ("image_embeds", "Split", {}, True),
        ("global_descriptor", "Split", {}, True),
        ("class_embed", "Split", {}, False),
        ("embedding_probs", "Split", {}, False),
        ("image_embeds", "Softmax", {}, False),
        ("y", "LpNormalization", {}, True),
        ("features", "Split", {}, False),
        ("y", "Split", {"gallery": "birds"}, True),
        ("y", "Split", {"task": "image-embedding"}, True),
    ],
)
def test_rows_of_numbers_that_stand_for_a_picture(name: str, ends: str, config: Any, is_embedding: bool) -> None:
    plan = given({name: zeros(1, 512)}, ends=ends, **config)
    assert (plan.task == "image-embedding") is is_embedding
    assert not is_embedding or plan.spec.outputs == (name,)


def test_a_few_numbers_of_length_one_may_be_a_turn() -> None:
    assert given({"y": zeros(1, 4)}, ends="LpNormalization").task == "image-regression"


def test_of_several_rows_the_one_that_is_called_so() -> None:
    plan = given({"scores": zeros(1, 10), "embedding": zeros(1, 128)})
    assert plan.kind is IMAGE and plan.spec.outputs == ("embedding",)
    assert "an embedding of 128 numbers" in plan.reasons[0]
    words = flat({"image": (tiny.FLOAT, [1, 3, 64, 64])}, {"embedding": (S, [1, 128])})
    assert choose(words).task == "tensors"


def claims(plan: Plan) -> dict[str, tuple[Any, str, str]]:
    return {said.claim: (said.value, said.source, said.origin) for said in plan.evidence}


def test_values_are_called_by_their_outputs_or_by_names_that_are_given() -> None:
    two = {"age": zeros(1, 1), "gender": zeros(1, 2)}
    plan = given(two)
    assert (plan.task, plan.spec.result) == ("image-regression", "regression")
    assert plan.spec.names == ("age", "gender 1", "gender 2") and plan.labels == ()
    plan = given(two, names=["female", "male"])
    assert plan.spec.names == ("age", "female", "male"), "of the one head that has as many"
    with pytest.raises(ConfigError, match="has 4 labels"):
        given(two, names=list("abcd"))
    assert given({"401": zeros(1, 3)}).spec.names == ("1", "2", "3")
    named = given({"y": zeros(1, 3)}, names=["yaw", "pitch", "roll"], task="image-regression")
    assert named.spec.names == named.labels == ("yaw", "pitch", "roll")
    assert given({"y": zeros(1, 3)}, names=["yaw", "pitch", "roll"]).task == "image-classification"


def test_one_sigmoid_is_two_classes_only_where_they_have_names() -> None:
    plain = given({"y": zeros(1, 1, filled=0.25)}, ends="Sigmoid")
    assert (plain.task, plain.spec.names) == ("image-regression", ("y",))
    plan = given({"y": zeros(1, 1, filled=0.25)}, ends="Sigmoid", names=["cat", "dog"])
    assert (plan.task, plan.labels, plan.spec.pair, plan.spec.sigmoid) == (
        "image-classification",
        ("cat", "dog"),
        True,
        False,
    )
    assert claims(plan)["probabilities"] == ("sigmoid", "file", "operator Sigmoid")
    logit = given({"y": zeros(1, 1, filled=3.0)}, names=["cat", "dog"])
    assert logit.spec.sigmoid and claims(logit)["probabilities"][1] == "assumed"
    asked = given({"y": zeros(1, 1, filled=3.0)}, names=["cat", "dog"], output={"y": {"softmax": True}})
    assert claims(asked)["probabilities"] == ("sigmoid", "user", "edgeweb.toml")
    with pytest.raises(ConfigError, match="has 2 labels"):
        given({"y": zeros(1, 1, filled=200.0)}, names=["cat", "dog"])
    with pytest.raises(ConfigError, match="needs the labels of two classes"):
        given({"y": zeros(1, 1)}, task="image-classification")


def test_what_says_that_scores_are_probabilities() -> None:
    names = list("abcdefghij")
    assert claims(choose(tiny.picture()))["probabilities"] == ("softmax", "file", "operator Softmax")
    bare = tiny.picture(softmax=False)
    plan = choose(bare, names)
    assert claims(plan)["probabilities"][:2] == ("softmax", "assumed")
    assert claims(plan)["task"] == ("image-classification", "user", "10 names of classes in labels.txt")
    settle = next(said.settle for said in plan.evidence if said.claim == "probabilities")
    assert settle == "[output.y]\nsoftmax = true"
    asked = choose(bare, names, output={"y": {"softmax": True}})
    assert claims(asked)["probabilities"] == ("softmax", "user", "edgeweb.toml")
    # Values that add up to 1 may be shares of anything; with names they are probabilities, and others no logits.
    for values, task, claim in (
        (np.full((1, 10), 0.1), "image-regression", None),
        (np.full((1, 10), 0.3), "image-regression", None),
    ):
        known = replace(seen(bare), gave={"y": values}, looks=[{"y": values}] * 4)
        found = tasks.choose(known, Config())
        assert (found.task, claims(found).get("probabilities")) == (task, claim)
    for shares, claim in ((0.1, ("as given", "trial", "values of 4 runs")), (0.3, None)):
        values = np.full((1, 10), shares, np.float32)
        named = tasks.choose(replace(seen(bare, names), gave={"y": values}, looks=[{"y": values}] * 4), Config())
        assert named.spec.softmax is False and claims(named).get("probabilities") == claim


def test_a_softmax_is_not_taken_of_values() -> None:
    with pytest.raises(ConfigError, match='softmax = true does not fit output "y"'):
        choose(tiny.picture(softmax=False), output={"y": {"softmax": True}})


@pytest.mark.parametrize("names", [[], ["a", "b", "c"]])
def test_a_softmax_over_something_else_than_the_classes_makes_no_probabilities(names: list[str]) -> None:
    plan = given({"y": zeros(1, 3, filled=1.0)}, ends="Softmax", names=names)
    assert plan.task == ("image-classification" if names else "image-regression")
    assert "probabilities" not in claims(plan)
    assert given({"y": zeros(1, 3, filled=1 / 3)}, ends="Softmax").task == "image-classification"


@pytest.mark.parametrize(
    ("name", "channels", "task"),
    [
        ("alpha", 1, "image-segmentation"),
        ("fgMask", 1, "image-segmentation"),
        ("depth_to_space", 1, "tensors"),
        ("depthwise", 1, "tensors"),
        ("depth/Conv", 1, "tensors"),
        ("inverse_depth_1", 1, "depth-estimation"),
        ("imgrad", 3, "tensors"),
        ("image_flow", 3, "tensors"),
        ("fakeImage", 3, "image-to-image"),
    ],
)
def test_names_are_read_by_whole_words(name: str, channels: int, task: str) -> None:
    assert given({name: zeros(1, channels, 64, 64, filled=0.5)}, ends="Sigmoid").task == task


def test_the_models_own_label_beside_its_scores() -> None:
    outputs: dict[str, Any] = {"scores": zeros(1, 3), "label": np.array([1], np.int64)}
    outputs["scores"][0, 1] = 2
    nodes = [
        helper.make_node("Split", ["image"], ["scores"]),
        helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
    ]
    proto = tiny.proto_of(
        nodes, [tiny.value("image", tiny.FLOAT, [1, 3, 64, 64])],
        [tiny.value("scores", tiny.FLOAT, [1, 3]), tiny.value("label", I64, [1])],
    )  # fmt: skip
    plan = tasks.choose(replace(seen(proto), gave=outputs), Config())
    assert (plan.task, plan.spec.outputs) == ("image-classification", ("scores",))
    outputs["label"][0] = 2
    assert tasks.choose(replace(seen(proto), gave=outputs), Config()).task == "tensors", "they disagree"


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


def test_of_several_maps_the_first_that_lies_over_the_picture_where_one_is_asked_for() -> None:
    outputs = {"small": zeros(1, 21, 4, 4), "large": zeros(1, 21, 64, 64)}
    assert any("not one output that lies over the picture" in line for line in given(outputs).reasons)
    plan = given(outputs, task="image-segmentation")
    assert plan.kind is IMAGE and plan.spec.outputs == ("large",)


def test_a_run_tells_the_size_of_pictures_that_the_file_leaves_open() -> None:
    proto = flat({"image": (tiny.FLOAT, [1, 3, "h", "w"])}, {"y": (tiny.FLOAT, [1, 21, "h", "w"])})
    run = replace(seen(proto), gave={"y": zeros(1, 21, 32, 48)}, fed={"image": [1, 3, 32, 48]})
    run = replace(run, labels=[str(place) for place in range(21)])
    settings = convert({"input": {"image": {"size": [64, 64]}}}, Config)
    assert tasks.choose(run, settings).task == "image-segmentation"
    assert tasks.choose(replace(run, fed={}), settings).task == "tensors"


def test_without_a_run_the_sizes_in_the_file_tell() -> None:
    whole = flat({"image": (tiny.FLOAT, ["n", 3, 64, 64])}, {"y": (tiny.FLOAT, ["n", 21, 64, 64])})
    names = [str(place) for place in range(21)]
    assert choose(whole, names).task == "image-segmentation"
    open_ = flat({"image": (tiny.FLOAT, [1, 3, 64, 64])}, {"y": (tiny.FLOAT, [1, 21, "h", "w"])})
    assert choose(open_).task == "tensors"
