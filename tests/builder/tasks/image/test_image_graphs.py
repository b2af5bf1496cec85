"""The compiled pre- and post-processing against the same arithmetic in NumPy."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import onnx
import onnxruntime
import pytest
from edgeweb.schema.types import TensorInfo, TensorType
from edgeweb.tasks.image import graphs
from edgeweb.tasks.image.spec import ImageSpec

HEIGHT, WIDTH = 5, 7
PIXELS = np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 4), dtype=np.uint8)


def spec_of(color: Literal["RGB", "BGR", "GRAY"] = "RGB", **over: Any) -> ImageSpec:
    three = color != "GRAY"
    given: dict[str, Any] = {
        "input": "image", "outputs": ("y",), "height": HEIGHT, "width": WIDTH, "layout": "NCHW", "color": color,
        "scale": 255.0, "mean": (0.485, 0.456, 0.406) if three else (0.5,),
        "std": (0.229, 0.224, 0.225) if three else (0.25,), "resize": "crop", "softmax": True, "assumed": False,
    }  # fmt: skip
    return ImageSpec(**{**given, **over})


def prepare(
    spec: ImageSpec, kind: TensorType, pixels: np.ndarray = PIXELS, pads: tuple[int, ...] = (0, 0, 0, 0)
) -> Any:
    """Run the graph; `pads`: top, left, bottom, right inside the target size."""
    graph = graphs.preprocess(spec, kind)
    onnx.checker.check_model(onnx.load_model_from_string(graph), full_check=True)
    top, left, bottom, right = pads
    feeds = {
        "pixels": pixels,
        "pads": np.array([0, 0, top, left, 0, 0, bottom, right], np.int64),
    }
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    (tensor,) = session.run(["tensor"], feeds)
    return tensor


def reference(spec: ImageSpec, pixels: np.ndarray = PIXELS) -> np.ndarray:
    """(x / scale - mean) / std in float64, [1, H, W, C]."""
    rgb = pixels[..., :3].astype(np.float64)
    if spec.color == "GRAY":
        rgb = (rgb @ np.array([0.299, 0.587, 0.114]))[..., None]
    if spec.color == "BGR":
        rgb = rgb[..., ::-1]
    return ((rgb / spec.scale - np.array(spec.mean)) / np.array(spec.std))[None]


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("color", ["RGB", "BGR", "GRAY"])
@pytest.mark.parametrize(("kind", "atol"), [("float32", 1e-5), ("float64", 1e-5), ("float16", 2e-3)])
def test_a_picture_of_the_right_size(layout: Any, color: Any, kind: Any, atol: float) -> None:
    spec = spec_of(color, layout=layout)
    expected = reference(spec)
    found = prepare(spec, kind)
    assert found.dtype == kind
    np.testing.assert_allclose(
        found, expected if layout == "NHWC" else expected.transpose(0, 3, 1, 2), rtol=0, atol=atol
    )


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_bytes_stay_bytes(layout: Any) -> None:
    found = prepare(spec_of(scale=1.0, mean=(0.0,), std=(1.0,), layout=layout), "uint8")
    assert found.dtype == np.uint8
    planes = PIXELS[..., :3][None]
    np.testing.assert_array_equal(found, planes if layout == "NHWC" else planes.transpose(0, 3, 1, 2))


def test_one_mean_for_all_channels() -> None:
    spec = spec_of(scale=127.5, mean=(1.0,), std=(1.0,))
    np.testing.assert_allclose(prepare(spec, "float32"), reference(spec).transpose(0, 3, 1, 2), rtol=0, atol=1e-5)


def test_transparency_is_left_out() -> None:
    other = PIXELS.copy()
    other[..., 3] = 255 - other[..., 3]
    np.testing.assert_array_equal(prepare(spec_of(), "float32"), prepare(spec_of(), "float32", other))


def test_padding_is_black_before_normalising() -> None:
    spec = spec_of(height=HEIGHT + 3, width=WIDTH + 2)
    found = prepare(spec, "float32", pads=(1, 0, 2, 2))
    black = -np.array(spec.mean) / np.array(spec.std)
    np.testing.assert_allclose(found[0, :, 0, :], np.repeat(black[:, None], WIDTH + 2, 1), rtol=0, atol=1e-6)
    np.testing.assert_allclose(found[0, :, 1:-2, :-2], reference(spec)[0].transpose(2, 0, 1), rtol=0, atol=1e-5)
    np.testing.assert_allclose(found[0, :, -1, -1], black, rtol=0, atol=1e-6)


def finish(raw: np.ndarray, kind: TensorType, shape: list[int | str | None], softmax: bool) -> Any:
    graph = graphs.postprocess(spec_of(softmax=softmax), [TensorInfo("y", kind, shape)])
    onnx.checker.check_model(onnx.load_model_from_string(graph), full_check=True)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    (scores,) = session.run(["scores"], {"raw0": raw})
    return scores


@pytest.mark.parametrize(("kind", "atol"), [("float32", 1e-6), ("float64", 1e-6), ("float16", 1e-3)])
def test_logits_become_probabilities(kind: Any, atol: float) -> None:
    logits = np.array([[1.0, -2.0, 30.0, 29.0]])
    powers = np.exp(logits - logits.max())
    found = finish(logits.astype(kind), kind, [None, 4], softmax=True)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, powers / powers.sum(), rtol=0, atol=atol)


def test_probabilities_stay_and_lose_their_empty_axes() -> None:
    scores = np.array([0.1, 0.7, 0.2], np.float32).reshape(1, 3, 1, 1)
    np.testing.assert_array_equal(finish(scores, "float32", [1, 3, 1, 1], softmax=False), scores.reshape(1, 3))


def test_the_same_graph_is_the_same_bytes() -> None:
    assert graphs.preprocess(spec_of(), "float32") == graphs.preprocess(spec_of(), "float32")
