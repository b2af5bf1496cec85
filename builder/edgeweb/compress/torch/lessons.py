"""What a model is asked when it teaches: the user's inputs, and variations of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from edgeweb.inputs.golden import Array

# Inputs with their variations, at most, and so many of each.
MOST = 6000
_TIMES = 12
_BYTES = 512 << 20
_SEED = 20151001
# Half of the variations are in part another input; with more of it the teacher's answers mean little.
_MIXED = 0.4
_NOISE = 0.05
_SMALLEST_PICTURE = 6


def varied(feeds: Sequence[Mapping[str, Array]], most: int = MOST) -> dict[str, Array]:
    """The inputs, and others between and around them: mixed, shifted and with noise, always the same.

    Returned by input name, [count, ...] each. Only floats are varied, and none that come with other inputs: a mixture
    of tokens, or of a state and what belongs to it, is no input at all.
    """
    whole = {name: np.stack([np.asarray(feed[name]) for feed in feeds[:most]]) for name in feeds[0]}
    count, size = len(next(iter(whole.values()))), sum(array.nbytes for array in whole.values())
    times = min(_TIMES, most // count, max(1, _BYTES // max(1, size)))
    if times == 1 or len(whole) > 1 or any(array.dtype != np.float32 for array in whole.values()):
        return whole
    rng = np.random.default_rng(_SEED)
    return {
        name: np.concatenate([array, *(_variation(array, rng) for _ in range(times - 1))])
        for name, array in whole.items()
    }


def _variation(array: Array, rng: np.random.Generator) -> Array:
    count = len(array)
    part = rng.uniform(0, _MIXED, count) * (rng.uniform(size=count) < 0.5)
    share = part.reshape(-1, *[1] * (array.ndim - 1)).astype(np.float32)
    mixed = _shifted((1 - share) * array + share * array[rng.permutation(count)], rng)
    noise = rng.standard_normal(array.shape, np.float32) * np.float32(array.std() * _NOISE)
    found: Array = mixed + noise
    return found


def _shifted(array: Array, rng: np.random.Generator) -> Array:
    """Pictures [count, 1, channels, height, width] moved by a place at most, their edges repeated."""
    if array.ndim != 5 or min(array.shape[-2:]) < _SMALLEST_PICTURE:
        return array
    padded = np.pad(array, ((0, 0),) * 3 + ((1, 1), (1, 1)), mode="edge")
    height, width = array.shape[-2:]
    found = np.empty_like(array)
    for number, (down, across) in enumerate(rng.integers(0, 3, (len(array), 2))):
        found[number] = padded[number, :, :, down : down + height, across : across + width]
    return found
