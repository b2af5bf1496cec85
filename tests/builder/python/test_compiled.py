"""Declared hooks natively: the graphs that a site ships give what the formulas say."""

from __future__ import annotations

from pathlib import Path

import edgeweb
import numpy as np
import pytest
from declarations import IMAGE, Build, written
from tiny import linear, picture, weights

ROW = """
from edgeweb import ops
columns = {"age": ops.standardise(40, 12), "town": ops.one_hot(["north", "south"]), "rooms": ops.number()}
preprocess = ops.row(columns)
postprocess = ops.output("y").softmax()
"""


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
