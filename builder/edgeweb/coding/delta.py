"""What turns the coded parts of one model into a part of a retrained one: differences of multiples on the same steps.

The result is the new part byte for byte, as if it had been fetched; docs/weights.md has the layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeweb.coding import parts, rans, reading
from edgeweb.coding.grid import Grid, symbols_of, tables
from edgeweb.coding.parts import Segment

MAGIC = b"EWD1"
# A run of bytes that an old part has as well is worth naming from this length on.
_COPIED = 48
# Differences are whole numbers: they have no step of their own.
_ONE = np.ones(1, np.float32)
_WHOLE = 1 << 40

# Where in the new part, how many bytes, of which old part, where in that.
Copy = tuple[int, int, int, int]


@dataclass(frozen=True)
class _Coded:
    """A grid as a part has it. `start`: where its payload is; `chosen`: the table of each value."""

    head: Mapping[str, Any]
    start: int
    steps: NDArray[np.float32]
    multiples: NDArray[np.int32]
    chosen: NDArray[np.uint8]

    @property
    def place(self) -> tuple[int, int, int]:
        """What it has in common with the same rows of another model: where they lie, and how many they are."""
        return self.head["at"], self.head["rows"], self.head["columns"]


@dataclass(frozen=True)
class _Opened:
    """A part. `payload`: where it begins; `plain`: where what is no grid is stored, by kind, place and length."""

    data: bytes
    payload: int
    plain: Mapping[tuple[str, int, int], int]
    grids: Sequence[_Coded]
    frequencies: NDArray[np.uint32]

    def stream(self, number: int, multiples: NDArray[np.int32]) -> bytes:
        """The payload of the grid `number`, were these its multiples."""
        grid, symbols = self.grids[number], symbols_of(multiples)
        starts = np.cumsum(self.frequencies, axis=1, dtype=np.uint32) - self.frequencies
        return rans.encode(starts[grid.chosen, symbols], self.frequencies[grid.chosen, symbols], grid.head["lanes"])


def _opened(part: bytes, *, decoded: bool = True) -> _Opened:
    """`decoded`: with the multiples, for which its payload has to be there."""
    header, side, payload = reading.opened(part, parts.MAGIC)
    frequencies, side = reading.frequencies(header["tables"], side)
    plain: dict[tuple[str, int, int], int] = {}
    grids, start = [], payload
    for head in header["segments"]:
        stored = part[start : start + head["stored"]]
        if head["kind"] == "grid":
            steps, side = reading.steps(head, side)
            chosen, side = reading.chosen(head, side)
            if decoded:
                multiples, side = reading.multiples(head, stored, chosen, frequencies, side)
            else:
                multiples, side = np.zeros((0, 0), np.int32), side[4 * head["escaped"] :]
            grids.append(_Coded(head, start, steps, multiples, chosen))
        elif head["kind"] == "side":
            side = side[head["bytes"] :]
        elif head["kind"] == "rest":
            raise ValueError("a part of rests has no delta")
        else:
            plain[head["kind"], head["at"], len(stored)] = start
        start += len(stored)
    return _Opened(part, payload, plain, grids, frequencies)


def make(old: Sequence[bytes], new: bytes) -> tuple[bytes, list[int]] | None:
    """A delta that gives the part `new`, and which of the parts `old` it reads, in its order.

    None where they have no grid in common, or where a part holds rests.
    """
    try:
        before, after = [_opened(part) for part in old], _opened(new)
    except ValueError:
        return None
    at = {grid.place: (file, own) for file, each in enumerate(before) for own, grid in enumerate(each.grids)}
    pairs = [(number, *at[grid.place]) for number, grid in enumerate(after.grids) if grid.place in at]
    if not pairs:
        return None
    used = sorted({file for _, file, _ in pairs})
    differences = [
        Grid(after.grids[number].multiples - before[file].grids[own].multiples, _ONE) for number, file, own in pairs
    ]
    found = tables(differences)
    segments = list(_plain(after, [before[file] for file in used], [number for number, _, _ in pairs]))
    for (number, file, own), each, chosen in zip(pairs, differences, found.chosen, strict=True):
        head, side, stream = parts.segment(after.grids[number].start, each, chosen, found.frequencies)
        segments.append(({**head, "old": [used.index(file), own], "new": number}, side, stream))
    (made,) = parts.assembled(segments, found.frequencies, {"bytes": len(new)}, _WHOLE)
    return MAGIC + made[len(MAGIC) :], used


def _plain(after: _Opened, before: Sequence[_Opened], coded: Sequence[int]) -> Iterator[Segment]:
    """All but the payloads of the `coded` grids: out of old parts where they have it as well, otherwise as it is."""
    holes = [(after.grids[number].start, after.grids[number].head["stored"], -1, 0) for number in coded]
    end = 0
    for start, size, file, at in sorted([*holes, *_copies(after, before), (len(after.data), 0, -1, 0)]):
        yield from parts.plain(after.data, end, start)
        if file >= 0:
            yield {"kind": "copy", "at": start, "bytes": size, "old": [file, at], "stored": 0}, b"", b""
        end = start + size


def _copies(after: _Opened, before: Sequence[_Opened]) -> Iterator[Copy]:
    """What is in old parts too: stretches of header and side bytes, and whole segments."""
    windows: dict[bytes, tuple[int, int]] = {}
    for file, each in reversed([*enumerate(before)]):
        for at in range(each.payload - _COPIED, -1, -1):
            windows[each.data[at : at + _COPIED]] = (file, at)
    start = 0
    while start + _COPIED <= after.payload:
        file, at = windows.get(after.data[start : start + _COPIED], (-1, 0))
        size = 0 if file < 0 else _alike(after, start, before[file], at)
        if size:
            yield start, size, file, at
        start += size or 1
    for (kind, place, size), start in after.plain.items():
        for file, each in enumerate(before):
            own = each.plain.get((kind, place, size), -1)
            if own >= 0 and size >= _COPIED and each.data[own : own + size] == after.data[start : start + size]:
                yield start, size, file, own
                break


def _alike(after: _Opened, start: int, before: _Opened, at: int) -> int:
    """So many bytes are the same from there on, before the payloads."""
    most = min(after.payload - start, before.payload - at)
    one, two = (np.frombuffer(each, np.uint8, most, begin) for each, begin in ((after.data, start), (before.data, at)))
    other = np.flatnonzero(one != two)
    return int(other[0]) if other.size else most


def apply(old: Sequence[bytes], delta: bytes) -> bytes:
    """The new part: what the browser makes of a delta and the old parts that it reads, for the builder's own checks.

    Raises:
        ValueError: it is no delta, or does not give a whole part.
    """
    header, side, start = reading.opened(delta, MAGIC)
    frequencies, side = reading.frequencies(header["tables"], side)
    made, done, before = bytearray(header["bytes"]), 0, [_opened(part) for part in old]
    after: _Opened | None = None
    for head in header["segments"]:
        stored, start = delta[start : start + head["stored"]], start + head["stored"]
        if head["kind"] == "grid":
            # All that is plain stands before the grids, so the new part's own header is there.
            after = after or _opened(bytes(made), decoded=False)
            _, side = reading.steps(head, side)
            chosen, side = reading.chosen(head, side)
            difference, side = reading.multiples(head, stored, chosen, frequencies, side)
            file, own = head["old"]
            data = after.stream(head["new"], before[file].grids[own].multiples + difference)
        elif head["kind"] == "copy":
            file, at = head["old"]
            data = old[file][at : at + head["bytes"]]
        elif head["kind"] == "side":
            data, side = bytes(side[: head["bytes"]]), side[head["bytes"] :]
        else:
            data = reading.undone(head["kind"], stored)
        made[head["at"] : head["at"] + len(data)] = data
        done += len(data)
    if done != len(made):
        raise ValueError("the delta does not give a whole part")
    return bytes(made)


def grids(part: bytes) -> Iterator[tuple[int, Grid]]:
    """The grids of a part, each with where it lies in the file."""
    for each in _opened(part).grids:
        yield each.head["at"], Grid(each.multiples, each.steps)


def frequencies(part: bytes) -> NDArray[np.uint32]:
    """The tables of a part."""
    header, side, _ = reading.opened(part, parts.MAGIC)
    return reading.frequencies(header["tables"], side)[0]
