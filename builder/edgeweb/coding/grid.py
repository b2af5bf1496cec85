"""Weights as whole multiples of a step, and the few tables of frequencies that code all of a model's multiples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgeweb.coding import rans

# Multiples beyond this are rare enough to be kept apart; symbol 0 stands for one of those.
REACH = 4095
ESCAPE = 0
KINDS = 2 * REACH + 2
# Blocks of a tensor choose their table; shorter ones would spend more on choosing than they gain.
_MIN_BLOCK = 64
# A byte names a table.
_MAX_TABLES = 64
# What one more table costs, about, in bits.
_TABLE_BITS = 8 * 90
# Steps are rounded to this many a doubling, so that a byte can name them.
_STEPS_AN_OCTAVE = 16
MAX_STEPS = 256
# What a symbol costs that a table lacks: more than any block of others.
_LACKS = 1e9
# Refining the choice of tables takes a second for so many weights, and gains half a percent.
_REFINED = 8_000_000


@dataclass(frozen=True)
class Grid:
    """A tensor of weights: `multiples` [rows, columns] times `steps` [rows] or [1], each product rounded to float32."""

    multiples: NDArray[np.int32]
    steps: NDArray[np.float32]

    def values(self) -> NDArray[np.float32]:
        """The weights, [rows, columns]."""
        return np.asarray(self.multiples.astype(np.float64) * self.steps.astype(np.float64)[:, None], np.float32)

    @property
    def symbols(self) -> NDArray[np.int64]:
        """The multiples as symbols of the tables, flat."""
        return symbols_of(self.multiples)

    @property
    def block(self) -> int:
        """How many weights in a row choose a table together: whole rows, where those are short several."""
        return block_of(int(self.multiples.shape[1]))


def symbols_of(multiples: NDArray[np.int32]) -> NDArray[np.int64]:
    """Multiples as symbols of the tables, flat."""
    flat = multiples.ravel().astype(np.int64)
    return np.where(np.abs(flat) <= REACH, flat + REACH + 1, ESCAPE)


def block_of(columns: int) -> int:
    """The weights of a block, of a tensor with so many columns."""
    return columns * max(1, -(-_MIN_BLOCK // max(1, columns)))


def rounded_steps(steps: NDArray[np.floating]) -> NDArray[np.float32]:
    """Steps from a ladder of at most 256, each within 2.2 % of what was asked for."""
    floor = np.maximum(np.asarray(steps, np.float64), 1e-30)
    rungs = np.round(np.log2(floor) * _STEPS_AN_OCTAVE)
    rungs = np.maximum(rungs, rungs.max() - (MAX_STEPS - 1))
    return np.asarray(2.0 ** (rungs / _STEPS_AN_OCTAVE), np.float32)


def nearest(weights: NDArray[np.floating], steps: NDArray[np.float32]) -> Grid:
    """`weights` [rows, columns] as the nearest multiples of `steps`."""
    exact = np.asarray(weights, np.float64) / steps.astype(np.float64)[:, None]
    return Grid(np.clip(np.rint(exact), -(2**30), 2**30).astype(np.int32), steps)


@dataclass(frozen=True)
class Tables:
    """`frequencies` [tables, symbols], each row summing to 2^14; `chosen`: for each grid the table of each block."""

    frequencies: NDArray[np.uint32]
    chosen: tuple[NDArray[np.uint8], ...]
    bits: float


def tables(grids: Sequence[Grid], known: NDArray[np.uint32] | None = None) -> Tables:
    """The tables that code `grids` in the fewest bits: blocks of like spread share one.

    Args:
        known: tables to make do with; where they lack a symbol, there are others after them.
    """
    if not grids:
        return Tables(np.zeros((0, KINDS), np.uint32), (), 0.0)
    blocks = [_blocks(grid) for grid in grids]
    spread = np.concatenate([_spread(grid, starts) for grid, starts in zip(grids, blocks, strict=True)])
    histograms_of = _Histograms(grids, blocks)
    ends = np.cumsum([len(starts) for starts in blocks])[:-1]
    if known is not None and len(known):
        frequencies, chosen = _made_do(histograms_of, known)
        return Tables(frequencies, tuple(np.split(chosen.astype(np.uint8), ends)), 0.0)
    found = [_share(histograms_of, spread, width) for width in (1, 2, 4, 64)]
    frequencies, chosen, bits = min(found, key=lambda each: each[2])
    if histograms_of.count <= _REFINED and len(frequencies) > 1:
        again = histograms_of.pooled(histograms_of.cheapest(frequencies)[0])
        refined = _finish(*again)
        if refined[2] < bits:
            frequencies, chosen, bits = refined
    return Tables(frequencies, tuple(np.split(chosen.astype(np.uint8), ends)), bits)


def _blocks(grid: Grid) -> NDArray[np.int64]:
    return np.arange(0, max(1, grid.multiples.size), grid.block)


def _spread(grid: Grid, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean distance from zero, in steps, block by block, as a logarithm."""
    flat = np.abs(grid.multiples.ravel()).astype(np.float64)
    sums = np.add.reduceat(flat, starts)
    return np.log2(sums / np.diff(np.append(starts, flat.size)) + 0.02)


