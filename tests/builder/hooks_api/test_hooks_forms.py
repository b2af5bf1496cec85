"""The result forms of hooks: what goes through unchanged, and what is refused in a sentence that says where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
import pytest
from edgeweb.errors import HookError
from edgeweb.hooks_api import forms
from tiny import linear, saved

LABEL = {"label": "owl", "score": 0.5}
BOX = {**LABEL, "x": 1, "y": 2.5, "width": 3, "height": 4}
SEGMENT = {**LABEL, "start": 0, "end": 1.5}


def there_and_back(result: object) -> Any:
    """As a page or a test gets it."""
    return forms.opened(json.loads(json.dumps(forms.checked(result))))


@pytest.mark.parametrize(
    "result",
    [
        {"task": "classification", "labels": [LABEL]},
        {"task": "detection", "boxes": [BOX, BOX]},
        {"task": "detection", "boxes": []},
        {"task": "text", "text": "a\nb"},
        {"task": "text", "text": "a", "boxes": [BOX]},
        {"task": "regression", "values": [1, 2.5]},
        {"task": "embedding", "vector": [0.5, -1.0]},
        {"task": "similarity", "matches": [{"id": "a", "score": 1}]},
        {"task": "segments", "segments": [SEGMENT]},
        {"task": "segments", "segments": [], "curve": [0, 1.0], "step": 0.5},
        # No form at all: JSON of one's own.
        {"task": "shopping", "labels": 3},
        {"task": ["image"]},
        [1, "two", None],
    ],
)
def test_a_good_result_goes_through(result: object) -> None:
    assert there_and_back(result) == result


def test_numbers_of_arrays_become_plain_ones() -> None:
    scores = edgeweb.Array([0.25, 0.5], "float32")
    found = there_and_back({"task": "classification", "labels": [{"label": "owl", "score": np.float32(0.5)}]})
    assert found["labels"] == [LABEL]
    assert there_and_back({"task": "embedding", "vector": scores})["vector"] == [0.25, 0.5]
    assert there_and_back({"task": "regression", "values": np.array([1, 2])})["values"] == [1, 2]


@pytest.mark.parametrize("channels", [None, 1, 3, 4])
def test_a_picture_keeps_its_bytes(channels: int | None) -> None:
    shape = (2, 3) if channels is None else (2, 3, channels)
    pixels = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    for given in (pixels, edgeweb.Array(pixels)):
        found = there_and_back({"task": "image", "image": given})["image"]
        assert found.dtype == "uint8" and found.shape == (2, 3, channels or 1)
        assert found.tobytes() == pixels.tobytes()


def test_a_mask_and_tensors_keep_their_values() -> None:
    mask = [[0, 1, 1], [2, 0, 1]]
    found = there_and_back({"task": "segmentation", "mask": mask, "labels": ["a", "b", "c"], "width": 3})
    assert (found["width"], found["height"], found["labels"]) == (3, 2, ["a", "b", "c"])
    assert found["mask"].tolist() == mask and found["mask"].dtype == "uint8"
    outputs = {"big": edgeweb.Array([2**60], "int64"), "words": edgeweb.Array(["a", "b"])}
    found = there_and_back({"task": "tensors", "outputs": outputs})["outputs"]
    assert {name: (array.dtype, array.tolist()) for name, array in found.items()} == {
        "big": ("int64", [2**60]), "words": ("string", ["a", "b"]),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"task": "classification"}, 'with task "classification" has no "labels"'),
        ({"task": "classification", "labels": [LABEL], "top": 5}, 'has "top"; it can have labels'),
        ({"task": "classification", "labels": "owl"}, "labels is a str, not a list"),
        ({"task": "classification", "labels": ["owl"]}, "labels[0] is a str, not a dict with label, score"),
        ({"task": "classification", "labels": [LABEL, {"label": "owl"}]}, 'labels[1] has no "score"; it needs'),
        ({"task": "classification", "labels": [{"label": 3, "score": 1}]}, "labels[0].label is a int, not a text"),
        ({"task": "classification", "labels": [{"label": "a", "score": "1"}]}, "labels[0].score is a str"),
        ({"task": "classification", "labels": [{"label": "a", "score": True}]}, "labels[0].score is a bool"),
        ({"task": "detection", "boxes": [{**BOX, "x": float("nan")}]}, "boxes[0].x is nan, not a finite number"),
        ({"task": "detection", "boxes": [{**BOX, "width": -1}]}, "boxes[0] has a negative size: -1 x 4"),
        ({"task": "detection", "boxes": [{**BOX, "class": 1}]}, 'boxes[0] has "class"; it can have label'),
        ({"task": "detection", "boxes": None}, "boxes is None, not a list"),
        ({"task": "text", "text": b"a"}, "text is a bytes, not a text"),
        ({"task": "text", "text": "a", "boxes": [LABEL]}, 'boxes[0] has no "x"'),
        ({"task": "regression", "values": 3}, "values is a int, not a list"),
        ({"task": "embedding", "vector": [[1.0]]}, "vector[0] is a list, not a number"),
        ({"task": "similarity", "matches": [{"id": "a"}]}, 'matches[0] has no "score"'),
        ({"task": "segments", "segments": [{**SEGMENT, "end": -1}]}, "segments[0] is from 0 s to -1 s"),
        ({"task": "segments", "segments": [], "curve": [1]}, "curve and step go together"),
        ({"task": "segments", "segments": [], "curve": [1], "step": 0}, "step is 0 s; it must be above 0"),
        ({"task": "image", "image": [[1, 2]]}, 'the image is int64, not uint8; use .astype("uint8")'),
        ({"task": "image", "image": np.zeros((2, 2, 2), np.uint8)}, "[2, 2, 2], not [height, width, 1, 3 or 4]"),
        ({"task": "image", "image": object()}, "image is a object, not an array"),
        ({"task": "segmentation", "mask": [0, 1], "labels": ["a", "b"]}, "shape [2], not [height, width]"),
        ({"task": "segmentation", "mask": [[0, 2]], "labels": ["a", "b"]}, "with 2 labels it can go from 0 to 1"),
        ({"task": "segmentation", "mask": [[0.5]], "labels": ["a"]}, "the mask is float64; it takes whole numbers"),
        ({"task": "segmentation", "mask": [[0]], "labels": ["a"], "width": 2}, "width is 1, not 2"),
        ({"task": "tensors", "outputs": [1]}, "outputs is a list, not a dict"),
    ],
)  # fmt: skip
def test_a_malformed_result_is_refused(tmp_path: Path, result: object, words: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        forms.checked(result)
    assert words in str(caught.value)


def test_it_is_the_hook_that_failed(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def postprocess(outputs, model):\n    return {'task': 'text', 'txt': 'a'}\n")
    site = edgeweb.Local(tmp_path / "own.py", saved(tmp_path, linear(), "linear.onnx"))
    with pytest.raises(HookError, match=r'own\.py failed in postprocess\. .*with task "text" has no "text"'):
        site.predict({"x": [[1.0, 2.0, 3.0, 4.0]]})
