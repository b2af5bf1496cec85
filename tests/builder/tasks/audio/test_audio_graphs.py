"""The two graphs around models of sound: windows to the input, and outputs to the result, beside their formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.audio import graphs, spectra
from edgeweb.tasks.audio.graphs import After, Before
from edgeweb.tasks.audio.spectra import Features
from listen import session

WAVES = np.array([[0.5, -0.25, 0.0, 0.25], [0.0, 0.0, 0.0, 0.0]], np.float32)
SPECTRUM = spectra.usual("tensorflow", "spectrum", 8000, 8, 8)


def fed(samples: Any = WAVES, **over: Any) -> np.ndarray[Any, Any]:
    """The model's input for these windows."""
    given: dict[str, Any] = {
        "length": 4, "scale": 1.0, "normalise": "none", "features": None, "transposed": False, "mean": np.zeros(1),
        "std": np.ones(1), "dims": [-1, 4], "kind": "float32",
    }  # fmt: skip
    (tensor,) = session(graphs.preprocess(Before(**{**given, **over}))).run(["tensor"], {"samples": samples})
    return np.asarray(tensor)


def read(result: Any, *raws: Any, given: Any = None, **over: Any) -> dict[str, Any]:
    """What the graph behind the model makes of its outputs."""
    arrays = [np.asarray(raw, np.float32) for raw in raws]
    outputs = [TensorInfo(f"y{i}", "float32", ["n", *array.shape[1:]]) for i, array in enumerate(arrays)]
    feeds = {f"raw{i}": array for i, array in enumerate(arrays)}
    if given is not None:
        over["given"] = TensorInfo("x", "float32", [None] * np.ndim(given))
        feeds["tensor"] = np.asarray(given, np.float32)
    feeds |= over.pop("feeds", {})
    made = session(graphs.postprocess(After(result, outputs, over.pop("length", 4), over.pop("batched", True), **over)))
    names = [output.name for output in made.get_outputs()]
    return dict(zip(names, made.run(names, feeds), strict=True))


def test_windows_go_in_as_they_are_or_louder() -> None:
    assert fed().tolist() == WAVES.tolist()
    assert fed(scale=2.0).tolist() == (WAVES * 2).tolist()
    assert fed(dims=[-1, 1, 2, 2]).shape == (2, 1, 2, 2)
    assert fed(mean=np.array([0.5]), std=np.array([0.25])).tolist() == ((WAVES - 0.5) / 0.25).tolist()


def test_each_window_by_its_own_loudness_and_silence_stays_silence() -> None:
    np.testing.assert_allclose(fed(normalise="peak"), [[1, -0.5, 0, 0.5], [0] * 4])
    np.testing.assert_allclose(fed(normalise="peak", scale=100.0)[0], [100, -50, 0, 50])
    unit = fed(normalise="unit")
    np.testing.assert_allclose(unit[0], (WAVES[0] - WAVES[0].mean()) / WAVES[0].std(), rtol=1e-4)
    assert unit[1].tolist() == [0] * 4


@pytest.mark.parametrize(("kind", "values"), [("int16", [[2, -2, 0, 1]]), ("float64", [[1.5, -1.6, 0.4, 0.6]])])
def test_whole_numbers_are_rounded(kind: Any, values: Any) -> None:
    found = fed(np.array([[1.5, -1.6, 0.4, 0.6]], np.float32), kind=kind)
    assert found.dtype == kind
    np.testing.assert_allclose(found, values, rtol=1e-6)


def test_bins_may_come_before_frames() -> None:
    sound = np.random.default_rng(0).normal(0, 1, (1, 16)).astype(np.float32)
    shape = [SPECTRUM.frames(16), SPECTRUM.bins]
    plain = fed(sound, length=16, features=SPECTRUM, dims=[-1, *shape])
    turned = fed(sound, length=16, features=SPECTRUM, transposed=True, dims=[-1, *shape[::-1]])
    assert turned.tolist() == plain.transpose(0, 2, 1).tolist()


def test_bins_of_a_whole_sound_have_mean_0_and_deviation_1() -> None:
    sound = np.random.default_rng(0).normal(0, 1, (1, 800)).astype(np.float32)
    plain = fed(sound, length=None, features=SPECTRUM, dims=[0, -1, SPECTRUM.bins])
    even = fed(sound, length=None, features=SPECTRUM, dims=[0, -1, SPECTRUM.bins], normalise="bins")
    assert plain.shape == (1, SPECTRUM.frames(800), SPECTRUM.bins)
    np.testing.assert_allclose(even, (plain - plain.mean(axis=1)) / plain.std(axis=1), atol=1e-5)


