"""What made-up inputs must not change: the shares of classes, and each step of a sequence."""

from __future__ import annotations

import numpy as np
import pytest
from edgeweb.inputs.golden import Array
from edgeweb.search import likeness
from edgeweb.search.measures import top1


def judged(a: Array, b: Array) -> likeness.Judgement:
    return likeness.judge([{"scores": a}], [{"scores": b}], "scores", None)


@pytest.mark.parametrize(("by", "passes"), [(0.0005, True), (0.02, False)])
def test_shares_of_classes(by: float, passes: bool) -> None:
    scores = np.array([[3.0, 2.5, -4.0]], np.float32)
    found = judged(scores, scores + np.array([[by, 0, 0]], np.float32))
    assert (likeness.good_enough(found, 0.99, strict=True) is None) == passes
    # With inputs of the user's own only the best class counts.
    assert likeness.good_enough(found, 0.99, strict=False) is None


def test_shares_are_taken_as_they_are() -> None:
    assert top1.share(np.array([[0.25, 0.75]]), np.array([[0.26, 0.74]])) == pytest.approx(0.01)
    assert top1.share(np.array([[0.25, 0.75]]), None) == 1


def test_each_step_of_a_sequence() -> None:
    steps = np.zeros((1, 200, 4), np.float32)
    steps[0, :, 1] = 10
    steps[0, 7, 1:3] = (10, 9.999)
    other = steps.copy()
    other[0, 7, 2] = 10.001
    found = judged(steps, other)
    assert found.steps == 199 / 200 and found.share == 0
    assert "steps have the same best class" in str(likeness.good_enough(found, 0.99, strict=True))
    assert top1.rows(steps).shape == (200, 4) and top1.rows(steps[0]).shape == (200, 4)
