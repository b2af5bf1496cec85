"""An interleaved range coder (rANS) with fixed tables: many lanes at once, so that NumPy can drive it.

Each lane's state x holds 16 to 32 bits; encoding a symbol of frequency f and start s in a table that sums to 2^14 maps
x to (x // f) * 2^14 + x % f + s (Duda 2013, "Asymmetric numeral systems", arXiv 1311.2540).
web/src/shared/weights/rans.ts reads it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PROB_BITS = 14
_TOTAL = 1 << PROB_BITS
_LOW = 1 << 16
# A lane costs its final state, 4 bytes, once; this keeps that below a thousandth.
_SYMBOLS_A_LANE = 4096
_MAX_LANES = 1024

Integers = NDArray[np.int64]


def lanes_for(count: int) -> int:
    """How many lanes code `count` symbols: a power of two."""
    return min(_MAX_LANES, 1 << max(0, (count // _SYMBOLS_A_LANE).bit_length() - 1))


def normalised(counts: NDArray[Any]) -> NDArray[np.uint32]:
    """Frequencies in proportion to `counts`, at least 1 where there is a count, that sum to 2^14.

    Raises:
        ValueError: there are no counts, or more kinds of symbols than 2^14.
    """
    counts = np.asarray(counts, np.float64)
    present = counts > 0
    if not present.any() or present.sum() > _TOTAL:
        raise ValueError(f"{int(present.sum())} kinds of symbols do not fit a table")
    ideal = counts * ((_TOTAL - present.sum()) / counts.sum())
    found = np.floor(ideal).astype(np.int64) + present
    # What rounding down has left goes to the largest remainders; equal ones in the order of the symbols.
    missing = _TOTAL - int(found.sum())
    order = np.lexsort((np.arange(counts.size), -(ideal - np.floor(ideal)) - (counts > 0)))
    found[order[:missing]] += 1
    return np.asarray(found, np.uint32)


def encode(starts: NDArray[np.uint32], frequencies: NDArray[np.uint32], lanes: int) -> bytes:
    """The coded form of symbols given by their `starts` and `frequencies` in the tables: states, then 16-bit words.

    Symbol i belongs to lane i % lanes. Little endian; the decoder reads a word for each lane whose state falls below
    2^16, lane by lane, after every round of symbols.
    """
    state = np.full(lanes, _LOW, np.uint64)
    start, frequency = starts.astype(np.uint64), frequencies.astype(np.uint64)
    limit = frequency << np.uint64(32 - PROB_BITS)
    rounds: list[NDArray[np.uint16]] = []
    for at in range((starts.size - 1) // lanes * lanes, -1, -lanes):
        f = frequency[at : at + lanes]
        x = state[: f.size]
        full = x >= limit[at : at + lanes]
        if full.any():
            rounds.append((x[full] & np.uint64(0xFFFF)).astype(np.uint16))
            x = np.where(full, x >> np.uint64(16), x)
        quotient = x // f
        state[: f.size] = (quotient << np.uint64(PROB_BITS)) + (x - quotient * f) + start[at : at + lanes]
    words = np.concatenate(rounds[::-1]) if rounds else np.zeros(0, np.uint16)
    return state.astype("<u4").tobytes() + words.astype("<u2").tobytes()


def decode(data: bytes, tables: NDArray[np.uint32], chosen: NDArray[np.uint8], lanes: int) -> Integers:
    """The symbols again, for the builder's own checks: row t of `tables` has the frequencies of table t.

    Args:
        chosen: the table of each symbol.
    """
    starts = np.zeros((tables.shape[0], tables.shape[1] + 1), np.uint64)
    np.cumsum(tables, axis=1, out=starts[:, 1:])
    slots = np.stack([np.repeat(np.arange(tables.shape[1]), row) for row in tables])
    state = np.frombuffer(data, "<u4", lanes).astype(np.uint64)
    words = np.frombuffer(data, "<u2", offset=4 * lanes)
    found = np.empty(chosen.size, np.int64)
    read = 0
    for at in range(0, chosen.size, lanes):
        table = chosen[at : at + lanes]
        x = state[: table.size]
        slot = (x & np.uint64(_TOTAL - 1)).astype(np.int64)
        symbol = slots[table, slot]
        found[at : at + lanes] = symbol
        x = (
            tables[table, symbol].astype(np.uint64) * (x >> np.uint64(PROB_BITS))
            + slot.astype(np.uint64)
            - starts[table, symbol]
        )
        low = x < _LOW
        count = int(low.sum())
        x[low] = (x[low] << np.uint64(16)) | words[read : read + count]
        state[: table.size] = x
        read += count
    return found
