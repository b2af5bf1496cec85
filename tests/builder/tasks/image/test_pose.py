"""Points of a body as ViTPose's image processor finds them: what it sees of a box, and where in a map a point lies."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from edgeweb.config import Config
from edgeweb.inputs.golden import Array
from edgeweb.tasks.image import authors, detect, files, graphs, processors, warp
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.plan import Recognised
from PIL import Image
from planned import F, flat, seen

# What transformers' image processor gives of a box in the picture below; web/test has the same.
AROUND = [82, 162, 177, 66, 61, 91, 166, 145, 148, 36, 100, 164, 124, 139, 29, 109, 0, 0, 0, 0]
PROCESSOR = {"image_processor_type": "VitPoseImageProcessor", "size": {"height": 32, "width": 24}}


def heat() -> Array:
    """Three maps of which the second one's peak is at the edge, and the third one's is cut off by it."""
    y, x = np.mgrid[:8, :6]
    tops = ((2.3, 3.6), (4.8, 1.2))
    maps = [np.exp(-((x - a) ** 2 + (y - b) ** 2) / 5) + 0.05 * np.sin(3 * x + y + a) for a, b in tops]
    return np.stack([*maps, np.exp(-((x - 0.2) ** 2 + (y - 6.9) ** 2) / 3)]).astype(np.float32)[None]


def chosen(folder: Path, architecture: str = "VitPoseForPoseEstimation", **processor: object) -> Recognised:
    named = {"0": "nose", "1": "left eye", "2": "right eye"}
    (folder / "config.json").write_text(json.dumps({"architectures": [architecture], "id2label": named}))
    proto = flat({"pixel_values": (F, [1, 3, 32, 24])}, {"heatmaps": (F, [1, 3, 8, 6])})
    said = replace(authors.of(proto, folder / "model.onnx"), fit=processors.fit({**PROCESSOR, **processor}))
    found = detect.detect(
        replace(seen(proto, classes=list(named.values())), gave={"heatmaps": heat()}, beside={"image": said}), Config()
    )
    assert isinstance(found, Recognised), found
    return found


def test_points_lie_where_transformers_has_them(tmp_path: Path) -> None:
    plan = chosen(tmp_path)
    assert plan.task == "keypoint-detection"
    assert {each.source for each in plan.evidence if each.claim in ("task", "answer", "boxes")} == {"file"}
    spec: ImageSpec = plan.spec
    info = seen(flat({"pixel_values": (F, [1, 3, 32, 24])}, {"heatmaps": (F, [1, 3, 8, 6])}))
    session = ort.InferenceSession(graphs.around(spec, info.inputs, info.outputs)[1])
    (marks,) = session.run(["points"], {"raw0": heat()})
    # In cells, by its own image processor, with its scores.
    wanted = [(2.304248, 3.607853, 0.938068), (5.50135, 0.923862, 1.030567), (-0.5, 7.5, 0.983471)]
    assert marks[0] / [23 / 5, 31 / 7, 1] == pytest.approx(np.array(wanted), abs=1e-4)
    _, placed = files.placed_feeds(Image.new("RGB", (60, 80)), spec)
    assert placed.area == (-7.5, -10, 75, 100)
    assert placed.inner == (0, 0, 23, 31)


def test_without_its_image_processor_nobody_says_where_points_lie(tmp_path: Path) -> None:
    for plan in (chosen(tmp_path, do_affine_transform=False), chosen(tmp_path, "OtherForPoseEstimation")):
        assert (plan.task, plan.spec.head) == ("tensors", None)


def test_what_lies_around_a_box_is_seen_to_the_byte() -> None:
    y, x = np.mgrid[:9, :13]
    picture = np.stack([(37 * x + 91 * y) % 256, (11 * x + 5 * y) % 256, 200 + 0 * x], 2).astype(np.uint8)
    made = warp.pixels(picture, (2.5, 1, 5, 6.5), (5, 4))
    assert made[..., 0].ravel().tolist() == AROUND
    assert made[..., 2].ravel().tolist() == [200] * 16 + [0] * 4
    assert warp.area((0, 0, 10, 10), (40, 20)) == pytest.approx((-1.25, -7.5, 12.5, 25))
