"""Declared hooks natively: the graphs that a site ships give what the formulas say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
import onnx
import pytest
from declarations import IMAGE, ROW, Build, written
from tiny import FLOAT, INT64, linear, picture, proto_of, value, weights


def test_a_picture_gives_natively_what_the_formula_says(tmp_path: Path) -> None:
    model = written(tmp_path, picture(softmax=False), IMAGE)
    site = edgeweb.Local(tmp_path / "hooks.py", model, labels=[f"c{i}" for i in range(10)])
    pixels = np.full((40, 48, 3), (10, 20, 30), np.uint8)
    found = site.predict(pixels)
    # One colour everywhere: cropping and resizing change nothing.
    scores = ((np.array([30, 20, 10]) / 255 - 0.5) / 0.25) @ weights(3, 10)
    shares = np.exp(scores) / np.exp(scores).sum()
    best = np.argsort(-shares)[:2]
    assert [each["label"] for each in found["labels"]] == [f"c{i}" for i in best]
    np.testing.assert_allclose([each["score"] for each in found["labels"]], shares[best], rtol=1e-4)


def test_the_middle_is_taken_of_what_was_resized(tmp_path: Path) -> None:
    """A white frame that the crop cuts off leaves the picture black."""
    hooks = "from edgeweb import ops\npreprocess = ops.image().resize(32, 32).crop(16, 16)\n"
    model = written(tmp_path, picture(softmax=False), hooks + "postprocess = ops.output()\n")
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[:8], pixels[24:], pixels[:, :8], pixels[:, 24:] = 255, 255, 255, 255
    found = edgeweb.Local(tmp_path / "hooks.py", model).predict(pixels)
    assert {each["score"] for each in found["labels"]} == {0.0}


def test_a_picture_is_standardised_by_its_own_numbers(tmp_path: Path) -> None:
    hooks = "from edgeweb import ops\npreprocess = ops.image().standardise()\npostprocess = ops.output()\n"
    model = written(tmp_path, picture(softmax=False), hooks)
    pixels = np.random.default_rng(5).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    found = edgeweb.Local(tmp_path / "hooks.py", model, labels=list("abcdefghij")).predict(pixels)
    means = ((pixels - pixels.mean()) / pixels.std()).mean((0, 1)) @ weights(3, 10)
    wanted = dict(zip("abcdefghij", means.tolist(), strict=True))
    assert {each["label"]: each["score"] for each in found["labels"]} == pytest.approx(wanted, abs=1e-4)


def test_a_row_becomes_columns_of_the_model(build: Build, tmp_path: Path) -> None:
    model = written(tmp_path, linear(softmax=False), ROW)
    site = build(model, hooks=tmp_path / "hooks.py")
    tabular = site.manifest.tabular
    assert site.manifest.python is None and tabular is not None and site.manifest.task == "tabular-classification"
    assert [(column.name, column.type, column.choices) for column in tabular.columns] == [
        ("age", "number", None), ("town", "text", ["north", "south"]), ("rooms", "number", None),
    ]  # fmt: skip
    found = edgeweb.Local(tmp_path / "hooks.py", model).predict({"age": 52, "town": "south", "rooms": 3})
    scores = np.maximum(np.array([1, 0, 1, 3]) @ weights(4, 3), 0)
    shares = np.exp(scores - scores.max())
    wanted = sorted((shares / shares.sum()).tolist(), reverse=True)
    assert [each["score"] for each in found["labels"]] == pytest.approx(wanted, rel=1e-4)


def local(folder: Path, proto: onnx.ModelProto, before: str = "", after: str = "", labels: Any = ()) -> edgeweb.Local:
    said = [f"{name} = ops.{what}" for name, what in (("preprocess", before), ("postprocess", after)) if what]
    hooks = "\n".join(("from edgeweb import ops", *said, ""))
    return edgeweb.Local(folder / "hooks.py", written(folder, proto, hooks), labels=labels)


def shown(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ({"y": (FLOAT, [1, 1])}, {"task": "regression", "values": [1]}),
        ({"y": (INT64, [1])}, {"task": "regression", "values": [1]}),
        ({"y": (INT64, [1, 1])}, {"task": "regression", "values": [1]}),
    ],
)
def test_a_row_gives_a_value_or_a_label(outputs: Any, found: Any, tmp_path: Path) -> None:
    ((name, (kind, shape)),) = outputs.items()
    stored = {"shape": np.array([1] * len(shape), np.int64)}
    nodes = [
        onnx.helper.make_node("Cast", ["x"], ["c"], to=kind),
        onnx.helper.make_node("Reshape", ["c", "shape"], [name]),
    ]
    proto = proto_of(nodes, [value("x", FLOAT, [1, 1])], [value(name, kind, shape)], stored)
    row = "row({'a': ops.number()})"
    assert local(tmp_path, proto, row, labels=["a", "b"]).predict({"a": 1.0}) == found
    if kind == INT64:
        plain = local(tmp_path, proto, row).predict({"a": 3.0})
        assert plain == {"task": "regression", "values": [3]}, "nothing says that it is a class"


def test_what_is_no_known_task_gives_its_outputs(tmp_path: Path) -> None:
    nodes = [onnx.helper.make_node("Identity", ["x"], [name]) for name in ("y", "z")]
    proto = proto_of(nodes, [value("x", FLOAT, [1, 2])], [value(name, FLOAT, [1, 2]) for name in ("y", "z")])
    found = local(tmp_path, proto, "row({'a': ops.number(), 'b': ops.number()})").predict({"a": 1, "b": 2})
    assert found["task"] == "tensors"
    assert {name: shown(array) for name, array in found["outputs"].items()} == {"y": [[1, 2]], "z": [[1, 2]]}


def over(channels: int) -> onnx.ModelProto:
    """A picture [1, 3, 16, 16] -> its first channel beside others that are 0, over the picture."""
    stored = {name: np.array([place], np.int64) for name, place in (("at", 0), ("end", 1), ("axis", 1))}
    stored["none"] = np.zeros((1, channels - 1, 16, 16), np.float32)
    nodes = [
        onnx.helper.make_node("Slice", ["image", "at", "end", "axis"], ["red"]),
        onnx.helper.make_node("Concat", ["none", "red"], ["y"], axis=1),
    ]
    return proto_of(nodes, [value("image", FLOAT, [1, 3, 16, 16])], [value("y", FLOAT, [1, channels, 16, 16])], stored)


def test_classes_of_pixels_lie_where_the_model_looked(tmp_path: Path) -> None:
    """The left half red; the picture is twice as wide as the model's, which gets its middle."""
    pixels = np.zeros((16, 32, 3), np.uint8)
    pixels[:, :12, 0] = 255
    before = "image().resize(16, 16, fit='crop')"
    mask = local(tmp_path, over(4), before, "output().argmax()").predict(pixels)
    assert mask["task"] == "segmentation" and mask["labels"] == [f"class {i}" for i in range(4)]
    laid = np.array(shown(mask["mask"]))
    assert laid.shape == (16, 32)
    assert laid[8].tolist() == [0] * 8 + [3] * 4 + [0] * 20, "outside of the middle nobody has looked"
    two = local(tmp_path, over(2), before, "output().argmax()").predict(pixels)
    assert two["labels"] == ["background", "foreground"]
    assert local(tmp_path, over(2), before, "output().argmax()", ["sky", "tree"]).predict(pixels)["labels"] == [
        "sky",
        "tree",
    ]


