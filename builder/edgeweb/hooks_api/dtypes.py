"""The element types of tensors without NumPy: storage formats, promotion as NumPy does it, and wrapping integers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple


class DType(NamedTuple):
    """`code`: the format of struct and memoryview; `kind`: f, i, u, b (bool) or s (strings, which have no buffer)."""

    name: str
    code: str
    size: int
    kind: str


_ALL = (
    DType("float32", "f", 4, "f"), DType("float64", "d", 8, "f"), DType("float16", "e", 2, "f"),
    DType("int8", "b", 1, "i"), DType("uint8", "B", 1, "u"), DType("int16", "h", 2, "i"),
    DType("uint16", "H", 2, "u"), DType("int32", "i", 4, "i"), DType("uint32", "I", 4, "u"),
    DType("int64", "q", 8, "i"), DType("uint64", "Q", 8, "u"), DType("bool", "?", 1, "b"),
    DType("string", "", 0, "s"),
)  # fmt: skip
BY_NAME = {dtype.name: dtype for dtype in _ALL}
# Both spellings of a 64-bit integer: which of the two a platform uses for its own arrays differs.
_BY_CODE = {dtype.code: dtype for dtype in _ALL if dtype.code} | {
    code: BY_NAME[f"{sign}{8 * struct.calcsize(code)}"] for code, sign in (("l", "int"), ("L", "uint"))
}
_ROUND_HALF = struct.Struct("<e")
_ROUND_SINGLE = struct.Struct("<f")
_LARGEST_SINGLE = 3.4028235677973366e38
_LARGEST_HALF = 65520.0
# The largest float32, and the smallest that is not denormal.
_MOST, _LEAST = (2 - 2.0**-23) * 2.0**127, 2.0**-126
_DIVISORS = ("scale", "std")


def dtype_of(name: object) -> DType:
    """The type of that name ("float32"), also from a Python type or a NumPy dtype; TypeError for another."""
    if isinstance(name, DType):
        return name
    text = {float: "float64", int: "int64", bool: "bool", str: "string"}.get(name) if isinstance(name, type) else None
    text = text or getattr(name, "name", None) or getattr(name, "__name__", None) or str(name)
    if text not in BY_NAME:
        raise TypeError(f'there is no dtype "{text}"; there are {", ".join(BY_NAME)}')
    return BY_NAME[text]


def from_code(code: str) -> DType | None:
    """The type of a buffer's format; None for one that no tensor has."""
    return _BY_CODE.get(code.lstrip("@=<"))


def of_value(value: object) -> DType:
    """What a plain Python value becomes, as in NumPy: bool, int64, float64 or string; TypeError for another."""
    for kind, name in ((bool, "bool"), (int, "int64"), (float, "float64"), (str, "string")):
        if isinstance(value, kind):
            return BY_NAME[name]
    raise TypeError(f"{type(value).__name__} is not a number, a bool or a text")


def promote(a: DType, b: DType) -> DType:
    """The type that holds the values of both."""
    if a == b:
        return a
    if "s" in (a.kind, b.kind):
        raise TypeError("numbers and texts do not mix")
    low, high = sorted((a, b), key=lambda dtype: ("buif".index(dtype.kind), dtype.size))
    if low.kind == "b" or low.kind == high.kind:
        return high
    if high.kind == "f":
        # A float that holds every value of the integer, up to float64.
        return BY_NAME[f"float{8 * min(8, max(high.size, 2 * low.size))}"]
    # Unsigned with signed: the signed type that holds both; of 64 bits there is none.
    size = max(high.size, 2 * low.size)
    return BY_NAME["float64"] if size > 8 else BY_NAME[f"int{8 * size}"]


def with_scalar(dtype: DType, value: object) -> DType:
    """The type of an operation with a plain Python number, which only changes the kind: uint8 / 255.0 is float64."""
    scalar = of_value(value)
    if "s" in (dtype.kind, scalar.kind):
        return promote(dtype, scalar)
    return dtype if "buif".index(scalar.kind.replace("i", "u")) <= "buif".index(dtype.kind) else scalar


def caster(dtype: DType) -> Callable[[Any], Any]:
    """A function that makes a Python number storable: integers wrap around, floats round to the type."""
    if dtype.kind in "iu":
        bits = 8 * dtype.size
        mask, top = (1 << bits) - 1, 1 << (bits - 1)
        if dtype.kind == "u":
            return lambda value: int(value) & mask
        return lambda value: ((int(value) + top) & mask) - top
    if dtype.kind == "b":
        return bool
    if dtype.kind == "s":
        return str
    return {2: _half, 4: _single}.get(dtype.size, float)


def _single(value: Any) -> float:
    number = float(value)
    if -_LARGEST_SINGLE < number < _LARGEST_SINGLE or number != number:
        return number
    return float("inf") if number > 0 else float("-inf")


def _half(value: Any) -> float:
    number = float(value)
    if -_LARGEST_HALF < number < _LARGEST_HALF or number != number:
        return number
    return float("inf") if number > 0 else float("-inf")


def check_numbers(key: str, values: Iterable[float]) -> None:
    """ValueError when one of them is no number that models calculate with, float32; or cannot be divided by."""
    for value in values:
        # Of nan, no comparison holds.
        if not abs(value) <= _MOST:
            raise ValueError(f'"{key}" is {value}; it must be a finite number, at most 3.4e38')
        if key in _DIVISORS and value < _LEAST:
            raise ValueError(f'"{key}" is {value}; it divides, so it must be above 0, at least 1.2e-38')
