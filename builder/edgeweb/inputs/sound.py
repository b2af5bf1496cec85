"""Sound files as samples: PCM as one channel of numbers in -1 to 1."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.inputs.golden import Array
from edgeweb.read import intake

# Bytes of a sample: its type, the value of silence, and how many steps there are to full scale.
_PCM: dict[int, tuple[str, int, float]] = {1: ("u1", 128, 1 << 7), 2: ("<i2", 0, 1 << 15), 4: ("<i4", 0, 1 << 31)}
_MAX_FRAMES = 1 << 27
_HINT = "Save it as a .wav of PCM with 8, 16 or 32 bits"
SUFFIXES = frozenset((".wav",))


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