def test_boxes_come_back_in_the_pictures_own_pixels(tmp_path: Path) -> None:
    """One box at (4, 4) to (12, 12) of 16 x 16, and one that begins outside; the picture is twice as large."""
    rows = np.zeros((1, 20, 6), np.float32)
    rows[0, :2] = [[4, 4, 12, 12, 0.8, 1], [-4, 0, 4, 8, 0.9, 0]]
    nodes = [
        onnx.helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=0),
        onnx.helper.make_node("Mul", ["mean", "zero"], ["none"]),
        onnx.helper.make_node("Add", ["rows", "none"], ["y"]),
    ]
    stored = {"rows": rows, "zero": np.array(0, np.float32)}
    proto = proto_of(nodes, [value("image", FLOAT, [1, 3, 16, 16])], [value("y", FLOAT, [1, 20, 6])], stored)
    found = local(tmp_path, proto, "image().resize(16, 16)", "boxes('final')", ["owl", "fox"]).predict(
        np.zeros((32, 32, 3), np.uint8)
    )
    assert [each["label"] for each in found["boxes"]] == ["owl", "fox"], "the surest first"
    owl, fox = ({key: round(box[key]) for key in ("x", "y", "width", "height")} for box in found["boxes"])
    assert fox == {"x": 8, "y": 8, "width": 16, "height": 16}
    assert owl == {"x": 0, "y": 0, "width": 8, "height": 16}, "what lies outside is cut off"
