"""A grid in two deliveries: coarse multiples that make a usable model, and what each lacks of its own multiple."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from edgeweb.coding import rans
from edgeweb.coding.grid import KINDS, REACH, Grid, Tables

# A coarse multiple is found again from its float32 value, which holds 24 bits.
_MOST = 1 << 22
# The mean size of a row's coarse multiples, in sixteenths, at which the next class of rows begins.
LEVELS = (2, 6, 16, 32, 64)
# Coarse multiples of size 0, 1, and more lie unevenly within their bins, each in its own way.
SIZES = 3
CONTEXTS = (len(LEVELS) + 1) * SIZES


def coarse(grid: Grid, divisor: int) -> Grid:
    """The nearest multiples of steps `divisor` (odd, so that no multiple lies between two) times as large.

    Raises:
        ValueError: `divisor` is even, or too large.
    """
    if divisor % 2 == 0 or not 1 < divisor < REACH:
        raise ValueError(f"{divisor} divides no multiples")
    multiples = grid.multiples.astype(np.int64)
    half = divisor // 2
    nearest = np.sign(multiples) * ((np.abs(multiples) + half) // divisor)
    return Grid(nearest.astype(np.int32), _larger(grid.steps, divisor))


def fits(grid: Grid, divisor: int) -> bool:
    """Whether the coarse multiples can be found again from their values."""
    found = coarse(grid, divisor)
    return bool(np.abs(found.multiples).max(initial=0) < _MOST and np.isfinite(found.values()).all())


def contexts(multiples: NDArray[np.int32]) -> NDArray[np.uint8]:
    """What is known of each rest from the coarse `multiples` [rows, columns]: its row's class and its own size."""
    sizes = np.abs(multiples.astype(np.int64))
    sums = 16 * sizes.sum(axis=1)
    limits = np.array(LEVELS) * multiples.shape[1]
    level = (sums[:, None] >= limits).sum(axis=1)
    return np.asarray(level[:, None] * SIZES + np.minimum(sizes, SIZES - 1), np.uint8)


def rests(grid: Grid, divisor: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """(context, symbol) of each rest, flat. A rest counts away from zero, so that both signs share their tables."""
    found = coarse(grid, divisor).multiples
    rest = grid.multiples.astype(np.int64) - found.astype(np.int64) * divisor
    return contexts(found).ravel(), (np.where(found < 0, -rest, rest) + REACH + 1).ravel()


def restored(values: NDArray[np.float32], rest: NDArray[np.int64], steps: NDArray[np.float32], divisor: int) -> Grid:
    """The grid again, from the coarse `values` [rows, columns] and the rests as `rests` counts them, of that shape."""
    found = recovered(values, steps, divisor).astype(np.int64)
    return Grid((found * divisor + np.where(found < 0, -rest, rest)).astype(np.int32), steps)


def recovered(values: NDArray[np.float32], steps: NDArray[np.float32], divisor: int) -> NDArray[np.int32]:
    """The coarse multiples of coarse `values`, whose steps were `divisor` times `steps`."""
    large = _larger(steps, divisor).astype(np.float64)[:, None]
    return np.asarray(np.rint(values.astype(np.float64) / large), np.int32)


def _larger(steps: NDArray[np.float32], divisor: int) -> NDArray[np.float32]:
    return np.asarray(steps.astype(np.float64) * divisor, np.float32)


def tables(grids: Iterable[tuple[Grid, int]]) -> tuple[Tables, dict[int, int]]:
    """Tables for all contexts, divisor by divisor, empty where one does not occur; and where those of each begin."""
    counts: dict[int, NDArray[np.int64]] = {}
    for grid, divisor in grids:
        context, symbols = rests(grid, divisor)
        every = np.bincount(context.astype(np.int64) * KINDS + symbols, minlength=CONTEXTS * KINDS)
        counts[divisor] = counts.get(divisor, 0) + every.reshape(-1, KINDS)
    order = sorted(counts)
    rows = [
        rans.normalised(row) if row.any() else np.zeros(KINDS, np.uint32)
        for divisor in order
        for row in counts[divisor]
    ]
    firsts = {divisor: place * CONTEXTS for place, divisor in enumerate(order)}
    return Tables(np.stack(rows) if rows else np.zeros((0, KINDS), np.uint32), (), 0.0), firsts
