"""edgeweb.Array: what NumPy gives for the same data, by the standard library alone."""

from __future__ import annotations

import operator
import sys
from typing import Any

import edgeweb
import numpy as np
import pytest
from edgeweb import Array

NUMBERS = (
    "float32", "float64", "float16", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool",
)  # fmt: skip
KEYS: list[Any] = [0, -1, (slice(None), 1), (..., 2), (slice(2, None, -1), slice(1, 4, 2), 3), (None, 0), slice(0, 0)]


def sample(dtype: str) -> np.ndarray[Any, Any]:
    values = np.random.default_rng(1).standard_normal((3, 4, 5)) * 50
    return np.abs(values).astype(dtype) if dtype.startswith("u") else values.astype(dtype)


@pytest.mark.parametrize("dtype", NUMBERS)
def test_data_goes_in_and_out_unchanged(dtype: str) -> None:
    given = sample(dtype)
    made = Array(given)
    assert (made.dtype, made.shape, made.ndim, made.size) == (dtype, (3, 4, 5), 3, 60)
    assert made.tolist() == given.tolist()
    assert made.tobytes() == given.tobytes()
    assert np.array_equal(np.asarray(made), given) and np.asarray(made).dtype == given.dtype


@pytest.mark.parametrize("dtype", ["float32", "float16", "int64", "bool"])
def test_slices_are_views_as_in_numpy(dtype: str) -> None:
    given, made = sample(dtype), Array(sample(dtype))
    for key in KEYS:
        assert made[key].tolist() == given[key].tolist(), key
    assert made[1, 2, 3] == given[1, 2, 3].item()
    assert made.T.tolist() == given.T.tolist()
    assert made.T[1:].reshape(-1).tolist() == given.T[1:].reshape(-1).tolist()
    assert made.transpose(1, 0, 2).copy().tolist() == given.transpose(1, 0, 2).tolist()
    made[1:, 0], given[1:, 0] = 1, 1
    assert made.tolist() == given.tolist()


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float16", "bool"])
def test_pictures_are_turned_cut_and_filled_as_in_numpy(dtype: str) -> None:
    given = (np.arange(12 * 20 * 3) % 251).reshape(12, 20, 3).astype(dtype)
    made = Array(given)
    ways: list[Any] = [
        lambda a: a[..., ::-1], lambda a: a.transpose(2, 0, 1), lambda a: a[2:9, 3:17], lambda a: a[::-2, ::3, 1:],
        lambda a: a.transpose(1, 0, 2)[5:, ::-1], lambda a: a[:, None, 4], lambda a: a[3:3],
        lambda a: a[::-1, ::-1, ::-1],
    ]  # fmt: skip
    for way in ways:
        assert way(made).tolist() == way(made).copy().tolist() == way(given).tolist()
        view, wanted = way(made.copy()), way(given.copy())
        view[:], wanted[:] = 1, 1
        assert view.tolist() == wanted.tolist()
    colours = (np.arange(3) + 1).astype(dtype)
    for work in (operator.add, operator.mul):
        assert work(made, Array(colours)).tolist() == work(given, colours).tolist()
        assert work(made, made[:1, :, :1]).tolist() == work(given, given[:1, :, :1]).tolist()
    view, wanted = made.copy(), given.copy()
    view[2:6, 4:9] = made[5:9, 0:5]
    wanted[2:6, 4:9] = given[5:9, 0:5]
    assert view.tolist() == wanted.tolist() and [*view[0, 0]] == [*wanted[0, 0]]


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("other", ["float32", "int64", "uint8"])
def test_arithmetic_between_arrays_is_numpys(dtype: str, other: str) -> None:
    left, right = sample(dtype), (np.arange(4).reshape(4, 1) + 1).astype(other)
    for work in (operator.add, operator.mul, operator.truediv, operator.lt, operator.eq):
        wanted, found = work(left, right), work(Array(left), Array(right))
        assert found.dtype == wanted.dtype.name, work
        np.testing.assert_allclose(np.asarray(found), wanted, rtol=1e-6)


@pytest.mark.parametrize("dtype", NUMBERS)
def test_arithmetic_with_plain_numbers_is_numpys(dtype: str) -> None:
    given = sample(dtype)
    for number in (2, 2.5):
        for wanted, found in ((given * number, Array(given) * number), (number + given, number + Array(given))):
            assert found.dtype == wanted.dtype.name
            np.testing.assert_allclose(np.asarray(found), wanted, rtol=1e-3 if dtype == "float16" else 1e-6)


def test_integers_wrap_and_floats_are_rounded() -> None:
    assert (Array([200, 100], "uint8") + Array([100, 100], "uint8")).tolist() == [44, 200]
    assert (Array([127], "int8") + 1).tolist() == [-128]
    assert (Array([1.0], "float32") / 3).tolist() == [np.float32(1) / np.float32(3)]
    assert (Array([1.0, -1.0, 0.0]) / 0).tolist()[:2] == [float("inf"), float("-inf")]
    assert Array([1e39]).astype("float32").tolist() == [float("inf")]
    assert (-Array([1, -2])).tolist() == [-1, 2] and abs(Array([-1.5])).tolist() == [1.5]


def test_lists_and_texts() -> None:
    assert Array([[1, 2], [3, 4]]).dtype == "int64"
    assert Array([[1, 2.5]]).dtype == "float64" and Array([True]).dtype == "bool"
    words = Array([["a", "b"]])
    assert (words.dtype, words.shape, words.tolist()) == ("string", (1, 2), [["a", "b"]])
    assert Array([Array([1, 2]), Array([3, 4])]).shape == (2, 2)
    assert edgeweb.zeros((2, 3), "int32").tolist() == [[0, 0, 0], [0, 0, 0]]
    assert edgeweb.zeros(0).tolist() == [] and Array([]).shape == (0,)
    assert Array(5).shape == () and float(Array(2.5)) == 2.5


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.11 has no buffer protocol for classes")
def test_the_buffer_protocol_shares_memory() -> None:
    made = Array([[1.0, 2.0], [3.0, 4.0]], "float32")
    view: Any = memoryview(made)  # type: ignore[arg-type]
    view[0, 0] = 9.0
    assert made[0, 0] == 9.0


def test_the_buffer_shares_memory_where_it_can() -> None:
    made = Array([[1.0, 2.0], [3.0, 4.0]], "float32")
    made.buffer[0, 0] = 9.0
    assert made[0, 0] == 9.0 and made.buffer.shape == (2, 2) and made.buffer.format == "f"


@pytest.mark.parametrize(
    ("work", "error", "words"),
    [
        (lambda: Array([[1], [1, 2]]), ValueError, "unequal length"),
        (lambda: Array([1, [2]]), ValueError, "unequal depth"),
        (lambda: Array(None), TypeError, "NoneType"),
        (lambda: Array([1, 2], "float99"), TypeError, "float99"),
        (lambda: Array([1, 2, 3]).reshape(2, 2), ValueError, "3 elements"),
        (lambda: Array([1, 2])[5], IndexError, "out of range"),
        (lambda: Array([1, 2])[0, 0], IndexError, "2 indices"),
        (lambda: Array([1, 2])["a"], TypeError, "integers and slices"),
        (lambda: Array([1, 2]) + Array([1, 2, 3]), ValueError, "do not go together"),
        (lambda: Array(["a"]) + 1, TypeError, "do not mix"),
        (lambda: Array(["a"]).buffer, TypeError, "texts"),
        (lambda: bool(Array([1, 2])), ValueError, "2 elements"),
    ],
)
def test_what_does_not_fit_is_said(work: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        work()
