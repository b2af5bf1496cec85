"""Sound files to a model's input: PCM samples as one channel of numbers in -1 to 1."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.inputs.arrays import Feed, Found, room_for, spread
from edgeweb.inputs.golden import DTYPES, Array
from edgeweb.read import intake
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.audio import windows
from edgeweb.tasks.audio.manifest import AudioPipeline
from edgeweb.tasks.plan import Plan

# Bytes of a sample: its type, the value of silence, and how many steps there are to full scale.
_PCM: dict[int, tuple[str, int, float]] = {1: ("u1", 128, 1 << 7), 2: ("<i2", 0, 1 << 15), 4: ("<i4", 0, 1 << 31)}
_MAX_FRAMES = 1 << 27
_HINT = "Save it as a .wav of PCM with 8, 16 or 32 bits"
_MAX_WINDOWS = 64
SUFFIXES = frozenset((".wav",))


def read(folder: Path, files: Sequence[Path], inputs: Sequence[TensorInfo], plan: Plan) -> Found:
    """Windows of the files where the model is known to take sound; otherwise one feed a file, cut or padded with
    silence to the model's length where that is fixed, without resampling.

    Raises:
        ConfigError: the model does not take one waveform, or a file is not PCM of 8, 16 or 32 bits.
    """
    if plan.audio is not None:
        return _windows(files, plan.audio)
    info = inputs[0] if len(inputs) == 1 else None
    shape = [None, None] if info is None or info.shape is None else info.shape
    row = bool(shape) and all(dim == 1 or not isinstance(dim, int) for dim in shape[:-1])
    if info is None or not row or not info.type.startswith("float") or plan.image or plan.tabular:
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


def _windows(files: Sequence[Path], pipeline: AudioPipeline) -> Found:
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


def decode(path: Path) -> tuple[Array, int]:
    """The mean of the channels, float32, with the rate in samples a second; ConfigError when it is no such file."""
    try:
        with intake.opened(path, _HINT) as raw, wave.open(raw) as file:
            channels, size, frames = file.getnchannels(), file.getsampwidth(), file.getnframes()
            rate = file.getframerate()
            if size not in _PCM:
                raise wave.Error(f"it has {8 * size} bits a sample")
            if frames > _MAX_FRAMES:
                raise wave.Error("it is longer than a model takes")
            data = file.readframes(frames)
    except (wave.Error, OSError, EOFError) as error:
        raise ConfigError(f"{path} cannot be read as a sound", str(error) or "it ends too early", _HINT) from error
    kind, silence, full = _PCM[size]
    whole = np.frombuffer(data, kind, count=len(data) // (size * channels) * channels).reshape(-1, channels)
    if not len(whole):
        raise ConfigError(f"{path} holds no sound", "it has no samples", "Leave it out")
    mixed: Array = ((whole.astype(np.float64) - silence) / full).mean(axis=1).astype(np.float32)
    return mixed, rate
