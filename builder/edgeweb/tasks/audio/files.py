"""Sound files to a model's input: windows of them, or the whole sound as one row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.inputs.arrays import Feed, Found, room_for, spread
from edgeweb.inputs.golden import DTYPES, Array
from edgeweb.inputs.sound import decode
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.audio import windows
from edgeweb.tasks.audio.manifest import AudioPipeline
from edgeweb.tasks.plan import Plan

_MAX_WINDOWS = 64


def read(folder: Path, files: Sequence[Path], inputs: Sequence[TensorInfo], plan: Plan) -> Found:
    """One feed a file, for a model that is not known to take sound: cut or padded with silence to the model's length
    where that is fixed, without resampling.

    Raises:
        ConfigError: the model does not take one waveform, or a file is not PCM of 8, 16 or 32 bits.
    """
    info = inputs[0] if len(inputs) == 1 else None
    shape = [None, None] if info is None or info.shape is None else info.shape
    row = bool(shape) and all(dim == 1 or not isinstance(dim, int) for dim in shape[:-1])
    # A kind whose page takes pictures, texts or rows.
    other = plan.kind.value is not None
    if info is None or not row or not info.type.startswith("float") or other:
        raise ConfigError(
            f"{folder} holds sounds",
            f"the model ({plan.task}) does not take one row of float samples",
            "Give a .npz with one array for each input",
        )
    length = shape[-1] if isinstance(shape[-1], int) else None
    leading = [1] * (len(shape) - 1)
    kind = np.dtype(DTYPES[info.type])
    # Of free length: a byte of a file becomes one number at most.
    longest = length or max(file.stat().st_size for file in files)
    chosen = spread(files, room_for({info.name: np.broadcast_to(kind.type(0), longest)}))
    sounds = (_fitted(decode(file)[0], length).astype(kind) for file in chosen)
    return [{info.name: sound.reshape([*leading, sound.size])} for sound in sounds], None, len(files)


def read_windows(files: Sequence[Path], pipeline: AudioPipeline) -> Found:
    """Windows as the page cuts them, evenly spread over the files; at the model's own rate."""
    chosen = spread(files, _MAX_WINDOWS)
    each = max(1, _MAX_WINDOWS // len(chosen))
    found: list[Feed] = []
    for file in chosen:
        cut = windows.windows(pipeline, *decode(file))
        places = np.unique(np.linspace(0, len(cut) - 1, min(each, len(cut))).astype(int))
        found += windows.feeds(pipeline, cut[places])
    return found, None, len(found)


def _fitted(sound: Array, length: int | None) -> Array:
    if length is None:
        return sound
    whole = np.zeros(length, np.float32)
    whole[: sound.size] = sound[:length]
    return whole
