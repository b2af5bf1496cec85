"""Samples: seeded ones, and the user's arrays, pictures, rows, texts and sounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny
from edgeweb.errors import ConfigError
from edgeweb.inputs.golden import make_input
from edgeweb.machine import session
from edgeweb.samples import samples
from edgeweb.samples.samples import Samples
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.search import likeness
from sampled import PICTURE, X4, paint, pictures, read, save


def test_seeded_samples_keep_dims_ranges_and_what_is_stored() -> None:
    case = [
        GoldenInput(name="a", type="float32", dims=[1, 3, 8, 8], seed=1, low=-2.0, high=2.0),
        GoldenInput(name="b", type="int64", dims=[1, 50], seed=2, low=1.0, high=9.0),
        GoldenInput(name="t", type="string", dims=[1], strings=["x"]),
    ]
    inputs = [TensorInfo(name=spec.name, type=spec.type, shape=None) for spec in case]
    found = samples.seeded(inputs, case, 9)
    assert found.seeded and found.labels is None and found.source == "9 seeded inputs"
    np.testing.assert_array_equal(found.feeds[0]["a"], make_input(case[0]))
    assert len({feed["a"].tobytes() for feed in found.feeds}) == len({feed["b"].tobytes() for feed in found.feeds}) == 9
    for feed in found.feeds:
        assert feed["a"].dtype == np.float32 and feed["a"].shape == (1, 3, 8, 8)
        assert -2 <= feed["a"].min() < feed["a"].max() <= 2
        assert feed["b"].dtype == np.int64 and set(feed["b"].ravel()) <= set(range(1, 9))
        assert feed["t"].tolist() == ["x"]
    again = samples.seeded(inputs, case, 9)
    assert [feed["a"].tobytes() for feed in again.feeds] == [feed["a"].tobytes() for feed in found.feeds]


def test_seeded_floats_are_distributed_in_several_ways() -> None:
    case = [GoldenInput(name="x", type="float32", dims=[1, 1, 64, 64], seed=1, low=0.0, high=1.0)]
    found = [feed["x"][0, 0] for feed in samples.seeded([X4], case).feeds]
    spread = [float(array.std()) for array in found]
    detail = [float(np.abs(np.diff(array)).mean()) for array in found]
    assert sum(0.27 < s < 0.31 and d > 0.3 for s, d in zip(spread, detail, strict=True)) == 4
    assert sum(0.15 < s < 0.18 and d > 0.15 for s, d in zip(spread, detail, strict=True)) == 3
    assert sum(d < 0.05 for d in detail) == 1


def test_seeded_samples_where_little_can_vary() -> None:
    text = GoldenInput(name="x", type="string", dims=[1], strings=["a"])
    assert len(samples.seeded([X4], [text]).feeds) == 1
    assert samples.seeded([X4], []).feeds == ()
    assert samples.seeded([], []).feeds == ({},)
    scalar = GoldenInput(name="x", type="float16", dims=[], seed=1, low=0.0, high=1.0)
    assert {feed["x"].shape for feed in samples.seeded([X4], [scalar]).feeds} == {()}


def test_the_split_is_fair_and_always_the_same() -> None:
    whole = Samples(tuple({"x": np.array(i)} for i in range(100)), tuple(i % 2 for i in range(100)), "s", seeded=False)
    first, second = whole.split()
    sets = [{int(feed["x"]) for feed in half.feeds} for half in (first, second)]
    assert sets[0] | sets[1] == set(range(100)) and not sets[0] & sets[1] and len(sets[0]) == 50
    # Classes that take turns are in both halves.
    assert first.labels is not None and sum(first.labels) == 25
    assert [int(feed["x"]) % 2 for feed in first.feeds] == list(first.labels)
    assert whole.split()[0].labels == first.labels
    few = Samples(whole.feeds[:7], None, "s", seeded=False)
    assert few.split() == (few, few)


def test_folders_and_files_that_hold_nothing_of_use(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No file in it is a sample"):
        read(tmp_path)
    with pytest.raises(ConfigError, match="no such file or folder"):
        read(tmp_path / "missing")
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"not a \.npz or \.npy file"):
        read(tmp_path / "a.json")
    save(tmp_path / "a.npz", x=np.ones((1, 4)))
    paint(tmp_path / "a.png", np.zeros((2, 2), np.uint8))
    with pytest.raises(ConfigError, match="holds pictures and array files"):
        read(tmp_path)


def test_samples_run(tmp_path: Path) -> None:
    """What was read is what ONNX Runtime takes."""
    path = paint(tmp_path / "p" / "a.png", np.full((30, 20, 3), 90, np.uint8))
    found = read(path.parent, PICTURE, plan=pictures())
    (answer,) = session.run(tiny.picture().SerializeToString(), found.feeds)
    assert answer["y"].shape == (1, 10)
    assert likeness.judge([answer], [answer], "y", None).agreement == 1.0
