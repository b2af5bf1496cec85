"""A sound at another rate: band-limited, with a Kaiser window, as in web/src/tasks/audio/shared/resample.ts."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

# Zero crossings on each side, the part of the band that is kept, and the window's shape: what resampy calls
# "kaiser_best".
ZEROS, ROLLOFF, BETA = 64, 0.9475937167399596, 14.769656459379492
_BLOCK = 1 << 14


def resample(samples: NDArray[np.float32], rate: int, to: int) -> NDArray[np.float32]:
    """`samples` [T] of `rate` a second as float32 [ceil(T * to / rate)]; silence is taken to be around it.

    J. O. Smith, Digital Audio Resampling; the same sum as in the browser, within 1e-5 of full scale.
    """
    if rate == to or not samples.size:
        return samples.astype(np.float32)
    common = math.gcd(rate, to)
    up, down = to // common, rate // common
    cutoff = min(1.0, up / down) * ROLLOFF
    reach = math.ceil(ZEROS / cutoff)
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
                filters[phase] = _filter(taps - phase / up, cutoff, reach)
            near = padded[(places[chosen] // up)[:, None] + reach + taps]
            made[begin + chosen] = near @ filters[phase]
    return made


def _filter(distance: NDArray[np.float64], cutoff: float, reach: int) -> NDArray[np.float64]:
    inside = np.clip(1 - (distance / reach) ** 2, 0, None)
    window = np.i0(BETA * np.sqrt(inside)) / np.i0(BETA)
    found: NDArray[np.float64] = cutoff * np.sinc(cutoff * distance) * window
    return found
