"""How windows of a sound lie in a model's input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from edgeweb import hearing
from signals import identity, plan_of
from tiny import FLOAT


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [(["n", 1, 49, 10], "time"), (["n", 10, 49], "bins"), (["n", 49, 10, 1], "time"), (["n", 490], "time")],
)
def test_features_find_their_place_in_the_input(shape: list[Any], wanted: str) -> None:
    proto = identity([("x", FLOAT, shape)], [("y", FLOAT, ["n", 1])])
    audio = {
        "rate": 16000,
        "features": "mfcc",
        "like": "tensorflow",
        "win-length": 480,
        "hop-length": 320,
        "n-mfcc": 10,
    }
    found = plan_of(proto, {"task": "voice-activity-detection", "audio": audio}).audio
    assert found is not None
    (feed,) = hearing.feeds(found, [np.random.default_rng(1).normal(0, 0.1, found.length).astype(np.float32)])
    flat = plan_of(
        identity([("x", FLOAT, ["n", 49, 10])], [("y", FLOAT, ["n", 1])]),
        {"task": "voice-activity-detection", "audio": audio},
    ).audio
    assert flat is not None
    (plain,) = hearing.feeds(flat, [np.random.default_rng(1).normal(0, 0.1, flat.length).astype(np.float32)])
    assert list(feed["x"].shape) == [1, *shape[1:]]
    turned = plain["x"].transpose(0, 2, 1) if wanted == "bins" else plain["x"]
    assert np.array_equal(feed["x"].ravel(), turned.ravel())
