"""Detection heads: each published form is told from shapes and values, and its graph gives the boxes of the formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image import graphs, heads
from edgeweb.tasks.image.heads import Head
from edgeweb.tasks.image.spec import ImageSpec

SIZE = (64, 96)
CELLS = sum((SIZE[0] // s) * (SIZE[1] // s) for s in (8, 16, 32))
RNG = np.random.default_rng(0)
Arrays = dict[str, np.ndarray[Any, Any]]


def found(arrays: Arrays, labels: int = 0, form: heads.Form | None = None) -> Head | str:
    infos = [TensorInfo(name, "float32", list(array.shape)) for name, array in arrays.items()]
    return heads.find(infos, arrays, SIZE, labels, form)


def head(arrays: Arrays, labels: int = 0, form: heads.Form | None = None) -> Head:
    result = found(arrays, labels, form)
    assert isinstance(result, Head), result
    return result


def decoded(made: Head, arrays: Arrays) -> tuple[Any, Any, Any]:
    """Boxes, scores and classes of the graph that ships."""
    spec = ImageSpec(
        "x", made.outputs, *SIZE, "NCHW", "RGB", 255.0, (0.0,), (1.0,), "pad", False, False, "detection", made
    )
    infos = [TensorInfo(name, "float32", list(arrays[name].shape)) for name in made.outputs]
    graph = graphs.postprocess(spec, infos)
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    feeds = {f"raw{i}": arrays[name] for i, name in enumerate(made.outputs)}
    boxes, scores, classes = session.run(["boxes", "scores", "classes"], feeds)
    return boxes, scores, classes


def table(rows: int, width: int) -> np.ndarray[Any, Any]:
    """No place has anything but the third, with class 1 at centre (40, 30), size 20 x 10."""
    array = np.zeros((1, rows, width), np.float32)
    array[0, :, :4] = [8, 8, 4, 4]
    array[0, 2, :4] = [40, 30, 20, 10]
    array[0, 2, -2 if width > 6 else -1] = 0.9
    return array


def test_rows_with_an_object_score() -> None:
    array = table(200, 8)
    array[0, 2, 4] = 0.5
    made = head({"out": array})
    assert (made.form, made.classes, made.sure, made.relative) == ("rows", 3, True, False)
    boxes, scores, classes = decoded(made, {"out": array})
    np.testing.assert_allclose(boxes, [[30, 25, 20, 10]])
    np.testing.assert_allclose(scores, [0.45], rtol=1e-6)
    assert classes.tolist() == [1]


def test_as_many_labels_as_columns_mean_that_there_is_no_object_score() -> None:
    array = table(200, 8)
    assert not head({"out": array}, labels=4).sure
    assert head({"out": array}, labels=3).sure


def test_columns_are_turned() -> None:
    array = np.ascontiguousarray(table(200, 7).transpose(0, 2, 1))
    made = head({"out": array})
    assert (made.form, made.classes) == ("columns", 3)
    boxes, scores, classes = decoded(made, {"out": array})
    np.testing.assert_allclose(boxes, [[30, 25, 20, 10]])
    assert classes.tolist() == [1] and scores.tolist() == pytest.approx([0.9])


def test_a_grid_is_decoded_by_its_strides() -> None:
    array = np.zeros((1, CELLS, 7), np.float32)
    array[0, :, 2:4] = -1
    # The second cell of the second row of the first grid: 12 columns of 8 pixels.
    array[0, 13] = [0.5, 0.25, np.log(2), np.log(3), 1.0, 0.0, 0.8]
    made = head({"out": array})
    assert (made.form, made.classes) == ("grid", 2)
    boxes, scores, classes = decoded(made, {"out": array})
    centre, size = (1.5 * 8, 1.25 * 8), (2 * 8, 3 * 8)
    np.testing.assert_allclose(boxes, [[centre[0] - 8, centre[1] - 12, *size]], rtol=1e-5)
    assert classes.tolist() == [1] and scores.tolist() == pytest.approx([0.8])


def test_pairs_with_a_class_for_nothing() -> None:
    boxes = np.tile(np.array([0.1, 0.1, 0.2, 0.2], np.float32), (1, 50, 1))
    boxes[0, 7] = [0.25, 0.5, 0.5, 0.75]
    scores = np.tile(np.array([1.0, 0.0], np.float32), (1, 50, 1))
    scores[0, 7] = [0.02, 0.98]
    made = head({"scores": scores, "boxes": boxes})
    assert (made.form, made.background, made.corners, made.relative, made.classes) == ("pairs", True, True, True, 1)
    places, sure, _ = decoded(made, {"scores": scores, "boxes": boxes})
    np.testing.assert_allclose(places, [[24, 32, 24, 16]], rtol=1e-5)
    assert sure.tolist() == pytest.approx([0.98])


def test_queries_end_in_a_class_for_nothing() -> None:
    boxes = np.tile(np.array([0.9, 0.9, 0.05, 0.05], np.float32), (1, 20, 1))
    logits = np.tile(np.array([-6.0, -6.0, 6.0], np.float32), (1, 20, 1))
    boxes[0, 3], logits[0, 3] = [0.5, 0.5, 0.5, 0.25], [-2, 9, -2]
    made = head({"logits": logits, "pred_boxes": boxes})
    assert (made.form, made.classes) == ("queries", 2)
    places, _, classes = decoded(made, {"logits": logits, "pred_boxes": boxes})
    np.testing.assert_allclose(places, [[24, 24, 48, 16]], rtol=1e-5)
    assert classes.tolist() == [1]


def test_rows_that_are_final_are_only_sorted_out() -> None:
    array = np.zeros((1, 30, 6), np.float32)
    array[0, 0], array[0, 1] = [10, 20, 30, 50, 0.9, 7], [10, 20, 30, 50, 0.8, 7]
    made = head({"out": array})
    assert made.form == "final"
    boxes, scores, classes = decoded(made, {"out": array})
    np.testing.assert_allclose(boxes, [[10, 20, 20, 30]] * 2)
    assert classes.tolist() == [7, 7] and len(scores) == 2


def test_of_boxes_that_cover_one_another_the_best_stays_in_its_class() -> None:
    array = table(200, 8)
    array[0, 2, 4] = 1
    array[0, 3] = array[0, 2] + np.array([1, 1, 0, 0, -0.2, 0, 0, 0], np.float32)
    array[0, 4] = array[0, 2]
    array[0, 4, 5:] = [0.0, 0.0, 0.7]
    _, scores, classes = decoded(head({"out": array}), {"out": array})
    assert sorted(classes.tolist()) == [1, 2] and max(scores) == pytest.approx(0.9)


def test_scores_that_are_no_shares_are_squashed() -> None:
    array = table(200, 8)
    array[0, :, 4:] = -9
    array[0, 2, 4:] = [3, -9, 4, -9]
    made = head({"out": array})
    assert made.squash == "Sigmoid"
    _, scores, _ = decoded(made, {"out": array})
    assert scores.tolist() == pytest.approx([1 / (1 + np.exp(-3)) / (1 + np.exp(-4))])


def test_nothing_found_is_no_boxes() -> None:
    array = table(200, 8)
    boxes, scores, classes = decoded(head({"out": array}), {"out": np.zeros_like(array)})
    assert boxes.shape == (0, 4) and scores.shape == classes.shape == (0,)


@pytest.mark.parametrize(
    "arrays",
    [
        {"a": np.zeros((1, 3, 64, 96), np.float32)},
        {"a": np.zeros((1, 10), np.float32)},
        {"a": np.zeros((1, 50, 4), np.float32), "b": np.zeros((1, 40, 2), np.float32)},
        {"a": np.zeros((1, 50, 3), np.float32)},
    ],
)
def test_other_outputs_are_no_boxes(arrays: Arrays) -> None:
    assert isinstance(found(arrays), str)


def paired(scores: list[list[float]]) -> Arrays:
    """A box for each row of scores: left, top, right and bottom as well as centre and size, in shares."""
    rows = np.array([scores], np.float32)
    return {"boxes": np.tile(np.array([0.25, 0.25, 0.5, 0.5], np.float32), (1, rows.shape[1], 1)), "scores": rows}


LOGITS, SHARES, APART = [[5.0, -5.0, 2.0], [1.0, -1.0, 3.0]], [[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]], [[0.9, 0.8, 0.7]]


@pytest.mark.parametrize(
    ("scores", "form", "told"),
    [
        (LOGITS, None, ("queries", 2, "Softmax", False)),
        (LOGITS, "pairs", ("pairs", 3, "Sigmoid", False)),
        (LOGITS, "queries", ("queries", 2, "Softmax", False)),
        (SHARES, None, ("pairs", 2, "", True)),
        (SHARES, "pairs", ("pairs", 2, "", True)),
        (SHARES, "queries", ("queries", 2, "", False)),
        (APART, None, ("pairs", 3, "", False)),
        (APART, "pairs", ("pairs", 3, "", False)),
        (APART, "queries", ("queries", 3, "", False)),
    ],
)
def test_the_form_that_is_asked_for_is_the_form_of_boxes_and_scores(scores: Any, form: Any, told: Any) -> None:
    made = head(paired(scores), form=form)
    assert (made.form, made.classes, made.squash, made.background) == told
    assert made.corners is (made.form == "pairs"), "of queries the box is always its centre and size"


def test_the_last_class_of_queries_stands_for_nothing_though_they_are_shares_already() -> None:
    arrays = paired([[0.1, 0.2, 0.7], [0.1, 0.8, 0.1]])
    places, scores, classes = decoded(head(arrays, form="queries"), arrays)
    assert classes.tolist() == [1] and scores.tolist() == pytest.approx([0.8])
    np.testing.assert_allclose(places, [[0, 0, 48, 32]])


def cells(*left_out: str) -> Arrays:
    """YuNet's outputs: class, object and box of each cell of three grids."""
    widths = {"cls": 1, "obj": 1, "bbox": 4}
    sizes = {stride: (SIZE[0] // stride) * (SIZE[1] // stride) for stride in (8, 16, 32)}
    names = {f"{kind}_{s}": np.zeros((1, sizes[s], width), np.float32) for s in sizes for kind, width in widths.items()}
    return {name: array for name, array in names.items() if name not in left_out}


@pytest.mark.parametrize("form", [None, "strides"])
def test_strides_are_told_by_their_names(form: Any) -> None:
    made = head(cells(), form=form)
    assert (made.form, made.classes, made.points) == ("strides", 1, (0, 0))


@pytest.mark.parametrize(
    ("arrays", "form", "why"),
    [
        (cells("obj_16"), "strides", "cls_8, obj_8, bbox_8 and so on, for 8, 16 and 32"),
        (paired(LOGITS), "strides", "cls_8, obj_8, bbox_8"),
        (cells(), "pairs", "not boxes and scores"),
        (cells(), "queries", "not boxes and scores"),
        (paired([[3.0], [-3.0]]), "queries", "one score a box, and the last of queries stands for nothing"),
        ({"out": table(200, 8)}, "pairs", "not boxes and scores"),
    ],
)
def test_a_form_that_the_outputs_have_not_is_no_other(arrays: Arrays, form: Any, why: str) -> None:
    result = found(arrays, form=form)
    assert isinstance(result, str) and why in result


def test_the_grids_of_strides_fill_the_picture() -> None:
    infos = [TensorInfo(name, "float32", list(array.shape)) for name, array in cells().items()]
    assert "multiples of 32" in str(heads.find(infos, cells(), (64, 100), 0, "strides"))
