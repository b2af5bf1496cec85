"""Golden cases: the numbers are the browser's, the sample is small, and likeness is measured so that it can fail."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np
import pytest
from edgeweb.inputs import golden
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from msgspec import convert
from tiny import ROOT

VECTORS: dict[str, Any] = json.loads((ROOT / "tests" / "golden" / "uniform.json").read_text("utf-8"))


def test_uniform_numbers_are_those_of_the_browser() -> None:
    # The same file is read by web/test/shared/golden.test.ts: both must give exactly these.
    for case in VECTORS["uniform"]:
        assert golden.uniform(case["seed"], case["index"] + 1)[-1] == case["value"]


def test_uniform_numbers_are_spread_evenly() -> None:
    values = golden.uniform(1, 10_000)
    assert 0 <= values.min() < values.max() < 1
    assert abs(values.mean() - 0.5) < 0.01
    assert np.histogram(values, 10, (0, 1))[0].min() > 900
    assert golden.uniform(1, 0).shape == (0,)


@pytest.mark.parametrize("case", VECTORS["inputs"], ids=lambda case: f"{case['input']['type']}{case['input']['dims']}")
def test_inputs_of_every_type_are_those_of_the_browser(case: dict[str, Any]) -> None:
    array = golden.make_input(convert(case["input"], GoldenInput))
    data, strings = golden.store(array)
    assert (data, strings) == (case.get("data"), case.get("strings"))
    assert list(array.shape) == case["input"]["dims"]


def test_every_type_is_among_the_vectors() -> None:
    assert {case["input"]["type"] for case in VECTORS["inputs"]} == set(golden.DTYPES)


def test_stored_inputs_come_back_bit_for_bit() -> None:
    for array in (
        np.array([[np.nan, np.inf], [-0.0, 1e-45]], np.float32),
        np.array([2**63 - 1, -(2**63)]),
        np.array(True),
        np.array([["a", "ß\0"]], object),
        np.zeros((0, 3), np.float16),
        np.array([1, 2], ">i4"),
    ):
        kind: Any = "string" if array.dtype.kind == "O" else array.dtype.newbyteorder("=").name
        again = golden.make_input(golden.stored_input("x", kind, array))
        assert again.shape == array.shape
        np.testing.assert_array_equal(again, array)


def test_a_sample_of_an_output_is_small_and_evenly_spread() -> None:
    array = np.arange(150_528, dtype=np.float32).reshape(1, 3, 224, 224)
    found = golden.expected("y", "float32", array, 1)
    stored = np.frombuffer(base64.b64decode(found.data or ""), np.float32)
    assert len(stored) <= 768
    np.testing.assert_array_equal(stored, array.ravel()[:: found.stride])
    assert stored[-1] > 150_000
    whole = golden.expected("y", "float32", np.ones(10, np.float32), 1)
    assert whole.stride == 1
    assert golden.expected("y", "string", np.array(["a", "b"]), 1).strings == ["a", "b"]
    many = golden.expected("y", "float32", np.ones(10_000, np.float32), 48)
    assert len(base64.b64decode(many.data or "")) <= 16 * 4


def dims(inputs: list[TensorInfo]) -> list[list[list[int]]]:
    return [[spec.dims for spec in case] for case in golden.candidates(inputs, {})]


def test_candidates_guess_what_is_dynamic() -> None:
    assert dims([TensorInfo(name="x", type="float32", shape=[1, 3])]) == [[[1, 3]]]
    assert dims([TensorInfo(name="x", type="float32", shape=["batch", 4])]) == [[[1, 4]]]
    guesses = dims([TensorInfo(name="x", type="float32", shape=["N", 3, "height", "width"])])
    assert guesses[0] == [[1, 3, 8, 8]]
    assert [[1, 3, 224, 224]] in guesses
    assert all(guess[0][:2] == [1, 3] for guess in guesses)
    states = dims([TensorInfo(name="s", type="float32", shape=[2, None, 128])])
    assert [[2, 1, 128]] in states
    assert dims([TensorInfo(name="x", type="float32", shape=None)])[0] == [[1, 8]]
    assert dims([]) == [[]]
    assert len(guesses) == len({str(guess) for guess in guesses})


def test_candidates_never_make_what_is_too_large() -> None:
    assert dims([TensorInfo(name="x", type="float32", shape=[1 << 20, 1 << 20])]) == []


def test_candidates_know_texts_and_differ_by_input() -> None:
    inputs = [TensorInfo(name="a", type="string", shape=[3]), TensorInfo(name="b", type="string", shape=[1, 1])]
    (case,) = golden.candidates(inputs, {"a": ["x", "y"]})
    assert [spec.strings for spec in case] == [["x", "y", "x"], ["edgeweb"]]
    numbers = [TensorInfo(name=name, type="float32", shape=[4]) for name in "ab"]
    (pair,) = golden.candidates(numbers, {})
    assert not np.array_equal(golden.make_input(pair[0]), golden.make_input(pair[1]))


def like(a: Any, b: Any) -> float:
    return golden.agreement({"y": np.asarray(a)}, {"y": np.asarray(b)})


def f32(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_agreement_of_equals() -> None:
    assert golden.agreement({}, {}) == 1.0
    assert like(f32(1, np.nan, np.inf), f32(1, np.nan, np.inf)) == 1.0
    assert like(f32(), f32()) == 1.0
    assert like(f32(0, 0), f32(0, 0)) == 1.0
    assert like(f32(1, 2), f32(1.0001, 2)) == 1.0
    assert like(["a", "b"], ["a", "b"]) == 1.0


def test_agreement_of_others() -> None:
    assert like(f32(1, 2), f32(1, 2, 3)) == 0.0
    assert like(f32(1, np.nan), f32(1, 2)) == 0.0
    assert like(f32(1, np.inf), f32(1, -np.inf)) == 0.0
    assert like(np.zeros(10), np.ones(10)) == 0.0
    assert like(["a", "b"], ["a", "c"]) == 0.5
    assert like([1, 2, 3, 4], [1, 2, 3, 5]) == 0.75
    assert like(np.arange(20.0), -np.arange(20.0)) == 0.0


def test_direction_counts_from_eight_elements_on() -> None:
    eight = np.arange(1.0, 9.0)
    assert like(eight, eight * 1.5) == pytest.approx(1.0, abs=1e-12)
    # One value has no direction: 3 is not 4, however parallel.
    assert like(f32(3), f32(4)) == 0.0
    assert like(eight[:7], eight[:7] * 1.5) == 0.0
    assert like(eight[:4], [1, 2, 3, 9.0]) == 0.75


def test_agreement_does_not_overflow() -> None:
    huge = np.array([1e300, -1e300] * 8)
    assert like(huge, huge * 1.01) == pytest.approx(1.0, abs=1e-12)
    assert like(huge, -huge) == 0.0
    assert not math.isnan(like(huge, huge / 1e290))


def test_the_lowest_output_decides() -> None:
    one = {"a": f32(1, 2), "b": f32(1)}
    assert golden.agreement(one, {"a": f32(1, 2), "b": f32(2)}) == 0.0


def test_tolerance_follows_the_arithmetic() -> None:
    assert golden.tolerance({"Conv": 3}, ["float32"]).rtol == 0.01
    assert golden.tolerance({"Conv": 3}, ["float16"]).rtol == 0.02
    assert golden.tolerance({"QLinearConv": 1}, ["float32"]).rtol == 0.05
    assert golden.tolerance({"com.microsoft.QAttention": 1}, ["float32"]).rtol == 0.05
