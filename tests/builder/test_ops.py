"""edgeweb.ops: a wrong declaration fails where it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from edgeweb import ops


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda: ops.image("CMYK"), "RGB, BGR, GRAY"),
        (lambda: ops.image().resize(0, 4), "0 is no number of pixels"),
        (lambda: ops.image().resize(4, 4, fit="zoom"), "stretch, crop, pad"),
        (lambda: ops.image().crop(4, 4), "call resize"),
        (lambda: ops.image().resize(4, 4).crop(5, 4), "larger than the picture"),
        (lambda: ops.image().resize(4, 4).resize(8, 8), "size was declared twice"),
        (lambda: ops.image().normalise([0], [0]), "above 0"),
        (lambda: ops.image().normalise([float("nan")], [1]), "finite"),
        (lambda: ops.image().normalise([0], [float("inf")]), "finite"),
        (lambda: ops.image().normalise([0], [1e-40]), "at least 1.2e-38"),
        (lambda: ops.image().normalise(scale=float("nan")), "finite"),
        (lambda: ops.standardise(1e300, 1), "finite"),
        (lambda: ops.standardise(0, 1e-300), "at least 1.2e-38"),
        (lambda: ops.image().layout("CHW"), "NCHW, NHWC"),
        (lambda: ops.image(input=3), "no name"),
        (lambda: ops.row({}), "takes a dict"),
        (lambda: ops.row({"a": 3}), "column 'a'"),
        (lambda: ops.standardise(0, -1), "above 0"),
        (lambda: ops.one_hot([]), "1 to 1000"),
        (lambda: ops.one_hot(["a", "a"]), "twice"),
        (lambda: ops.output().top_k(0), "at least 1"),
        (lambda: ops.boxes("tree"), "rows, columns"),
        (lambda: ops.boxes(threshold=2), "between 0 and 1"),
        (lambda: ops.boxes().nms(0), "between 0 and 1"),
        (lambda: ops.output()([], None), "edgeweb.Local"),
    ],
)
def test_a_wrong_declaration_fails_where_it_stands(wrong: Callable[[], Any], why: str) -> None:
    with pytest.raises((TypeError, ValueError), match=why):
        wrong()
