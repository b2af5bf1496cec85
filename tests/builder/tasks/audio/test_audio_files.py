"""Files of sound as the inputs of a model."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from edgeweb.errors import ConfigError
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.audio.kind import AUDIO
from edgeweb.tasks.plan import Plan
from sampled import PICTURE, read, values
from signals import MODELS, shared


def test_sounds_of_a_folder_are_what_forms_are_judged_on(tmp_path: Path) -> None:
    path, pipeline = shared(
        "silero-vad", {"task": "voice-activity-detection", "audio": {"rate": 16000, "window": 512, "context": 64}}
    )
    plan = Plan("voice-activity-detection", (), AUDIO, pipeline)
    wav = MODELS / "silero-vad" / "samples" / "speech.wav"
    feeds, _, total = AUDIO.read(wav.parent, [wav], [], plan)
    assert total == 64 and feeds[0]["input"].shape == (1, 576) and feeds[0]["sr"] == 16000
    assert path.exists()


def sound(path: Path, data: np.ndarray, channels: int = 1) -> None:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(data.dtype.itemsize)
        file.setframerate(8000)
        file.writeframes(data.tobytes())


def test_sounds(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    sound(folder / "1.wav", np.array([0, 128, 255], np.uint8))
    sound(folder / "2.wav", np.array([-32768, 0, 16384, 16384, 0, 8192, 1, 1, 1, 1], np.int16), channels=2)
    sound(folder / "3.wav", np.array([1 << 30], np.int32))
    fixed = read(folder, TensorInfo(name="x", type="float32", shape=["n", 1, 4]))
    assert values(fixed) == [[-1, 0, 127 / 128, 0], [-0.5, 0.5, 0.125, 1 / 32768], [0.5, 0, 0, 0]]
    assert {(f["x"].shape, f["x"].dtype.name) for f in fixed.feeds} == {((1, 1, 4), "float32")}
    assert fixed.source == "3 sounds in s/"
    free = read(folder, TensorInfo(name="x", type="float32", shape=["time"]))
    assert [feed["x"].shape for feed in free.feeds] == [(3,), (5,), (1,)]
    for info in (PICTURE, TensorInfo(name="x", type="float32", shape=["n", 80, "time"])):
        with pytest.raises(ConfigError, match="does not take one row of float samples"):
            read(folder, info)
    (folder / "4.wav").write_bytes(b"RIFF")
    with pytest.raises(ConfigError, match=r"4\.wav cannot be read as a sound"):
        read(folder, TensorInfo(name="x", type="float32", shape=["time"]))
