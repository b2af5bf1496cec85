"""What a site is tried with while its runtime is measured."""

from __future__ import annotations

import pytest
from edgeweb.runtime import profiling
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo


@pytest.mark.parametrize(
    ("shape", "sizes", "dims"),
    [
        ([1, 4], {"n": 5}, [1, 4]),
        (["n", 4], {}, [3, 4]),
        (["n", 4], {"n": 17}, [17, 4]),
        (["n", "m"], {"m": 2}, [3, 2]),
        ([None, None], {"x 1": 5}, [3, 5]),
        (None, {"n": 5}, [3, 4]),
    ],
)
def test_feeds_of_other_sizes(shape: list[int | str | None] | None, sizes: dict[str, int], dims: list[int]) -> None:
    given = GoldenInput(name="x", type="float32", dims=[3, 4], seed=1, low=-1.0, high=2.0)
    info = TensorInfo(name="x", type="float32", shape=shape)
    assert profiling._feed(info, given, sizes, 10) == {"type": "float32", "dims": dims, "low": -10.0, "high": 20.0}
    assert set(sizes) <= {*profiling._open([info]), "n"}
