"""A sound at another rate: band-limited, with a window, as in web/src/tasks/audio/shared/resample.ts."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from edgeweb.tasks.audio.manifest import Resampler

# Zero crossings on each side, and the part of the band that is kept: what resampy calls "kaiser_best", and torchaudio's
# usual filter, through which transformers' pipelines hear.
_SHAPES: dict[Resampler, tuple[int, float]] = {"kaiser": (64, 0.9475937167399596), "hann": (6, 0.99)}
_BETA = 14.769656459379492
_BLOCK = 1 << 14
_Window = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def resample(samples: NDArray[np.float32], rate: int, to: int, shape: Resampler = "kaiser") -> NDArray[np.float32]:
    """`samples` [T] of `rate` a second as float32 [ceil(T * to / rate)]; silence is taken to be around it.

    J. O. Smith, Digital Audio Resampling; the same sum as in the browser, within 1e-5 of full scale.
    """
    if rate == to or not samples.size:
        return samples.astype(np.float32)
    common = math.gcd(rate, to)
    up, down = to // common, rate // common
    zeros, rolloff = _SHAPES[shape]
    cutoff = min(1.0, up / down) * rolloff
    reach = math.ceil(zeros / cutoff)
    window = partial(_kaiser, reach) if shape == "kaiser" else partial(_hann, zeros / cutoff)
    count = -(-samples.size * up // down)
    padded = np.pad(samples.astype(np.float64), (reach, reach + 1))
    taps = np.arange(-reach + 1, reach + 1)
    made = np.empty(count, np.float32)
    filters: dict[int, NDArray[np.float64]] = {}
    for begin in range(0, count, _BLOCK):
        places = np.arange(begin, min(begin + _BLOCK, count)) * down
        for phase in np.unique(places % up):
            chosen = np.flatnonzero(places % up == phase)
            if phase not in filters:
                filters[phase] = _filter(taps - phase / up, cutoff, window)
            near = padded[(places[chosen] // up)[:, None] + reach + taps]
            made[begin + chosen] = near @ filters[phase]
    return made


def _filter(distance: NDArray[np.float64], cutoff: float, window: _Window) -> NDArray[np.float64]:
    found: NDArray[np.float64] = cutoff * np.sinc(cutoff * distance) * window(distance)
    return found


def _kaiser(reach: int, distance: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(1 - (distance / reach) ** 2, 0, None)
    found: NDArray[np.float64] = np.i0(_BETA * np.sqrt(inside)) / np.i0(_BETA)
    return found


def _hann(reach: float, distance: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.cos(np.clip(distance / reach, -1, 1) * np.pi / 2) ** 2
    return found
