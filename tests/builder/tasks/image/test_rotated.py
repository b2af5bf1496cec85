"""Boxes that are turned."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image import graphs
from edgeweb.tasks.image.heads import Head
from edgeweb.tasks.image.native import turned
from edgeweb.tasks.image.spec import ImageSpec

SIZE = 64


def like(one: Any, other: Any) -> float:
    """ProbIoU of two boxes (x, y, width, height, angle): the formula of its paper."""

    def spread(box: Any) -> np.ndarray[Any, Any]:
        cos, sin = math.cos(box[4]), math.sin(box[4])
        turn = np.array([[cos, -sin], [sin, cos]])
        return turn @ np.diag([box[2] ** 2 / 12, box[3] ** 2 / 12]) @ turn.T

    a, b = spread(one), spread(other)
    away = np.array(one[:2]) - np.array(other[:2])
    middle = (a + b) / 2
    far = away @ np.linalg.inv(middle) @ away / 8
    far += math.log(np.linalg.det(middle) / math.sqrt(np.linalg.det(a) * np.linalg.det(b))) / 2
    return 1 - math.sqrt(1 - math.exp(-far))


def test_of_rotated_boxes_that_cover_one_another_the_surest_stays() -> None:
    rng = np.random.default_rng(4)
    count, classes = 60, 2
    rows = np.concatenate([
        rng.uniform(10, 50, (count, 2)), rng.uniform(6, 30, (count, 2)), rng.random((count, classes)),
        rng.uniform(-0.7, 2.3, (count, 1)),
    ], 1).astype(np.float32)  # fmt: skip
    head = Head("columns", ("y",), classes, angle=True)
    spec = ImageSpec(
        "x", ("y",), SIZE, SIZE, "NCHW", "RGB", 255.0, (0.0,), (1.0,), "pad", False, False, "detection", head
    )
    graph = graphs.postprocess(spec, [TensorInfo("y", "float32", [1, 7, count])])
    onnx.checker.check_model(onnx.load_model_from_string(graph), full_check=True)
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    names = ["boxes", "scores", "classes", "angles"]
    found = dict(zip(names, session.run(names, {"raw0": np.ascontiguousarray(rows.T)[None]}), strict=True))
    sure, kinds = rows[:, 4:6].max(1), rows[:, 4:6].argmax(1)
    order = [place for place in np.argsort(-sure) if sure[place] > head.threshold]
    kept = [
        place
        for rank, place in enumerate(order)
        if not any(
            kinds[place] == kinds[before] and like(rows[place][[0, 1, 2, 3, 6]], rows[before][[0, 1, 2, 3, 6]]) > 0.45
            for before in order[:rank]
        )
    ]
    assert 5 < len(kept) < len(order)
    np.testing.assert_allclose(found["scores"], sure[kept])
    assert found["classes"].tolist() == kinds[kept].tolist()
    np.testing.assert_allclose(found["angles"], rows[kept, 6])
    np.testing.assert_allclose(found["boxes"][:, :2] + found["boxes"][:, 2:] / 2, rows[kept, :2], rtol=1e-5)
    none = session.run(names, {"raw0": np.zeros((1, 7, count), np.float32)})
    assert none[0].shape == (0, 4)


def test_rotated_boxes_that_were_selected_keep_their_angle() -> None:
    head = Head("final", ("y",), 3, angle=True)
    spec = ImageSpec(
        "x", ("y",), SIZE, SIZE, "NCHW", "RGB", 255.0, (0.0,), (1.0,), "pad", False, False, "detection", head
    )
    graph = graphs.postprocess(spec, [TensorInfo("y", "float32", [1, 2, 7])])
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    table = np.array([[[32, 20, 10, 4, 0.9, 2, 0.5], [1, 1, 1, 1, 0.1, 0, 0]]], np.float32)
    boxes, classes, angles = session.run(["boxes", "classes", "angles"], {"raw0": table})
    assert (boxes.tolist(), classes.tolist(), angles.tolist()) == ([[27, 18, 10, 4]], [2], [0.5])


def test_a_box_turns_with_the_picture_that_is_stretched() -> None:
    box = {"x": 10.0, "y": 20.0, "width": 20.0, "height": 10.0}
    same = turned(box, 0.5, np.array([1.0, 1.0]))
    assert same == pytest.approx({**box, "angle": 0.5})
    # A quarter turn: what was across is down.
    wide = turned(box, math.pi / 2, np.array([2.0, 1.0]))
    assert wide == pytest.approx({"x": 15, "y": 15, "width": 10, "height": 20, "angle": math.pi / 2})
