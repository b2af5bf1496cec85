"""By how much what people are told changes from one form of a model to another."""

from __future__ import annotations

import numpy as np
import pytest
from edgeweb.search import likeness
from edgeweb.tasks.told import Told

IDS = {"ids": np.array([[2, 9, 3]])}
ONE = {"y": np.array([[[0.0, 2.0], [1.0, 3.0], [5.0, 0.0]]], np.float32)}


def other(change: float, place: int = 0) -> dict[str, np.ndarray]:
    values = ONE["y"].copy()
    values[0, place, 0] += change
    return {"y": values}


def test_shares_and_not_scores_count() -> None:
    softmax, sigmoid = Told("y", "softmax"), Told("y", "sigmoid")
    shares = [1 / (1 + np.exp(2.0)), 1 / (1 + np.exp(1.5))]
    assert softmax.apart(IDS, ONE, other(0.5)) == pytest.approx(shares[1] - shares[0])
    assert sigmoid.apart(IDS, ONE, other(0.5)) == pytest.approx(1 / (1 + np.exp(-0.5)) - 0.5)
    # Where one class is all but sure, its score may be anything.
    assert softmax.apart(IDS, ONE, other(20, 2)) < 0.01


def test_another_best_is_another_answer() -> None:
    assert Told("y", "softmax").apart(IDS, ONE, other(2.01)) == 1
    assert Told("y", "softmax", best=2).apart(IDS, ONE, other(1.9)) < 1
    assert Told("y", "softmax").apart(IDS, ONE, {"y": np.full((1, 3, 2), np.nan)}) == 1
    assert Told("y", "softmax").apart(IDS, ONE, {}) == 1
    assert Told("z", "softmax").apart(IDS, ONE, ONE) == 0


def test_only_the_rows_of_an_id_count() -> None:
    told = Told("y", "softmax", only=("ids", 9))
    assert told.apart(IDS, ONE, other(9, 0)) == 0
    assert told.apart(IDS, ONE, other(9, 1)) == 1
    assert Told("y", "softmax", only=("ids", 7)).apart(IDS, ONE, other(9, 1)) == 0


def test_few_inputs_let_answers_change_hardly() -> None:
    told = (Told("y", "softmax"),)
    for change, why in ((1e-4, None), (5e-3, "an answer changes by 0.0005"), (2.01, "agreement")):
        judgement = likeness.judge([ONE], [other(change)], None, None, told, [IDS])
        said = likeness.good_enough(judgement, 0.99, strict=True)
        assert said is None if why is None else why in str(said), change
    assert (
        likeness.good_enough(likeness.judge([ONE], [other(5e-3)], None, None, told, [IDS]), 0.99, strict=False) is None
    )
