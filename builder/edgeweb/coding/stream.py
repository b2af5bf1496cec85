"""A large file of weights as coded parts, a piece of a tensor at a time, so that memory holds neither."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeweb.coding import grid, parts
from edgeweb.coding.grid import Counts, Grid
from edgeweb.coding.parts import Segment

_PLAIN_BYTES = 16 << 20
# Applies a function to items, in their order; a few at a time.
Each = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]


@dataclass(frozen=True)
class Rows:
    """A float32 tensor in the file: where it begins, its size, and a step for each row or for all."""

    at: int
    rows: int
    columns: int
    steps: NDArray[np.float32]


@dataclass(frozen=True)
class Piece:
    """Some bytes of the file; `steps`: of its rows, where it is of a tensor that is rounded."""

    at: int
    data: bytes
    columns: int = 0
    steps: NDArray[np.float32] | None = None

    @property
    def grid(self) -> Grid:
        """The nearest multiples of the steps."""
        if self.steps is None:
            raise ValueError("this piece is kept as it is")
        weights = np.frombuffer(self.data, "<f4").reshape(-1, self.columns)
        every = np.repeat(self.steps, len(weights)) if self.steps.size == 1 else self.steps
        return Grid(grid.nearest(weights, every).multiples, self.steps)


def pieces(file: Path, tensors: Sequence[Rows], *, between: bool = True) -> Iterator[Piece]:
    """The whole file in its order; without `between` only the tensors."""
    with file.open("rb") as source:
        end = 0
        for tensor in sorted(tensors, key=lambda each: each.at):
            yield from _plain(source, end, tensor.at if between else end)
            step, _ = parts.rows_of(tensor.columns)
            for first in range(0, tensor.rows, step):
                count = min(step, tensor.rows - first)
                at = tensor.at + 4 * first * tensor.columns
                source.seek(at)
                steps = tensor.steps if tensor.steps.size == 1 else tensor.steps[first : first + count]
                yield Piece(at, source.read(4 * count * tensor.columns), tensor.columns, steps)
            end = tensor.at + 4 * tensor.rows * tensor.columns
        yield from _plain(source, end, file.stat().st_size if between else end)


def _plain(source: Any, start: int, end: int) -> Iterator[Piece]:
    for at in range(start, end, _PLAIN_BYTES):
        source.seek(at)
        yield Piece(at, source.read(min(_PLAIN_BYTES, end - at)))


def counts(piece: Piece) -> Counts:
    """What the tables are made from."""
    return grid.counted(piece.grid)[0]


@dataclass(frozen=True)
class Coder:
    """Codes pieces with the tables of the whole; `before`: what comes before the file's first byte."""

    frequencies: NDArray[np.uint32]
    tables_of: Mapping[int, int]
    before: int

    def __call__(self, piece: Piece) -> tuple[list[Segment], bytes]:
        """The segments of a piece, and the bytes that they decode to."""
        if piece.steps is None:
            coded = parts.plain(piece.data, 0, len(piece.data))
            start = self.before + piece.at
            return [({**head, "at": head["at"] + start}, side, data) for head, side, data in coded], piece.data
        found = piece.grid
        chosen = np.array([self.tables_of[kind] for kind in grid.counted(found)[1].tolist()], np.uint8)
        return [parts.segment(self.before + piece.at, found, chosen, self.frequencies)], found.values().tobytes()


def pack(
    graph: bytes, weights: Path, tensors: Sequence[Rows], found: Counts, folder: Path, each: Each, limit: int
) -> list[Path]:
    """Write the parts of `graph` followed by `weights` into `folder`, and beside them the file that weights decode to.

    Args:
        tensors: those of the file that are rounded.
        found: their `counts`, added up.
        each: runs the coding.
        limit: bytes of a part, about.

    Returns:
        The parts' files, in their order; the decoded weights have the name of `weights`.
    """
    # A search that ended in the middle may have left one.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    frequencies, tables_of = grid.tables_by_spread(found)
    total = len(graph) + weights.stat().st_size
    coder = Coder(frequencies, tables_of, len(graph))
    made = []
    with (folder / weights.name).open("wb") as decoded:

        def coded() -> Iterator[Segment]:
            yield from parts.plain(graph, 0, len(graph))
            for segments, values in each(coder, pieces(weights, tensors)):
                decoded.write(values)
                yield from segments

        about = {"bytes": total, "graph": len(graph)}
        for number, part in enumerate(parts.assembled(coded(), frequencies, about, limit)):
            made.append(folder / f"{number}.part")
            made[-1].write_bytes(part)
    return made
