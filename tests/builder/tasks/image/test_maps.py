"""Outputs that lie over the picture: which do, and that the graphs give masks and pixels by the formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image import graphs, maps
from edgeweb.tasks.image.files import Placed
from edgeweb.tasks.image.manifest import ImageResult
from edgeweb.tasks.image.maps import Map
from edgeweb.tasks.image.native import finest
from edgeweb.tasks.image.spec import ImageSpec

SIZE = (16, 24)
RNG = np.random.default_rng(1)


def found(array: np.ndarray[Any, Any]) -> Map | str:
    return maps.find(TensorInfo("y", "float32", list(array.shape)), {"y": array}, SIZE)


def made(result: ImageResult, where: Map, array: np.ndarray[Any, Any]) -> Any:
    spec = ImageSpec(
        "x", ("y",), *SIZE, "NCHW", "RGB", 255.0, (0.0,), (1.0,), "stretch", False, False, result, None, where
    )
    graph = graphs.postprocess(spec, [TensorInfo("y", "float32", list(array.shape))])
    out, *_ = ort.InferenceSession(graph, providers=["CPUExecutionProvider"]).run(None, {"raw0": array})
    return out


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_classes_of_pixels(layout: str) -> None:
    planes = RNG.normal(0, 1, (1, 5, 8, 12)).astype(np.float32)
    array = planes if layout == "NCHW" else np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
    where = found(array)
    assert isinstance(where, Map) and (where.layout, where.classes) == (layout, 5)
    mask = made("segmentation", where, array)
    assert mask.dtype == np.uint8
    # Scores between the cells are made of those around them, before the best is taken.
    for axis in (2, 3):
        planes = between(planes, axis)
    np.testing.assert_array_equal(mask, planes[0].argmax(0))


def between(planes: np.ndarray[Any, Any], axis: int) -> np.ndarray[Any, Any]:
    """Twice as many cells, each a quarter from the neighbour."""
    edged = np.pad(planes, [(1, 1) if place == axis else (0, 0) for place in range(4)], mode="edge")
    low, high = (np.take(edged, range(at, at + planes.shape[axis]), axis) for at in (0, 2))
    both = np.stack([0.75 * planes + 0.25 * low, 0.75 * planes + 0.25 * high], axis + 1)
    shape = [size * 2 if place == axis else size for place, size in enumerate(planes.shape)]
    return both.reshape(shape)


@pytest.mark.parametrize(("cells", "lies"), [((1, 3), False), ((2, 3), True), ((1, 2), True), ((3, 2), False)])
def test_a_map_of_few_cells_is_one_where_that_is_said(cells: tuple[int, int], lies: bool) -> None:
    array = RNG.normal(0, 1, (1, 5, *cells)).astype(np.float32)
    assert isinstance(found(array), str)
    where = maps.find(TensorInfo("y", "float32", list(array.shape)), {"y": array}, SIZE, said=True)
    assert isinstance(where, Map) == lies


def test_numbers_are_classes_as_they_are() -> None:
    array = RNG.integers(0, 7, (1, *SIZE))
    where = maps.find(TensorInfo("y", "int64", [1, *SIZE]), {"y": array}, SIZE)
    assert isinstance(where, Map) and where.numbers
    spec = ImageSpec(
        "x", ("y",), *SIZE, "NCHW", "RGB", 255.0, (0.0,), (1.0,), "stretch", False, False, "segmentation", None, where
    )
    graph = graphs.postprocess(spec, [TensorInfo("y", "int64", [1, *SIZE])])
    (mask,) = ort.InferenceSession(graph, providers=["CPUExecutionProvider"]).run(None, {"raw0": array})
    np.testing.assert_array_equal(mask, array[0])


def test_depth_is_as_the_model_has_it() -> None:
    array = RNG.normal(0, 9, (1, 1, *SIZE)).astype(np.float32)
    where = found(array)
    assert isinstance(where, Map) and where.classes == 1 and where.whole
    np.testing.assert_array_equal(made("depth", where, array), array[0, 0])


@pytest.mark.parametrize(("low", "high", "threshold"), [(0, 1, 0.5), (-4, 4, 0)])
def test_one_channel_has_a_threshold(low: float, high: float, threshold: float) -> None:
    array = RNG.uniform(low, high, (1, *SIZE)).astype(np.float32)
    where = found(array)
    assert isinstance(where, Map) and where.threshold == threshold
    np.testing.assert_array_equal(made("segmentation", where, array), array[0] > threshold)


def test_a_picture_comes_back_from_its_arithmetic() -> None:
    pixels = RNG.integers(0, 256, (32, 48, 3)).astype(np.uint8)
    mean, std = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
    array = ((pixels / 255 - mean) / std).transpose(2, 0, 1)[None, ::-1].astype(np.float32)
    where = Map("y", "NCHW", 3, scale=255.0, mean=mean[::-1], std=std[::-1], color="BGR")
    np.testing.assert_array_equal(made("image", where, np.ascontiguousarray(array)), pixels)


def test_values_as_in_files_are_taken_so() -> None:
    array = RNG.uniform(-20, 280, (1, 3, *SIZE)).astype(np.float32)
    where = found(array)
    assert isinstance(where, Map) and where.scale == 1
    shown = made("image", where, array)
    assert (shown.min(), shown.max()) == (0, 255)


@pytest.mark.parametrize("shape", [(1, 3, 16, 16), (2, 3, 16, 24), (1, 300, 16, 24), (1, 4, 1, 1), (1, 10)])
def test_other_outputs_do_not_lie_over_the_picture(shape: tuple[int, ...]) -> None:
    assert isinstance(found(np.zeros(shape, np.float32)), str)


def test_the_best_class_is_chosen_where_scores_are_as_fine_as_the_picture() -> None:
    # As PyTorch's interpolate: between the middles of cells, and level beyond the outer ones.
    planes = np.array([[[0.0, 4.0]], [[1.0, 1.0]]], np.float32)
    placed = Placed(8, 2, (0, 0, 8, 2), (0, 0, 2, 1))
    assert finest(planes, placed).tolist() == [[1, 1, 1, 0, 0, 0, 0, 0]] * 2
