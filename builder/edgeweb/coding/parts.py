"""An ONNX file as coded parts, each of which gives some of its bytes by itself; docs/weights.md has the layout."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeweb.coding import rans, reading, refine
from edgeweb.coding.grid import ESCAPE, MAX_STEPS, REACH, Grid, Tables, block_of, tables

# Header, side bytes and payload.
Segment = tuple[dict[str, Any], bytes, bytes]

MAGIC = b"EWP1"
# A segment is coded, sent and expanded as a whole.
_SEGMENT_SYMBOLS = 2 << 20
_PLAIN_BYTES = 4 << 20
# Shorter pieces lie among the side bytes, which are deflated together: they are much alike.
_ASIDE_BYTES = 64 << 10
# Deflated bytes that are hardly fewer are stored.
_WORTH = 0.99


@dataclass
class _Part:
    kept: int
    segments: list[dict[str, Any]] = field(default_factory=list)
    tables: list[int] = field(default_factory=list)
    side: list[bytes] = field(default_factory=list)
    payload: list[bytes] = field(default_factory=list)
    size: int = 0

    def __post_init__(self) -> None:
        self.tables += range(self.kept)


def pack(data: bytes, grids: Mapping[int, Grid], limit: int, known: NDArray[np.uint32] | None = None) -> list[bytes]:
    """Code the ONNX file `data` into parts of about `limit` bytes at most.

    Args:
        data: the file; where a grid stands it must hold the grid's values, as little-endian float32.
        grids: by the offset of their first byte in `data`.
        known: tables to make do with where they have all symbols.

    Raises:
        ValueError: two grids overlap, one does not hold what it stands for, or one has too many steps.
    """
    # Without values there is nothing to choose a table by.
    order = sorted(at for at, grid in grids.items() if grid.multiples.size)
    found = tables([grids[at] for at in order], known)
    coded = _coded(data, [(at, grids[at]) for at in order], found)
    kept = 0 if known is None else len(known)
    return list(assembled(coded, found.frequencies, {"bytes": len(data)}, limit, kept))


def pack_rests(total: int, grids: Mapping[int, tuple[Grid, int]], limit: int) -> list[bytes]:
    """Code what turns a file with coarse multiples into the one with all of them, in parts of about `limit` bytes.

    Args:
        total: the length of either file.
        grids: the grid and its divisor by the offset at which `refine.coarse` of it stands in the first file.
    """
    found, firsts = refine.tables(grids.values())
    segments = (each for at in sorted(grids) for each in _rests(at, *grids[at], found, firsts[grids[at][1]]))
    return list(assembled(segments, found.frequencies, {"bytes": total}, limit))


def assembled(
    coded: Iterable[Segment], frequencies: NDArray[np.uint32], about: Mapping[str, int], limit: int, kept: int = 0
) -> Iterator[bytes]:
    """Segments in parts of about `limit` bytes at most.

    Args:
        about: what the header of each says of the whole.
        kept: so many of the first tables are in each, used or not, as those of an old part are.
    """
    part = _Part(kept)
    for segment, side, payload in coded:
        if part.size and part.size + len(side) + len(payload) > limit:
            yield _bytes(part, frequencies, about)
            part = _Part(kept)
        _put(part, segment, side, payload)
    yield _bytes(part, frequencies, about)


def _coded(data: bytes, grids: Sequence[tuple[int, Grid]], found: Tables) -> Iterator[Segment]:
    """Every segment in the order of the file: (header, side bytes, payload)."""
    end = 0
    for (at, grid), chosen in zip(grids, found.chosen, strict=True):
        values = grid.values().tobytes()
        if at < end or data[at : at + len(values)] != values:
            raise ValueError(f"the grid at byte {at} does not fit the file")
        yield from plain(data, end, at)
        yield from _pieces(at, grid, chosen, found)
        end = at + len(values)
    yield from plain(data, end, len(data))


def plain(data: bytes, start: int, end: int) -> Iterator[Segment]:
    """The bytes from `start` to `end` as they are."""
    for at in range(start, end, _PLAIN_BYTES):
        piece = data[at : min(end, at + _PLAIN_BYTES)]
        kind, stored = min(_forms(piece), key=lambda form: len(form[1]))
        if kind == "deflate" and len(piece) <= _ASIDE_BYTES:
            yield {"kind": "side", "at": at, "bytes": len(piece), "stored": 0}, piece, b""
        else:
            yield {"kind": kind, "at": at, "bytes": len(piece), "stored": len(stored)}, b"", stored


def _forms(piece: bytes) -> Iterator[tuple[str, bytes]]:
    """As it is, deflated, and deflated with the bytes of each four regrouped: floats have like exponents."""
    yield "bytes", piece
    yield "deflate", deflated(piece)
    if len(piece) % 4 == 0:
        yield "planes", deflated(np.frombuffer(piece, np.uint8).reshape(-1, 4).T.tobytes())


def rows_of(columns: int) -> tuple[int, int]:
    """How many rows are a segment, whole blocks together, and how many are a block."""
    each = block_of(columns) // columns
    return max(each, _SEGMENT_SYMBOLS // max(1, columns) // each * each), each


def _pieces(at: int, grid: Grid, chosen: NDArray[np.uint8], found: Tables) -> Iterator[Segment]:
    """A grid in segments of whole blocks."""
    rows, columns = grid.multiples.shape
    step, each = rows_of(columns)
    for first in range(0, rows, step):
        steps = grid.steps if grid.steps.size == 1 else grid.steps[first : first + step]
        part = Grid(grid.multiples[first : first + step], steps)
        tables_of = chosen[first // each : (first + step) // each if first + step < rows else None]
        yield segment(at + 4 * first * columns, part, tables_of, found.frequencies)


def segment(at: int, grid: Grid, chosen: NDArray[np.uint8], frequencies: NDArray[np.uint32]) -> Segment:
    """A grid that begins at byte `at`; `chosen`: the row of `frequencies` of each block."""
    symbols = grid.symbols
    of_symbol = np.repeat(chosen, grid.block)[: symbols.size]
    starts = np.zeros_like(frequencies)
    starts[:, 1:] = np.cumsum(frequencies, axis=1)[:, :-1]
    lanes = rans.lanes_for(symbols.size)
    stream = rans.encode(starts[of_symbol, symbols], frequencies[of_symbol, symbols], lanes)
    ladder, steps = _ladder(at, grid)
    escaped = grid.multiples.ravel()[symbols == ESCAPE]
    used, naming = np.unique(chosen, return_inverse=True)
    side = b"".join((
        steps,
        naming.astype(np.uint8).tobytes() if used.size > 1 else b"",
        escaped.astype("<i4").tobytes(),
    ))  # fmt: skip
    rows, columns = grid.multiples.shape
    header = {
        "kind": "grid", "at": at, "rows": rows, "columns": columns, "block": grid.block, "lanes": lanes,
        "steps": ladder, "tables": [int(table) for table in used], "escaped": int(escaped.size),
        "stored": len(stream),
    }  # fmt: skip
    return header, side, stream


def _ladder(at: int, grid: Grid) -> tuple[int, bytes]:
    """How many steps there are, and they with the naming of each row's."""
    ladder, rungs = np.unique(grid.steps, return_inverse=True)
    if ladder.size > MAX_STEPS:
        raise ValueError(f"the grid at byte {at} has {ladder.size} steps, and a byte names {MAX_STEPS}")
    return int(ladder.size), ladder.astype("<f4").tobytes() + (
        rungs.astype(np.uint8).tobytes() if ladder.size > 1 else b""
    )


