"""Points: told from heat maps or beside boxes, and read as the formula has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image import graphs, heads
from edgeweb.tasks.image.heads import Head
from edgeweb.tasks.image.spec import ImageSpec

SIZE = (128, 96)
Arrays = dict[str, np.ndarray[Any, Any]]


def head(arrays: Arrays, labels: int = 0, form: heads.Form | None = None, **more: Any) -> Head | str:
    infos = [TensorInfo(name=name, type="float32", shape=list(array.shape)) for name, array in arrays.items()]
    return heads.find(infos, arrays, SIZE, labels, form, **more)


def read(made: Head | str, arrays: Arrays) -> dict[str, Any]:
    assert isinstance(made, Head), made
    spec = ImageSpec(
        "x", made.outputs, *SIZE, "NCHW", "RGB", 255.0, (0.0,), (1.0,), "pad", False, False, "detection", made
    )
    infos = [TensorInfo(name=name, type="float32", shape=list(arrays[name].shape)) for name in made.outputs]
    graph = graphs.postprocess(spec, infos)
    onnx.checker.check_model(onnx.load_model_from_string(graph), full_check=True)
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    names = ["boxes", "scores", "classes", "points"]
    feeds = {f"raw{i}": arrays[name] for i, name in enumerate(made.outputs)}
    return dict(zip(names, session.run(names, feeds), strict=True))


def test_a_map_for_each_point_of_an_upright_body() -> None:
    heat = np.zeros((1, 17, 32, 24), np.float32)
    heat[0, np.arange(17), 5 + np.arange(17), 3] = 0.8
    heat[0, :, :, 4] += 0.1
    made = head({"maps": heat})
    found = read(made, {"maps": heat})
    assert found["points"].shape == (1, 17, 3)
    # (3 + 0.5 + 0.25) cells of 4 pixels, since the neighbour to the right is higher.
    np.testing.assert_allclose(found["points"][0, 0], [15, 22, 0.8], atol=1e-5)
    np.testing.assert_allclose(found["boxes"], [[15, 22, 0, 64]], atol=1e-4)
    np.testing.assert_allclose(found["scores"], [0.8], atol=1e-5)


def test_maps_of_other_shapes_are_asked_for() -> None:
    heat = np.zeros((1, 5, 32, 24), np.float32)
    assert isinstance(head({"maps": heat}), str)
    assert head({"maps": heat}, form="keypoints").points == (5, 3)  # type: ignore[union-attr]
    assert isinstance(head({"maps": heat[0]}, form="peaks"), str)


def test_peaks_are_told_by_the_models_own_pooling() -> None:
    heat = np.zeros((1, 2, 32, 24), np.float32)
    heat[0, 0, 10, 5], heat[0, 0, 10, 6], heat[0, 0, 20, 20], heat[0, 1, 2, 2] = 0.9, 0.5, 0.6, 0.95
    node = onnx.helper.make_node("MaxPool", ["heat"], ["pooled"], kernel_shape=[3, 3], pads=[1] * 4)
    proto = onnx.helper.make_model(onnx.helper.make_graph([node], "g", [], []))
    arrays = {"heat": heat, "pooled": heat}
    found = read(head(arrays, labels=1, proto=proto), arrays)
    np.testing.assert_allclose(found["scores"], [0.9, 0.6])
    np.testing.assert_allclose(found["points"][:, 0], [[22, 42, 1], [82, 82, 1]])
    assert isinstance(head(arrays), str), "without the pool they may be anything"


def test_the_points_of_columns() -> None:
    table = np.zeros((1, 4 + 1 + 6, 40), np.float32)
    table[0, :, 7] = [40, 30, 20, 10, 0.9, 11, 12, 0.7, 21, 22, 0.1]
    made = head({"out": table}, pose=(2, 3))
    found = read(made, {"out": table})
    np.testing.assert_allclose(found["boxes"], [[30, 25, 20, 10]])
    np.testing.assert_allclose(found["points"], [[[11, 12, 0.7], [21, 22, 0.1]]])


def test_yunets_landmarks() -> None:
    arrays: Arrays = {}
    for stride in (8, 16, 32):
        cells = (SIZE[0] // stride) * (SIZE[1] // stride)
        for kind, width in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            arrays[f"{kind}_{stride}"] = np.zeros((1, cells, width), np.float32)
    # Row 1, column 2 of the grid of 16.
    place = 1 * (SIZE[1] // 16) + 2
    arrays["cls_16"][0, place], arrays["obj_16"][0, place] = 0.9, 0.9
    arrays["kps_16"][0, place, :2] = [0.5, 0.25]
    found = read(head(arrays), arrays)
    assert found["points"].shape == (1, 5, 3)
    np.testing.assert_allclose(found["points"][0, :2], [[40, 20, 1], [32, 16, 1]])
