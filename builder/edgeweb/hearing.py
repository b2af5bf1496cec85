"""A sound in the windows that a model takes, as web/src/worker/sound/windows.ts cuts it."""

from __future__ import annotations

from base64 import b64decode

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from edgeweb.arrays import Feed
from edgeweb.golden import make_input
from edgeweb.manifest import AudioPipeline
from edgeweb.resample import resample


def count(pipeline: AudioPipeline, samples: int) -> int:
    """How many windows a sound of so many samples has, at least one.

    A clip's last window has at least half a hop of something new; what is compared with itself is never filled up; every
    other result has something to say of each sample.
    """
    length, hop, lead = pipeline.length, pipeline.hop, pipeline.lead
    if pipeline.result in ("classification", "anomaly"):
        full = (samples + lead - length) // hop + 1 if samples + lead >= length else 0
        rest = samples + lead - ((full - 1) * hop + length) if full else 0
        return max(1, full + (1 if full and rest * 2 >= hop and pipeline.result == "classification" else 0))
    return max(1, -(-(samples + (lead if pipeline.result == "audio" else 0)) // hop))


def windows(pipeline: AudioPipeline, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """[N, length], with silence around the sound."""
    sound = resample(samples, rate, pipeline.rate)
    number = count(pipeline, sound.size)
    whole = np.zeros(max(pipeline.lead + sound.size, (number - 1) * pipeline.hop + pipeline.length), np.float32)
    whole[pipeline.lead : pipeline.lead + sound.size] = sound
    return np.lib.stride_tricks.sliding_window_view(whole, pipeline.length)[:: pipeline.hop][:number]


def feeds(pipeline: AudioPipeline, samples: NDArray[np.float32], rate: int, most: int) -> list[Feed]:
    """What the model is fed for up to `most` windows, evenly spread; states are at their beginning."""
    cut = windows(pipeline, samples, rate)
    chosen = cut[np.unique(np.linspace(0, len(cut) - 1, min(most, len(cut))).astype(int))]
    session = ort.InferenceSession(b64decode(pipeline.preprocess), providers=["CPUExecutionProvider"])
    rest = {state.input: np.zeros(state.dims, state.type) for state in pipeline.states}
    rest |= {constant.name: make_input(constant) for constant in pipeline.constants}
    return [{pipeline.input: session.run(["tensor"], {"samples": window[None]})[0], **rest} for window in chosen]
