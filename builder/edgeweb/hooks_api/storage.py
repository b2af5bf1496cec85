"""The flat storage of an Array: any data into it, and half floats, which older Pythons know by their bits only."""

from __future__ import annotations

import struct
from array import array
from typing import Any

from edgeweb.hooks_api import shapes
from edgeweb.hooks_api.dtypes import BY_NAME, DType, caster, from_code, of_value, promote


def flattened(data: object, wanted: DType | None) -> tuple[Any, DType, tuple[int, ...]]:
    """Flat storage, type and shape of numbers, texts, nested lists of them, or anything with a buffer.

    Raises:
        TypeError, ValueError: it is nothing of that kind, or its lists are of unequal length.
    """
    if not isinstance(data, (str, list, tuple, int, float)):
        view = _view(data)
        own = None if view is None else from_code(view.format)
        if view is not None and own is not None:
            kind = wanted or own
            return store(_values(view, own), kind), kind, tuple(view.shape or ())
        if hasattr(data, "tolist"):
            data = data.tolist()
    values, shape = shapes.flattened(data)
    if wanted is not None:
        return store(values, wanted), wanted, shape
    kind = of_value(values[0]) if values else BY_NAME["float64"]
    for value in values:
        kind = promote(kind, of_value(value))
    return store(values, kind), kind, shape


def _view(data: object) -> memoryview | None:
    try:
        return memoryview(data)  # type: ignore[arg-type]
    except TypeError:
        return None


def _values(view: memoryview, kind: DType) -> list[Any]:
    flat = typed(memoryview(view.tobytes()), kind)
    return halves(flat, decode=True) if kind.code == "e" else flat.tolist()


def typed(view: memoryview, kind: DType) -> Any:
    """Bytes as the elements that they are; halves as their bits."""
    code: Any = "H" if kind.code == "e" else kind.code
    return view.cast(code)


def store(values: list[Any], kind: DType, *, raw: bool = False) -> Any:
    """Flat storage that can be written; strings in a list, halves by their bits. `raw`: they are stored values."""
    if kind.kind == "s":
        return values if raw else [str(value) for value in values]
    if kind.kind == "b":
        return memoryview(bytearray(map(bool, values))).cast("?")
    if kind.code == "e":
        return array("H", values if raw else halves(list(map(caster(kind), values)), decode=False))
    if raw:
        return array(kind.code, values)
    try:
        # Most values fit: converting each one first would take as long again.
        return array(kind.code, values)
    except (TypeError, OverflowError):
        return array(kind.code, list(map(caster(kind), values)))


def halves(values: Any, *, decode: bool) -> list[Any]:
    """Half-precision floats from their bits, or the bits from floats."""
    count = len(values)
    before, after = ("H", "e") if decode else ("e", "H")
    return list(struct.unpack(f"<{count}{after}", struct.pack(f"<{count}{before}", *values)))
