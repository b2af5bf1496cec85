"""The voice of a model that speaks in any: the numbers that stand for a speaker, in a file beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.inputs.golden import Array
from edgeweb.read import intake
from edgeweb.read.neighbours import VOICES

_MOST_BYTES = 8 << 20


@dataclass(frozen=True)
class Voice:
    """`numbers` float32 [1, N], out of `file`."""

    file: str
    numbers: Array


def find(home: Path, size: int) -> Voice:
    """The one that lies in the folder; of several speakers the first.

    Raises:
        ConfigError: there is none, or it is none of this model's.
    """
    hint = f"Save {size} float32 numbers there (numpy.save), or build with --task tensors"
    path = next((home / name for name in VOICES if (home / name).exists()), None)
    if path is None:
        why = f"the model speaks in any voice, and is given one as {size} numbers of a speaker"
        raise ConfigError(f"{home} has no {VOICES[0]}", why, hint)
    with intake.opened(path, hint, _MOST_BYTES) as file:
        try:
            found = np.load(file, allow_pickle=False) if path.suffix == ".npy" else np.frombuffer(file.read(), "<f4")
        except ValueError as error:
            raise ConfigError(f"{path} cannot be used", "it holds no array of float32 numbers", hint) from error
    if not isinstance(found, np.ndarray) or found.dtype.kind != "f" or found.size == 0 or found.size % size:
        raise ConfigError(f"{path} cannot be used", f"it does not hold {size} float32 numbers for each speaker", hint)
    first = np.asarray(found.reshape(-1, size)[:1], np.float32)
    if not np.isfinite(first).all() or not first.any():
        raise ConfigError(f"{path} cannot be used", "its first speaker is no voice: all zeros, or not finite", hint)
    return Voice(path.name, first)
