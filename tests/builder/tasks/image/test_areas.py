"""Outputs that lie over the picture: classes of its pixels, a depth, or another picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny
from edgeweb.config import Config
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import choose as tasks
from edgeweb.tasks.image import looks
from edgeweb.tasks.image.kind import IMAGE
from edgeweb.tasks.image.pictures import Picture
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.plan import Plan
from msgspec import convert
from onnx import TensorProto
from pictured import claims, given, zeros
from planned import I64, choose, flat, seen


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
