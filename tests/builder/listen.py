"""A model of sound run natively, window by window, as the page's worker runs it."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import numpy as np
import onnxruntime as ort
from edgeweb.inputs.golden import Array
from edgeweb.tasks.audio import windows
from edgeweb.tasks.audio.manifest import AudioPipeline


def session(model: bytes | str | Path) -> ort.InferenceSession:
    data = model if isinstance(model, bytes) else str(model)
    return ort.InferenceSession(data, providers=["CPUExecutionProvider"])


def listen(model: Path, pipeline: AudioPipeline, samples: Array, rate: int) -> dict[str, Array]:
    """The postprocess graph's outputs for all windows, joined; states are handed on."""
    before, whole, after = (
        session(each) for each in (b64decode(pipeline.preprocess), model, b64decode(pipeline.postprocess))
    )
    cut = windows.windows(pipeline, samples, rate)
    fixed = {constant.name: windows.constant_of(constant) for constant in pipeline.constants}
    memory = {state.input: np.zeros(state.dims, state.type) for state in pipeline.states}
    found: dict[str, list[Array]] = {}
    for begin in range(0, len(cut), pipeline.batch):
        given = dict(
            zip(
                [out.name for out in before.get_outputs()],
                before.run(None, {"samples": cut[begin : begin + pipeline.batch]}),
                strict=True,
            )
        )
        names = [out.name for out in whole.get_outputs()]
        gave = dict(zip(names, whole.run(None, {pipeline.input: given["tensor"], **memory, **fixed}), strict=True))
        memory = {state.input: gave[state.output] for state in pipeline.states}
        raws = {f"raw{place}": gave[name] for place, name in enumerate(pipeline.outputs)}
        made = after.run(None, {**raws, **{name: given[name] for name in pipeline.extras}})
        for out, array in zip(after.get_outputs(), made, strict=True):
            found.setdefault(out.name, []).append(array)
    return {name: np.concatenate(parts) for name, parts in found.items()}
