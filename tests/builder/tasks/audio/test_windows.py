"""A sound cut into the windows that a model takes, and what it is fed beside them."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.audio import windows
from edgeweb.tasks.audio.manifest import AudioPipeline
from signals import identity, plan_of
from tiny import FLOAT, INT64


def test_every_window_of_a_sound_is_counted_once() -> None:
    proto = identity([("x", FLOAT, ["n", 400])], [("y", FLOAT, ["n", 400])])
    pipeline = plan_of(proto, {"task": "audio-to-audio", "audio": {"rate": 8000, "hop": 100}}).spec
    assert pipeline is not None and pipeline.overlap == "fade"
    clip = replace_result(pipeline, "classification")
    # The last 60 of 560 samples are more than half a hop; the last 40 are not.
    assert [windows.count(clip, n) for n in (10, 400, 540, 560)] == [1, 1, 2, 3]
    assert windows.windows(pipeline, np.ones(1000, np.float32), 8000).shape == (-(-(1000 + pipeline.lead) // 100), 400)


def replace_result(pipeline: AudioPipeline, result: Any) -> AudioPipeline:
    return msgspec.structs.replace(pipeline, result=result, lead=0)


def test_a_constant_has_the_type_of_its_input() -> None:
    proto = identity([("x", FLOAT, ["n", 400]), ("fs", INT64, [1])], [("y", FLOAT, ["n", 1])])
    found = plan_of(proto, {"task": "voice-activity-detection", "audio": {"rate": 8000}}).spec
    assert found is not None
    (feed,) = windows.feeds(found, [np.zeros(400, np.float32)])
    assert feed["fs"].dtype == np.int64 and feed["fs"].tolist() == [8000]


def pipeline(result: Any, **over: Any) -> AudioPipeline:
    proto = identity(
        [("x", FLOAT, ["n", 400]), ("h_in", FLOAT, [1, 2])], [("y", FLOAT, ["n", 1]), ("h_out", FLOAT, [1, 2])]
    )
    found = plan_of(proto, {"task": "voice-activity-detection", "audio": {"rate": 8000}}).spec
    assert found is not None
    return msgspec.structs.replace(found, result=result, **over)


@pytest.mark.parametrize(
    ("result", "lead", "counts"),
    [
        # 1, 399, 400, 449, 450, 499, 500 and 549 samples: a clip's last window has half a hop of something new.
        ("classification", 0, [1, 1, 1, 1, 2, 2, 2, 2]),
        ("classification", 50, [1, 1, 2, 2, 2, 2, 3, 3]),
        # What is compared with itself is never filled up.
        ("anomaly", 0, [1, 1, 1, 1, 1, 1, 2, 2]),
        ("activity", 0, [1, 4, 4, 5, 5, 5, 5, 6]),
        ("activity", 50, [1, 4, 4, 5, 5, 5, 5, 6]),
        ("audio", 50, [1, 5, 5, 5, 5, 6, 6, 6]),
    ],
)
def test_how_many_windows_a_sound_has(result: str, lead: int, counts: list[int]) -> None:
    found = pipeline(result, hop=100, lead=lead)
    assert [windows.count(found, samples) for samples in (1, 399, 400, 449, 450, 499, 500, 549)] == counts
    assert [len(windows.windows(found, np.ones(n, np.float32), 8000)) for n in (1, 449)] == [counts[0], counts[3]]


def test_silence_lies_around_the_sound() -> None:
    first, second = windows.windows(pipeline("activity", hop=300, lead=100), np.ones(350, np.float32), 8000)
    assert (first[:100].sum(), first[100:].sum()) == (0, 300)
    assert (second[:150].sum(), second[150:].sum()) == (150, 0)
    # A sound of half the rate has twice the samples.
    assert len(windows.windows(pipeline("activity", hop=400, lead=0), np.ones(400, np.float32), 4000)) == 2


def test_a_model_is_tried_on_the_range_of_a_noisy_tone() -> None:
    proto = identity(
        [("x", FLOAT, ["n", 400]), ("h_in", FLOAT, [1, 2]), ("sr", INT64, [1])],
        [("y", FLOAT, ["n", 1]), ("h_out", FLOAT, [1, 2])],
    )
    found = plan_of(proto, {"task": "voice-activity-detection", "audio": {"rate": 8000}}).spec
    assert found is not None
    inputs = [
        TensorInfo(name=name, type=kind, shape=None)
        for name, kind in (("x", "float32"), ("h_in", "float32"), ("sr", "int64"))
    ]  # type: ignore[arg-type]
    sound, state, rate = windows.case(found, inputs)
    assert sound.dims == [1, 400] and -0.5 < (sound.low or 0) < -0.4 and 0.4 < (sound.high or 0) < 0.5
    assert (state.dims, state.low, state.high, state.seed) == ([1, 2], -0.5, 0.5, 2)
    assert rate.data is not None and rate.seed is None
    (feed,) = windows.feeds(found, [np.ones(400, np.float32)])
    assert feed["h_in"].tolist() == [[0, 0]]
