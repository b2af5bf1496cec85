"""Coded weights: every layer gives back what it took, and the browser's vectors are what the encoder gives."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb.coding import grid, parts, rans, refine
from edgeweb.coding.grid import Grid
from numpy.typing import NDArray

# web/test/shared/weights/parts.test.ts decodes it. When the encoder changed: python tests/builder/coding/test_coding.py
VECTORS = Path(__file__).parents[2] / "golden" / "weights.json"
LARGE = 8 << 20


def drawn(rows: int, columns: int, scale: float, seed: int = 0) -> NDArray[np.int32]:
    """Multiples as trained weights have them: most of them small."""
    return np.rint(np.random.default_rng(seed).laplace(scale=scale, size=(rows, columns))).astype(np.int32)


def steps_of(*steps: float) -> NDArray[np.float32]:
    return np.array(steps, np.float32)


def file_of(*pieces: bytes | Grid) -> tuple[bytes, dict[int, Grid]]:
    """A file of these pieces, and where its grids are."""
    data, grids = b"", {}
    for piece in pieces:
        if isinstance(piece, Grid):
            grids[len(data)] = piece
        data += piece.values().tobytes() if isinstance(piece, Grid) else piece
    return data, grids


def header_of(part: bytes) -> dict[str, Any]:
    (size,) = struct.unpack_from("<I", part, 4)
    found: dict[str, Any] = json.loads(zlib.decompress(part[12 : 12 + size], -15))
    return found


def golden() -> tuple[bytes, list[bytes]]:
    """A small file with every kind of segment, and its parts."""
    rng = np.random.default_rng(7)
    narrow, wide = drawn(100, 67, 0.25, 1), drawn(30, 67, 8, 2)
    multiples = np.concatenate([narrow[:50], wide, narrow[50:]])
    multiples[[3, 60, 129], [0, 33, 66]] = (4096, -(2**30) + 1, -70_001)
    several = Grid(multiples, grid.rounded_steps(rng.uniform(0.001, 0.01, 130)))
    one = Grid(drawn(5, 31, 2, 3), steps_of(0.3))
    floats = np.asarray(rng.uniform(1, 2, 60), np.float32).tobytes()
    last = Grid(drawn(1, 3, 2, 4), steps_of(0.5))
    data, grids = file_of(rng.bytes(61), several, b"layer.weight " * 9, one, floats, last, b"layer.weight " * 6000)
    return data, parts.pack(data, grids, 2520)


def in_two() -> tuple[bytes, bytes, list[bytes], list[bytes]]:
    """(whole file, draft's file, draft's parts, rests): each size of multiple, two divisors, one grid left as it is."""
    random = np.random.default_rng(9)
    spreads = np.repeat([0.3, 4.0, 40.0], 20)[:, None]
    several = Grid(
        np.rint(random.laplace(size=(60, 33)) * spreads).astype(np.int32),
        grid.rounded_steps(random.uniform(0.01, 0.2, 60)),
    )
    several.multiples[3, 4] = -70_001
    pieces = [(b"odd", 0), (several, 7), (Grid(drawn(5, 31, 2, 3), steps_of(0.3)), 0), (b"-", 0)]
    pieces.append((Grid(drawn(9, 300, 9, 4), steps_of(0.02)), 3))
    data, grids = file_of(*(piece for piece, _ in pieces))
    halves = [refine.coarse(piece, by) if isinstance(piece, Grid) and by else piece for piece, by in pieces]
    draft, coarse = file_of(*halves)
    divisors = [by for piece, by in pieces if isinstance(piece, Grid)]
    held = {at: (grids[at], by) for at, by in zip(sorted(grids), divisors, strict=True) if by}
    return data, draft, parts.pack(draft, coarse, 2520), parts.pack_rests(len(data), held, 1200)


def vectors() -> dict[str, Any]:
    data, coded = golden()
    whole, draft, first, rests = in_two()
    return {
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "parts": _text(coded),
        "draft": {
            "bytes": len(whole),
            "sha256": hashlib.sha256(draft).hexdigest(),
            "parts": _text(first),
            "whole": hashlib.sha256(whole).hexdigest(),
            "rests": _text(rests),
        },
    }


def _text(coded: list[bytes]) -> list[str]:
    return [base64.b64encode(part).decode() for part in coded]


def test_the_browsers_vectors_are_what_the_encoder_gives() -> None:
    assert json.loads(VECTORS.read_text("utf-8")) == vectors()


def test_the_browsers_vectors_have_everything_in_them() -> None:
    data, coded = golden()
    assert parts.unpack(coded) == data
    assert len(coded) == 2 and sum(map(len, coded)) < 6000
    headers = [header_of(part) for part in coded]
    segments = [segment for header in headers for segment in header["segments"]]
    assert {segment["kind"] for segment in segments} == {"bytes", "deflate", "planes", "grid", "side"}
    several, one = (next(each for each in header["segments"] if each["kind"] == "grid") for header in headers)
    assert several["lanes"] > 1 and len(several["tables"]) > 1 and several["steps"] > 1 and several["escaped"] == 3
    assert (one["lanes"], len(one["tables"]), one["steps"], one["escaped"]) == (1, 1, 1, 0)
    assert [segment["at"] % 4 for segment in (several, one)] != [0, 0], "numbers at any byte"


def test_the_browsers_vectors_come_in_two_deliveries() -> None:
    whole, draft, first, rests = in_two()
    assert parts.unpack(first) == draft != whole
    assert parts.unpack(rests, draft) == whole
    segments = [segment for rest in rests for segment in header_of(rest)["segments"]]
    assert len(rests) == 2 and {segment["divisor"] for segment in segments} == {3, 7}
    assert max(len(segment["contexts"]) for segment in segments) > 10


@pytest.mark.parametrize("lanes", [1, 2, 3, 64])
@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 20_000])
def test_symbols_come_back(lanes: int, count: int) -> None:
    symbols = np.abs(drawn(1, count, 6)).ravel()
    table = rans.normalised(np.bincount(symbols, minlength=200))
    starts = np.cumsum(table) - table
    coded = rans.encode(starts[symbols].astype(np.uint32), table[symbols], lanes)
    found = rans.decode(coded, table[None], np.zeros(count, np.uint8), lanes)
    np.testing.assert_array_equal(found, symbols)


def test_symbols_take_no_more_than_their_entropy() -> None:
    symbols = np.abs(drawn(1, 500_000, 6)).ravel()
    counts = np.bincount(symbols)
    table = rans.normalised(counts)
    lanes = rans.lanes_for(symbols.size)
    coded = rans.encode((np.cumsum(table) - table)[symbols].astype(np.uint32), table[symbols], lanes)
    share = counts[counts > 0] / symbols.size
    assert len(coded) * 8 < 1.002 * symbols.size * -float((share * np.log2(share)).sum())


def test_no_symbol_and_a_single_kind_of_symbol() -> None:
    assert rans.normalised(np.array([0, 5, 0])).tolist() == [0, 1 << 14, 0]
    empty = np.zeros(0, np.uint32)
    assert rans.encode(empty, empty, rans.lanes_for(0)) == struct.pack("<I", 1 << 16)
    sure = np.full(10_000, 1 << 14, np.uint32)
    assert len(rans.encode(np.zeros_like(sure), sure, 2)) == 8


@pytest.mark.parametrize("counts", [[1], [1, 1], [1, 10**9], [10**9, 1, 1], [1] * 2048, [0, 3, 0, 7], [1] * (1 << 14)])
def test_a_table_sums_up_and_has_what_occurs(counts: list[int]) -> None:
    found = rans.normalised(np.array(counts))
    assert found.sum() == 1 << 14
    np.testing.assert_array_equal(found > 0, np.array(counts) > 0)


@pytest.mark.parametrize("counts", [[], [0, 0], [1] * ((1 << 14) + 1)])
def test_what_is_no_table(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="do not fit a table"):
        rans.normalised(np.array(counts))


def test_steps_are_near_and_few() -> None:
    asked = np.geomspace(1e-3, 3, 4000)
    found = grid.rounded_steps(asked)
    assert np.abs(found / asked - 1).max() < 0.0225
    assert np.unique(grid.rounded_steps(np.geomspace(1e-30, 1e3, 9000))).size <= grid.MAX_STEPS


def test_the_nearest_multiples_are_within_half_a_step() -> None:
    weights = np.random.default_rng(0).normal(size=(20, 30)).astype(np.float32)
    steps = grid.rounded_steps(np.abs(weights).max(axis=1) / 15)
    found = grid.nearest(weights, steps)
    assert (np.abs(found.values() - weights) <= 0.5001 * steps[:, None]).all()


GRIDS = {
    "one value": Grid(drawn(1, 1, 5), steps_of(0.5)),
    "zeros": Grid(np.zeros((40, 300), np.int32), steps_of(1)),
    "one row": Grid(drawn(1, 20_000, 5), steps_of(0.01)),
    "one column": Grid(drawn(20_000, 1, 5), grid.rounded_steps(np.linspace(0.1, 9, 20_000))),
    "equal steps": Grid(drawn(9, 9, 5), steps_of(*[0.1] * 9)),
    "only escapes": Grid(np.full((3, 70), 5000, np.int32), steps_of(0.1)),
    "the largest": Grid(np.array([[2**31 - 1, -(2**31), 4095, -4095, 4096, -4096]], np.int32), steps_of(0.1)),
    "uneven rows": Grid(drawn(500, 64, 1) * np.repeat([1, 90], 250)[:, None].astype(np.int32), steps_of(0.1)),
}


@pytest.mark.parametrize("given", GRIDS.values(), ids=GRIDS)
def test_a_grid_comes_back(given: Grid) -> None:
    data, grids = file_of(b"odd", given, b"odd")
    assert parts.unpack(parts.pack(data, grids, LARGE)) == data


def test_several_grids_share_a_file() -> None:
    data, grids = file_of(*GRIDS.values(), b"between", *GRIDS.values())
    coded = parts.pack(data, grids, LARGE)
    assert parts.unpack(coded) == data
    assert coded == parts.pack(data, grids, LARGE), "not the same bytes again"


def test_a_long_grid_is_cut_between_rows() -> None:
    long = Grid(drawn(5000, 700, 2), grid.rounded_steps(np.linspace(0.1, 2, 5000)))
    data, grids = file_of(b"?", long)
    (part,) = parts.pack(data, grids, LARGE)
    assert [segment["kind"] for segment in header_of(part)["segments"]] == ["bytes", "grid", "grid"]
    assert parts.unpack([part]) == data


def test_a_limit_gives_several_parts_in_any_order() -> None:
    data, grids = file_of(*GRIDS.values(), np.random.default_rng(0).bytes(1000), *GRIDS.values())
    coded = parts.pack(data, grids, 10_000)
    assert len(coded) > 3
    assert sum(map(len, coded)) < len(data)
    assert parts.unpack(coded[::-1]) == data
    assert parts.unpack(parts.pack(data, grids, 0)) == data


def test_escapes_count_towards_the_limit() -> None:
    multiples = np.random.default_rng(0).integers(-(2**30), 2**30, (100, 100), np.int32)
    data, grids = file_of(*[Grid(multiples, steps_of(0.1))] * 4)
    coded = parts.pack(data, grids, 60_000)
    assert len(coded) == 4 and max(map(len, coded)) < 60_000
    assert parts.unpack(coded) == data


@pytest.mark.parametrize("data", [b"", b"x", bytes(100_000), np.random.default_rng(0).bytes(5 << 20)], ids=len)
def test_a_file_without_grids(data: bytes) -> None:
    assert parts.unpack(parts.pack(data, {}, LARGE)) == data


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0)])
def test_a_grid_without_values_is_left_out(shape: tuple[int, int]) -> None:
    empty = Grid(np.zeros(shape, np.int32), steps_of(1))
    data, grids = file_of(b"abcd", GRIDS["one value"], b"efgh")
    assert parts.pack(data, {**grids, 2: empty}, LARGE) == parts.pack(data, grids, LARGE)


def test_grids_that_do_not_fit_the_file_are_refused() -> None:
    given = GRIDS["equal steps"]
    data, grids = file_of(b"odd", given, b"odd")
    half = Grid(given.multiples[5:], steps_of(0.1))
    for wrong in (
        {**grids, 3 + 5 * 9 * 4: half},
        {4: given},
        {-len(data) + 3: given},
        {len(data): given},
        {3: Grid(given.multiples, steps_of(0.2))},
    ):
        with pytest.raises(ValueError, match="does not fit the file"):
            parts.pack(data, wrong, LARGE)


def test_more_steps_than_a_byte_names_are_refused() -> None:
    data, grids = file_of(Grid(drawn(257, 4, 3), np.arange(1, 258, dtype=np.float32)))
    with pytest.raises(ValueError, match="257 steps"):
        parts.pack(data, grids, LARGE)


def test_what_is_no_part_is_refused() -> None:
    with pytest.raises(ValueError, match="not a part"):
        parts.unpack([b"PK\x03\x04"])


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), indent=1) + "\n", "utf-8")
