"""A sound cut into the windows that a model takes, and what it is fed beside them."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from edgeweb import hearing
from edgeweb.pipelines import AudioPipeline
from signals import identity, plan_of
from tiny import FLOAT, INT64


def test_every_window_of_a_sound_is_counted_once() -> None:
    proto = identity([("x", FLOAT, ["n", 400])], [("y", FLOAT, ["n", 400])])
    pipeline = plan_of(proto, {"task": "audio-to-audio", "audio": {"rate": 8000, "hop": 100}}).audio
    assert pipeline is not None and pipeline.overlap == "fade"
    clip = replace_result(pipeline, "classification")
    # The last 60 of 560 samples are more than half a hop; the last 40 are not.
    assert [hearing.count(clip, n) for n in (10, 400, 540, 560)] == [1, 1, 2, 3]
    assert hearing.windows(pipeline, np.ones(1000, np.float32), 8000).shape == (-(-(1000 + pipeline.lead) // 100), 400)


def replace_result(pipeline: AudioPipeline, result: Any) -> AudioPipeline:
    return msgspec.structs.replace(pipeline, result=result, lead=0)


def test_a_constant_has_the_type_of_its_input() -> None:
    proto = identity([("x", FLOAT, ["n", 400]), ("fs", INT64, [1])], [("y", FLOAT, ["n", 1])])
    found = plan_of(proto, {"task": "voice-activity-detection", "audio": {"rate": 8000}}).audio
    assert found is not None
    (feed,) = hearing.feeds(found, [np.zeros(400, np.float32)])
    assert feed["fs"].dtype == np.int64 and feed["fs"].tolist() == [8000]
