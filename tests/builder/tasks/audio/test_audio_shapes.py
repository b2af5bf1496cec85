"""How windows of a sound lie in a model's input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from edgeweb.errors import ConfigError
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.audio import shapes, windows
from edgeweb.tasks.audio.settings import AudioConfig
from edgeweb.tasks.audio.shapes import Shape
from msgspec import convert
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
    found = plan_of(proto, {"task": "voice-activity-detection", "audio": audio}).spec
    assert found is not None
    (feed,) = windows.feeds(found, [np.random.default_rng(1).normal(0, 0.1, found.length).astype(np.float32)])
    flat = plan_of(
        identity([("x", FLOAT, ["n", 49, 10])], [("y", FLOAT, ["n", 1])]),
        {"task": "voice-activity-detection", "audio": audio},
    ).spec
    assert flat is not None
    (plain,) = windows.feeds(flat, [np.random.default_rng(1).normal(0, 0.1, flat.length).astype(np.float32)])
    assert list(feed["x"].shape) == [1, *shape[1:]]
    turned = plain["x"].transpose(0, 2, 1) if wanted == "bins" else plain["x"]
    assert np.array_equal(feed["x"].ravel(), turned.ravel())


def shaped(shape: Any, framed: bool = False, **said: Any) -> Shape | str:
    """Mel bands of 10 in frames of 400 samples every 160, or samples."""
    mel = {"features": "log-mel", "n-mels": 10, "n-fft": 400, "win-length": 400, "hop-length": 160, "center": False}
    asked = convert({"rate": 16000, **(mel if framed else {}), **said}, AudioConfig)
    info = TensorInfo(name="x", type="float32", shape=shape)
    return shapes.shape_of(info, asked, shapes.features(asked))


WAVEFORMS: list[tuple[Any, dict[str, Any], Any]] = [
    (["n", 400], {}, (400, [-1, 400], True, True)),
    ([1, 400], {}, (400, [-1, 400], True, False)),
    ([400], {}, (400, [400], False, False)),
    (["n", 1, 400], {}, (400, [-1, 1, 400], True, True)),
    (["n", "t"], {"window": 300, "context": 100}, (400, [-1, 400], True, True)),
    (["n", "c", "t"], {"window": 400}, "several axes"),
    (["n", 2, 200], {}, "several axes beside the windows"),
    ([2, 400], {}, "takes 2 windows at once"),
    (["n", "t"], {}, "say with window in [audio]"),
    (["n", 400], {"window": 400, "context": 1}, "windows of 401 samples"),
    (None, {}, "has no known shape"),
    ([], {}, "has no known shape"),
]


@pytest.mark.parametrize(("shape", "said", "found"), WAVEFORMS)
def test_windows_of_samples(shape: Any, said: dict[str, Any], found: Any) -> None:
    if isinstance(found, str):
        assert found in said_of(shape, **said)
    else:
        made = shaped(shape, **said)
        assert isinstance(made, Shape)
        assert (made.length, made.dims, made.batched, made.free) == found


def said_of(shape: Any, framed: bool = False, **said: Any) -> str:
    try:
        return str(shaped(shape, framed, **said))
    except ConfigError as error:
        return str(error)


# 5 frames are made of 400 + 4 * 160 samples.
FRAMED: list[tuple[Any, dict[str, Any], Any]] = [
    (["n", 5, 10], {}, (1040, [-1, 5, 10], False)),
    (["n", 10, 5], {}, (1040, [-1, 10, 5], True)),
    (["n", 10, 10], {}, (1840, [-1, 10, 10], False)),
    (["n", 10, 10], {"layout": "bins-first"}, (1840, [-1, 10, 10], True)),
    (["n", 1, 5, 10], {}, (1040, [-1, 1, 5, 10], False)),
    (["n", 50], {}, (1040, [-1, 50], False)),
    (["n", "t", 10], {"window": 1040}, (1040, [-1, 5, 10], False)),
    (["n", "t", 10], {"window": 1199}, (1199, [-1, 5, 10], False)),
    (["n", 5, 10], {"window": 1199}, (1199, [-1, 5, 10], False)),
    (["n", 5, 10], {"window": 1200}, "hey make 6 frames"),
    (["n", 5, 10], {"window": 1039}, "hey make 4 frames"),
    (["n", "t", 10], {}, "any number of frames"),
    (["n", 5, 11], {}, "makes 10 values a frame. Input \"x\" takes ['n', 5, 11]"),
    (["n", 51], {}, "makes 10 values a frame"),
    (["n", 2, 5, 10], {}, "has 3 axes, features have time and bins"),
]


@pytest.mark.parametrize(("shape", "said", "found"), FRAMED)
def test_frames_and_bins(shape: Any, said: dict[str, Any], found: Any) -> None:
    if isinstance(found, str):
        assert found in said_of(shape, True, **said)
    else:
        made = shaped(shape, True, **said)
        assert isinstance(made, Shape)
        assert (made.length, made.dims, made.transposed) == found


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"win-length": 401}, "win-length above n-fft"),
        ({"fmin": 8000.0}, "bands from 8000 to 8000 Hz"),
        ({"fmax": 8000.5}, "bands from 0 to 8000.5 Hz"),
        ({"fmin": 300.0, "fmax": 300.0}, "bands from 300 to 300"),
        ({"features": "mfcc", "n-mfcc": 11}, "more n-mfcc than n-mels"),
    ],
)
def test_features_that_contradict_themselves(said: dict[str, Any], why: str) -> None:
    assert why in said_of(["n", 5, 10], True, **said)
    assert isinstance(shaped(["n", 5, 10], True, **{"win-length": 400, "fmax": 8000.0}), Shape)


@pytest.mark.parametrize(("size", "fits"), [(32, True), (31, False)])
def test_a_window_of_fewer_samples_is_more_likely_a_state(size: int, fits: bool) -> None:
    asked = convert({"rate": 8000}, AudioConfig)
    assert shapes.fits(TensorInfo(name="x", type="float32", shape=["n", size]), asked, None) is fits