def _rests(
    at: int, grid: Grid, divisor: int, found: Tables, table: int
) -> Iterator[tuple[dict[str, Any], bytes, bytes]]:
    """The rests of a grid, in segments of whole rows: those of one context follow one another."""
    rows, columns = grid.multiples.shape
    step = max(1, _SEGMENT_SYMBOLS // max(1, columns))
    for first in range(0, rows, step):
        steps = grid.steps if grid.steps.size == 1 else grid.steps[first : first + step]
        part = Grid(grid.multiples[first : first + step], steps)
        context, symbols = refine.rests(part, divisor)
        order = np.argsort(context, kind="stable")
        symbols, context = symbols[order], context[order]
        lanes = rans.lanes_for(symbols.size)
        frequencies = found.frequencies[table : table + refine.CONTEXTS]
        starts = np.cumsum(frequencies, axis=1, dtype=np.uint32) - frequencies
        stream = rans.encode(starts[context, symbols], frequencies[context, symbols], lanes)
        ladder, side = _ladder(at, part)
        used = [int(each) for each in np.unique(context)]
        header = {
            "kind": "rest", "at": at + 4 * first * columns, "rows": len(part.multiples), "columns": columns,
            "lanes": lanes, "steps": ladder, "divisor": divisor, "contexts": used,
            "tables": [table + each for each in used],
            "stored": len(stream),
        }  # fmt: skip
        yield header, side, stream


def _put(part: _Part, segment: dict[str, Any], side: bytes, payload: bytes) -> None:
    # Tables are renumbered: a part holds those that it uses.
    for table in segment.get("tables", ()):
        if table not in part.tables:
            part.tables.append(table)
    if "tables" in segment:
        segment = {**segment, "tables": [part.tables.index(table) for table in segment["tables"]]}
    part.segments.append(segment)
    part.side.append(side)
    part.payload.append(payload)
    # Escaped integers can be most of a grid that was given too small a step.
    part.size += len(side) + len(payload)


def _bytes(part: _Part, frequencies: NDArray[np.uint32], about: Mapping[str, int]) -> bytes:
    lows, kept = [], []
    for table in part.tables:
        present = np.flatnonzero(frequencies[table])
        low, high = int(present[0]), int(present[-1]) + 1
        lows.append([low, high - low])
        # A table's whole range is taken by one symbol where there is no other: 2^14 fits 16 bits.
        kept.append(frequencies[table][low:high].astype("<u2").tobytes())
    # What stays as it is when a model is trained again stands together, so that a delta may leave it out.
    order = sorted(range(len(part.segments)), key=lambda place: part.segments[place]["kind"] != "side")
    segments, sides = [part.segments[place] for place in order], [part.side[place] for place in order]
    asides = sum(each["kind"] == "side" for each in segments)
    header = json.dumps({**about, "tables": lows, "segments": segments}, separators=(",", ":")).encode()
    several = (kept[: part.kept], kept[part.kept :], sides[:asides], sides[asides:])
    head, side = deflated(header), deflated(*map(b"".join, several))
    return b"".join(
        [MAGIC, struct.pack("<II", len(head), len(side)), head, side, *(part.payload[place] for place in order)]
    )


def deflated(*sections: bytes) -> bytes:
    """Deflate without a wrapper: every browser undoes it as a stream. Equal sections give equal bytes within it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    *first, last = [section for section in sections if section] or [b""]
    made = [packer.compress(section) + packer.flush(zlib.Z_FULL_FLUSH) for section in first]
    return b"".join([*made, packer.compress(last), packer.flush()])


def unpack(parts: Sequence[bytes], onto: bytes = b"") -> bytes:
    """The ONNX file again: what the browser makes of `parts`, for the builder's own checks.

    Args:
        onto: the file with coarse multiples, where `parts` are rests.
    """
    whole = bytearray(onto)
    for part in parts:
        header, side, start = reading.opened(part, MAGIC)
        whole.extend(bytes(header["bytes"] - len(whole)))
        _unpack_part(whole, part[start:], side, header)
    return bytes(whole)


def _unpack_part(whole: bytearray, payload: bytes, side: memoryview, header: dict[str, Any]) -> None:
    frequencies, side = reading.frequencies(header["tables"], side)
    for segment in header["segments"]:
        stored, payload = payload[: segment["stored"]], payload[segment["stored"] :]
        if segment["kind"] == "grid":
            data, side = _unpack_grid(segment, stored, side, frequencies)
        elif segment["kind"] == "side":
            data, side = bytes(side[: segment["bytes"]]), side[segment["bytes"] :]
        elif segment["kind"] == "rest":
            data, side = _unpack_rest(segment, stored, side, frequencies, whole)
        else:
            data = reading.undone(segment["kind"], stored)
        whole[segment["at"] : segment["at"] + len(data)] = data


def _unpack_grid(
    segment: dict[str, Any], stored: bytes, side: memoryview, frequencies: NDArray[np.uint32]
) -> tuple[bytes, memoryview]:
    steps, side = reading.steps(segment, side)
    chosen, side = reading.chosen(segment, side)
    multiples, side = reading.multiples(segment, stored, chosen, frequencies, side)
    return Grid(multiples, steps).values().tobytes(), side


def _unpack_rest(
    segment: dict[str, Any], stored: bytes, side: memoryview, frequencies: NDArray[np.uint32], whole: bytearray
) -> tuple[bytes, memoryview]:
    rows, columns, at = segment["rows"], segment["columns"], segment["at"]
    steps, side = reading.steps(segment, side)
    values = np.frombuffer(bytes(whole[at : at + 4 * rows * columns]), "<f4").reshape(rows, columns)
    context = refine.contexts(refine.recovered(values, steps, segment["divisor"])).ravel()
    order = np.argsort(context, kind="stable")
    places = np.zeros(refine.CONTEXTS, np.uint8)
    places[segment["contexts"]] = segment["tables"]
    rest = np.empty(rows * columns, np.int64)
    rest[order] = rans.decode(stored, frequencies, places[context[order]], segment["lanes"]) - REACH - 1
    found = refine.restored(values, rest.reshape(rows, columns), steps, segment["divisor"])
    return found.values().tobytes(), side
