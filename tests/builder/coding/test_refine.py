"""A grid in two deliveries: a draft that is a file of its own, and rests that make it the whole one, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from edgeweb.coding import grid, parts, refine
from edgeweb.coding.grid import Grid
from numpy.typing import NDArray
from test_coding import GRIDS, LARGE, drawn, file_of, header_of, steps_of

ESCAPING = Grid(
    drawn(40, 90, 30) * np.array([[1]] * 39 + [[9001]], np.int32), grid.rounded_steps(np.geomspace(1e-4, 1, 40))
)


def in_two(
    pieces: list[bytes | Grid], divisor: int, limit: int = LARGE
) -> tuple[bytes, bytes, list[bytes], list[bytes]]:
    """(whole file, draft's file, draft's parts, rests)."""
    data, grids = file_of(*pieces)
    draft, halves = file_of(*(refine.coarse(each, divisor) if isinstance(each, Grid) else each for each in pieces))
    rests = parts.pack_rests(len(data), {at: (each, divisor) for at, each in grids.items()}, limit)
    return data, draft, parts.pack(draft, halves, limit), rests


@pytest.mark.parametrize("divisor", [3, 5, 7, 15, 63])
@pytest.mark.parametrize("given", [*GRIDS.values(), ESCAPING], ids=[*GRIDS, "escaping"])
def test_the_rests_make_the_draft_whole(given: Grid, divisor: int) -> None:
    if not refine.fits(given, divisor):
        assert np.abs(given.multiples).max() > 1 << 22
        return
    data, draft, first, rests = in_two([b"odd", given, b"odd"], divisor)
    assert parts.unpack(first) == draft
    assert parts.unpack(rests, draft) == data


def test_several_divisors_in_several_parts_in_any_order() -> None:
    given = {"a": (GRIDS["uneven rows"], 3), "b": (ESCAPING, 15), "c": (GRIDS["one row"], 3)}
    data, grids = file_of(b"?", *(each for each, _ in given.values()))
    draft, _ = file_of(b"?", *(refine.coarse(*each) for each in given.values()))
    divisors = [divisor for _, divisor in given.values()]
    held = {at: (grids[at], divisor) for at, divisor in zip(sorted(grids), divisors, strict=True)}
    rests = parts.pack_rests(len(data), held, 3000)
    assert len(rests) > 1
    assert parts.unpack(rests[::-1], draft) == data
    assert rests == parts.pack_rests(len(data), held, 3000), "not the same bytes again"


def test_a_long_grid_is_cut_between_rows() -> None:
    long = Grid(drawn(5000, 700, 9), grid.rounded_steps(np.linspace(0.1, 2, 5000)))
    data, draft, _, rests = in_two([long], 5)
    assert [segment["kind"] for segment in header_of(rests[0])["segments"]] == ["rest", "rest"]
    assert parts.unpack(rests, draft) == data


@pytest.mark.parametrize("divisor", [3, 7, 15])
def test_two_deliveries_cost_hardly_more_than_one(divisor: int) -> None:
    spreads = np.repeat([4.0, 12.0, 30.0], 200)[:, None]
    multiples = np.rint(np.random.default_rng(0).laplace(size=(600, 300)) * spreads).astype(np.int32)
    data, _, first, rests = in_two([Grid(multiples, steps_of(0.1))], divisor)
    single = parts.pack(data, {0: Grid(multiples, steps_of(0.1))}, LARGE)
    both = sum(map(len, first)) + sum(map(len, rests))
    assert both < 1.02 * sum(map(len, single))
    assert sum(map(len, first)) < 0.8 * both


def test_coarse_multiples_are_the_nearest() -> None:
    multiples: NDArray[np.int32] = np.arange(-20, 21, dtype=np.int32)[None]
    found = refine.coarse(Grid(multiples, steps_of(0.5)), 5)
    np.testing.assert_array_equal(found.multiples, np.rint(multiples / 5))
    assert found.steps[0] == 2.5


@pytest.mark.parametrize("divisor", [0, 1, 2, 8, -3, 5000])
def test_what_is_no_divisor(divisor: int) -> None:
    with pytest.raises(ValueError, match="divides no multiples"):
        refine.coarse(GRIDS["one row"], divisor)