def test_scores_are_means_over_the_steps_of_a_window() -> None:
    raw = [[[0.0, 2.0], [4.0, 2.0]], [[1.0, 1.0], [1.0, 1.0]]]
    assert read("classification", raw)["scores"].tolist() == [[2, 2], [1, 1]]
    shares = read("classification", [[[0.0, 0.0]]], activation="softmax")["scores"]
    assert shares.tolist() == [[0.5, 0.5]]
    # Without a first axis of windows all of it is one.
    assert read("classification", [[0.0, 2.0], [4.0, 2.0]], batched=False)["scores"].tolist() == [[2, 2]]


def test_values_are_in_even_steps_of_one_column_or_all() -> None:
    raw = [[[0.0, 1.0], [2.0, 3.0]]]
    assert read("activity", raw)["values"].tolist() == [[0, 1, 2, 3]]
    assert read("activity", raw, column=1)["values"].tolist() == [[1, 3]]
    sigmoid = read("activity", [[[0.0]]], activation="sigmoid")["values"]
    assert sigmoid.tolist() == [[0.5]]


def test_a_copy_is_valued_by_its_mean_square_error() -> None:
    found = read(
        "anomaly", [[[1.0, 2.0]], [[0.0, 0.0]]], given=[[[1.0, 4.0]], [[3.0, 1.0]]], compare=True, extras=["tensor"]
    )
    assert found["values"].tolist() == [[2], [5]]


def test_hertz_as_the_model_says_them() -> None:
    alone = read("pitch", [[0.0, 220.0]])
    assert (alone["hertz"].tolist(), alone["confidence"].tolist()) == ([[0, 220]], [[0, 1]])
    sure = read("pitch", [[0.0, 220.0]], [[0.25, 0.75]])
    assert sure["confidence"].tolist() == [[0.25, 0.75]]


def test_hertz_of_bins_are_the_mean_around_the_best() -> None:
    bins = np.zeros((1, 1, 24), np.float32)
    bins[0, 0, [10, 14, 15]] = [0.8, 0.4, 0.7]
    found = read("pitch", bins, bins=True, lowest_hertz=100.0, bin_cents=100.0)
    # The fourth bin beside the best still counts, and the fifth does not.
    place = (10 * 0.8 + 14 * 0.4) / 1.2
    np.testing.assert_allclose(found["hertz"], [[100 * 2 ** (place / 12)]], rtol=1e-5)
    np.testing.assert_allclose(found["confidence"], [[0.8]])
    silent = read("pitch", np.zeros((1, 1, 24)), bins=True, lowest_hertz=100.0, bin_cents=100.0)
    assert silent["hertz"].tolist() == [[100]] and silent["confidence"].tolist() == [[0]]


def test_notes_have_frames_and_perhaps_onsets() -> None:
    frames = np.arange(6).reshape(1, 2, 3)
    assert set(read("notes", frames)) == {"frames"}
    both = read("notes", frames, -frames)
    assert both["frames"].tolist() == frames.tolist() and both["onsets"].tolist() == (-frames).tolist()


def test_samples_come_out_as_loud_as_they_went_in() -> None:
    assert read("audio", [[[2.0, 4.0]]], scale=2.0)["samples"].tolist() == [[1, 2]]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_mask_is_a_share_of_each_bin(share: float) -> None:
    spec: Features = spectra.usual("librosa", "spectrum", 8000, 8, 8)
    length = 32
    frames = spec.frames(length)
    sound = np.random.default_rng(0).normal(0, 1, (1, length)).astype(np.float32)
    before = Before(
        length,
        1.0,
        "none",
        spec,
        False,
        np.zeros(1),
        np.ones(1),
        [-1, frames, spec.bins],
        "float32",
        ["real", "imaginary"],
    )
    real, imaginary = session(graphs.preprocess(before)).run(["real", "imaginary"], {"samples": sound})
    mask = np.full((1, frames, spec.bins), share, np.float32)
    feeds = {"real": real, "imaginary": imaginary}
    found = read("audio", mask, length=length, mask=spec, extras=["real", "imaginary"], feeds=feeds)["samples"]
    np.testing.assert_allclose(found, sound * share, atol=1e-5)
