"""Arrays as hooks get them: NumPy's own where the site bundles it, otherwise `edgeweb.Array`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from edgeweb.hooks_api.array import Array, over

# From a buffer that may be written to (a list of texts for "string"), the type's name and the shape; without a copy.
Maker = Callable[[Any, str, Sequence[int]], Any]


def maker(*, numpy: bool) -> Maker:
    """What makes the arrays of this site."""
    return _with_numpy() if numpy else _own


def _own(data: Any, dtype: str, shape: Sequence[int]) -> Array:
    return Array(data, "string", tuple(shape)) if dtype == "string" else over(data, dtype, shape)


def _with_numpy() -> Maker:
    import numpy

    def make(data: Any, dtype: str, shape: Sequence[int]) -> Any:
        flat = numpy.array(data, dtype=object) if dtype == "string" else numpy.frombuffer(data, dtype)
        return flat.reshape(tuple(shape))

    return make
