"""Arrays of the user's: which axis counts samples, how many are taken, and what does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb.errors import ConfigError
from edgeweb.inputs import arrays
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.plan import Plan
from sampled import X4, read, save, values


def test_arrays_of_many_samples(tmp_path: Path) -> None:
    data = np.arange(12.0).reshape(3, 4)
    found = read(save(tmp_path / "x.npz", x=data, labels=np.array([0, 2, 1])))
    assert values(found) == data.tolist()
    assert {(feed["x"].shape, feed["x"].dtype.name) for feed in found.feeds} == {((1, 4), "float32")}
    assert (found.labels, found.source, found.seeded) == ((0, 2, 1), "3 samples of x.npz", False)
    np.save(tmp_path / "x.npy", data)
    assert values(read(tmp_path / "x.npy")) == data.tolist()


@pytest.mark.parametrize(
    ("shape", "given", "count", "each"),
    [
        ([1, 4], (1, 4), 1, (1, 4)),
        ([1, 4], (5, 4), 5, (1, 4)),
        ([1, 4], (5, 1, 4), 5, (1, 4)),
        (["n", 4], (5, 2, 4), 5, (2, 4)),
        ([3, 4], (3, 4), 1, (3, 4)),
        ([3, 4], (5, 3, 4), 5, (3, 4)),
        ([], (), 1, ()),
        ([], (5,), 5, ()),
        (None, (5, 4), 5, (1, 4)),
    ],
)
def test_which_axis_counts_samples(tmp_path: Path, shape: Any, given: Any, count: int, each: Any) -> None:
    info = TensorInfo(name="x", type="float32", shape=shape)
    case = [GoldenInput(name="x", type="float32", dims=[1, 8], seed=1)]
    found = read(save(tmp_path / "x.npz", x=np.ones(given)), info, case=case)
    assert [feed["x"].shape for feed in found.feeds] == [each] * count


def test_arrays_that_count_other_things_are_one_sample(tmp_path: Path) -> None:
    graph = [
        TensorInfo(name="x", type="float32", shape=["nodes", 4]),
        TensorInfo(name="e", type="int64", shape=[2, "edges"]),
        TensorInfo(name="w", type="float32", shape=["edges"]),
    ]
    path = save(tmp_path / "g.npz", x=np.ones((5, 4)), e=np.ones((2, 9), int), w=np.ones(9))
    (feed,) = read(path, *graph).feeds
    assert (feed["x"].shape, feed["e"].shape, feed["w"].shape) == ((5, 4), (2, 9), (9,))


def test_a_folder_of_arrays(tmp_path: Path) -> None:
    for name, rows in (("b", [[2.0] * 4]), ("a", [[0.0] * 4, [1.0] * 4])):
        save(tmp_path / "d" / f"{name}.npz", x=np.array(rows), y=np.full(len(rows), len(rows)))
    found = read(tmp_path / "d")
    assert [row[0] for row in values(found)] == [0, 1, 2]
    assert found.labels == (2, 2, 1) and found.source == "3 samples in d/"
    save(tmp_path / "d" / "c.npz", x=np.ones((1, 4)))
    with pytest.raises(ConfigError, match="labels in some files only"):
        read(tmp_path / "d")


def test_no_more_samples_than_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.repeat(np.arange(2000.0)[:, None], 4, axis=1)
    path = save(tmp_path / "x.npz", x=data, y=np.arange(2000))
    found = read(path)
    firsts = [row[0] for row in values(found)]
    assert found.labels == tuple(firsts) and len(firsts) == 512 == len(set(firsts))
    assert firsts[0] == 0 and firsts[-1] > 1990 and max(np.diff(firsts)) <= 4
    assert found.source == "512 of 2,000 samples of x.npz"
    monkeypatch.setattr(arrays, "MAX_BYTES", 160)
    assert len(read(path).feeds) == 10
    for i in range(20):
        save(tmp_path / "d" / f"{i:02}.npz", x=np.full((3, 4), i))
    assert [row[0] for row in values(read(tmp_path / "d"))] == list(range(0, 20, 2))


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"z": np.ones((3, 4))}, "holds arrays for z. The model's inputs are x"),
        ({"x": np.ones((3, 4)), "z": np.ones(1)}, "holds arrays for x, z"),
        ({"x": np.ones((3, 5))}, r"has shape \[3, 5\] for input \"x\"\. The model takes \[n, 4\]"),
        ({"x": np.ones((2, 3, 5))}, r"has shape \[2, 3, 5\]"),
        ({"x": np.array([["a"] * 4])}, "which does not hold these values"),
        ({"x": np.array([[1, 2, 3, np.nan]])}, "NaN or infinity for input"),
        ({"x": np.array([[1, 2, 3, 1e300]])}, "NaN or infinity for input"),
        ({"x": np.ones((0, 4))}, "holds no samples"),
        ({"x": np.ones((3, 4)), "y": np.array([0, 1])}, r"labels of int64 and shape \[2\]. It holds 3 samples"),
        ({"x": np.ones((1, 4)), "y": np.array([0.5])}, "labels of float64"),
        ({"x": np.ones((1, 4)), "labels": np.array([2])}, "has the label 2. The model has 2 labels"),
        ({"x": np.ones((1, 4)), "labels": np.array([-1])}, "has the label -1"),
    ],
)
def test_arrays_that_do_not_fit(tmp_path: Path, found: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(save(tmp_path / "x.npz", **found), plan=Plan("tensors", (), labels=("a", "b")))


def test_another_number_of_samples_for_each_input(tmp_path: Path) -> None:
    other = TensorInfo(name="z", type="float32", shape=["n", 2])
    with pytest.raises(ConfigError, match="another number of samples for each input: 3 for x, 2 for z"):
        read(save(tmp_path / "x.npz", x=np.ones((3, 4)), z=np.ones((2, 2))), X4, other)
    # An array named like labels that is an input is no label.
    named = TensorInfo(name="y", type="float32", shape=["n", 2])
    assert read(save(tmp_path / "y.npz", y=np.ones((3, 2))), named).labels is None
