"""A sound in the windows that a model takes, as web/src/tasks/audio/worker/windows.ts cuts it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from edgeweb.inputs import golden
from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import Array
from edgeweb.machine.session import open_session
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import Constant, TensorInfo
from edgeweb.tasks.audio.manifest import AudioPipeline
from edgeweb.tasks.audio.resample import resample


def count(pipeline: AudioPipeline, samples: int) -> int:
    """How many windows a sound of so many samples has, at least one.

    A clip's last window has at least half a hop of something new; what is compared with itself is never filled up;
    every other result has something to say of each sample.
    """
    length, hop, lead = pipeline.length, pipeline.hop, pipeline.lead
    if pipeline.result in ("classification", "anomaly"):
        full = (samples + lead - length) // hop + 1 if samples + lead >= length else 0
        rest = samples + lead - ((full - 1) * hop + length) if full else 0
        return max(1, full + (1 if full and rest * 2 >= hop and pipeline.result == "classification" else 0))
    return max(1, -(-(samples + (lead if pipeline.result == "audio" else 0)) // hop))


def windows(pipeline: AudioPipeline, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """[N, length], with silence around the sound."""
    sound = resample(samples, rate, pipeline.rate, pipeline.resampler)
    number = count(pipeline, sound.size)
    whole = np.zeros(max(pipeline.lead + sound.size, (number - 1) * pipeline.hop + pipeline.length), np.float32)
    whole[pipeline.lead : pipeline.lead + sound.size] = sound
    return np.lib.stride_tricks.sliding_window_view(whole, pipeline.length)[:: pipeline.hop][:number]


def case(pipeline: AudioPipeline, inputs: Sequence[TensorInfo]) -> list[GoldenInput]:
    """Inputs to try the model on that are shaped and sized as a sound's: the seeds fill the range of a noisy tone's."""
    time = np.arange(pipeline.length) / pipeline.rate
    noise = golden.uniform(1, pipeline.length) - 0.5
    wave = (0.4 * np.sin(2 * np.pi * 440 * time) + 0.2 * noise).astype(np.float32)
    (feed,) = feeds(pipeline, [wave])
    states, fixed = {state.input for state in pipeline.states}, {each.name: each for each in pipeline.constants}
    found = []
    for number, info in enumerate(inputs):
        array = feed[info.name]
        if info.name in fixed:
            same = fixed[info.name]
            found.append(GoldenInput(name=same.name, type=same.type, dims=same.dims, data=same.data))
            continue
        low, high = (-0.5, 0.5) if info.name in states else (float(array.min()), float(array.max()))
        spec = GoldenInput(name=info.name, type=info.type, dims=list(array.shape), seed=number + 1, low=low, high=high)
        found.append(spec)
    return found


def feeds(pipeline: AudioPipeline, windows: Iterable[NDArray[np.float32]]) -> list[Feed]:
    """What the model is fed for each of the windows [length]; states are at their beginning."""
    session = open_session(b64decode(pipeline.preprocess), threads=0, quiet=False)
    rest = {state.input: np.zeros(state.dims, state.type) for state in pipeline.states}
    rest |= {constant.name: constant_of(constant) for constant in pipeline.constants}
    return [{pipeline.input: session.run(["tensor"], {"samples": window[None]})[0], **rest} for window in windows]


def constant_of(constant: Constant) -> Array:
    """The array that a constant input always gets."""
    kind = golden.DTYPES[constant.type]
    return np.frombuffer(b64decode(constant.data), kind).reshape(constant.dims).copy()
