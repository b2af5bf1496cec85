"""What a part says: its header, its tables, and the segments that other coders take up where they stand."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeweb.coding import rans
from edgeweb.coding.grid import ESCAPE, KINDS, REACH

PRELUDE = 12


def opened(part: bytes, magic: bytes) -> tuple[dict[str, Any], memoryview, int]:
    """The header, the side bytes, and where the payload begins.

    Raises:
        ValueError: it begins otherwise.
    """
    if part[: len(magic)] != magic:
        raise ValueError("this is not a part of a coded model")
    head_size, side_size = struct.unpack_from("<II", part, len(magic))
    payload = PRELUDE + head_size + side_size
    header = json.loads(zlib.decompress(part[PRELUDE : PRELUDE + head_size], -15))
    return header, memoryview(zlib.decompress(part[PRELUDE + head_size : payload], -15)), payload


def frequencies(tables: Sequence[tuple[int, int]], side: memoryview) -> tuple[NDArray[np.uint32], memoryview]:
    """Every table's, and the side bytes that follow."""
    found = np.zeros((len(tables), KINDS), np.uint32)
    for row, (low, count) in zip(found, tables, strict=True):
        row[low : low + count] = np.frombuffer(side, "<u2", count)
        side = side[2 * count :]
    return found, side


def steps(segment: Mapping[str, Any], side: memoryview) -> tuple[NDArray[np.float32], memoryview]:
    """A step for each row, and the side bytes that follow."""
    ladder = np.frombuffer(side[: 4 * segment["steps"]], "<f4")
    side = side[4 * segment["steps"] :]
    if ladder.size == 1:
        return np.repeat(ladder, segment["rows"]), side
    return ladder[np.frombuffer(side[: segment["rows"]], np.uint8)], side[segment["rows"] :]


def chosen(segment: Mapping[str, Any], side: memoryview) -> tuple[NDArray[np.uint8], memoryview]:
    """The table of each value of a grid, and the side bytes that follow."""
    count, block = segment["rows"] * segment["columns"], segment["block"]
    used = np.array(segment["tables"], np.uint8)
    blocks = -(-count // block)
    if used.size == 1:
        return np.full(count, used[0], np.uint8), side
    return np.repeat(used[np.frombuffer(side[:blocks], np.uint8)], block)[:count], side[blocks:]


def multiples(
    segment: Mapping[str, Any], stored: bytes, tables: NDArray[np.uint8], found: NDArray[np.uint32], side: memoryview
) -> tuple[NDArray[np.int32], memoryview]:
    """The integers of a grid [rows, columns], and the side bytes that follow.

    Args:
        tables: what `chosen` gave.
        found: the frequencies.
    """
    # Those of the segment alone: of each a table of slots is made.
    used, own = np.unique(tables, return_inverse=True)
    symbols = rans.decode(stored, found[used], own.astype(np.uint8), segment["lanes"])
    whole = (symbols - REACH - 1).astype(np.int32)
    whole[symbols == ESCAPE] = np.frombuffer(side[: 4 * segment["escaped"]], "<i4")
    return whole.reshape(segment["rows"], segment["columns"]), side[4 * segment["escaped"] :]


def undone(kind: str, stored: bytes) -> bytes:
    """The bytes of a segment that is no grid and not among the side bytes."""
    if kind == "bytes":
        return stored
    data = zlib.decompress(stored, -15)
    return np.frombuffer(data, np.uint8).reshape(4, -1).T.tobytes() if kind == "planes" else data