class _Histograms:
    """The symbols of all grids, with what pools them by block."""

    def __init__(self, grids: Sequence[Grid], blocks: Sequence[NDArray[np.int64]]) -> None:
        self.symbols = np.concatenate([grid.symbols for grid in grids])
        sizes = [grid.multiples.size for grid in grids]
        before = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self.starts = np.concatenate([starts + offset for starts, offset in zip(blocks, before, strict=True)])
        self.count = int(self.symbols.size)
        self.lengths = np.diff(np.append(self.starts, self.count))

    def pooled(self, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(counts [tables, symbols], tables renumbered by use) for blocks that chose `chosen`."""
        _, dense = np.unique(chosen, return_inverse=True)
        every = np.repeat(dense, self.lengths) * KINDS + self.symbols
        counts = np.bincount(every, minlength=(int(dense.max()) + 1) * KINDS)
        return counts.reshape(-1, KINDS), dense

    def cheapest(self, frequencies: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The table that codes each block in the fewest bits, and those; `_LACKS` or more where none can."""
        bits = rans.PROB_BITS - np.log2(np.maximum(frequencies, 1))
        costs = np.where(frequencies > 0, bits, _LACKS).astype(np.float32)
        sums = np.stack([np.add.reduceat(row[self.symbols], self.starts) for row in costs])
        return np.asarray(np.argmin(sums, axis=0), np.int64), np.asarray(sums.min(axis=0), np.float32)


def _share(
    found: _Histograms, spread: NDArray[np.float64], width: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64], float]:
    """Tables for spreads that lie within `width` half-octaves of one another."""
    bins = np.floor((spread - spread.min()) * 2 / width).astype(np.int64)
    return _finish(*found.pooled(np.minimum(bins, _MAX_TABLES - 1)))


def _finish(
    counts: NDArray[np.int64], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.int64], float]:
    """Normalised tables, with what coding takes in all, the choice of tables included."""
    frequencies = np.stack([rans.normalised(row) for row in counts])
    costs = np.where(frequencies > 0, rans.PROB_BITS - np.log2(np.maximum(frequencies, 1)), 0.0)
    used = np.bincount(chosen) / chosen.size
    naming = -float((used[used > 0] * np.log2(used[used > 0])).sum()) * chosen.size
    kinds = float((counts > 0).sum()) * 4
    return frequencies, chosen, float((counts * costs).sum()) + naming + kinds + _TABLE_BITS * len(frequencies)


def _made_do(found: _Histograms, known: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The known tables, one more where some blocks have symbols that each of them lacks, and what blocks chose."""
    chosen, costs = found.cheapest(known)
    lacking = costs >= _LACKS
    if not lacking.any():
        return known, chosen
    counts, _ = found.pooled(lacking.astype(np.int64))
    return np.concatenate([known, rans.normalised(counts[-1])[None]]), np.where(lacking, len(known), chosen)


@dataclass(frozen=True)
class Counts:
    """What blocks hold, by how far their values spread: counts of the symbols, and how many blocks there are."""

    symbols: Mapping[int, NDArray[np.int64]]
    blocks: Mapping[int, int]


def counted(grid: Grid) -> tuple[Counts, NDArray[np.int64]]:
    """The counts of a grid by half-octaves of spread, and the half-octave of each block."""
    starts = _blocks(grid)
    octaves = np.floor(_spread(grid, starts) * 2).astype(np.int64)
    lengths = np.diff(np.append(starts, grid.multiples.size))
    kinds, dense = np.unique(octaves, return_inverse=True)
    every = np.bincount(np.repeat(dense, lengths) * KINDS + grid.symbols, minlength=len(kinds) * KINDS)
    symbols = dict(zip(kinds.tolist(), every.reshape(-1, KINDS), strict=True))
    return Counts(symbols, dict(zip(kinds.tolist(), np.bincount(dense).tolist(), strict=True))), octaves


def added(several: Iterable[Counts]) -> Counts:
    """The counts of all together."""
    symbols: dict[int, NDArray[np.int64]] = {}
    blocks: dict[int, int] = {}
    for each in several:
        for kind, counts in each.symbols.items():
            symbols[kind] = symbols[kind] + counts if kind in symbols else counts
            blocks[kind] = blocks.get(kind, 0) + each.blocks[kind]
    return Counts(symbols, blocks)


def tables_by_spread(found: Counts) -> tuple[NDArray[np.uint32], dict[int, int]]:
    """Tables for grids that are not all there at once, and which of them each half-octave of spread has."""
    kinds = np.array(sorted(found.symbols))
    if not kinds.size:
        return np.zeros((0, KINDS), np.uint32), {}
    counts = np.stack([found.symbols[kind] for kind in kinds.tolist()])
    blocks = np.array([found.blocks[kind] for kind in kinds.tolist()])
    tried = []
    for width in (1, 2, 4, 64):
        groups = np.minimum((kinds - kinds[0]) // width, _MAX_TABLES - 1)
        _, dense = np.unique(groups, return_inverse=True)
        pooled = np.zeros((int(dense.max()) + 1, KINDS), np.int64)
        np.add.at(pooled, dense, counts)
        frequencies, _, bits = _finish(pooled, np.repeat(dense, blocks))
        tried.append((bits, frequencies, dict(zip(kinds.tolist(), dense.tolist(), strict=True))))
    _, frequencies, tables_of = min(tried, key=lambda each: each[0])
    return frequencies, tables_of
